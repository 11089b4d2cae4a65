"""What every page keeps to, and that its reference is the page as it stands.

Each check is a generator of faults, so that the planted pages at the end can hold it to account.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import nbformat
import pytest
import yaml
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from nbformat.v4 import new_output
from pages import PAGES, Page, called, draws
from prose import CITATION, numbers_in_prose_have_a_cell
from references import NOTEBOOKS, ROOT, code_cells, read, reference, source, tidy
from sample import GOOD, LAST, good_reference

import adamlib

PUBLIC = set(adamlib.__all__)
UNLIKE = {"http", "httpx", "random", "requests", "socket", "time", "timeit", "urllib", "urllib3"}
SILENCERS = {"raises-exception", "skip-execution"}  # and every tag of nbval
EXTENSIONS = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["parse"]

LABEL = re.compile(
    r"^ *:label: *(\S+)|^\$\$ *\((\S+)\) *$|^\((\S+)\)=$|\\label\{(.+?)\}|^ +name: *(fig-\S+)",
    re.MULTILINE,
)
# The paragraph before an include, the file, and the options.
INCLUDE = re.compile(r"(.*)\n\n```\{literalinclude\} *(\S+)\n((?::.*\n)*)")


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
        most, longest = (999, 100) if draws(tree) else (12, 78)
        lines = cell.source.splitlines()
        if len(lines) > most:
            yield f"{where} has {len(lines)} lines, at most {most}"
        for line in lines:
            if len(line) > longest and not line.startswith("figures.show("):
                yield f"{where} has a line of {len(line)} characters, at most {longest}: {line}"


def runs_are_alike(page: Page) -> Iterator[str]:
    """No network, no clock, no generator without a seed."""
    for where, _, tree in page.code:
        for node in ast.walk(tree):
            for module in sorted(_imported(node) & UNLIKE):
                yield f"{where} imports {module}: no network, no clock, no generator but NumPy's"
            match node:
                case ast.Call(args=[] | [ast.Constant(value=None)], keywords=[]) if called(
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


def checks_can_fail(page: Page) -> Iterator[str]:
    """No assertion is caught, or true whatever the page computes."""
    for where, _, tree in page.code:
        for node in ast.walk(tree):
            if isinstance(node, ast.Try) and any(isinstance(n, ast.Assert) for n in ast.walk(node)):
                for handler in node.handlers:
                    caught = ast.unparse(handler.type) if handler.type else "everything"
                    if re.search(r"everything|Assertion|\bException|BaseException", caught):
                        yield f"{where} catches {caught} around an assertion"
            if isinstance(node, ast.Assert):
                for part in ast.walk(node.test):
                    either = part.values if isinstance(part, ast.BoolOp) else []
                    if any(isinstance(e, ast.Constant) for e in (node.test, *either)):
                        yield f"{where} asserts a constant: {ast.unparse(node.test)}"


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


def includes_are_announced(page: Page) -> Iterator[str]:
    """Of all in the file, the paragraph before names first what is included, or its class."""
    found = INCLUDE.findall(page.text)
    if len(found) != len(list(page.directives("literalinclude"))):
        yield "a literalinclude without a paragraph of its own before it"
    for before, argument, options in found:
        if not argument.endswith(".py"):
            continue
        path = source(page.name).parent / argument
        names = {*_defined(ast.parse(path.read_text("utf-8")))} if path.is_file() else set()
        said = [name for name in re.findall(r"`([\w.]+)`", before) if name in names]
        shown = re.search(r":pyobject: *(\S+)|:start-at: *(?:def|class) (\w+)", options)
        name = shown[1] or shown[2] if shown else "the whole file"
        if not said or said[0] not in (name, name.rpartition(".")[0]):
            yield f"{argument} shows {name}, and the words before it speak of {said or 'nothing'}"


def figures_are_captioned_and_cited(page: Page) -> Iterator[str]:
    for where, cell, tree in page.code:
        if not draws(tree):
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
    for argument, options in page.directives("exercise", "exercise-start"):
        if not argument:
            yield f"exercise {options.get('label')} has no title"
    for label in exercises:
        if label not in solved:
            yield f"exercise {label} has no solution"


PAGE_CHECKS = [
    cells_are_the_same_for_the_book,
    library_names_are_the_librarys,
    cells_are_short,
    runs_are_alike,
    checks_can_fail,
    nothing_silences_nbval,
    includes_exist,
    includes_are_announced,
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
    """On the landing page and for GitHub; the library and the changelog have the version."""
    bibtex = CITATION.search(source("index").read_text("utf-8"))[1]
    entry = dict(re.findall(r"(\w+)\s*= \{+(.*?)\}+,?$", bibtex, re.M))
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert entry == {
        "author": cff["authors"][0]["name"].replace("the ", "The ", 1),
        "title": cff["title"],
        "year": str(cff["date-released"].year),
        "version": cff["version"],
    }
    assert cff["version"] == adamlib.__version__
    newest = re.search(r"^## (\d\S*) - (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert newest.groups() == (cff["version"], str(cff["date-released"]))


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
    return any(called(n) in ("print", "figures.show") for run in runs for n in ast.walk(run))


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
        (checks_can_fail, LAST, f"try:\n    {LAST}\nexcept AssertionError:\n    pass", "catches"),
        (checks_can_fail, LAST, f"try:\n    {LAST}\nexcept:\n    pass", "catches everything"),
        (checks_can_fail, LAST, f"{LAST} or True", "a constant"),
        (checks_can_fail, LAST, "assert True", "a constant"),
        (nothing_silences_nbval, LAST, "# NBVAL_SKIP\n1", "comment"),
        (nothing_silences_nbval, LAST, ":tags: [raises-exception]\n1 / 0", "raises-exception"),
        (nothing_silences_nbval, LAST, ":tags: [nbval-ignore-output]\n1", "nbval-ignore-output"),
        (nothing_silences_nbval, LAST, "1 + 1;", "semicolon"),
        (nothing_silences_nbval, LAST, "1 + 1; ", "semicolon"),
        (includes_exist, ":pyobject: adam", ":pyobject: adams", "no adams"),
        (includes_exist, "formulas.py", "formulae.py", "no such file"),
        (includes_are_announced, ":pyobject: adam", ":pyobject: adamw", "speak of ['adam']"),
        (includes_are_announced, "formula `adam`", "formula `adamw`, not `adam`", "'adamw', "),
        (includes_are_announced, "formula `adam`", "formula", "speak of nothing"),
        (includes_are_announced, ":pyobject: adam\n", "", "shows the whole file"),
        (includes_are_announced, "\n\n```{literal", "\n```{literal", "without a paragraph"),
        (includes_are_announced, "pyobject: adam", "start-at: def sgd", "shows sgd,"),
        (figures_are_captioned_and_cited, "caption", "capsize", "without a caption"),
        (figures_are_captioned_and_cited, "name: fig-sample-", "name: fig-", "'fig-line'"),
        (figures_are_captioned_and_cited, "{numref}", "{ref}", "never refers to fig-sample-line"),
        (lessons_end_well, "What to remember", "In short", "remember"),
        (lessons_end_well, ":::{exercise} Three\n", ":::{note}\n", "2 exercises"),
        (lessons_end_well, ":::{exercise} Two", ":::{exercise}", "ex-two has no title"),
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


def test_a_function_that_is_not_called_need_not_print():
    notebook = good_reference()
    code_cells(notebook)[2].source = "def say():\n    print(1)"
    assert list(every_cell_is_compared(GOOD, notebook)) == []


def test_a_reference_keeps_the_words_of_a_figure():
    data = {"image/png": "iVBO", "text/html": "<svg x='1'>\n<g/></svg>\n", "text/plain": "A line."}
    notebook = read(GOOD.text)
    code_cells(notebook)[1].outputs = [new_output("display_data", data=data)]
    printed = new_output("stream", name="stdout", text="<svg>1</svg>")
    code_cells(notebook)[0].outputs = [printed]
    code_cells(notebook)[1].id = "changes-each-time"
    cell = code_cells(tidy(notebook))[1]
    assert printed.text == "<svg></svg>"
    assert "id" not in cell
    (output,) = cell.outputs
    assert output.data == {"text/html": "<svg></svg>", "text/plain": "A line."}
