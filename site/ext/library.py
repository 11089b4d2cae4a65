"""The page of the library, and its source.

What a docstring has for `help()` reads on the page as the rest of the book: a
page that it names is a link, a formula is one, its parameters are a list with
their letters and defaults. And each entry leads to its source, on a page that
has all of it, where the names lead back.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging
from sphinx.util.nodes import make_refnode
from sphinx.util.typing import ExtensionMetadata
from typeset import LETTERS, display, inline, words

logger = logging.getLogger(__name__)

PACKAGE = "adamlib"
SOURCE = "source"  # the name of its page
_PARAMETER = re.compile(r" {4}(\**\w+) \((.*)\): (.*)")


def list_parameters(
    app: Sphinx, what: str, name: str, it: Any, options: Any, lines: list[str]
) -> None:
    """Let what stands under Args be a list of definitions, with its types."""
    if "Args:" not in lines:
        return
    start = lines.index("Args:")
    inside: list[str] = []
    end = start + 1
    while end < len(lines) and lines[end].startswith("    "):
        if found := _PARAMETER.fullmatch(lines[end]):
            given, kind, says = found.groups()
            inside += [f"{given.replace('*', '')} : {kind}", f"    {says}"]
        else:
            inside.append(lines[end][4:])
        end += 1
    lines[start:end] = inside


def name_functions(
    app: Sphinx,
    what: str,
    name: str,
    it: Any,
    options: Any,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Let a function that is a default have its name, and so a parser."""
    return re.sub(r"<function (\w+)>", r"\1", signature or ""), returns


def defaults(signature: addnodes.desc_signature) -> dict[str, str]:
    """What each parameter is, if nothing is given for it."""
    found = {}
    for parameter in signature.findall(addnodes.desc_parameter):
        name = parameter.next_node(addnodes.desc_sig_name)
        for value in parameter.findall(nodes.inline):
            if name and "default_value" in value["classes"]:
                found[name.astext()] = value.astext()
    return found


def complete(
    parameters: nodes.definition_list, signature: addnodes.desc_signature
) -> None:
    """Give each its letter, and put what it may be behind what it is."""
    known = defaults(signature)
    parameters["classes"] = ["parameters"]
    for item in parameters.findall(nodes.definition_list_item):
        term, kind, says = item
        assert isinstance(term, nodes.term)
        name = term.astext()
        term.children = [nodes.literal("", name), nodes.Text(" ")]
        if letter := LETTERS.get(name):
            term += [nodes.math(letter, letter), nodes.Text(" ")]
        facts = nodes.inline("", "", *kind.children, classes=["kind"])
        if default := known.get(name):
            facts += nodes.Text(", default ")
            facts += nodes.literal("", default)
        item.remove(kind)
        last = says.children[-1]
        assert isinstance(last, nodes.paragraph)
        last += [nodes.Text(" "), facts]


def write_as_the_book_does(app: Sphinx, doctree: nodes.document) -> None:
    """Mathematics and parameters of docstrings."""
    for entry in doctree.findall(addnodes.desc):
        signature, content = entry[0], entry[-1]
        assert isinstance(signature, addnodes.desc_signature)
        assert isinstance(content, addnodes.desc_content)
        for block in list(content.findall(nodes.literal_block)):
            if tex := display(block.astext()):
                formula = nodes.math_block(tex, tex, number=None, label=None)
                formula["nowrap"] = False
                block.replace_self(formula)
        for literal in list(content.findall(nodes.literal)):
            tex = "" if literal["classes"] else inline(literal.astext())
            if tex:
                literal.replace_self(nodes.math(tex, tex))
        for child in content:
            if isinstance(child, nodes.definition_list):
                complete(child, signature)
        for text in list(content.findall(nodes.Text)):
            if isinstance(text.parent, nodes.paragraph | nodes.inline):
                parent, place = text.parent, text.parent.index(text)
                parent[place : place + 1] = [*words(text)]


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


