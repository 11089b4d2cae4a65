"""What the site offers beside its pages, and the comparison of two builds."""

import base64

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader
from notebooks import introduction, tidy
from references import ROOT
from reproducible import faults, files

URL = "https://github.com/owner/name"
SVG = '<svg role="img" fill="currentColor"><title id="t">A &lt; B.</title><g/></svg>\n'


def executed():
    figure = {"figure": {"name": "fig-a", "caption": "One, $x$."}}
    return {
        "cells": [
            {"cell_type": "markdown", "id": "7f", "metadata": {}, "source": ["$\\eta$"]},
            {
                "cell_type": "code",
                "execution_count": 1,
                "id": "3c",
                "metadata": {"mystnb": figure, "tags": ["hide-input"]},
                "outputs": [{"output_type": "display_data", "data": {"text/html": [SVG]}}],
                "source": ["draw()"],
            },
        ],
        "metadata": {"source_map": [1, 2]},
    }


def test_a_notebook_has_no_random_ids_and_only_what_jupyter_knows():
    notebook = tidy(executed(), "From.")
    assert [cell["id"] for cell in notebook["cells"]] == ["cell-0", "cell-1", "cell-2", "cell-3"]
    first, text, code, caption = notebook["cells"]
    assert first["source"] == "From."
    assert text["source"] == ["$\\eta$"]
    assert code["metadata"] == {"jupyter": {"source_hidden": True}}
    assert caption["source"] == "`fig-a`: One, $x$."
    assert "source_map" not in notebook["metadata"]


def test_a_figure_is_an_image_that_jupyter_shows_unasked():
    html = tidy(executed(), "")["cells"][2]["outputs"][0]["data"]["text/html"]
    assert html.startswith('<img alt="A &lt; B." src="data:image/svg+xml;base64,')
    drawn = base64.b64decode(html.partition("base64,")[2].partition('"')[0]).decode()
    assert drawn.replace(' style="color:#222;background:#fff"', "") == SVG


def test_the_introduction_links_what_has_an_address():
    assert "](" not in introduction("A", "", "")
    linked = introduction("A", "https://b.org/a.html", URL)
    assert "[A](https://b.org/a.html)" in linked
    assert f"]({URL})" in linked


def elsewhere(**context):
    """The links at the foot of a page, by their texts."""
    folder = FileSystemLoader(ROOT / "site/templates")
    given = {"pagename": "chapters/a", "page_source_suffix": ".md", "heading": "A & B"}
    html = Environment(loader=folder).get_template("elsewhere.html").render(given | context)
    return {tag.get_text(): tag["href"] for tag in BeautifulSoup(html, "html.parser").select("a")}


def test_the_links_of_a_page():
    page = {"repository": URL, "branch": "next/one", "indexed": True}
    source = {
        "Source": f"{URL}/blob/next/one/chapters/a.md",
        "Edit": f"{URL}/edit/next/one/chapters/a.md",
        "Report a mistake": f"{URL}/issues/new?title=A%20%26%20B%3A%20",
    }
    assert elsewhere(**page) == source
    assert elsewhere(**page, notebook="a.ipynb") == source | {
        "This page as an executed notebook": "a.ipynb",
        "Run on Binder": "https://mybinder.org/v2/gh/owner/name/next%2Fone"
        "?urlpath=lab%2Ftree%2Fchapters%2Fa.md",
    }
    other = elsewhere(**page | {"repository": "https://a.org/b"}, notebook="a.ipynb")
    assert len(other) == 4
    assert "Run on Binder" not in other


def test_a_page_without_a_file_and_a_book_without_a_repository_link_no_source():
    assert elsewhere(repository=URL, branch="main", indexed=False) == {}
    assert list(elsewhere(repository="", branch="main", indexed=True, notebook="a")) == [
        "This page as an executed notebook"
    ]


def test_builds_that_differ_are_found():
    site = {"a.html": b"<p>one</p><p>two</p>", "b.css": b""}
    assert list(faults(site, dict(site))) == []
    found = list(faults(site, {"a.html": b"<p>one</p><p>too</p>", "c.js": b""}))
    assert found[:3] == [
        "b.css is in one build alone",
        "c.js is in one build alone",
        "a.html differs",
    ]
    assert "-two</p>" in found
    assert "+too</p>" in found


def test_hidden_files_are_compared_too(tmp_path):
    (tmp_path / ".a").mkdir()
    (tmp_path / ".a/.b").write_bytes(b"c")
    assert files(tmp_path) == {".a/.b": b"c"}
