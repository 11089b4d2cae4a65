"""Formulas among words: beside punctuation, and in titles."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from docutils import nodes
from katex_math import formula_nodes, rendering
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.typing import ExtensionMetadata

_BEFORE = re.compile(r"[(\[“‘]+$")
_AFTER = re.compile(r"[^\w\s]+(?:th\b)?")


def keep_punctuation(node: nodes.math) -> None:
    """Keep a formula and the punctuation that touches it on one line.

    To a browser a formula is a row of boxes, and it may break a line beside
    any box, even before a comma. A long one brings its own places for that.
    """
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


def keep_all_punctuation(
    app: Sphinx, doctree: nodes.document, docname: str
) -> None:
    """Do so for the formulas of a page."""
    if app.builder.format == "html":
        for node in list(doctree.findall(nodes.math)):
            if rendering(node).html:
                keep_punctuation(node)


def plain_titles(app: Sphinx, builder: Builder) -> None:
    """Let ``<title>`` have TeX, and not HTML as text."""
    if builder.format != "html":
        return
    for docname, title in app.env.longtitles.items():
        # A copy: the node may also serve as the title in the navigation.
        plain = title.deepcopy()
        for node in list(formula_nodes(plain)):
            node.replace_self(nodes.Text(node.astext()))
        app.env.longtitles[docname] = plain


def striptags(value: object) -> str:
    """Jinja's filter of that name, but of a formula it leaves the TeX."""
    soup = BeautifulSoup(str(value), "html.parser")
    for formula in soup.select(".katex"):
        annotation = formula.find("annotation")
        formula.replace_with(annotation.get_text() if annotation else "")
    return Markup(str(soup)).striptags()


def add_filter(app: Sphinx) -> None:
    """Give it to the templates, for titles in attributes."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        app.builder.templates.environment.filters["striptags"] = striptags


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect them, after what renders the formulas."""
    app.connect("builder-inited", add_filter)
    app.connect("write-started", plain_titles)
    app.connect("doctree-resolved", keep_all_punctuation, priority=901)
    return {"version": "1", "parallel_write_safe": True}
