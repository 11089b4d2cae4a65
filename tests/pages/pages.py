"""The pages of the book, as their tests read them."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from nbformat import NotebookNode
from references import code_cells, read, source, toc

# A directive of MyST: its name, its argument and its options.
DIRECTIVE = re.compile(
    r"^ *(?:`{3,}|:{3,})\{([\w:-]+)\} *(.*)\n((?: *:[\w-]+:.*\n)*)", re.MULTILINE
)


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


def draws(tree: ast.Module) -> bool:
    return any(called(node) == "figures.show" for node in ast.walk(tree))


def called(node: ast.AST) -> str:
    """What a call calls, or nothing."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""