class Definition(NamedTuple):
    """A function or a class in a file of the library."""

    file: str
    name: str  # of a method, behind that of its class
    line: int

    @property
    def place(self) -> str:
        """Its id on the page of the source."""
        return f"{module(self.file)}.{self.name}"


def module(file: str) -> str:
    """The name of a file's module in the package."""
    name = file.removesuffix(".py").removesuffix("/__init__")
    return name.removeprefix(f"{PACKAGE}/").replace("/", ".")


def _private(path: Path) -> bool:
    return path.name.startswith("_") and path.name != "__init__.py"


def files(root: Path) -> dict[str, str]:
    """The text of each, those first that are for all."""
    paths = sorted(
        (path.relative_to(root) for path in (root / PACKAGE).rglob("*.py")),
        key=lambda path: (len(path.parts), _private(path), path),
    )
    return {
        path.as_posix(): (root / path).read_text("utf-8")
        for path in paths
        if path.as_posix() != f"{PACKAGE}/__init__.py"
    }


def definitions(file: str, text: str) -> Iterator[Definition]:
    """What a file defines, and the methods of what it defines."""

    def inside(body: list[ast.stmt], before: str) -> Iterator[Definition]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                name = before + node.name
                yield Definition(file, name, node.lineno)
                if isinstance(node, ast.ClassDef):
                    yield from inside(node.body, f"{name}.")

    yield from inside(ast.parse(text).body, "")


def entry_of(found: Definition) -> str:
    """The name of its entry, should it have one."""
    package = "figures." if "/figures/" in found.file else ""
    return f"{PACKAGE}.{package}{found.name}"


def link_source(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let an entry lead to where it is defined."""
    signatures = list(doctree.findall(addnodes.desc_signature))
    if app.builder.format != "html" or not signatures:
        return
    known = {
        entry_of(found): found.place
        for file, text in files(Path(app.srcdir)).items()
        if not _private(Path(file))
        for found in definitions(file, text)
    }
    page = app.builder.get_relative_uri(docname, SOURCE)
    for signature in signatures:
        for name in signature["ids"]:
            if place := known.get(name):
                signature += nodes.reference(
                    "", "Source", refuri=f"{page}#{place}", classes=["source"]
                )


def listing(app: Sphinx, file: str, text: str) -> str:
    """A file in colours, its definitions with their ids and links back."""
    builder = app.builder
    assert isinstance(builder, StandaloneHTMLBuilder)
    lines = builder.highlighter.highlight_block(text, "python").split("\n")
    entries = app.env.get_domain("py").data["objects"]
    for found in definitions(file, text):
        line, name = lines[found.line - 1], found.name.rpartition(".")[2]
        if entry := entries.get(entry_of(found)):
            uri = builder.get_relative_uri(SOURCE, entry.docname)
            name = f'<a href="{uri}#{entry.node_id}">{name}</a>'
        lines[found.line - 1] = re.sub(
            r'(<span class="(?:n[fc]|fm)")>\w+',
            rf'\1 id="{found.place}">{name}',
            line,
            count=1,
        )
    return "\n".join(lines)


def source_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page with all of it, a section for each file."""
    body, contents = "", ""
    for file, text in files(Path(app.srcdir)).items():
        place = module(file)
        contents += f'<li><a href="#{place}">{escape(file)}</a></li>'
        body += (
            f'<section id="{place}"><h2>{escape(file)}</h2>\n'
            f'<div class="highlight-python">{listing(app, file, text)}</div>'
            "</section>\n"
        )
    toc = f"<ul><li><ul>{contents}</ul></li></ul>" if contents else ""
    yield SOURCE, {"body": body, "toc": toc}, "source.html"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect it; pages are known when all titles are."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", list_parameters, priority=400)
    app.connect("autodoc-process-signature", name_functions)
    app.connect("doctree-read", write_as_the_book_does)
    app.connect("doctree-resolved", link_pages)
    app.connect("doctree-resolved", link_source)
    app.connect("html-collect-pages", source_page)
    return {"version": "1", "parallel_write_safe": True}
