"""The checks of the built HTML, held to account by a small site with planted faults."""

import re

import nbformat
import pytest
from built import (
    CHECKS,
    Site,
    addresses_are_the_sites,
    code_is_folded,
    entries_lead_to_their_source,
    every_page_has_a_card,
    figures_have_titles,
    formulas_have_their_fonts,
    headings_are_in_order,
    ids_are_unique,
    links_arrive,
    listings_are_headed,
    notebooks_are_offered,
    nothing_is_looked_for_in_vain,
    pages_are_described,
    policy_is_strict,
    the_pdf_is_offered,
    works_lead_back,
)
from nbformat.v4 import new_code_cell, new_notebook, new_output

ADDRESS = "https://name.example/book/"
HOME, ONE, MISSING = "index.html", "chapters/one.html", "404.html"
PAGE = """\
<!doctype html>
<html lang="en"><head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'self' 'sha256-abc='; img-src 'self' data:; style-src 'self'">
{head}
<title>{name} page</title>
<meta name="description" content="What a reader finds on the {name} page of a good small site.">
<meta property="og:title" content="{name} page">
<meta property="og:description" content="A sample.">
</head><body>
<a href="#main-content">Skip</a>
<main id="main-content"><h1>{name}</h1><h2 id="part">A part</h2><h3>A detail</h3>
{body}
</main></body></html>
"""
FIRST = """\
<a href="chapters/one.html#part">One</a> <a href="https://www.example.org/">elsewhere</a>
<a href="adam-derived.pdf">The book</a>
<nav id="chapters"><a href="chapters/one.html">One</a></nav>
<ul><li class="card"><img src="line.png" alt="" loading="lazy" width="9" height="6">
<p><a href="chapters/one.html">One</a></p><p>Why?</p></li></ul>"""
CHAPTER = """\
<a href="../index.html">Home</a> <a href="">here</a> <img src="../line.png" alt="A line">
<nav popover></nav> <span class="katex"><b class="k-1 mathbf">x</b></span>
<details><div class="cell_input">1 + 1</div></details>
<div class="cell"><details class="fold"><summary>checked <code>a == 1</code></summary>
<pre class="cell_input">a = 1\nassert a  == 1, "said"</pre></details></div>
<div class="solution"><div class="cell"><pre class="cell_input">a = 1</pre></div></div>
<div class="listing"><p class="file"><a href="#part">adamlib/formulas.py</a></p></div>
<svg class="figure" role="img" aria-labelledby="t1">
<title id="t1">The line climbs from 0 to 1 in thirty steps.</title>
<text>up</text></svg>
<svg class="figure" role="img" aria-labelledby="t2">
<title id="t2">The other line falls from 1 to 0 in forty steps.</title></svg>
<dl><dt class="sig-object" id="lib.f">f <a class="source" href="../source.html#m.f">Source</a></dt>
<dd>Of the page <a href="one.html">One</a>. <dl class="parameters"><dd>x</dd></dl></dd></dl>
<a href="one.ipynb" download>This page as a notebook</a>
<p>So <span id="c1"><a href="#w1">Someone</a></span> say.</p>
<div class="citation" id="w1"><p>Someone. A word. Read it for the word.</p>
<p class="cited">Cited in <a href="one.html#c1">One</a></p></div>"""

SOURCE = '<p id="m.f"><a href="chapters/one.html#lib.f">f</a></p>'
STYLE = (
    "@font-face{font-family:KaTeX_Main;font-style:normal;font-weight:700;src:url(fonts/B.woff2)}"
    ".katex .textbf{font-weight:700}"
    ".katex .a,.katex .mathbf{font-family:KaTeX_Main;font-weight:700}"
)


def good(address: str) -> dict[str, str]:
    """The files of a site without a fault."""
    canonical = '<link rel="canonical" href="{}">'.format if address else lambda _: ""
    notebook = new_notebook(cells=[new_code_cell("1 + 1", execution_count=1)])
    notebook.cells[0].outputs = [new_output("stream", text="2")]
    top = "/book/" if address else "/"
    files = {
        HOME: PAGE.format(name="First", head=canonical(address), body=FIRST),
        ONE: PAGE.format(name="One", head=canonical(address + ONE), body=CHAPTER),
        MISSING: PAGE.format(
            name="No",
            head='<meta name="robots" content="noindex">',
            body=re.sub('(href|src)="(?!https|#)', rf'\1="{top}', FIRST),
        ),
        "source.html": PAGE.format(
            name="Source", head='<meta name="robots" content="noindex">', body=SOURCE
        ),
        "chapters/one.ipynb": nbformat.writes(notebook),
        "adam-derived.pdf": "",
        "line.png": "",
        "_static/template.html": "<p>no page</p>",
        "_static/fonts/B.woff2": "",
        "_static/site.css": STYLE,
    }
    if address:
        files["sitemap.xml"] = f"<loc>{address}</loc><loc>{address}{ONE}</loc>"
    return files


