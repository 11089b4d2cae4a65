"""The site's own pieces, where the strict build alone would not notice a fault."""

import base64
import hashlib
from types import SimpleNamespace

import fonts
import page
import pytest
import stale
from docutils import nodes
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph
from katex_math import aligned, keep_punctuation, unnumbered
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


@pytest.mark.parametrize(
    ("given", "name", "address"),
    [
        ("", "index", ""),
        ("https://a.org/b", "index", "https://a.org/b/"),
        ("https://a.org/b/", "chapters/bias", "https://a.org/b/chapters/bias.html"),
    ],
)
def test_a_page_has_one_address(monkeypatch, given, name, address):
    monkeypatch.setenv("SITE_URL", given)
    config = SimpleNamespace()
    page.about_the_build(config)
    assert page.page_address(config.html_baseurl, name) == address


@pytest.mark.parametrize("given", ["a.org/b", "ftp://a.org", "https:///b"])
def test_an_address_that_is_none_is_named(monkeypatch, given):
    monkeypatch.setenv("SITE_URL", given)
    with pytest.raises(ConfigError, match=f"SITE_URL is '{given}'"):
        page.about_the_build(SimpleNamespace())


def test_a_font_keeps_the_characters_of_the_pages_and_no_others(tmp_path):
    (tmp_path / "page.html").write_text("<p>&beta; \N{GREEK SMALL LETTER ETA}", "utf-8")
    wanted = fonts.characters([tmp_path / "page.html"])
    assert {"β", "η", "a", "…"} <= wanted
    source = tmp_path / "whole.ttf"
    some_font(source, "aβδ")
    fonts.cut(source, tmp_path / "cut.woff2", wanted)
    assert set(map(chr, TTFont(tmp_path / "cut.woff2").getBestCmap())) == {"a", "β"}


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
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.save(path)
