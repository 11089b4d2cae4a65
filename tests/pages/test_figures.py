"""Figures: well-formed, in the page's ink, distinct, and summed up by the data they draw."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.patches import Circle
from references import ROOT

import adamlib
from adamlib import Adam, Optimizer, descend, figures, rosenbrock

SVG = "{http://www.w3.org/2000/svg}"
SAYS = "A <falling> line & a band: it ends at 'one'."

mpl.use("agg")


@pytest.fixture
def shown(monkeypatch):
    """The bundles that `figures.show` puts on the page, newest last."""
    bundles = []
    monkeypatch.setattr(figures, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.fixture(autouse=True)
def _no_figure_is_left_open():
    yield
    figures.plt.close("all")


def drawing(scale=1.0, noise=0.0, yscale="linear"):
    """A figure with a line, a band, an image, bars, points, contours, marks and words."""
    rng = np.random.default_rng(0)
    t = np.arange(1, 41)
    y = scale * np.exp(-t / 9) * (1 + 0.1 * np.sin(t))
    y, low = (a * (1 + noise * rng.uniform(-1, 1, t.shape)) for a in (y, y / 2))
    fig, (ax, image, more) = figures.axes(1, 3)
    ax.plot(t, y, **figures.METHODS["Adam"], label="Adam")
    ax.fill_between(t, low, y, color=figures.BLUE, alpha=0.2)
    figures.label(ax, 12, scale * 0.5, "Adam", figures.BLUE)
    ax.set(title="left", xlabel="step", ylabel="loss", yscale=yscale)
    image.imshow(np.outer(y, y))
    image.axis("off")
    more.bar(range(3), y[:3])
    more.scatter(t[:5], y[:5], color=figures.ORANGE)
    return fig


def show_svg(shown, **options):
    figures.show(drawing(**options), SAYS)
    return shown[-1]["text/html"]


def without_its_number(svg):
    return re.sub(r"figure-\d+", "figure", svg)


def test_the_svg_is_well_formed_and_names_what_it_shows(shown):
    root = ET.fromstring(show_svg(shown))
    assert root.tag == SVG + "svg"
    assert root.get("role") == "img"
    title = root[0]
    assert title.tag == SVG + "title"
    assert title.text == SAYS
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("viewBox")
    assert root.find(f".//{SVG}metadata") is None


def test_a_strict_policy_of_the_page_admits_the_svg(shown):
    """No style attribute, no style element, nothing that runs or is fetched."""
    for element in ET.fromstring(show_svg(shown)).iter():
        assert element.tag.removeprefix(SVG) in {
            *("svg", "title", "defs", "clipPath", "g", "path", "rect", "use", "image"),
            *("text", "tspan"),
        }
        assert "style" not in element.attrib
        assert not [key for key in element.attrib if key.startswith("on")]
        assert element.get("href", "#").startswith(("#", "data:image/png;base64,"))


def test_what_holds_for_all_lines_stands_on_the_svg_itself(shown):
    root = ET.fromstring(show_svg(shown))
    assert root.get("stroke-linejoin") == "round"
    assert root.get("stroke-linecap") == "butt"


def test_the_size_is_known_before_the_page_is_drawn(shown):
    root = ET.fromstring(show_svg(shown))
    _, _, width, height = map(float, root.get("viewBox").split())
    assert float(root.get("width")) == pytest.approx(width * 4 / 3, abs=0.01)  # pixels, of points
    assert float(root.get("height")) == pytest.approx(height * 4 / 3, abs=0.01)


def test_text_is_set_in_the_font_of_the_page(shown):
    svg = show_svg(shown)
    assert "font-family" not in svg
    assert "DejaVu" not in svg


def test_a_colour_is_a_variable_of_the_page_with_itself_for_want_of_one(shown):
    fig = drawing()
    for color in COLORS.values():
        fig.axes[0].plot([1, 40], [0, 1], color=color)
    figures.show(fig, SAYS)
    drawn = set(re.findall(r'(?:fill|stroke)="([^"]*)"', shown[-1]["text/html"]))
    variables = {f"var(--figure-{name.lower()}, {color})" for name, color in COLORS.items()}
    assert drawn == variables | {"currentColor", "none"}


def test_a_label_stays_where_it_is_anchored_when_another_font_is_narrower(shown):
    fig, ax = figures.axes()
    ax.set(xlabel="$x$", ylabel="$y$", title="$z$", xticks=[0.5], xticklabels=["$h$"])
    ax.set(yticks=[0.5], yticklabels=["$v$"])
    ax.text(0.2, 0.5, "$r$", rotation=45, ha="center")
    figures.show(fig, SAYS)
    root = ET.fromstring(shown[-1]["text/html"])
    anchors = {"".join(e.itertext()): e.get("text-anchor") for e in root.iter(SVG + "text")}
    assert anchors == {**dict.fromkeys("xyh", "middle"), "v": "end", "z": None, "r": None}


def test_the_svg_is_the_element_alone(shown):
    svg = show_svg(shown)
    assert svg.startswith("<svg ")
    assert svg.rstrip().endswith("</svg>")
    assert "<?xml" not in svg
    assert "<!DOCTYPE" not in svg


def test_text_is_text_in_the_ink_of_the_page(shown):
    svg = show_svg(shown)
    words = {"".join(e.itertext()).strip() for e in ET.fromstring(svg).iter(SVG + "text")}
    assert {"left", "step", "loss", "Adam"} <= words
    assert "currentColor" in svg
    assert figures.INK not in svg
    # Nothing is painted black or white: it would vanish on one of the two grounds.
    assert not re.search(r"#(000000|000|ffffff|fff)\b|\b(black|white)\b", svg, re.IGNORECASE)


def test_two_figures_of_a_page_share_no_id_and_refer_to_their_own(shown):
    ids = []
    for _ in range(2):
        svg = show_svg(shown)
        own = set(re.findall(r'\bid="([^"]+)"', svg))
        used = re.findall(r"url\(#([^)]+)\)", svg) + re.findall(r'href="#([^"]+)"', svg)
        assert used
        assert set(used) <= own
        ids.append(own)
    assert not ids[0] & ids[1]


def test_the_same_data_give_the_same_picture_without_a_date(shown):
    one, two = (without_its_number(show_svg(shown)) for _ in range(2))
    assert one == two
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b|dc:date", one)


def test_the_plain_form_is_the_sentence_and_the_summary(shown):
    fig = drawing()
    summary = figures.summary(fig)
    figures.show(fig, SAYS)
    assert shown[-1]["text/plain"] == f"{SAYS}\n{summary}"
    assert set(shown[-1]) == {"text/html", "text/plain"}


def test_a_figure_is_closed_once_shown(shown):
    before = figures.plt.get_fignums()
    show_svg(shown)
    assert figures.plt.get_fignums() == before


@pytest.mark.parametrize("yscale", ["linear", "log"])
def test_the_summary_does_not_see_the_last_bits(yscale):
    exact = figures.summary(drawing(yscale=yscale))
    assert figures.summary(drawing(yscale=yscale, noise=1e-12)) == exact
    assert figures.summary(drawing(yscale=yscale, noise=1e-2)) != exact


def line(y, yscale="linear"):
    fig, ax = figures.axes()
    ax.plot(range(len(y)), y)
    ax.set_yscale(yscale)
    return figures.summary(fig)


@pytest.mark.parametrize("size", [1, 1e-6, 1e6])
def test_the_summary_sees_one_value_in_the_middle(size):
    y = size * np.linspace(1, 2, 50)
    changed = y.copy()
    changed[25] *= 1.001
    assert line(y) != line(changed)


def test_the_summary_sees_a_small_value_on_a_logarithmic_axis():
    y = np.geomspace(1, 1e-12, 50)
    changed = y.copy()
    changed[40] *= 1.01
    assert line(y) == line(changed)  # on a linear axis nobody can see it
    assert line(y, "log") != line(changed, "log")


def test_the_summary_stands_zeros_infinities_and_gaps():
    for yscale in ("linear", "log"):
        text = line([1.0, 0.0, np.nan, 2.0], yscale)
        assert "4 values" in text
        assert line([1.0, 0.0, np.nan, 3.0], yscale) != text
        assert line([np.inf, 1.0], yscale) != line([np.inf, 2.0], yscale)
        assert "0 values" in line([], yscale)


def test_the_summary_takes_the_dust_of_a_sum_for_zero():
    assert line([1.0, 0.5, 6e-17]) == line([1.0, 0.5, -0.0]) == line([1.0, 0.5, 0.0])
    assert line([1e6, 1.0, 6e-11]) == line([1e6, 1.0, 0.0])
    assert line([1e-6, 1e-6, 6e-11]) != line([1e-6, 1e-6, 0.0])
    assert line([1e6, 1.0, 6e-5]) != line([1e6, 1.0, 0.0])


def bars(ax, values):
    ax.bar(range(3), values)


def image(ax, values):
    ax.imshow([values])


def points(ax, values):
    ax.scatter(range(3), values)


def band(ax, values):
    ax.fill_between(range(3), values)


def levels(ax, values):
    ax.contour(np.outer(values, values), [0.3, 0.8])


def word(ax, values):
    figures.label(ax, 0, 0, f"{values[1]:.2f}", figures.RED)


def disc(ax, values):
    ax.add_patch(Circle((0, 0), values[1]))


@pytest.mark.parametrize("draw", [bars, image, points, band, levels, word, disc])
def test_the_summary_sees_every_kind_of_mark(draw):
    texts = []
    for values in ([0.2, 0.5, 1.0], [0.2, 0.6, 1.0]):
        fig, ax = figures.axes()
        draw(ax, np.array(values))
        texts.append(figures.summary(fig))
    assert texts[0] != texts[1]


def test_the_summary_names_axes_and_lines():
    text = figures.summary(drawing())
    assert "axes 1: 'left', x 'step' [linear, -0.95 to 41.95], y 'loss' [linear, " in text
    assert "line Adam [blue, solid, 1.8 wide]: 40 values, first 1, last 40, from 1 to 40" in text
    assert "text: 'Adam'" in text


def styled(**style):
    """A summary of a red line from 0 to 1, with `style`."""
    fig, ax = figures.axes()
    ax.plot([0, 1], **{"color": figures.RED} | style)
    return figures.summary(fig)


def test_the_summary_tells_how_a_line_is_drawn():
    assert "line [red, solid, 1.8 wide]: 2 values" in styled()
    assert "line Adam [blue, solid, 1.8 wide]: " in styled(**figures.METHODS["Adam"], label="Adam")
    assert "line Adam [grey, dashes 1 1, 1.8 wide]: " in styled(
        **figures.METHODS["SGD"], label="Adam"
    )
    assert "[#00ff00, dashes 3.7 1.6, 0.5 wide, alpha 0.3]" in styled(
        color="#00ff00", linestyle="--", linewidth=0.5, alpha=0.3
    )
    assert "[red/0.3, solid, 0 wide, steps-post, hidden]" in styled(
        color=(figures.RED, 0.3), linewidth=0, drawstyle="steps-post", visible=False
    )
    assert "[none, solid, 1.8 wide]" in styled(color="none")
    assert "[red, solid, 1.8 wide, marker o 6, none in red]" in styled(marker="o", mfc="none")
    assert "[marker s 3, red]" in styled(marker="s", markersize=3, linestyle="")
    assert "[ink, solid, 1.8 wide]" in styled(color=figures.INK)


def test_the_summary_tells_the_axes():
    fig, (ax, off) = figures.axes(1, 2)
    ax.set(xlim=(0, 2 / 3), ylim=(100, 0.01), yscale="log", xticks=[0, 0.5], xticklabels=["a", "b"])
    off.axis("off")
    off.set(xticks=[0.25, 1])
    left, right = figures.summary(fig).splitlines()
    assert (
        left
        == "axes 1: '', x '' [linear, 0 to 0.6667, ticks 0 0.5 as 'a' 'b'], y '' [log, 100 to 0.01]"
    )
    assert (
        right == "axes 2: '', x '' [linear, 0 to 1, ticks 0.25 1, off], y '' [linear, 0 to 1, off]"
    )
    ax.set(xlim=(1e-17, 1))
    ax.set(xticks=[], ylim=(1e-13, 10))
    assert "x '' [linear, 0 to 1, ticks none], y '' [log, 1e-13 to 10]" in figures.summary(fig)


def count_outside(draw, **limits):
    fig, ax = figures.axes()
    draw(ax)
    ax.set(**limits)
    return [int(n) for n in re.findall(r"(\d+) outside", figures.summary(fig))]


@pytest.mark.parametrize(
    ("draw", "limits", "outside"),
    [
        (lambda ax: ax.plot(range(10)), {}, []),
        (lambda ax: ax.plot(range(10)), {"ylim": (0, 9)}, []),  # on the edge is not outside
        (lambda ax: ax.plot(range(10)), {"ylim": (0, 6.5)}, [3]),
        (lambda ax: ax.plot(range(10)), {"xlim": (1, 9), "ylim": (0, 7)}, [3]),
        (lambda ax: ax.plot([1, np.nan, 3]), {"ylim": (0, 2)}, [1]),
        (lambda ax: ax.plot([0, 1, 10]), {"yscale": "log", "ylim": (1, 10)}, [1]),
        (lambda ax: ax.axhline(3), {"ylim": (0, 4)}, []),  # its ends are those of the axes
        (lambda ax: ax.axvline(3), {"xlim": (0, 2)}, [2]),
        (lambda ax: ax.scatter(range(4), range(4)), {"ylim": (-1, 1)}, [2]),
        (lambda ax: ax.bar([1, 2], [1, 5]), {"ylim": (0, 2)}, [2]),  # two corners
        (lambda ax: ax.vlines([1, 2], 0, 3), {"ylim": (0, 1)}, [2]),
    ],
)
def test_the_summary_counts_the_points_outside_the_axes(draw, limits, outside):
    assert count_outside(draw, **limits) == outside


def last_line(draw):
    fig, ax = figures.axes()
    draw(ax)
    return figures.summary(fig).splitlines()[-1]


@pytest.mark.parametrize(
    ("draw", "look"),
    [
        (
            lambda ax: ax.bar([1, 2], [1, 2], color=[figures.RED, figures.BLUE]),
            "bars [red] [blue]: 4 ",
        ),
        (lambda ax: ax.bar(1, 1, color="none", ec=figures.RED, hatch="/"), "[none in red 1 wide, "),
        (lambda ax: ax.bar(1, 1, hatch="//"), "hatch //]"),
        (lambda ax: ax.add_patch(Circle((0, 0), 1, fc=figures.RED)), "Circle [red"),
        (lambda ax: ax.scatter([1, 2], [1, 2], color=figures.TEAL), "[teal in itself 1 wide]"),
        (lambda ax: ax.scatter(range(9), range(9), c=range(9)), "[many colours in itself "),
        (lambda ax: ax.fill_between([1, 2], 1, fc=figures.RED, alpha=0.2), "[red/0.2, alpha 0.2]"),
        (
            lambda ax: figures.contours(ax, rosenbrock(), (-2, 2), (-1, 3)),
            "[none in grey/0.55 0.7 wide, alpha 0.55]",
        ),
        (
            lambda ax: ax.imshow(np.eye(2), cmap="gray", vmin=-1, extent=(0, 1, 0, 3)),
            "image [#000000 #808080 #ffffff from -1 to 1, over 0 1 0 3]",
        ),
        (lambda ax: figures.label(ax, 1, 2, "a", figures.BLUE), "text: 'a' [blue, at 1 2]"),
        (lambda ax: ax.text(1, 2, "a", color="none"), "text: 'a' [none, at 1 2]"),
    ],
)
def test_the_summary_tells_how_other_marks_are_drawn(draw, look):
    assert look in last_line(draw)


def test_the_summary_tells_what_bars_say_lengthways():
    assert last_line(lambda ax: ax.barh([1, 2], [3, 4])) != last_line(
        lambda ax: ax.barh([1, 2], [4, 3])
    )


def test_overlapping_text_is_refused_and_named(shown):
    fig, ax = figures.axes()
    figures.label(ax, 0.5, 0.5, "one", figures.BLUE)
    figures.label(ax, 0.5, 0.52, "another", figures.RED)
    with pytest.raises(ValueError, match=r"overlaps.*one.*another"):
        figures.show(fig, SAYS)
    assert not shown


def words(width, size):
    fig, ax = figures.axes(figsize=(width, 2))
    ax.text(0.5, 0.5, "words", fontsize=size)
    return fig


@pytest.mark.parametrize(("width", "size"), [(6.4, 11.5), (5.2, 10.5)])
def test_text_too_small_on_a_phone_is_refused_and_named(shown, width, size):
    with pytest.raises(ValueError, match=r"too small .*'words'.* on a phone"):
        figures.show(words(width, size), SAYS)
    assert not shown


def test_text_of_the_usual_size_in_a_figure_of_the_usual_width_is_not(shown):
    figures.show(words(5.2, figures.STYLE["font.size"]), SAYS)
    root = ET.fromstring(shown[-1]["text/html"])
    pixels = figures.STYLE["font.size"] * 335 / float(root.get("viewBox").split()[2])
    assert pixels > 10


def test_text_side_by_side_is_not(shown):
    fig, ax = figures.axes()
    figures.label(ax, 0.2, 0.5, "one", figures.BLUE)
    figures.label(ax, 0.6, 0.5, "another", figures.RED)
    figures.show(fig, SAYS)
    assert len(shown) == 1


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_labels_of_ticks_outside_the_axis_do_not_count(shown, scale):
    # On the left axis the next tick, not drawn, would lie on the first label of the right one.
    fig, panels = figures.axes(1, 2, figsize=(5.2, 2.9))
    for ax in panels:
        ax.plot([1e-3, 10], [0.05, 1])
        ax.set(xscale=scale, yscale=scale)
    figures.show(fig, SAYS)
    assert len(shown) == 1


@pytest.mark.parametrize("end", [0, 1])
def test_a_label_at_the_very_end_of_an_axis_counts(shown, end):
    fig, ax = figures.axes()
    ax.set(xlim=(0, 1), xticks=[end], xticklabels=["here"])
    below = {"xytext": (0, -8), "textcoords": "offset points", "ha": "center", "va": "top"}
    ax.annotate("there", (end, 0), **below)
    with pytest.raises(ValueError, match=r"overlaps.*'(here|there)'"):
        figures.show(fig, SAYS)


def test_labels_of_axes_put_off_do_not_count(shown):
    fig, panels = figures.axes(1, 10, figsize=(5.2, 0.6))
    for ax in panels:
        ax.imshow(np.eye(8))
        ax.set_xticks(range(8))  # they would overlap
        ax.axis("off")
    figures.show(fig, SAYS)
    assert len(shown) == 1


def luminance(color):
    """The relative luminance of the Web Content Accessibility Guidelines, 2.2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_of_contrast():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


