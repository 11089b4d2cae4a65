"""Matplotlib's SVG becomes a small element that a strict page admits, and draws the same."""

import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from adamlib.figures.svg import _short, inline

mpl.use("agg")

SVG = "{http://www.w3.org/2000/svg}"
STYLE: Any = {"svg.fonttype": "none", "mathtext.fontset": "dejavusans", "font.size": 10}


def written(draw):
    """What matplotlib writes, and what becomes of it."""
    with mpl.rc_context(STYLE):
        fig = plt.figure(figsize=(3, 2))
        draw(fig)
        buffer = io.StringIO()
        fig.savefig(buffer, format="svg")
        plt.close(fig)
    raw = buffer.getvalue()
    return raw, ET.fromstring(inline(raw, "It says.", "name", {"#1f77b4": "var(--blue)"}))


def lines(fig):
    ax = fig.add_subplot(xlim=(0, 10), ylim=(0, 1))
    x = np.linspace(0, 10, 30)
    ax.plot(x, np.sin(x) ** 2, color="#1f77b4")
    ax.plot(x, np.cos(x) ** 2, "o", color="#d1495b")
    ax.set_xticks([0, 5, 10])


def the(tag, root):
    return list(root.iter(SVG + tag))


def numbers(text):
    return [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]


def test_the_element_gives_its_size_in_pixels_and_says_what_it_shows():
    _, root = written(lines)
    assert root.get("viewBox") == "0 0 216 144"  # 3 by 2 inches, in points
    assert (root.get("width"), root.get("height")) == ("288", "192")
    assert root[0].text == "It says."
    assert root.get("aria-labelledby") == root[0].get("id") == "name-title"


def test_what_matplotlib_says_for_the_whole_page_the_element_says_for_itself():
    raw, root = written(lines)
    (style,) = re.findall(r"<style[^>]*>\*\{(.*?)\}</style>", raw)
    for declaration in style.split(";"):
        key, value = declaration.split(":")
        assert root.get(key.strip()) == value.strip()
    assert not the("style", root)


def points(path):
    """The points of a path, whether it has steps or places: its letters, and where they lead."""
    here = start = (0.0, 0.0)
    for letter, said in re.findall(r"([MLQCmlqcz])([^MLQCmlqcz]*)", path):
        pairs = list(zip(*[iter(numbers(said))] * 2, strict=True))
        at_once = {"q": 2, "c": 3}.get(letter.lower(), 1)
        for n in range(0, len(pairs), at_once):
            base = here if letter.islower() else (0.0, 0.0)
            places = [(x + base[0], y + base[1]) for x, y in pairs[n : n + at_once]]
            kind = "l" if letter.lower() == "m" and n else letter.lower()
            yield from ((kind, place) for place in places)
            here = places[-1]
            start = here if kind == "m" else start
        if letter == "z":
            yield "z", start
            here = start


def test_a_line_keeps_its_points_and_its_look():
    raw, root = written(lines)
    (before,) = [e for e in the("path", ET.fromstring(raw)) if "#1f77b4" in e.get("style", "")]
    (after,) = [e for e in the("path", root) if e.get("stroke") == "var(--blue)"]
    assert len(list(points(before.get("d")))) == 30
    assert_same_path(before.get("d"), after.get("d"))
    assert re.fullmatch(r"m[\d. -]+", after.get("d"))  # lines, after the m that begins them
    for declaration in before.get("style").split("; "):
        key, value = declaration.split(": ")
        if key != "stroke":
            assert after.get(key) == value


def assert_same_path(before, after):
    """Each point is within half a hundredth of its place, however many go before it."""
    kinds, places = zip(*points(before), strict=True)
    new_kinds, new_places = zip(*points(after), strict=True)
    assert new_kinds == kinds
    assert np.abs(np.subtract(new_places, places)).max() <= 0.005 + 1e-9
    assert all(len(part) <= 2 for part in re.findall(r"\.(\d+)", after))


def test_rounding_does_not_add_up_along_a_path():
    """Ten thousand steps of a third of a hundredth, then curves, a new start, and far away."""
    rise = " ".join(f"L {n / 300:.6f} {n / 700:.6f}" for n in range(1, 10_001))
    path = f"""M 0.004 -0.006 {rise} Q 1.111 2.222 3.333 4.444 Q 5.555 6.666 7.777 8.888
        C 0.123 4.567 8.912 3.456 7.891 2.345 z L 1.004 1.006 M 123456.789 -9.876
        L 123457.111 1 z M 5.678 5.678 L 0.004 0.004"""
    assert_same_path(path, _short(path))


