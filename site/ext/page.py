"""What the page layout, `site/templates/layout.html`, needs to know.

One stylesheet, one script, and a Content-Security-Policy that lets in nothing
from another origin and, inline, one style and one script by their digests.
"""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from docutils import nodes
from patches import BODY, MENU, mend
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import solution_node  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "site/node_modules"
KATEX_CSS = MODULES / "katex/dist/katex.min.css"
COPY_TEX = MODULES / "katex/dist/contrib/copy-tex.min.js"

# In the head, before anything is drawn: a chosen theme must not flash.
THEME_SCRIPT = (
    "try{document.documentElement.dataset.theme="
    'localStorage.getItem("theme")||""}catch{}'
)

# What the pages and the search page load. All else that Sphinx and its
# extensions put into _static is removed.
STATIC = {
    "site.css",
    "book.js",
    "favicon.svg",
    "ravine.png",
    "search.js",
    "search-index.js",
    "fonts",
    "cards",
}

NOT_FOUND = "404"
GENERATED = {NOT_FOUND, "search", "source"}  # pages that no file is read for
PAGES = {".html", ".ipynb"}

# What HTML in a page's source may not hold.
ACTIVE = {"base", "embed", "form", "iframe", "link", "meta", "object"}
ACTIVE |= {"script", "style"}
ADDRESSES = {"data", "href", "poster", "src", "srcdoc", "srcset", "xlink:href"}


def digest(text: str) -> str:
    """The source expression by which a policy allows one inline text."""
    sha = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(sha).decode()}'"


def policy(page_style: str) -> str:
    """The Content-Security-Policy of a page: our own origin and no more."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {digest(THEME_SCRIPT)}",
            f"style-src 'self' {digest(page_style)}",
            "img-src 'self' data:",  # the pixels of figures
            "font-src 'self'",
            "connect-src 'self'",  # the pages that references lead to
            "form-action 'self'",
            "base-uri 'self'",
        ]
    )


_STYLED = re.compile(r'(<\w[^<>]*?) style="([^"]*)"([^<>]*>)')


def styles_to_classes(body: str) -> tuple[str, str]:
    """The body without `style` attributes, and the rules in their place.

    KaTeX sets heights and shifts by attributes, which a strict policy would
    have to let in together with everybody else's.
    """
    names: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        before, style, after = found.groups()
        name = names.setdefault(
            html.unescape(style).strip().rstrip(";"), f"k-{len(names)}"
        )
        tag = before + after
        if ' class="' in tag:
            return tag.replace(' class="', f' class="{name} ', 1)
        return f'{before} class="{name}"{after}'

    body = _STYLED.sub(replace, body)
    # An attribute outranks every rule, and so must what replaces it.
    rules = (
        f".{name}{{{style.replace(';', '!important;')}!important}}"
        for style, name in names.items()
    )
    return body, "".join(rules)


# What book.css leaves in the colour of the code: names, operators, signs. The
# boxes of their own that they come in are a seventh of a page's.
_PLAIN = re.compile(r'<span class="(?:n|nn|o|p|w)">([^<]*)</span>')


def sections(toc: str) -> str:
    """The sections of a page, without the page itself around them."""
    inner = BeautifulSoup(toc, "html.parser").select_one("li > ul")
    return str(inner) if inner else ""


def address(variable: str, like: str) -> str:
    """The address in the environment, if there is one, without a last slash.

    Raises ConfigError that names the variable at fault.
    """
    given = os.environ.get(variable, "")
    if given and not re.fullmatch(
        r"https?://[^\s/?#\"<>]+(/[^\s?#\"<>]*)?", given
    ):
        raise ConfigError(f"{variable} is {given!r}, and not like {like}")
    return given.rstrip("/")


def about_the_build(config: Config) -> None:
    """Take the version, and the addresses of site and repository if known."""
    library = _read(ROOT / "adamlib/__init__.py")
    [version] = re.findall(r'^__version__ = "(.*)"$', library, re.MULTILINE)
    config.version = config.release = version
    site = address("SITE_URL", "https://name.org/folder/")
    config.html_baseurl = site and site + "/"
    branch = os.environ.get("REPOSITORY_BRANCH", "") or "main"
    # Git allows more; what is left out would have another meaning in a URL.
    if not re.fullmatch(r"\w[\w./-]*", branch, re.ASCII):
        raise ConfigError(
            f"REPOSITORY_BRANCH is {branch!r}, and not the name of a branch"
        )
    config.html_context |= {
        "repository": address(
            "REPOSITORY_URL", "https://github.com/owner/name"
        ),
        "branch": branch,
    }


def page_address(base: str, pagename: str) -> str:
    """The canonical address of a page; empty when the site has none."""
    name = "" if pagename == "index" else f"{pagename}.html"
    return base and base + name


def summarize(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Keep a solution's title for its summary."""
    for solution in doctree.findall(solution_node):
        solution["summary"] = solution.pop(0).astext()