COLORS = {
    name: value
    for name, value in vars(figures).items()
    if name.isupper() and isinstance(value, str) and value.startswith("#") and name != "INK"
}


def shown_colors() -> dict[str, tuple[str, str]]:
    """What the site makes of its grounds and the figures' colours: on light, on dark."""
    css = (ROOT / "site/static/book.css").read_text("utf-8")
    names = r"--(paper|tint|figure-\w+): light-dark\((#\w+), (#\w+)\);"
    long = {"#fff": "#ffffff"}
    found = re.findall(names, css)
    return {name: (long.get(light, light), long.get(dark, dark)) for name, light, dark in found}


SHOWN = shown_colors()


def test_the_site_has_a_value_for_each_colour_and_for_no_other():
    figure = {name.removeprefix("figure-") for name in SHOWN} - {"paper", "tint"}
    assert figure == {name.lower() for name in COLORS}


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("color", COLORS)
def test_each_colour_stands_out_on_the_page(color, mode):
    """As text does, for labels have the colour of their lines."""
    assert contrast(SHOWN[f"figure-{color.lower()}"][mode], SHOWN["paper"][mode]) >= 4.5


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])  # of JupyterLab
@pytest.mark.parametrize("color", COLORS.values(), ids=COLORS.keys())
def test_each_colour_stands_out_in_a_notebook(color, ground):
    assert contrast(color, ground) >= 3


