"""What every page keeps to, and that its reference is the page as it stands.

Each check is a generator of faults, so that the planted pages at the end can hold it to account.
"""

import ast
import inspect
import re
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

import nbformat
import pytest
import yaml
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from nbformat.v4 import new_output
from references import (
    NOTEBOOKS,
    ROOT,
    code_cells,
    read,
    reference,
    source,
    tidy,
    toc,
)

import adamlib

PUBLIC = set(adamlib.__all__)
UNLIKE = {"http", "httpx", "random", "requests", "socket", "time", "timeit", "urllib", "urllib3"}
SILENCERS = {"raises-exception", "skip-execution"}  # and every tag of nbval
EXTENSIONS = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["parse"]

# A directive of MyST: its name, its argument and its options.
DIRECTIVE = re.compile(
    r"^ *(?:`{3,}|:{3,})\{([\w:-]+)\} *(.*)\n((?: *:[\w-]+:.*\n)*)", re.MULTILINE
)
LABEL = re.compile(
    r"^ *:label: *(\S+)|^\$\$ *\((\S+)\) *$|^\((\S+)\)=$|\\label\{(.+?)\}|^ +name: *(fig-\S+)",
    re.MULTILINE,
)
# A number that needs a cell: with a point, of three digits or more, per cent, a power of ten.
NUMBER = re.compile(
    r"(?:(?<![\w.])(\d+(?:\.\d+)?) *(?:\\cdot|\\times|·|×) *)?(?<![\w.])10\^\{?(-?\d+)\}?"
    r"|(?<![\w.^])(\d{1,3}(?:(?:,|\{,\})\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"(?!\w|\.\d)( ?\\?%)?"
)
PRINTED = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?!\w)(%?)")
CITATION = re.compile(r"^```bibtex\n(.*?)^```", re.S | re.M)  # has a test of its own
MARKUP = re.compile(r"\{[\w:-]+\}`[^`]*`|https?://\S+|^ *:[\w-]+:.*")  # what is glued, too
OPENING = re.compile(r"#+ +(.*)|(?:`{3,}|:{3,})\{(exercise)(?:-start)?\}")
ALLOWED = {  # without a cell
    r"[Ss]ections? \d+(\.\d+)*": "of a cited work",
    r"[Ll]ines? \d+\.\d+": "of an algorithm, numbered by the page",
    r"\bin (19|20)\d\d\b": "a year",
    r"paper has \$\\beta_2 = 0\.999\$": "the cited paper's, where no cell runs it",
}


@dataclass(frozen=True)
class Page:
    name: str
    text: str
    part: str = ""

    @cached_property
    def notebook(self) -> NotebookNode:
        return read(self.text)

    @cached_property
    def code(self) -> list[tuple[str, NotebookNode, ast.Module]]:
        """Each code cell, with words for where it is, parsed.

        A magic is a SyntaxError, and so is an escape that a later Python warns of on the page.
        """
        with warnings.catch_warnings(action="error"):
            return [
                (where := f"code cell {number}", cell, ast.parse(cell.source, where))
                for number, cell in enumerate(code_cells(self.notebook))
            ]

    def directives(self, *names: str) -> Iterator[tuple[str, dict[str, str]]]:
        for name, argument, options in DIRECTIVE.findall(self.text):
            if name in names:
                yield argument.strip(), dict(re.findall(r":([\w-]+): *(.*)", options))


PAGES = [Page(name, source(name).read_text("utf-8"), part) for name, part in toc().items()]


# The page itself


def cells_are_the_same_for_the_book(page: Page) -> Iterator[str]:
    """The book is read by myst-nb, the reference by jupytext."""
    config = MdParserConfig(enable_extensions=EXTENSIONS["myst_enable_extensions"])
    book = []
    if is_myst_markdown_notebook(page.text):
        book = code_cells(read_myst_markdown_notebook(page.text, config))
    mine = code_cells(page.notebook)
    if [(c.source, c.metadata) for c in mine] != [(c.source, c.metadata) for c in book]:
        yield f"jupytext reads {len(mine)} code cells, myst-nb {len(book)}, or they differ"


