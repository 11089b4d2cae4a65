"""The index of the search: each section, theorem and name, as it is read.

It is made of the finished pages, so that what a reader does not see is not
found: no folded code, no printed output, no alternative text of a figure. The
index is a script, not bare JSON: that also loads from a folder of files, and
the policy of a page need not let it ask for anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import html  # type: ignore[import-untyped]
from page import MODULES
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

MINISEARCH = MODULES / "minisearch"

UNSEEN = {"annotation", "button", "details", "script", "style", "svg"}
UNSAID = {"headerlink", "eqno", "katex-html", "toctree-wrapper"}
NAMED = {"proof", "exercise"}  # boxes, where they have a number and a title
ACCENTS = {"^": "\u0302", "~": "\u0303", "ˉ": "\u0304", "‾": "\u0304"}
LOW = str.maketrans(
    "0123456789+−=aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
)
HIGH = str.maketrans("0123456789+−=int", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼ⁱⁿᵗ")


@dataclass
class Entry:
    """A place in the book, and what stands there."""

    place: str
    title: str = ""
    text: str = ""
    code: str = ""


def formula(node: Any) -> str:
    """MathML in a line of text, as one would type it."""
    parts = [formula(child) for child in node if child.tag != "annotation"]
    match node.tag, parts:
        case "mover", [base, accent] if accent in ACCENTS:
            return base + ACCENTS[accent]
        case "mfrac", [above, below]:
            return f"{grouped(above)}/{grouped(below)}"
        case "msqrt", _:
            return "√" + grouped("".join(parts))
        case "msub" | "munder", [base, low]:
            return base + shifted(low, "_", LOW)
        case "msup", [base, high]:
            return base + shifted(high, "^", HIGH)
        case "msubsup" | "munderover", [base, low, high]:
            return base + shifted(low, "_", LOW) + shifted(high, "^", HIGH)
        case "mo", _ if node.text in {"=", "≤", "≥", "≈", "<", ">", "←"}:
            return f" {node.text} "
        case "mtr", _:
            return " ".join(parts) + " "
    return (node.text or "") + "".join(parts)


def grouped(text: str) -> str:
    """In brackets, unless it is one name or number."""
    return text if re.fullmatch(r"[\w.]*\W?", text) else f"({text})"


def shifted(text: str, sign: str, letters: dict[int, int]) -> str:
    """Below or above the line, where there are such letters."""
    text = text.replace(" ", "")
    raised = text.translate(letters)
    same = any(a == b for a, b in zip(text, raised, strict=True))
    return sign + grouped(text) if same else raised


def entries(page: str, article: Any) -> Iterator[Entry]:
    """The places of a page, in their order; the first is the page itself."""
    found = [Entry(page)]

    def begin(node: Any) -> Entry:
        found.append(Entry(f"{page}#{node.get('id')}"))
        return found[-1]

    def read(node: Any, entry: Entry, printed: bool) -> None:
        classes = set(node.get("class", "").split())
        if node.tag in UNSEEN or classes & UNSAID:
            return
        title = None
        if node.tag == "section":
            title = next((h for h in node if h.tag in {"h2", "h3"}), None)
        elif classes & NAMED and node.get("id"):
            title = node.find("p[@class='admonition-title']/span/..")
        elif node.tag == "dt" and "sig-object" in classes:
            begin(node).title = node.get("id").removeprefix("adamlib.")
            return
        if title is not None:
            entry = begin(node)
        if node.tag == "dd" and "py" in node.getparent().get("class", ""):
            entry = found[-1]
        if node.tag == "pre":
            if not printed:
                entry.code += f"{node.text_content().rstrip()}\n"
            return
        if node.tag == "math":
            entry.text += formula(node)
            return
        printed = printed or "cell_output" in classes
        entry.text += node.text or ""
        for child in node:
            if isinstance(child.tag, str):
                if child is title or child.tag == "h1":
                    heading = Entry("")
                    read(child, heading, printed)
                    entry.title = heading.text
                else:
                    read(child, entry, printed)
            entry.text += child.tail or ""

    read(article, found[0], False)
    for entry in found:
        entry.title = " ".join(entry.title.split())
        entry.text = " ".join(entry.text.split())
        yield entry


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Write the index, and the script with the library that reads it."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    rows = []
    for name in sorted(app.env.found_docs):
        page = f"{name}.html"
        tree = html.fromstring((out / page).read_text("utf-8"))
        [article] = tree.findall(".//article")
        first, *others = entries(page, article)
        rows.append([page, first.title, "", first.text, first.code])
        rows += [
            [e.place, e.title, first.title, e.text, e.code] for e in others
        ]
    index = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    static = out / "_static"
    (static / "search-index.js").write_text(
        f"const searchIndex = {index};\n", encoding="utf-8"
    )
    terms = (MINISEARCH / "LICENSE.txt").read_text("utf-8")
    library = (MINISEARCH / "dist/umd/index.js").read_text("utf-8")
    own = Path(app.srcdir, "site/static/search.js").read_text("utf-8")
    (static / "search.js").write_text(
        f"/*! MiniSearch\n{terms}*/\n{library}\n{own}", encoding="utf-8"
    )


def leave_out(app: Sphinx) -> None:
    """Make no index of Sphinx's own."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that shows all results."""
    yield "search", {}, "search.html"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect them; the index is made when the pages are whole."""
    app.connect("builder-inited", leave_out)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write_index)
    return {"version": "1", "parallel_write_safe": True}