def test_the_style_of_each_method_is_the_one_that_pages_speak_of():
    assert {
        name: f"{style['color']} {style['linestyle']}" for name, style in figures.METHODS.items()
    } == {
        "SGD": "#7d838b (0, (1, 1))",
        "Momentum": "#c8641a (0, (6, 2))",
        "Adagrad": "#8f6bc1 (0, (5, 1.5, 1, 1.5))",
        "RMSProp": "#3a8f5c (0, (3, 1.5))",
        "Adadelta": "#d1495b (0, (5, 1.5, 1, 1.5, 1, 1.5))",
        "Adam": "#1f77b4 -",
        "AMSGrad": "#1b8a94 (0, (8, 1.5, 2, 1.5))",
        "AdamW": "#5b6fd6 (0, (10, 2))",
    }


def test_each_method_has_its_own_colour_and_its_own_line():
    public = (getattr(adamlib, name) for name in adamlib.__all__)
    classes = {cls for cls in public if isinstance(cls, type) and issubclass(cls, Optimizer)}
    assert set(figures.METHODS) == {cls.__name__ for cls in classes - {Optimizer}}
    for one, other in combinations(figures.METHODS.values(), 2):
        assert one["color"] != other["color"]
        assert one["linestyle"] != other["linestyle"]
    assert {style["color"] for style in figures.METHODS.values()} <= set(COLORS.values())
    assert len(set(COLORS.values())) == len(COLORS)


