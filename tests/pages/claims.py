"""Change what the pages assert, one thing at a time, and see that the cell goes red.

    .venv/bin/python tests/pages/claims.py [number] [seed] [page ...]

samples so many changes (100) of these three kinds:

- turned: a comparison becomes its contrary, or a test that compares nothing is negated;
- number: a number of an assertion becomes half as large again, or a third smaller;
- input: so does a number elsewhere in the cell of an assertion; to print another text, or draw
  another figure, is red, in that cell or in the two after it, where data are shown.

Only numbers count that the text of the section repeats. A tolerance or a bound does not: what is
less than 2 is less than 3. The exit status is 1 when less than 95 % are seen.
"""

import ast
import contextlib
import io
import os
import random
import re
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from pages import PAGES, Page, draws
from prose import is_beside, sections_of
from references import NOTEBOOKS, code_cells, reference

CONTRARY = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
DRAWN = re.compile(r"(?s)<svg.*?</svg>")  # a figure is compared by its summary, as the pages are
SECONDS = 120  # then a change is seen, for the page would not end


class Change(NamedTuple):
    """In a page's cell, the part of its tree that changes, and what of it."""

    page: str
    cell: int
    kind: str
    part: int  # in the order of `ast.walk`
    how: float  # which comparison of a chain, or by what a number is multiplied

    def made(self, source: str) -> tuple[ast.Module, str]:
        """The changed cell, and the words for it."""
        tree = ast.parse(source)
        node = list(ast.walk(tree))[self.part]
        before = ast.unparse(node)
        match node:
            case ast.Compare():
                node.ops[int(self.how)] = CONTRARY[type(node.ops[int(self.how)])]()
            case ast.Assert():
                node.test = ast.UnaryOp(ast.Not(), node.test)
            case ast.Constant(value=int() | float() as value):
                number = value * self.how
                node.value = round(number) if isinstance(value, int) else float(f"{number:.12g}")
        assert isinstance(node, ast.expr | ast.stmt)
        line = source.splitlines()[node.lineno - 1].strip()
        words = f"{self.page}, {self.kind}: {before} -> {ast.unparse(node)} in `{line}`"
        return ast.fix_missing_locations(tree), words


def changes(page: Page, notebook: NotebookNode) -> Iterator[Change]:
    """All changes of a page."""
    cells = [(section, tree) for section in sections_of(page, notebook) for tree in section.cells]
    for number, (section, tree) in enumerate(cells):
        said = {value for each in section.said for value in each.values}
        claims = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
        claimed = {id(part) for claim in claims for part in ast.walk(claim.test)}
        beside = {id(part) for node in ast.walk(tree) for part in _beside(node, tree)}
        for place, node in enumerate(ast.walk(tree)):
            match node:
                case ast.Compare() if id(node) in claimed:
                    for which in range(len(node.ops)):
                        yield Change(page.name, number, "turned", place, which)
                case ast.Assert() if not any(isinstance(n, ast.Compare) for n in ast.walk(node)):
                    yield Change(page.name, number, "turned", place, 0)
                case ast.Constant(value=int() | float() as value) if (
                    claims and value not in (0, 1) and id(node) not in beside
                    and Decimal(str(value)) in said
                ):  # fmt: skip
                    kind = "number" if id(node) in claimed else "input"
                    for factor in (1.5, 1 / 1.5):
                        yield Change(page.name, number, kind, place, factor)


def _beside(node: ast.AST, tree: ast.Module) -> Iterator[ast.AST]:
    """Tolerances, and the sums, products and multiples that bound something."""
    if is_beside(node, draws(tree)):
        yield from ast.walk(node)
    if isinstance(node, ast.Compare) and any(isinstance(op, ORDER) for op in node.ops):
        bounds = [node.left, *node.comparators]
        while bounds:
            bound = bounds.pop()
            yield bound
            if isinstance(bound, ast.BinOp | ast.UnaryOp | ast.Tuple | ast.List):
                bounds += ast.iter_child_nodes(bound)


def survivors(page: Page, chosen: list[Change]) -> list[str]:
    """Run the page, and beside each cell its changes; which of them nothing sees."""
    os.chdir(NOTEBOOKS)
    names = {"__name__": "__main__"}
    alive: list[str] = []
    sources = [cell.source for cell in code_cells(page.notebook)]
    cells = [ast.parse(source) for source in sources]
    for number in range(max(change.cell for change in chosen) + 1):
        mine = [change.made(sources[number]) for change in chosen if change.cell == number]
        cell, *after = cells[number : number + 3]
        apart = _apart([cell], names) if mine else None
        unseen = [each for each in mine if _apart([each[0]], names) == apart]
        if unseen:
            shown = _apart([cell, *after], names)
            alive += [w for tree, w in unseen if _apart([tree, *after], names) == shown]
        printed = _run(cell, names)
        if mine and printed != apart:
            raise AssertionError(f"{page.name}, cell {number}: two runs of it differ")
    return alive


def _run(tree: ast.Module, names: dict[str, object]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(tree, "cell", "exec"), names)
    return DRAWN.sub("", out.getvalue())


def _apart(trees: list[ast.Module], names: dict[str, object]) -> str | None:
    """What cells print in a copy of the process; nothing if one fails."""
    read, write = os.pipe()
    if not (child := os.fork()):
        signal.alarm(SECONDS)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        try:
            text = "+" + "".join(_run(tree, names) for tree in trees)
            os.write(write, text.encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text[1:] if text else None


def main(words: list[str]) -> int:
    """Sample changes, make them, tell which are not seen."""
    numbers = [int(word) for word in words if word.isdecimal()]
    number, seed = (numbers + [100, 0][len(numbers) :])[:2]
    named = [word for word in words if not word.isdecimal()]
    if unknown := {*named} - {page.name for page in PAGES}:
        sys.exit(f"no page {', '.join(sorted(unknown))}")
    pages = [page for page in PAGES if page.code and (not named or page.name in named)]
    everything = [
        change
        for page in pages
        for change in changes(page, nbformat.read(reference(page.name), as_version=4))
    ]
    sample = random.Random(seed).sample(everything, min(number, len(everything)))
    chosen = {page: [c for c in sample if c.page == page.name] for page in pages}
    todo = [page for page in pages if chosen[page]]
    alive: list[str] = []
    with ProcessPoolExecutor(max_workers=2, max_tasks_per_child=1) as executor:
        for found in executor.map(survivors, todo, [chosen[page] for page in todo]):
            alive += found
            for each in found:
                print("GREEN", each, flush=True)
    seen = len(sample) - len(alive)
    print(f"{seen} of {len(sample)} changes are seen, of {len(everything)} that there are")
    return seen < 0.95 * len(sample)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
