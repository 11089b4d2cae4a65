"""Plant faults, one at a time, in a copy of the tree, and see that the test for each goes red.

    .venv/bin/python tests/pages/plant.py [word ...]

runs all faults, or those whose names have one of the words. The exit status is 1 if any survives.
Where a figure is at stake, the fault stands in the page as it was run, whose outputs are compared.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
NOTEBOOKS = "tests/pages/notebooks"
PAGES = "tests/pages/test_pages.py"
FIGURES = "tests/pages/test_figures.py"
HOUSE = "tests/pages/test_house.py"
SOURCES = "tests/pages/test_sources.py"
CALLS = "tests/library/test_peers.py::test_the_calls_say_what_was_compared"
EQUATIONS = "tests/pages/test_equations.py"
DOCSTRINGS = "tests/library/test_docstrings.py"
SUMS = "tests/pages/test_data.py::test_what_was_recorded_is_as_it_was"


class Fault(NamedTuple):
    """A text in a file that becomes another; without an old one, a new file or a line at an end."""

    name: str
    file: str
    old: str
    new: str
    test: str


FAULTS = [
    Fault(*row)
    for row in [
        (
            "peers: rate and floor exchanged",
            "studies/peers/pytorch.json",
            "Adam(lr=0.001, betas=(0.9, 0.999), eps=1e-08)",
            "Adam(lr=1e-08, betas=(0.9, 0.999), eps=0.001)",
            CALLS,
        ),
        (
            "peers: betas exchanged",
            "studies/peers/keras.json",
            "beta_1=0.9, beta_2=0.999",
            "beta_1=0.999, beta_2=0.9",
            CALLS,
        ),
        (
            "peers: the rate outside the sum of moves",
            "studies/peers/follow.py",
            "if case.rate_inside and",
            "if not case.rate_inside and",
            "tests/library/test_peers.py",
        ),
        ("peers: another name", "studies/peers/optax.json", "decay=0.9", "rho=0.9", CALLS),
        ("peers: another optimizer", "studies/peers/keras.json", "AdamW(", "Adam(", CALLS),
        (
            "speed: another limit",
            "studies/speed/limit.c",
            "+ rest2 * (g[i]",
            "+ rest1 * (g[i]",
            "tests/pages/test_speed.py",
        ),
        (
            "mathematics: the update's sign",
            "chapters/update.md",
            r"W_t = W_{t-1} - \eta\, \frac{\hat m_t}",
            r"W_t = W_{t-1} + \eta\, \frac{\hat m_t}",
            EQUATIONS,
        ),
        (
            "mathematics: the algorithm's square",
            "index.md",
            "(1 - \\beta_2)\\, g_t^2",
            "(1 - \\beta_2)\\, g_t",
            EQUATIONS,
        ),
        (
            "mathematics: the bound turned",
            "chapters/bound.md",
            r"{|W_t - W_{t-1}| \le",
            r"{|W_t - W_{t-1}| \ge",
            EQUATIONS,
        ),
        (
            "docstring: Adagrad's sum",
            "adamlib/optimizers.py",
            "        v = v + g**2\n",
            "        v = v - g**2\n",
            DOCSTRINGS,
        ),
        (
            "docstring: an output",
            "adamlib/optimizers.py",
            "array([0.1   , 0.0707, 0.0577])",
            "array([0.1   , 0.0707, 0.0578])",
            DOCSTRINGS,
        ),
        (
            "docstring: a parameter left out",
            "adamlib/averages.py",
            "        t (int, at least 0): How many gradients there were.\n",
            "",
            DOCSTRINGS,
        ),
        (
            "docstring: no page",
            "adamlib/problems.py",
            "Used on the page *Momentum*.",
            "",
            DOCSTRINGS,
        ),
        (
            "data: a loss 1 % off",
            "studies/sensitivity.csv",
            "0.01,,,,,0,1.12397",
            "0.01,,,,,0,1.13521",
            SUMS,
        ),
        (
            "data: what SGD leaves, 1 % off",
            "studies/why.csv",
            "SGD,4,,,,,16,0,0.62455",
            "SGD,4,,,,,16,0,0.6308",
            SUMS,
        ),
        (
            "data: a language of another spread",
            "studies/why.py",
            "1.5 * rng.normal",
            "1.49 * rng.normal",
            "tests/pages/test_why.py",
        ),
        (
            "data: another rate was chosen",
            "studies/why.py",
            "statistics.median(found)",
            "max(found)",
            "tests/pages/test_why.py",
        ),
        (
            "data: a last digit",
            "studies/peers/keras.json",
            "-0x1.7fbe76p+0",
            "-0x1.7fbe78p+0",
            SUMS,
        ),
        (
            "figures: a colour too light for the page",
            "site/static/book.css",
            "--figure-orange: light-dark(#b85b0d",
            "--figure-orange: light-dark(#c8741a",
            FIGURES,
        ),
        (
            "figures: a colour without its dark",
            "site/static/book.css",
            "#4f94ff);",
            "#1668c8);",
            FIGURES,
        ),
        (
            "figures: limits cut off the data",
            f"{NOTEBOOKS}/failure.ipynb",
            "xlim=(0, 1500)",
            "xlim=(0, 1000)",
            f"{NOTEBOOKS}/failure.ipynb",
        ),
        (
            "figures: SGD's line for Adam's",
            f"{NOTEBOOKS}/update.ipynb",
            r"moves, **figures.METHODS[\"Adam\"]",
            r"moves, **figures.METHODS[\"SGD\"]",
            f"{NOTEBOOKS}/update.ipynb",
        ),
        (
            "figures: Adam in SGD's style, in the library",
            "adamlib/figures/__init__.py",
            '"Adam": {"color": BLUE, "linestyle": "-"}',
            '"Adam": {"color": GREY, "linestyle": (0, (1, 1))}',
            f"{FIGURES}::test_the_style_of_each_method_is_the_one_that_pages_speak_of",
        ),
        (
            "figures: contours that nobody sees",
            "adamlib/figures/__init__.py",
            "alpha=0.55",
            "alpha=0",
            f"{NOTEBOOKS}/momentum.ipynb",
        ),
        (
            "figures: contours without width",
            "adamlib/figures/__init__.py",
            "linewidths=0.7",
            "linewidths=0",
            f"{NOTEBOOKS}/momentum.ipynb",
        ),
        (
            "sources: AdamW where the text shows Adam",
            "chapters/update.md",
            ":pyobject: adam\n",
            ":pyobject: adamw\n",
            f"{PAGES}::test_page[update-includes_are_announced]",
        ),
        (
            "sources: the year of a work",
            "chapters/references.bib",
            "year = {2018}",
            "year = {2017}",
            SOURCES,
        ),
        (
            "sources: a work without a word",
            "chapters/references.bib",
            "Read it for the heavy ball",
            "On the heavy ball",
            SOURCES,
        ),
        (
            "sources: a work that no page cites",
            "chapters/scale.md",
            "{cite:t}`zeiler2012adadelta` takes",
            "Zeiler takes",
            SOURCES,
        ),
        (
            "sources: the README's code broken",
            "README.md",
            "adam.step(weights, grads, state)",
            "adam.step(weights, state, grads)",
            SOURCES,
        ),
        (
            "sources: the README prints something else",
            "README.md",
            "100 steps: loss 2.4e-04",
            "100 steps: loss 2.4e-05",
            SOURCES,
        ),
        (
            "sources: a version that the library has not",
            "CITATION.cff",
            "version: 0.1.0",
            "version: 0.1.1",
            f"{PAGES}::test_the_book_is_cited_alike_everywhere",
        ),
        (
            "contents: a page that the README leaves out",
            "README.md",
            "[The floor](chapters/epsilon.md)",
            "The floor",
            "tests/pages/test_contents.py",
        ),
        (
            "sources: the README's defaults wrong",
            "README.md",
            "# beta1=0.9, beta2=0.99,",
            "# beta1=0.9, beta2=0.999,",
            SOURCES,
        ),
        (
            "sources: the README's paper wrong",
            "README.md",
            "`Adam(beta2=0.999, eps=1e-8, eps_root=0.0)`",
            "`Adam(beta2=0.99, eps=1e-8, eps_root=0.0)`",
            SOURCES,
        ),
        (
            "pages: a header that makes the page no notebook",
            "chapters/update.md",
            "format_name: myst",
            "format_name: markdown",
            f"{PAGES}::test_page[update-cells_are_the_same_for_the_book]",
        ),
        (
            "pages: a number that no cell has",
            "chapters/defaults.md",
            "Each of the 217 settings",
            "Each of the 218 settings",
            f"{PAGES}::test_reference[defaults-numbers_in_prose_have_a_cell]",
        ),
        (
            "pages: a number in words that no cell has",
            "chapters/bias.md",
            "10 times too long",
            "seventeen times too long",
            f"{PAGES}::test_reference[bias-numbers_in_prose_have_a_cell]",
        ),
        (
            "pages: a page that its reference did not run",
            "chapters/bias.md",
            "In the library, ",
            "Here, ",
            f"{PAGES}::test_reference[bias-cells_are_the_pages]",
        ),
        (
            "house: a page reads the tests",
            "chapters/bias.md",
            "from adamlib import bias_correction, ema\n",
            "from adamlib import bias_correction, ema\nfrom references import ROOT\n",
            HOUSE,
        ),
        (
            "house: a page includes a test",
            "chapters/bias.md",
            "../adamlib/averages.py",
            "../tests/library/test_averages.py",
            HOUSE,
        ),
        ("house: the library reads a study", "adamlib/digits.py", "", "import studies\n", HOUSE),
        ("house: the library draws", "adamlib/digits.py", "", "import matplotlib\n", HOUSE),
        ("house: the site reads the library", "site/ext/stale.py", "", "import adamlib\n", HOUSE),
        ("house: a study reads a test", "studies/mistakes.py", "", "import methods\n", HOUSE),
        ("house: a new thing at the top", "notes.txt", "", "\n", HOUSE),
        ("house: two modules of one name", "studies/layout.py", "", "\n", HOUSE),
        (
            "house: a lock file that Dependabot does not see",
            ".github/dependabot.yml",
            "directory: /tests/site",
            "directory: /tests/pages",
            HOUSE,
        ),
        (
            "house: figures do not say what they need",
            "adamlib/figures/__init__.py",
            "except ModuleNotFoundError as missing",
            "except LookupError as missing",
            HOUSE,
        ),
    ]
]


def copy(to: Path) -> None:
    """The tree as git would commit it, in a repository of its own, which the house's tests ask."""
    listed = ["git", "ls-files", "-co", "--exclude-standard"]
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
    subprocess.run(["git", "init", "--quiet"], cwd=to, check=True)