def test_a_path_starts_at_a_dot_and_ends_at_a_ring(shown):
    problem = rosenbrock()
    points = descend(Adam(0.1), problem.grad, problem.start, 20)
    fig, ax = figures.axes()
    figures.contours(ax, problem, (-2, 2), (-1, 3))
    figures.path(ax, points, "Adam")
    cross, way, dot, ring = ax.lines
    assert np.array_equal(np.transpose(way.get_data()), points)
    assert np.array_equal(np.ravel(dot.get_data()), points[0])
    assert np.array_equal(np.ravel(ring.get_data()), points[-1])
    assert ring.get_markerfacecolor() == "none" != dot.get_markerfacecolor()
    assert {part.get_color() for part in (way, dot, ring)} == {figures.METHODS["Adam"]["color"]}
    assert np.array_equal(np.ravel(cross.get_data()), problem.minimum)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2, 2), (-1, 3))
    figures.show(fig, SAYS)
    look = "[blue, solid, 1.8 wide, marker . 2.5, blue]"
    assert f"line Adam {look}: 21 values, first -1.2" in shown[-1]["text/plain"]


@pytest.mark.parametrize("least", [0.0, -50.0])
def test_contours_are_level_lines_above_the_minimum(least):
    problem = rosenbrock()
    lifted = replace(problem, value=lambda x: problem.value(x) + least)
    _, ax = figures.axes()
    figures.contours(ax, lifted, (-2, 2), (-1, 3))
    (lines,) = ax.collections
    drawn = [
        (level, path.vertices) for level, path in zip(lines.levels, lines.get_paths(), strict=True)
    ]
    assert len(drawn) > 8
    for level, points in drawn[:-1]:  # the last level is the largest value: a point, or nothing
        # Between grid points a contour is a chord: near its level, not on it.
        assert np.median(np.abs(problem.value(points) / level - 1)) < 0.02


