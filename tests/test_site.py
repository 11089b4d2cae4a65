"""The site's own pieces, where the strict build alone would not notice a fault."""

import pytest
import stale
from docutils import nodes
from katex_math import aligned, keep_punctuation, unnumbered


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
    "name", ["requirements.lock", "adamlib/ema.py", "studies/runs.csv", "tests/golden/keras.json"]
)
def test_a_change_in_what_pages_read_makes_them_stale(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("old")
    before = stale.digest(tmp_path)
    assert stale.digest(tmp_path) == before
    path.write_text("new")
    assert stale.digest(tmp_path) != before