def refused(text: str) -> Iterator[str]:
    """What runs, styles or loads by itself, in HTML that a page brings."""
    for tag in BeautifulSoup(text, "html.parser").find_all(True):
        if tag.name in ACTIVE:
            yield f"<{tag.name}>"
        for name, value in tag.attrs.items():
            away = name in ADDRESSES and re.match(
                r"\s*([\w+.-]+:|//)", str(value)
            )
            if away or name == "style" or name.startswith("on"):
                yield f"{name}={value!r}"


def refuse_html(app: Sphinx, doctree: nodes.document) -> None:
    """Say so at the build: the policy would stop it in the browser only."""
    for node in doctree.findall(nodes.raw):
        if "mime_type" not in node.parent:  # which the output of a cell has
            for each in refused(node.astext()):
                logger.warning(
                    "raw HTML with %s", each, location=node, type="layout"
                )


def name_lines(app: Sphinx, doctree: nodes.document) -> None:
    """Let each line of a source of the class `lines` be `line-` its number.

    The lines of an algorithm have classes of the same names, and book.css
    lights them together.
    """
    for node in doctree.findall(nodes.literal_block):
        if "lines" in node["classes"]:
            args: dict[str, Any] = node.setdefault("highlight_args", {})
            args["linespans"] = "line"


def name_proofs(app: Sphinx, doctree: nodes.document) -> None:
    """Set the word that opens a proof apart from the proof."""
    for node in doctree.findall(nodes.admonition):
        text = next(node.findall(nodes.Text), None)
        if "proof" in node["classes"] and text and text.parent:
            word, _, rest = text.partition(" ")
            if word == "Proof.":
                named = [nodes.strong("", word), nodes.Text(f" {rest}")]
                text.parent.replace(text, named)


def visit_solution(self: HTML5Translator, node: solution_node) -> None:
    """Open a solution, which the browser folds without any script."""
    self.body.append(self.starttag(node, "details", CLASS="solution"))
    self.body.append(f"<summary>{html.escape(node['summary'])}</summary>")


def depart_solution(self: HTML5Translator, node: solution_node) -> None:
    """Close it."""
    self.body.append("</details>\n")


def visit_table(self: HTML5Translator, node: nodes.table) -> None:
    """Open a table, which is moved sideways where it is too wide."""
    self.body.append('<div class="pst-scrollable-table-container">')
    HTML5Translator.visit_table(self, node)


def depart_table(self: HTML5Translator, node: nodes.table) -> None:
    """Close it."""
    HTML5Translator.depart_table(self, node)
    self.body.append("</div>\n")


