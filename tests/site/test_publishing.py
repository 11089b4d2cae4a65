"""What the site offers beside its pages, and the comparison of two builds."""

import base64
import re

import pytest
from notebooks import introduction, tidy
from repository import links, repository
from reproducible import faults
from sphinx.errors import ConfigError

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
    drawn = base64.b64decode(re.search('base64,([^"]+)"', html)[1]).decode()
    assert drawn.replace(' style="color:#222;background:#fff"', "") == SVG


def test_the_introduction_links_what_has_an_address():
    assert "](" not in introduction("A", "", "")
    linked = introduction("A", "https://b.org/a.html", URL)
    assert "[A](https://b.org/a.html)" in linked
    assert f"]({URL})" in linked


@pytest.mark.parametrize(
    "url",
    ["http://github.com/a/b", "github.com/a/b", "https://", "https://a.org/b?c", "https://a/#"],
)
def test_a_bad_address_is_refused_by_the_name_of_its_variable(url):
    with pytest.raises(ConfigError, match=r"REPOSITORY_URL is '"):
        repository(url, "main")


@pytest.mark.parametrize("branch", ["", "a b", "-a", "a?b", "é"])
def test_a_bad_branch_is_refused_by_the_name_of_its_variable(branch):
    with pytest.raises(ConfigError, match=r"REPOSITORY_BRANCH is '"):
        repository(URL, branch)


def test_a_good_address_loses_its_last_slash():
    assert repository(URL + "/", "next/one") == (URL, "next/one")
    assert repository("", "main") == ("", "main")


def test_the_links_of_a_page():
    found = dict(links(URL, "next/one", "chapters/a.md", "A & B", runs=True))
    assert found == {
        "Source": f"{URL}/blob/next/one/chapters/a.md",
        "Edit": f"{URL}/edit/next/one/chapters/a.md",
        "Report a mistake": f"{URL}/issues/new?title=A%20%26%20B%3A%20",
        "Run on Binder": "https://mybinder.org/v2/gh/owner/name/next%2Fone"
        "?urlpath=lab%2Ftree%2Fchapters%2Fa.md",
    }


@pytest.mark.parametrize(("url", "runs"), [(URL, False), ("https://git.example.org/a/b", True)])
def test_binder_is_offered_for_pages_with_code_on_github(url, runs):
    assert "Run on Binder" not in dict(links(url, "main", "chapters/a.md", "A", runs))


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
