"""How a page shows its code: what the library's is, and what it may fold.

A listing is headed by the file that it is from. The code of a cell is folded
if it prints nothing, or is long: behind what it checks, if it asserts, and
else behind what it defines. The tag `show-input` keeps it open. A figure
stands above its code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.directives.code import LiteralInclude
from sphinx.util.nodes import make_refnode
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import (  # type: ignore[import-untyped]
    exercise_enumerable_node,
    exercise_node,
    solution_node,
)

LONG = 9  # lines; code beyond them is folded even where it prints
ROOM = 72  # characters of code in a summary
EXERCISE = (exercise_node, exercise_enumerable_node, solution_node)


class Listing(LiteralInclude):
    """Source with the name of its file above."""

    def run(self) -> list[nodes.Node]:
        """The source in a box of its own."""
        path = Path(self.env.relfn2path(self.arguments[0])[0])
        name = nodes.literal("", path.as_posix())
        listing = nodes.container(
            "",
            nodes.paragraph("", "", name, classes=["file"]),
            *super().run(),
            classes=["listing"],
        )
        shown = self.options.get("pyobject", "")
        listing["shows"] = f"{path.parts[0]}.{shown}".casefold()
        return [listing]


class Fold(nodes.General, nodes.Element):
    """A cell's code behind a summary."""


def bound(body: list[ast.stmt]) -> Iterator[str]:
    """The names that statements define, but for those that they import."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign():
                for part in (p for t in node.targets for p in ast.walk(t)):
                    stored = isinstance(getattr(part, "ctx", None), ast.Store)
                    if stored and isinstance(part, ast.Name):
                        yield part.id
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name
            case ast.With():
                yield from bound(node.body)


def fitting(pieces: list[str]) -> tuple[list[str], int]:
    """As many pieces of code as there is room for, and how many are left."""
    shown: list[str] = []
    pieces = list(dict.fromkeys(" ".join(each.split()) for each in pieces))
    for piece in pieces:
        if not shown and len(piece) > ROOM:
            piece = piece[: ROOM - 1].rstrip() + "…"
        if len("".join([*shown, piece])) > ROOM:
            break
        shown.append(piece)
    return shown, len(pieces) - len(shown)


def summary(source: str) -> str:
    """What code asserts, or else what it defines, as HTML."""
    tree = ast.parse(source)
    asserts = [n for n in ast.walk(tree) if isinstance(n, ast.Assert)]
    checked = [
        ast.get_source_segment(source, node.test) or ""
        for node in sorted(asserts, key=lambda node: node.lineno)
    ]
    shown, left = fitting(checked or [*bound(tree.body)])
    code = ", ".join(f"<code>{escape(piece)}</code>" for piece in shown)
    more = f" and {left} more" if left else ""
    if checked:
        mark = '<span class="mark" aria-hidden="true">✓</span>'
        return f"{mark} checked {code}{more}"
    return f"Show the code{': ' * bool(code)}{code}{more}"


def folds(cell: nodes.Element) -> bool:
    """Whether a page is read without the code of this cell."""
    code: Any = cell[0]
    if code.get("nb_element") != "cell_code_source":  # as where it draws
        return False
    prints = len(cell) > 1
    short = len(code.astext().splitlines()) <= LONG
    return not (prints and short) and "tag_show-input" not in cell["classes"]


def fold(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Fold cells, but for those of exercises and in their solutions."""
    exercises = {
        id(cell)
        for exercise in doctree.findall(
            lambda node: isinstance(node, EXERCISE)
        )
        for cell in exercise.findall(nodes.container)
    }
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code" or id(cell) in exercises:
            continue
        if folds(cell):
            cell["classes"].append("folded")
            code = cell[0]
            cell[0] = Fold("", code, summary=summary(code.astext()))


def picture_first(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the folded code of a figure below it, out of the reader's way."""
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") == "cell_code" and len(cell) > 1:
            code: Any = cell[0]
            shown = code.get("nb_element") == "cell_code_source"
            if not shown and cell.next_node(nodes.figure):
                cell.remove(code)
                cell.append(code)


def lead_to_the_library(
    app: Sphinx, doctree: nodes.document, docname: str
) -> None:
    """Link the file of a listing to the entry of what it shows, if any."""
    entries = app.env.get_domain("py").data["objects"]
    known = {name.casefold(): entry for name, entry in entries.items()}
    for listing in doctree.findall(nodes.container):
        if entry := known.get(listing.get("shows")):
            file = listing.next_node(nodes.literal)
            assert file is not None
            place = entry.docname, entry.node_id
            link = make_refnode(app.builder, docname, *place, file.deepcopy())
            file.replace_self(link)


def visit_fold(self: HTML5Translator, node: Fold) -> None:
    """Open it, which the browser folds without any script."""
    self.body.append(f'<details class="fold"><summary>{node["summary"]}')
    self.body.append("</summary>\n")


def depart_fold(self: HTML5Translator, node: Fold) -> None:
    """Close it."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect it."""
    app.add_directive("literalinclude", Listing, override=True)
    app.add_node(Fold, html=(visit_fold, depart_fold))
    app.connect("doctree-resolved", fold)
    app.connect("doctree-resolved", picture_first, priority=600)
    app.connect("doctree-resolved", lead_to_the_library)
    return {"version": "1", "parallel_read_safe": True}