def status(tree: Path, *tests: str) -> int:
    """What pytest returns in the tree, whose library comes first: 1 when a test fails."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *tests],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )
    return done.returncode


def plant(tree: Path, fault: Fault) -> bool:
    """Whether the fault's test sees it; the tree is then as before."""
    path = tree / fault.file
    before = path.read_text("utf-8") if path.exists() else None
    text = before or ""
    if fault.old not in text:
        sys.exit(f"{fault.name}: {fault.file} no longer has {fault.old!r}")
    after = text.replace(fault.old, fault.new, 1) if fault.old else text + fault.new
    path.write_text(after, "utf-8")
    seen = status(tree, fault.test) == 1
    path.unlink() if before is None else path.write_text(before, "utf-8")
    return seen


def main(words: list[str]) -> int:
    """Plant the chosen faults; return how many survive."""
    chosen = [f for f in FAULTS if not words or any(word in f.name for word in words)]
    if not chosen:
        sys.exit(f"no fault has {' or '.join(words)} in its name")
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy(tree)
        if status(tree, *dict.fromkeys(fault.test for fault in chosen)):
            sys.exit("a test fails before anything is planted")
        for fault in chosen:
            seen = plant(tree, fault)
            survivors += not seen
            print("red  " if seen else "GREEN", fault.name, flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} faults are seen")
    return survivors


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