def test_label_goes_beside_the_end_in_the_colour_of_the_line():
    _, ax = figures.axes()
    figures.label(ax, 1, 2, "name", figures.RED)
    figures.label(ax, 1, 2, "above", figures.RED, xytext=(0, 9), ha="center")
    beside, above = ax.texts
    assert beside.xy == (1, 2)
    assert beside.get_color() == figures.RED
    assert beside.get_position() == (6, 0)
    assert above.get_position() == (0, 9)


def test_a_table_is_one_on_the_page_and_aligned_as_text(shown):
    figures.table(["", "$a$", "found"], [("one", -1.23456, "5 of 9"), ("seven", "", "all")])
    text = (
        "|       |   $a$ | found  |\n"
        "| ----- | ----: | ------ |\n"
        "| one   | −1.23 | 5 of 9 |\n"
        "| seven |       | all    |"
    )
    assert shown == [{"text/markdown": text, "text/plain": text}]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (4.51e-05, r"$4.51 \cdot 10^{-5}$"),
        (1e-9, "$10^{-9}$"),
        ("2e+04 to 3e-71", r"$2 \cdot 10^{4}$ to $3 \cdot 10^{-71}$"),
        (-1e-7, r"$-1 \cdot 10^{-7}$"),
        ("-0.5 ± 0.1", "−0.5 ± 0.1"),
        ("$10^{-4}$", "$10^{-4}$"),
        ("1 - beta, in 2-d", "1 - beta, in 2-d"),
    ],
)
def test_a_number_in_a_table_is_written_as_the_text_writes_it(shown, cell, text):
    figures.table(["found"], [(cell,)])
    assert f"| {text}" in shown[0]["text/plain"]


def test_a_bar_in_a_cell_of_a_table_does_not_part_it(shown):
    figures.table(["size"], [("$|g|$",)])
    assert shown[-1]["text/plain"].endswith("| $\\|g\\|$ |")


def test_a_row_of_a_table_as_long_as_no_other_is_refused(shown):
    with pytest.raises(ValueError, match="zip"):
        figures.table(["one", "two"], [(1, 2), (3,)])
    assert not shown
