"""The site's own pieces, where the strict build alone would not notice a fault."""

import base64
import hashlib
import re
from types import SimpleNamespace

import fonts
import page
import pytest
import stale
from docutils import nodes
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph
from katex_math import aligned, unnumbered
from math_text import keep_punctuation
from references import ROOT
from sphinx.errors import ConfigError


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("a = b", "a = b"),
        (r"a \\ b", r"\begin{gathered}a \\ b\end{gathered}"),
        (r"a &= b \\ &= c", r"\begin{aligned}a &= b \\ &= c\end{aligned}"),
        (r"a \& b", r"a \& b"),
        (r"\begin{cases} a & b \\ c & d \end{cases}", None),
    ],
)
def test_several_lines_without_an_environment_get_one(tex, expected):
    assert aligned(tex) == (expected or tex)


def test_the_numbers_of_equations_are_left_to_sphinx():
    assert unnumbered(r"\begin{align}a\end{align}") == r"\begin{align*}a\end{align*}"
    assert unnumbered(r"\begin{aligned}a\end{aligned}") == r"\begin{aligned}a\end{aligned}"


def test_punctuation_joins_its_formula_and_none_is_lost_or_doubled():
    """Equal texts, which docutils cannot tell apart; the first formula is too long to be kept."""
    formulas = [nodes.math("", name) for name in "abc"]
    paragraph = nodes.paragraph()
    for text, formula in zip(("of (", ", ", ", "), formulas, strict=True):
        paragraph += nodes.Text(text)
        paragraph += formula
    paragraph += nodes.Text(") alone")
    box = '<span class="katex-base">seven +</span>'
    for formula, rendered in zip(formulas, (f'class="katex-html">{2 * box}', "", ""), strict=True):
        keep_punctuation(formula, rendered)
    assert paragraph.astext() == "of (a, b, c) alone"
    joined = [part.astext() for part in paragraph if isinstance(part, nodes.inline)]
    assert joined == ["b,", "c)"]


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


def test_styles_become_classes_and_equal_ones_share_one():
    body, rules = page.styles_to_classes(
        '<b class="x" style="top:1em;left:0">a</b><i id="y" style="top:2em;"/>'
        '<b style="top:1em;left:0;">style="c"</b>'
    )
    assert body == '<b class="k-0 x">a</b><i id="y" class="k-1"/><b class="k-0">style="c"</b>'
    assert rules == ".k-0{top:1em!important;left:0!important}.k-1{top:2em!important}"


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
    assert f'version = "{config.version}"' in (ROOT / "pyproject.toml").read_text("utf-8")


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
            '<h2>b <em>e</em></h2><span class="katex">',
            ["serif-italic", "serif-bold-italic", "KaTeX_Main-Regular"],
        ),
        ('<b class="mord mathnormal">', ["KaTeX_Math-Italic"]),
        ('<b class="delimsizing size4">', ["KaTeX_Size4-Regular"]),
    ],
)
def test_a_page_asks_for_the_fonts_that_it_shows_signs_of(html, names):
    assert fonts.wanted(html) == names
    context = {"body": html}
    fonts.preload(None, "", "", context, None)
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
