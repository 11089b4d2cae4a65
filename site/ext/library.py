"""The page of the library: the pages that its docstrings name are links.

A docstring says "the page *Bias correction*", which reads well in `help()`.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.nodes import make_refnode
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)


def link_pages(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let a title of a page in a docstring lead there, if there is one."""
    pages = {
        " ".join(title.astext().split()): page
        for page, title in app.env.titles.items()
    }
    for content in doctree.findall(addnodes.desc_content):
        for node in list(content.findall(nodes.emphasis)):
            title = " ".join(node.astext().split())
            before = node.parent[node.parent.index(node) - 1].astext()
            if title in pages:
                link = make_refnode(
                    app.builder, docname, pages[title], None, nodes.Text(title)
                )
                node.replace_self(link)
            elif " ".join(before.split()).endswith("the page"):
                logger.warning(
                    "there is no page %r",
                    title,
                    location=node,
                    type="library",
                )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect it, when all titles are known."""
    app.connect("doctree-resolved", link_pages)
    return {"version": "1", "parallel_write_safe": True}