def library_names_are_the_librarys(page: Page) -> Iterator[str]:
    for where, _, tree in page.code:
        for name in sorted(set(_bound(tree)) & (PUBLIC | {"*"})):
            yield f"{where} rebinds {name}, a public name of adamlib"


def _bound(tree: ast.Module) -> Iterator[str]:
    """The names that code binds, or whose attributes it sets; comprehensions keep theirs."""
    walked = list(ast.walk(tree))
    private = {
        id(name)
        for node in walked
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
    }
    for node in walked:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if id(node) not in private:
                yield name
            case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Store() | ast.Del()):
                yield name if owner == "adamlib" else owner
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name
            case ast.Import(names=aliases):
                yield from (a.asname or a.name.partition(".")[0] for a in aliases)
            case ast.ImportFrom(module=module, names=aliases):
                ours = (module or "").partition(".")[0] == "adamlib"
                yield from (a.asname or a.name for a in aliases if not (ours and _keeps_name(a)))


def _keeps_name(alias: ast.alias) -> bool:
    return alias.name != "*" and alias.asname in (None, alias.name)


def cells_are_short(page: Page) -> Iterator[str]:
    for where, cell, tree in page.code:
        # A figure is folded, and what it says is one sentence on one line.
        most, longest = (999, 100) if _draws(tree) else (12, 78)
        lines = cell.source.splitlines()
        if len(lines) > most:
            yield f"{where} has {len(lines)} lines, at most {most}"
        for line in lines:
            if len(line) > longest and not line.startswith("figures.show("):
                yield f"{where} has a line of {len(line)} characters, at most {longest}: {line}"


def _draws(tree: ast.Module) -> bool:
    return any(_name(node) == "figures.show" for node in ast.walk(tree))