def site(root, files: dict[str, str], address: str) -> Site:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return Site(root, address)


@pytest.mark.parametrize("address", ["", ADDRESS])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_good_site_is_good(tmp_path, check, address):
    assert list(check(site(tmp_path, good(address), address))) == []


def test_a_site_without_the_page_for_missing_ones_is_found(tmp_path):
    files = good("")
    del files[MISSING]
    assert list(nothing_is_looked_for_in_vain(site(tmp_path, files, ""))) == [f"no {MISSING}"]


@pytest.mark.parametrize(
    ("check", "name", "old", "new", "says"),
    [
        (nothing_is_looked_for_in_vain, ONE, "cell_input", "input", "no page has .cell_input"),
        (nothing_is_looked_for_in_vain, ONE, "<text>up</text>", "", "svg.figure text"),
        (links_arrive, HOME, "one.html#part", "two.html", "no such file"),
        (links_arrive, HOME, "one.html#part", "one.html#parts", "no such place"),
        (links_arrive, HOME, "#main-content", "#main", "no such place"),
        (links_arrive, ONE, "../line.png", "line.png", "no such file"),
        (links_arrive, ONE, "../index.html", "/index.html", "root of the host"),
        (links_arrive, ONE, "../index.html", "../../index.html", "out of the site"),
        (links_arrive, ONE, 'src="../line.png"', 'src="https://cdn.example/a.png"', "elsewhere"),
        (links_arrive, ONE, 'src="../line.png"', 'srcset="../a.png 2x"', "no such file"),
        (links_arrive, HOME, "https://www", "http://www", "no https"),
        (links_arrive, HOME, "https://www.", "//www.", "no https"),
        (links_arrive, MISSING, 'href="/adam', 'href="adam', "does not start"),
        (ids_are_unique, ONE, 'id="t1"', 'id="part"', "'part' 2 times"),
        (works_lead_back, ONE, "Read it for", "Read", "for nothing"),
        (works_lead_back, ONE, ' class="cited"', "", "leads to no page"),
        (works_lead_back, ONE, 'id="c1"', "", "not cited at"),
        (works_lead_back, ONE, 'href="#w1"', 'href="#w2"', "not cited at"),
        (headings_are_in_order, ONE, "<h2", "<h1", "2 h1"),
        (headings_are_in_order, ONE, "<h1>One</h1>", "", "0 h1"),
        (headings_are_in_order, ONE, '<h2 id="part">A part</h2>', "<h4>It</h4>", "'It' after h1"),
        (pages_are_described, ONE, ' lang="en"', "", "no language"),
        (pages_are_described, ONE, "<title>One page</title>", "", "no title"),
        (pages_are_described, ONE, "<title>One", "<title>First", "the same title"),
        (pages_are_described, ONE, "<title>One", r"<title>\beta", "TeX in"),
        (pages_are_described, ONE, "a reader finds on the One page of", "is", "of 26 characters"),
        (pages_are_described, ONE, "the One page of", "the First page of", "or description"),
        (pages_are_described, ONE, "og:title", "og:name", "no og:title"),
        (pages_are_described, ONE, "og:description", "og:d", "no og:description"),
        (addresses_are_the_sites, ONE, "<title>", '<link rel="canonical"><title>', "none is known"),
        (addresses_are_the_sites, "sitemap.xml", "", "<loc></loc>", "address of the site is not"),
        (policy_is_strict, ONE, "Content-Security-Policy", "Content", "no Content-Security"),
        (policy_is_strict, ONE, "<meta http", "<link><meta http", "link before the policy"),
        (policy_is_strict, ONE, "script-src", "script-src 'unsafe-inline'", "'unsafe-inline'"),
        (policy_is_strict, ONE, "style-src", "style-src 'unsafe-inline'", "style-src has"),
        (policy_is_strict, ONE, "script-src", "script-src 'unsafe-eval'", "'unsafe-eval'"),
        (policy_is_strict, ONE, "img-src", "img-src https:", "img-src has https:"),
        (policy_is_strict, ONE, "script-src", "script-src cdn.example", "has cdn.example"),
        (policy_is_strict, ONE, "script-src", "script-src data:", "script-src has data:"),
        (policy_is_strict, ONE, "default-src 'none'", "default-src *", "default-src is"),
        (policy_is_strict, ONE, "default-src 'none';", "", "default-src is None"),
        (figures_have_titles, ONE, ' role="img"', "", "figure 1 has not the role"),
        (figures_have_titles, ONE, 'labelledby="t1"', 'label="t1"', "not labelled"),
        (figures_have_titles, ONE, '<title id="t1">The line', '<title id="t1">Plot', "too little"),
        (figures_have_titles, ONE, " in thirty steps", "", "too little"),
        (figures_have_titles, ONE, "climbs from 0 to 1 in thirty", "A", "too little"),
        (formulas_have_their_fonts, "_static/site.css", "weight:700;", "weight:400;", "asks for"),
        (formulas_have_their_fonts, "_static/site.css", "fonts/B", "fonts/C", "asks for"),
        (listings_are_headed, ONE, ' class="file"', "", "without the name"),
        (listings_are_headed, ONE, '<a href="#part">adam', "<a>adam", "lead to the library"),
        (entries_lead_to_their_source, ONE, ' class="source"', "", "no source of it"),
        (entries_lead_to_their_source, "source.html", ">f<", ">g<", "no source of it"),
        (entries_lead_to_their_source, "source.html", "#lib.f", "#lib.g", "does not lead back"),
        (entries_lead_to_their_source, ONE, 'href="one.html"', "", "leads to no page"),
        (entries_lead_to_their_source, ONE, "<dd>x", "<dd><pre>x + y</pre>", "no formula: 'x + y'"),
        (code_is_folded, ONE, 'class="solution"', "", "prints nothing and is open: 'a = 1'"),
        (code_is_folded, ONE, "checked <", "Show <", "stands for 1 assertions"),
        (code_is_folded, ONE, "assert a", "a", "stands for 0 assertions"),
        (code_is_folded, ONE, "<code>a == 1</code>", "", "does not say what"),
        (code_is_folded, ONE, "<code>a == 1", "<code>a == 2", "is not in the code"),
        (notebooks_are_offered, ONE, " download", "", "no notebook to download"),
        (notebooks_are_offered, ONE, "one.ipynb", "two.ipynb", "no file two.ipynb"),
        (notebooks_are_offered, "chapters/one.ipynb", "{", "[", "is no notebook"),
        (notebooks_are_offered, "chapters/one.ipynb", '"cell_type"', '"kind"', "is no notebook"),
        (notebooks_are_offered, "chapters/one.ipynb", '"stream"', '"steam"', "is no notebook"),
        (every_page_has_a_card, HOME, 'class="card"', "", "cards for []"),
        (every_page_has_a_card, HOME, "Why?", "", "says nothing"),
        (every_page_has_a_card, HOME, 'src="line', 'src="no', "has no picture"),
        (every_page_has_a_card, HOME, ' width="9"', "", "has no size"),
        (the_pdf_is_offered, HOME, "adam-derived.pdf", "book.pdf", "no link to adam-derived"),
    ],
)
def test_a_planted_fault_is_found(tmp_path, check, name, old, new, says):
    files = good("")
    assert old in files.setdefault(name, "")
    files[name] = files[name].replace(old, new) or new
    faults = list(check(site(tmp_path, files, "")))
    assert any(says in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (ONE, "<title>", '<meta name="robots" content="noindex"><title>', "not to be listed"),
        (HOME, f'href="{ADDRESS}"', f'href="{ADDRESS}{HOME}"', "canonical"),
        (ONE, '<link rel="canonical"', '<link rel="next"', "is None"),
        ("sitemap.xml", ADDRESS + ONE, ADDRESS + "two.html", f"lacks {ADDRESS}{ONE}"),
        ("sitemap.xml", ADDRESS + ONE, ADDRESS + MISSING, "404.html, which is no page"),
    ],
)
def test_a_wrong_address_is_found(tmp_path, name, old, new, says):
    files = good(ADDRESS)
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    faults = list(addresses_are_the_sites(site(tmp_path, files, ADDRESS)))
    assert any(says in fault for fault in faults), faults


def test_a_title_twice_in_the_book_is_found(tmp_path):
    files = good("")
    files["chapters/two.html"] = files[ONE]
    faults = list(figures_have_titles(site(tmp_path, files, "")))
    assert len([fault for fault in faults if "has the title of chapters/one.html" in fault]) == 2


def test_a_notebook_that_was_not_run_is_found(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("1 + 1")])
    files = good("") | {"chapters/one.ipynb": nbformat.writes(notebook)}
    faults = list(notebooks_are_offered(site(tmp_path, files, "")))
    assert len(faults) == 2