def test_each_mark_keeps_its_place():
    raw, root = written(lines)
    before, after = (
        [(float(e.get("x")), float(e.get("y"))) for e in the("use", r)]
        for r in (ET.fromstring(raw), root)
    )
    assert len(after) == 30 + 3 + 6  # the dots, and the ticks of both axes
    assert np.allclose(before, after, atol=0.005)


def test_ids_are_few_and_each_is_used():
    _, root = written(lines)
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    text = ET.tostring(root, encoding="unicode")
    assert len(set(ids)) == len(ids) < 10
    for each in set(ids) - {"name-title"}:
        assert re.match(r"name-\d+$", each)
        assert f"#{each}" in text
        assert text.count(f'id="{each}"') == 1


def test_what_a_group_has_in_common_is_said_once():
    _, root = written(lines)
    (dots,) = [e for e in the("g", root) if len(e.findall(SVG + "use")) == 30]
    assert dots.get("fill") == "#d1495b"
    assert all(set(use.attrib) == {"x", "y", "href"} for use in dots)


def test_what_is_drawn_elsewhere_keeps_its_own_look():
    """A mark inherits where it is drawn, and nothing where it is defined."""
    _, root = written(lambda fig: fig.add_subplot())
    (definitions,) = the("defs", root)
    assert not definitions.attrib
    assert [mark.get("stroke-width") for mark in definitions] == ["0.8", "0.8"]  # two ticks


def test_nothing_that_draws_nothing_is_left():
    _, root = written(lines)
    assert not the("metadata", root)
    assert all(len(group) and group.attrib for group in the("g", root))
    assert not [e for e in the("path", root) if e.get("fill") == "none" and not e.get("stroke")]
    assert len(the("defs", root)) == 1
    assert not [e for e in the("text", root) if "transform" in e.attrib]  # by no angle
    assert not [e for e in root.iter() if e.tail or (len(e) and e.text)]  # white space


def formula(text, **options):
    """The text element of a formula, and the end of its box in matplotlib's measure."""

    def draw(fig):
        fig.text(0.5, 0.5, text, gid=options.pop("gid", None), **options)

    raw, root = written(draw)
    (element,) = the("text", root)
    return raw, element


def test_a_formula_runs_on_in_the_order_in_which_it_is_read():
    _, element = formula(r"step $\hat m_t$, $\eta = 0.1$")
    words = "".join(element.itertext()).replace("\xa0", " ")
    assert words == "step m\u0302t, η=0.1"
    runs = {"".join(run.itertext()): run for run in element}
    assert not any(run.get("x") or run.get("y") for run in element)
    assert runs["m\u0302"].get("font-style") == runs["η"].get("font-style") == "italic"
    assert [run for run, e in runs.items() if e.get("dy")] == ["t", ",\xa0"]
    assert float(runs["t"].get("dy")) == -float(runs[",\xa0"].get("dy")) > 0
    assert float(runs["="].get("dx")) == pytest.approx(float(runs["0.1"].get("dx")), abs=0.02)
    assert float(runs["="].get("dx")) > 1
    assert {run for run, e in runs.items() if e.get("dx")} == {"=", "0.1"}


def test_a_superscript_is_higher_and_smaller_but_not_tiny():
    _, element = formula("$10^{-8}$")
    base, script = element
    assert (base.text, script.text) == ("10", "\u22128")
    assert float(script.get("dy")) < -2
    assert (base.get("font-size"), script.get("font-size")) == ("10", "8")


def test_two_scripts_stand_one_above_the_other():
    _, element = formula("$g_t^2$")
    _, low, high = element
    assert (low.text, high.text) == ("t", "2")
    assert float(high.get("dx")) < -2
    assert float(high.get("dy")) < -4


@pytest.mark.parametrize(("gid", "share"), [("start", 0), ("middle", 0.5), ("end", 1)])
def test_a_formula_is_anchored_where_its_group_says(gid, share):
    raw, element = formula("$w = 0.25$", gid=gid)
    letters = [(float(x), text) for x, text in re.findall(r'<tspan x="([\d.]+)"[^>]*>(.)', raw)]
    start, last = max(letters)
    assert last == "5"
    width = start + 0.636 * 10  # a digit of DejaVu Sans is 0.636 em wide
    assert float(element.get("x")) == pytest.approx(share * width, abs=0.02)
    assert element.get("text-anchor") == (gid if share else None)