def _name(node: ast.AST) -> str:
    """What a call calls, or nothing."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def runs_are_alike(page: Page) -> Iterator[str]:
    """No network, no clock, no generator without a seed."""
    for where, _, tree in page.code:
        for node in ast.walk(tree):
            for module in sorted(_imported(node) & UNLIKE):
                yield f"{where} imports {module}: no network, no clock, no generator but NumPy's"
            match node:
                case ast.Call(args=[] | [ast.Constant(value=None)], keywords=[]) if _name(
                    node
                ).endswith("default_rng"):
                    yield f"{where} calls default_rng without a seed"
                case ast.Attribute(value=ast.Attribute(attr="random"), attr=name) if (
                    name.islower() and name != "default_rng"
                ):
                    yield f"{where} uses np.random.{name}: use default_rng(seed)"


def _imported(node: ast.AST) -> set[str]:
    match node:
        case ast.Import(names=aliases):
            return {alias.name.partition(".")[0] for alias in aliases}
        case ast.ImportFrom(module=str(module)):
            return {module.partition(".")[0]}
    return set()


def nothing_silences_nbval(page: Page) -> Iterator[str]:
    for where, cell, _ in page.code:
        if re.search(r"NBVAL_|PYTEST_VALIDATE", cell.source):
            yield f"{where} has a comment that changes what nbval compares"
        for tag in cell.metadata.get("tags", []):
            if tag in SILENCERS or tag.startswith("nbval"):
                yield f"{where} has the tag {tag}, which changes what is run or compared"
        if cell.source.rstrip().endswith(";"):
            yield f"{where} ends in a semicolon, which silences nothing under nbval: assign instead"


def includes_exist(page: Page) -> Iterator[str]:
    for argument, options in page.directives("literalinclude"):
        path = source(page.name).parent / argument
        if not path.is_file():
            yield f"literalinclude of {argument}: no such file"
        elif (name := options.get("pyobject")) and name not in set(
            _defined(ast.parse(path.read_text("utf-8")))
        ):
            yield f"literalinclude of {argument}: no {name} in it"


def _defined(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[str]:
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield prefix + child.name
        if isinstance(child, ast.ClassDef):
            yield from _defined(child, f"{prefix}{child.name}.")


def figures_are_captioned_and_cited(page: Page) -> Iterator[str]:
    for where, cell, tree in page.code:
        if not _draws(tree):
            continue
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        name = figure.get("name", "")
        if not figure.get("caption"):
            yield f"{where} draws a figure without a caption"
        if not name.startswith(f"fig-{page.name}-"):
            yield f"{where} draws a figure named {name!r}; call it fig-{page.name}-..."
        elif not re.search(rf"{{numref}}`([^`]*<)?{re.escape(name)}>?`", page.text):
            yield f"the text never refers to {name} by {{numref}}"


def lessons_end_well(page: Page) -> Iterator[str]:
    if not page.part.startswith("Part "):
        return
    if "What to remember" not in page.text:
        yield "no word on what to remember"
    exercises = [o.get("label") for _, o in page.directives("exercise", "exercise-start")]
    solved = {argument for argument, _ in page.directives("solution", "solution-start")}
    if len(exercises) < 3:
        yield f"{len(exercises)} exercises, at least 3"
    for label in exercises:
        if label not in solved:
            yield f"exercise {label} has no solution"


PAGE_CHECKS = [
    cells_are_the_same_for_the_book,
    library_names_are_the_librarys,
    cells_are_short,
    runs_are_alike,
    nothing_silences_nbval,
    includes_exist,
    figures_are_captioned_and_cited,
    lessons_end_well,
]


@pytest.mark.parametrize("check", PAGE_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page, check):
    faults = list(check(page))
    assert not faults, "\n".join(faults)


# The book as a whole


def labels_twice(pages: list[Page]) -> list[str]:
    found = Counter(
        label for p in pages for groups in LABEL.findall(p.text) for label in groups if label
    )
    return [label for label, count in found.items() if count > 1]


def undocumented(api: str) -> set[str]:
    """The public names that no autodoc directive of the page lists."""
    listed = set(re.findall(r"auto(?!module)\w+:: *(?:\w+\.)*(\w+)", api))
    for module in re.findall(r"automodule:: *(\S+)\n +:members:", api):
        listed |= {n for n in PUBLIC if module in ("adamlib", getattr(adamlib, n).__module__)}
    return PUBLIC - listed


def test_labels_are_unique():
    assert labels_twice(PAGES) == []


def test_every_public_name_is_documented():
    assert undocumented(source("api").read_text("utf-8")) == set()


def test_the_book_is_cited_alike_everywhere():
    """On the landing page, for GitHub, and by the version of the distribution."""
    bibtex = CITATION.search(source("index").read_text("utf-8"))[1]
    entry = dict(re.findall(r"(\w+)\s*= \{+(.*?)\}+,?$", bibtex, re.M))
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert entry == {
        "author": cff["authors"][0]["name"].replace("the ", "The ", 1),
        "title": cff["title"],
        "year": str(cff["date-released"].year),
        "version": cff["version"],
    }
    assert cff["version"] == project["version"]


# The references


def cells_are_the_pages(page: Page, notebook: NotebookNode) -> Iterator[str]:
    mine, theirs = ([(c.cell_type, c.source) for c in n.cells] for n in (page.notebook, notebook))
    if mine != theirs:
        same = sum(1 for _ in _while_equal(mine, theirs))
        yield (
            f"from cell {same} on, the page {page.name} is not what "
            f"tests/pages/notebooks/{page.name}.ipynb ran: `make references`, and look at it"
        )


def _while_equal(one: list, other: list) -> Iterator[None]:
    for a, b in zip(one, other, strict=False):
        if a != b:
            return
        yield


def every_cell_is_compared(page: Page, notebook: NotebookNode) -> Iterator[str]:
    """The ways by which nbval would pass a cell whatever it prints."""
    for number, cell in enumerate(code_cells(notebook)):
        if cell.execution_count != number + 1:
            yield f"code cell {number} has the execution count {cell.execution_count}"
        if cell.metadata:
            yield f"code cell {number} has metadata, where a tag could tell nbval to skip it"
        if not cell.outputs and _says_something(ast.parse(cell.source)):
            yield f"code cell {number} prints or draws, but has no output"
        for output in cell.outputs:
            yield from (f"code cell {number} {fault}" for fault in _output_faults(output))


def _says_something(tree: ast.Module) -> bool:
    runs = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return any(_name(n) in ("print", "figures.show") for run in runs for n in ast.walk(run))


def _output_faults(output: NotebookNode) -> Iterator[str]:
    data = output.get("data", {"text/plain": output.get("text", "")})
    text, everything = data.get("text/plain", ""), "".join(map(str, data.values()))
    if output.output_type == "error" or "Traceback (most recent call last)" in everything:
        yield "ends in an error"
    if output.get("name") == "stderr":
        yield f"writes to stderr: {text}"
    if any(mime.startswith("image/") for mime in data):
        yield "holds an image, which nbval would not compare"
    if re.fullmatch(r"<.*>", text):
        yield f"shows {text}: an image nobody compares, or an object without words for itself"
    if "<svg" in everything and "axes 1: " not in text:
        yield "draws without a summary of its data: draw by figures.show"
    if "\r" in everything:
        yield "returns the carriage, and nbval compares only what comes after"


@dataclass
class Section:
    """What stands between two headings, or in an exercise and its solution."""

    title: str
    said: list[tuple[str, list[Decimal]]] = field(default_factory=list)
    inputs: set[Decimal] = field(default_factory=set)
    outputs: set[Decimal] = field(default_factory=set)
    drawn: set[Decimal] = field(default_factory=set)  # the inputs of figures
    shown: set[Decimal] = field(default_factory=set)  # the data in them


def numbers_in_prose_have_a_cell(page: Page, notebook: NotebookNode) -> Iterator[str]:
    """Each is an input of its section, or an output rounded to the digits that are said.

    Farther on the page three digits must agree, so that chance does not, and figures are not seen.
    """
    sections = _sections(page, notebook)
    inputs = set().union(*(section.inputs for section in sections))
    outputs = set().union(*(section.outputs for section in sections))
    held, loose = set(), []
    for section in sections:
        for text, values in section.said:
            near = section.inputs | section.drawn, section.outputs | section.shown
            if _backed(values, *near) or (_digits(values) > 2 and _backed(values, inputs, outputs)):
                held |= {*values}
            else:
                loose.append((section.title, text, values))
    for title, text, values in loose:
        if held.isdisjoint(values):  # otherwise it is said again, as in a summary
            yield f"no cell takes, prints or asserts the {text} under {title!r}"


def _backed(values: list[Decimal], inputs: set[Decimal], outputs: set[Decimal]) -> bool:
    """Whether one is an input, or an output to its last digit; a single digit says too little."""
    half = Decimal(5).scaleb(values[0].as_tuple().exponent - 1) if _digits(values) > 1 else 0
    return not inputs.isdisjoint(values) or any(
        abs(value - output) <= half for value in values for output in outputs
    )


def _digits(values: list[Decimal]) -> int:
    return len(values[0].as_tuple().digits)


def _sections(page: Page, notebook: NotebookNode) -> list[Section]:
    sections, code = [Section("the title")], iter(page.code)
    for cell, ran in zip(page.notebook.cells, notebook.cells, strict=False):
        if cell.cell_type != "code":
            for line in CITATION.sub("", cell.source).splitlines():
                if opening := OPENING.match(line):
                    sections.append(Section(opening[1] or opening[2]))
                sections[-1].said += _said(line)
            continue
        tree, section = next(code)[2], sections[-1]
        outputs = [o.get("data", {"text/plain": o.get("text", "")}) for o in ran.get("outputs", [])]
        printed = set(_printed("\n".join(o.get("text/plain", "") for o in outputs)))
        if _draws(tree):
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            for text in (figure.get("caption", ""), *_spoken(tree)):
                section.said += _said(text)
            section.drawn |= set(_taken(tree))
            section.shown |= printed
        else:
            section.inputs |= set(_taken(tree))
            section.outputs |= printed
    return sections


def _said(text: str) -> Iterator[tuple[str, list[Decimal]]]:
    """Each number of a text, and the values in a cell that would be the same."""
    text = re.sub("|".join(ALLOWED), "", MARKUP.sub("", text))
    for match in NUMBER.finditer(text):
        factor, power, digits, percent = match.groups()
        if power:
            yield match[0], [Decimal(factor or 1).scaleb(int(power))]
            continue
        value = Decimal(re.sub("[{,}]", "", digits))
        if percent:  # a growth of 5 % may be 1.05
            yield match[0], [value.scaleb(-2), 1 + value.scaleb(-2)]
        elif value >= 100 or (value and not digits.isdecimal()):
            yield match[0], [value]


def _spoken(tree: ast.Module) -> Iterator[str]:
    """What is typed, not computed, of the sentence that a figure says."""
    for call in ast.walk(tree):
        if _name(call) == "figures.show":
            for node in ast.walk(call):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def _printed(text: str) -> Iterator[Decimal]:
    """The numbers of an output; of a figure's, those of its data and not of its words."""
    if "axes 1: " in text:
        text = re.sub(r", [0-9a-f]{8}\b|'.*?'", "", text[text.index("axes 1: ") :])
    for digits, percent in PRINTED.findall(text):
        yield Decimal(digits).scaleb(-2 if percent else 0)