def more_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that a server shows for an address that does not exist."""
    yield NOT_FOUND, {}, "404.html"


def add_context(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give the layout what it shows."""
    if pagename == NOT_FOUND:
        # Served at any depth, so its links start from the top.
        top = urlsplit(app.config.html_baseurl).path or "/"
        to_page = context["pathto"]
        context["pathto"] = lambda *page, **how: top + to_page(*page, **how)
        toctree = context["toctree"]
        context["toctree"] = lambda **how: toctree(**how).replace(
            'href="', f'href="{top}'
        )
    meta = context.get("meta") or {}
    if doctree is not None and "description" not in meta:
        logger.warning(
            "page %s has no description in its header, which search engines "
            "and shared links show",
            pagename,
            type="layout",
        )
    body = _PLAIN.sub(r"\1", mend(context.get("body", ""), BODY))
    body, page_style = styles_to_classes(body)
    chapters = context["toctree"](
        collapse=True, maxdepth=1, includehidden=True, titles_only=True
    )
    context.update(
        body=body,
        page_style=page_style,
        csp=policy(page_style),
        theme_script=THEME_SCRIPT,
        description=html.escape(meta.get("description", "")),
        indexed=doctree is not None,
        site=app.config.html_baseurl,
        pageurl=page_address(app.config.html_baseurl, pagename),
        toc=sections(context.get("toc") or ""),
        chapters=mend(chapters, MENU).replace(
            'href="#"', 'href="#" aria-current="page"'
        ),
    )


def published_faces(css: str, files: set[str]) -> str:
    """The stylesheet with the fonts that there are: woff2, and in use."""
    css = re.sub(r',url\([^)]*\) format\("(?:woff|truetype)"\)', "", css)
    return re.sub(
        r"@font-face\{[^}]*url\(fonts/([^)]*)\)[^}]*\}",
        lambda face: face[0] if face[1] in files else "",
        css,
    )


def write_site(app: Sphinx, exception: Exception | None) -> None:
    """Join the stylesheets and the scripts, and leave nothing unused."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.builder.outdir) / "_static"
    source = Path(app.srcdir) / "site/static"
    katex = KATEX_CSS.read_text(encoding="utf-8")
    katex = published_faces(
        katex, {path.name for path in static.glob("fonts/*")}
    )
    sheets = [katex, *map(_read, (source / "book.css", source / "print.css"))]
    scripts = [_read(COPY_TEX), _read(source / "book.js")]
    (static / "site.css").write_text("\n".join(sheets), encoding="utf-8")
    (static / "book.js").write_text("\n".join(scripts), encoding="utf-8")
    if not app.tags.has("pdf"):  # nothing links to one of an older build
        (static.parent / "adam-derived.pdf").unlink(missing_ok=True)
    for path in static.iterdir():
        if path.name not in STATIC:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    # Nor is there a page, or its notebook, that the contents no longer name.
    pages = app.env.found_docs | GENERATED
    notebooks = {f"notebooks/{Path(page).name}" for page in pages}
    for path in static.parent.rglob("*"):
        name = path.relative_to(static.parent).with_suffix("").as_posix()
        if path.suffix in PAGES and name not in pages | notebooks:
            path.unlink()


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """List the pages for search engines, when they have an address."""
    if exception or app.builder.format != "html":
        return
    path = Path(app.builder.outdir) / "sitemap.xml"
    base = app.config.html_baseurl
    if not base:  # nor that of an older build
        path.unlink(missing_ok=True)
        return
    addresses = (
        page_address(base, page) for page in sorted(app.env.found_docs)
    )
    lines = (
        f"<url><loc>{html.escape(each)}</loc></url>" for each in addresses
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n",
        encoding="utf-8",
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect all of it."""
    if os.environ.get("BOOK_PDF"):  # `make pdf` prints it from this build
        app.tags.add("pdf")
    # Jupyter Book sets it, for an extension that is not used.
    app.add_config_value("comments_config", {}, "", types=(dict,))
    app.add_node(
        solution_node, override=True, html=(visit_solution, depart_solution)
    )
    app.connect("config-inited", lambda _, config: about_the_build(config))
    app.connect("doctree-read", refuse_html)
    app.connect("doctree-read", name_lines)
    app.connect("doctree-read", name_proofs)
    app.add_node(nodes.table, override=True, html=(visit_table, depart_table))
    app.connect("doctree-resolved", summarize, priority=900)
    app.connect("html-collect-pages", more_pages)
    app.connect("html-page-context", add_context, priority=900)
    app.connect("build-finished", write_site, priority=900)
    app.connect("build-finished", write_sitemap)
    return {"version": "1", "parallel_write_safe": True}
