"""The bibliography leads back: each work names the pages that cite it.

Which pages do is known when all are read. The number of a work, by which no
page cites it, goes.
"""

from __future__ import annotations

from typing import cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.nodes import make_refnode
from sphinx.util.typing import ExtensionMetadata
from sphinxcontrib.bibtex.domain import BibtexDomain


def lead_back(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Add to each work of a bibliography where each page first cites it."""
    works = list(doctree.findall(nodes.citation))
    if not works:
        return
    domain = cast(BibtexDomain, app.env.get_domain("cite"))
    keys = {each.citation_id: each.key for each in domain.citations}
    order = list(app.env.collect_relations())  # of reading
    first: dict[str, dict[str, str]] = {key: {} for key in keys.values()}
    for ref in sorted(
        domain.citation_refs, key=lambda r: order.index(r.docname)
    ):
        for target in ref.targets:
            first[target.key].setdefault(ref.docname, ref.citation_ref_id)
    for work in works:
        work.remove(next(work.findall(nodes.label)))
        back = nodes.paragraph("", "Cited in ", classes=["cited"])
        for page, place in first[keys[work["ids"][0]]].items():
            title = nodes.Text(app.env.titles[page].astext())
            if len(back) > 1:
                back += nodes.Text(", ")
            back += make_refnode(app.builder, docname, page, place, title)
        work += back


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect it."""
    app.connect("doctree-resolved", lead_back)
    return {"version": "1", "parallel_read_safe": True}