def _taken(tree: ast.Module) -> Iterator[Decimal]:
    """The numbers in code and the library's defaults; no tolerance, and no style of a figure."""
    beside = {
        id(part)
        for node in ast.walk(tree)
        if _is_beside(node, _draws(tree))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        taken = []
        if isinstance(node, ast.Constant) and id(node) not in beside:
            taken = [node.value]
        elif (name := _name(node)) in PUBLIC:
            signature = inspect.signature(getattr(adamlib, name))
            taken = [parameter.default for parameter in signature.parameters.values()]
        for value in taken:
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield Decimal(str(value))


def _is_beside(node: ast.AST, draws: bool) -> bool:
    match node:
        case ast.keyword(arg="rtol" | "atol"):
            return True
        case ast.Call(func=ast.Attribute()):
            return draws and _name(node).partition(".")[0] not in ("np", "rng")
    return False


REFERENCE_CHECKS = [cells_are_the_pages, every_cell_is_compared, numbers_in_prose_have_a_cell]


@pytest.mark.parametrize("check", REFERENCE_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_reference(page, check):
    ran = page.notebook  # without code, what it is
    if code_cells(ran):
        assert reference(page.name).exists(), "no reference: run `make references`"
        ran = nbformat.read(reference(page.name), as_version=4)
    faults = list(check(page, ran))
    assert not faults, "\n".join(faults)


def test_every_reference_has_its_page():
    pages = {page.name for page in PAGES if code_cells(page.notebook)}
    strays = {path.stem for path in NOTEBOOKS.glob("*.ipynb")} - pages
    assert not strays, "no such pages with code: run `make references`"


# Planted faults: every check goes red for its reason

GOOD = Page(
    name="sample",
    part="Part I",
    text="""\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A sample

$$
1 + 1 = 2
$$ (eq-sample)

```{code-cell} ipython3
import numpy as np
from adamlib import Adam, figures

noise = np.random.default_rng(1).normal(size=3)
print([Adam for Adam in noise.round(3)])
```

```{literalinclude} ../adamlib/optimizers.py
:pyobject: Adam.update
```

{numref}`fig-sample-line` says it.

```{code-cell} ipython3
---
mystnb:
  figure:
    caption: A line.
    name: fig-sample-line
---
fig, ax = figures.axes()
ax.plot([0, 1])
figures.show(fig, "A line.")
```

**What to remember.** Little.

```{exercise-start}
:label: ex-one
```
Run it.
```{exercise-end}
```

```{solution-start} ex-one
:class: dropdown
```
```{code-cell} ipython3
assert 1 + 1 == 2
```
```{solution-end}
```

:::{exercise} Two
:class: dropdown
:label: ex-two
Why?
:::

:::{solution} ex-two
So.
:::

:::{exercise}
:label: ex-three
Who?
:::

:::{solution} ex-three
You.
:::
""",
)
FIGURE = "<svg></svg>", "A line.\naxes 1: '', x '', y ''\n  line: 2 values"
LAST = "assert 1 + 1 == 2"  # the sample's last code cell, to be replaced by others


def good_reference() -> NotebookNode:
    notebook = tidy(read(GOOD.text))
    for number, cell in enumerate(code_cells(notebook)):
        cell.execution_count = number + 1
    printing, drawing, _ = code_cells(notebook)
    printing.outputs = [new_output("stream", name="stdout", text="[0.346, 0.822, 0.33]\n")]
    figure = dict(zip(("text/html", "text/plain"), FIGURE, strict=True))
    drawing.outputs = [new_output("display_data", data=figure)]
    return notebook


@pytest.mark.parametrize("check", PAGE_CHECKS, ids=lambda check: check.__name__)
def test_the_sample_is_good(check):
    assert list(check(GOOD)) == []


@pytest.mark.parametrize("check", REFERENCE_CHECKS, ids=lambda check: check.__name__)
def test_the_samples_reference_is_good(check):
    assert list(check(GOOD, good_reference())) == []


@pytest.mark.parametrize(
    ("check", "old", "new", "says"),
    [
        (cells_are_the_same_for_the_book, "So.", f"```{{code-cell}}\n{LAST}\n```", "4 code cells"),
        *(
            (library_names_are_the_librarys, LAST, new, "rebinds Adam")
            for new in (
                "Adam = 1",
                "a, *Adam = 1, 2",
                "Adam: int = 1",
                "Adam += 1",
                "del Adam",
                "def Adam(): ...",
                "class Adam: ...",
                "for Adam in []: ...",
                "(Adam := 1)",
                "[(Adam := i) for i in [1]]",
                "with open('x') as Adam: ...",
                "import numpy as Adam",
                "from torch.optim import Adam",
                "from adamlib import AdamState as Adam",
                "def f(Adam): ...",
                "Adam.update = None",
                "import adamlib; adamlib.Adam = None",
                "try: ...\nexcept OSError as Adam: ...",
                "match 1:\n  case Adam: ...",
            )
        ),
        (library_names_are_the_librarys, LAST, "from adamlib import *", "rebinds *"),
        (cells_are_short, LAST, "a = 1\n" * 13, "13 lines"),
        (cells_are_short, LAST, f"a = '{'a' * 73}'", "79 characters"),
        (cells_are_short, "ax.plot([0, 1])", f"a = '{'a' * 95}'", "101 characters"),
        (runs_are_alike, LAST, "import urllib.request", "imports urllib"),
        (runs_are_alike, LAST, "from time import perf_counter", "imports time"),
        (runs_are_alike, "default_rng(1)", "default_rng()", "without a seed"),
        (runs_are_alike, "default_rng(1)", "default_rng(None)", "without a seed"),
        (runs_are_alike, LAST, "np.random.seed(1)", "np.random.seed"),
        (nothing_silences_nbval, LAST, "# NBVAL_SKIP\n1", "comment"),
        (nothing_silences_nbval, LAST, ":tags: [raises-exception]\n1 / 0", "raises-exception"),
        (nothing_silences_nbval, LAST, ":tags: [nbval-ignore-output]\n1", "nbval-ignore-output"),
        (nothing_silences_nbval, LAST, "1 + 1;", "semicolon"),
        (includes_exist, "Adam.update", "Adam.updated", "no Adam.updated"),
        (includes_exist, "optimizers.py", "optimisers.py", "no such file"),
        (figures_are_captioned_and_cited, "caption", "capsize", "without a caption"),
        (figures_are_captioned_and_cited, "name: fig-sample-", "name: fig-", "'fig-line'"),
        (figures_are_captioned_and_cited, "{numref}", "{ref}", "never refers to fig-sample-line"),
        (lessons_end_well, "What to remember", "In short", "remember"),
        (lessons_end_well, ":::{exercise}\n", ":::{note}\n", "2 exercises"),
        (lessons_end_well, "{solution} ex-two", "{solution} ex-too", "ex-two has no solution"),
    ],
)
def test_a_planted_fault_is_found(check, old, new, says):
    assert old in GOOD.text
    faults = list(check(replace(GOOD, text=GOOD.text.replace(old, new))))
    assert any(says in fault for fault in faults), faults


@pytest.mark.parametrize("new", ["%timeit 1", "!date", "'$\\kappa$'"])
def test_a_cell_that_is_not_plain_python_is_found(new):
    with pytest.raises(SyntaxError, match="code cell 2"):
        list(cells_are_short(replace(GOOD, text=GOOD.text.replace(LAST, new))))


def test_a_label_twice_is_found():
    assert labels_twice([GOOD]) == []
    assert set(labels_twice([GOOD, GOOD])) == {
        "eq-sample",
        "fig-sample-line",
        "ex-one",
        "ex-two",
        "ex-three",
    }


def test_an_undocumented_name_is_found():
    everything = ".. automodule:: adamlib\n   :members:\n"
    assert undocumented(everything) == set()
    assert undocumented(everything.replace("members", "synopsis")) == PUBLIC
    assert undocumented(".. autoclass:: adamlib.Adam\n") == PUBLIC - {"Adam"}
    assert "ema" not in undocumented(".. automodule:: adamlib.averages\n   :members:\n")


@pytest.mark.parametrize(
    ("check", "plant", "says"),
    [
        (cells_are_the_pages, lambda c, _: c.update(source="print(2)"), "make references"),
        (every_cell_is_compared, lambda c, _: c.update(execution_count=None), "count None"),
        (every_cell_is_compared, lambda c, _: c.metadata.update(tags=["nbval-skip"]), "skip it"),
        (every_cell_is_compared, lambda c, _: c.update(outputs=[]), "no output"),
        (every_cell_is_compared, lambda _, o: o.update(name="stderr"), "writes to stderr"),
        (every_cell_is_compared, lambda _, o: o.update(output_type="error"), "an error"),
        (every_cell_is_compared, lambda _, o: o.update(text="1\r2"), "carriage"),
        (every_cell_is_compared, lambda _, o: o.update(text="<Figure size 1x1>"), "<Figure size"),
        (
            every_cell_is_compared,
            lambda _, o: o.update(text="Traceback (most recent call last):\n"),
            "an error",
        ),
        (every_cell_is_compared, lambda _, o: o.update(data={"image/png": ""}), "an image"),
        (every_cell_is_compared, lambda _, o: o.update(data={"text/html": "<svg>"}), "summary"),
    ],
)
def test_a_planted_fault_of_a_reference_is_found(check, plant, says):
    notebook = good_reference()
    cell = code_cells(notebook)[0]
    plant(cell, cell.outputs[0])
    faults = list(check(GOOD, notebook))
    assert any(says in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("plants", "found"),
    [
        ({"Little.": "It is 0.7."}, "0.7"),  # nowhere
        ({"Little.": "It is $0.7\\,\\eta$."}, "0.7"),
        ({"Little.": "`Adam(beta2=0.7)`"}, "0.7"),
        ({"Little.": "| 0.7 | a table |"}, "0.7"),
        ({"Little.": "- 1,437 images"}, "1,437"),
        ({"Little.": "at $t = 459$"}, "459"),
        ({"Little.": "some 65 % of it"}, "65 %"),
        ({"Little.": "at $7 \\cdot 10^{-8}$"}, "7 \\cdot 10^{-8}"),
        ({"1 + 1 = 2": "1 + 1 = 2.01"}, "2.01"),
        ({"caption: A line.": "caption: At 0.7."}, "0.7"),
        ({'(fig, "A line.")': '(fig, "At 0.7.")'}, "0.7"),
        ({'(fig, "A line.")': '(fig, f"At 0.7 of {1:.2f}.")'}, "0.7"),
        ({"Why?": "Why 0.7?"}, "0.7"),
        ({"Little.": "It is 0.347."}, "0.347"),  # the cell prints 0.346
        ({"Little.": "It is 0.34."}, "0.34"),  # cut, not rounded
        ({"Little.": "It is 0.3."}, "0.3"),  # so few digits agree by chance
        ({"Why?": "Why 0.35?"}, "0.35"),  # far from the cell that prints 0.346
        ({"Why?": "Why 0.7?", LAST: "assert 0.7 < 1"}, "0.7"),  # far from the cell that has it
        ({"Run it.": "Run 0.7.", LAST: "assert np.isclose(1, 1, rtol=0.7)"}, "0.7"),
        ({"caption: A line.": "caption: At 0.7.", "[0, 1]": "[0, 0.7]"}, "0.7"),
    ],
)
def test_a_planted_number_is_found(plants, found):
    assert any(f" {found} under" in fault for fault in faults_of_prose(plants))


@pytest.mark.parametrize(
    "plants",
    [
        {"Run it.": "Run $0.70$.", LAST: "assert 0.7 < 1"},
        {"Run it.": "Run $\\epsilon = 10^{-8}$ and $2 \\times 10^5$.", LAST: "a = 1e-8, 200_000"},
        {"Run it.": "Run 4,603 and $4{,}603$ and 4603.", LAST: "a = 4603"},
        {"Run it.": "Run 7 % and 7.0 % and $7\\,$, growth by 5 %.", LAST: "a = 0.07, 1.05"},
        {"Run it.": "Run with 0.990, a default.", LAST: "Adam()"},
        {"Little.": "It is 0.346, about 0.35 or 35 %."},
        {"Why?": "Why 0.346, and 0.705?", LAST: "assert 0.705 < 1"},
        {"Why?": "Why 0.7?", "Run it.": "Run 0.7.", LAST: "assert 0.7 < 1"},  # said again
        {"caption: A line.": "caption: At 0.7.", "ax.plot([0, 1])": "a = 0.7"},
        {"caption: A line.": "caption: At 0.7.", "figures.axes()": "figures.axes(), SGD(0.7)"},
        {"Little.": "{glue:text}`x:.3f` {cite:p}`someone2015word` https://arxiv.org/abs/1412.6980"},
        {"Little.": "Section 2.1 of a work, line 2.7, in 2015; float32, 1 and 12, 0.0."},
        {"Little.": "The paper has $\\beta_2 = 0.999$."},
    ],
)
def test_a_number_with_a_cell_is_not_found(plants):
    assert faults_of_prose(plants) == []


def faults_of_prose(plants: dict[str, str]) -> list[str]:
    text = GOOD.text
    for old, new in plants.items():
        assert old in text
        text = text.replace(old, new)
    return list(numbers_in_prose_have_a_cell(replace(GOOD, text=text), good_reference()))


def test_a_reference_keeps_the_words_of_a_figure():
    data = {"image/png": "iVBO", "text/html": "<svg x='1'>\n<g/></svg>\n", "text/plain": "A line."}
    notebook = read(GOOD.text)
    code_cells(notebook)[1].outputs = [new_output("display_data", data=data)]
    (output,) = code_cells(tidy(notebook))[1].outputs
    assert output.data == {"text/html": "<svg></svg>", "text/plain": "A line."}
