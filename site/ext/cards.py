"""The cards of the landing page: a question and a picture of each page.

The container "cards" of the source, a list that reads well in JupyterLab, is
replaced by a card for each page of the contents. A page gives its title, the
`question` of its header, or else the `description`, and a picture: that of
the cell with the tag "card", or else its first.
"""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from html import escape
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

FOLDER = "_static/cards"
SVG = "{http://www.w3.org/2000/svg}"
_DRAWING = re.compile(r'<svg [^>]*class="figure".*?</svg>', re.DOTALL)
_COLOURS = re.compile(r"--(?:ink|figure-\w+): light-dark\([^)]*\);")


def picture(page: nodes.document) -> str:
    """The drawing that stands for a page; empty if it has none."""
    cells = page.findall(nodes.container)
    marked = [cell for cell in cells if "tag_card" in cell["classes"]]
    for place in (*marked, page):
        for output in place.findall(nodes.raw):
            if found := _DRAWING.search(output.astext()):
                return found[0]
    return ""


def thumbnail(drawing: str, css: str) -> str:
    """The drawing as a file: without words, in the colours of the site.

    As an image it has the colour scheme of the page that shows it.
    """
    root = ET.fromstring(drawing)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{SVG}text", f"{SVG}title"):
                parent.remove(child)
    for name in ("class", "role", "aria-labelledby"):
        del root.attrib[name]
    style = ET.Element(f"{SVG}style")
    style.text = (
        f":root{{color-scheme:light dark;color:var(--ink);"
        f"{''.join(_COLOURS.findall(css))}}}"
    )
    root.insert(0, style)
    ET.register_namespace("", SVG[1:-1])
    return ET.tostring(root, encoding="unicode")


def card(app: Sphinx, page: str, image: str) -> str:
    """A page's title, which leads there, its question and its picture."""
    env = app.env
    number = ".".join(map(str, env.toc_secnumbers.get(page, {}).get("", ())))
    title = escape(f"{number} {env.titles[page].astext()}".strip())
    meta = env.metadata[page]
    says = escape(str(meta.get("question") or meta.get("description", "")))
    link = app.builder.get_relative_uri(env.config.root_doc, page)
    return (
        f'<li class="card">{image}<p><a href="{link}">{title}</a></p>'
        f"<p>{says}</p></li>"
    )


def cards(app: Sphinx) -> str:
    """All of them, by part; their pictures are written beside the pages."""
    css = (Path(app.srcdir) / "site/static/book.css").read_text("utf-8")
    folder = Path(app.outdir) / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    contents = yaml.safe_load((Path(app.srcdir) / "_toc.yml").read_text())
    html = ""
    for part in contents["parts"]:
        html += f'<h3>{escape(part["caption"])}</h3>\n<ul class="card-list">'
        for page in (chapter["file"] for chapter in part["chapters"]):
            image = ""
            if drawing := picture(app.env.get_doctree(page)):
                name = f"{page.rpartition('/')[2]}.svg"
                small = thumbnail(drawing, css)
                (folder / name).write_text(small, encoding="utf-8")
                size = re.search(r'width="\S+" height="\S+"', small)
                image = (
                    f'<img src="{FOLDER}/{name}" alt="" loading="lazy"'
                    f" {size[0] if size else ''}>"
                )
            html += card(app, page, image) + "\n"
        html += "</ul>\n"
    return html


def deal(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put them in the place of the list."""
    if app.builder.format != "html" or docname != app.config.root_doc:
        return
    for place in list(doctree.findall(nodes.container)):
        if "cards" in place["classes"]:
            place.children = [nodes.raw("", cards(app), format="html")]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect it; a change of any page may change its card."""
    app.connect("env-updated", lambda app, _: [app.config.root_doc])
    app.connect("doctree-resolved", deal, priority=900)
    return {"version": "1", "parallel_write_safe": True}
