"""Drawing for the book: data in, inline SVG out, in the page's own ink.

A figure of the book is an SVG with real text, a title that says what to see,
and a plain-text summary of the data drawn, which the regression tests compare.
Needs matplotlib.
"""

import hashlib
import io
import itertools
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.text import Text

from adamlib._checks import Array
from adamlib._svg import inline
from adamlib.problems import Problem

INK = "#010203"  # replaced by the page's text colour
BLUE, RED, GREEN, VIOLET, ORANGE = (
    "#1f77b4",
    "#d1495b",
    "#3a8f5c",
    "#8f6bc1",
    "#c8641a",
)
TEAL, GREY, INDIGO = "#1b8a94", "#7d838b", "#5b6fd6"

# The page may give each colour a value of its own, for light and for dark.
_ON_THE_PAGE = {INK: "currentColor"} | {
    color: f"var(--figure-{name}, {color})"
    for name, color in {
        "blue": BLUE,
        "red": RED,
        "green": GREEN,
        "violet": VIOLET,
        "orange": ORANGE,
        "teal": TEAL,
        "grey": GREY,
        "indigo": INDIGO,
    }.items()
}

# One colour and one line style per method, throughout the book.
METHODS: dict[str, dict[str, Any]] = {
    "SGD": {"color": GREY, "linestyle": (0, (1, 1))},
    "Momentum": {"color": ORANGE, "linestyle": (0, (6, 2))},
    "Adagrad": {"color": VIOLET, "linestyle": (0, (5, 1.5, 1, 1.5))},
    "RMSProp": {"color": GREEN, "linestyle": (0, (3, 1.5))},
    "Adadelta": {"color": RED, "linestyle": (0, (5, 1.5, 1, 1.5, 1, 1.5))},
    "Adam": {"color": BLUE, "linestyle": "-"},
    "AMSGrad": {"color": TEAL, "linestyle": (0, (8, 1.5, 2, 1.5))},
    "AdamW": {"color": INDIGO, "linestyle": (0, (10, 2))},
}

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "adam",
    "path.simplify_threshold": 0.25,
    "savefig.transparent": True,
    "figure.figsize": (5.2, 2.8),
    "savefig.pad_inches": 0.05,
    "figure.constrained_layout.use": True,
    "font.family": "sans-serif",
    "font.size": 11.5,
    "mathtext.fontset": "dejavusans",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11.5,
    "axes.titlepad": 8,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
}

# In pixels: the text's width on a phone, and the least size of letters there.
PHONE, READABLE = 335, 10

_count = itertools.count(1)


def axes(
    rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, Any]:
    """`matplotlib.pyplot.subplots` in the book's style."""
    # Not in a context: titles and labels come later.
    mpl.rcParams.update(STYLE)
    return plt.subplots(rows, columns, **options)


def label(
    ax: Axes, x: float, y: float, text: str, color: str, **options: Any
) -> None:
    """Name a line beside (x, y), where it ends: no legend to look up."""
    options = {
        "xytext": (6, 0),
        "textcoords": "offset points",
        "va": "center",
    } | options
    ax.annotate(text, (x, y), color=color, **options)


def contours(
    ax: Axes, problem: Problem, x: tuple[float, float], y: tuple[float, float]
) -> None:
    """The level lines of `problem`, and a cross at its minimum."""
    grid = np.stack(
        np.meshgrid(np.linspace(*x, 121), np.linspace(*y, 121)), axis=-1
    )
    values = problem.value(grid) - problem.value(problem.minimum)
    levels = np.max(values) * np.linspace(0.05, 1, 12) ** 2
    ax.contour(
        *np.moveaxis(grid, -1, 0),
        values,
        levels,
        colors=GREY,
        linewidths=0.7,
        alpha=0.55,
    )
    ax.plot(
        *problem.minimum, "x", color=INK, markersize=6, markeredgewidth=1.2
    )
    ax.set(xlim=x, ylim=y)


def path(ax: Axes, points: Array, method: str) -> None:
    """The path of a method: a dot at the start, an open ring at the end."""
    color = METHODS[method]["color"]
    ax.plot(
        *points.T, **METHODS[method], marker=".", markersize=2.5, label=method
    )
    ax.plot(*points[0], "o", color=color, markersize=4)
    ax.plot(
        *points[-1], "o", color=color, markersize=6, markerfacecolor="none"
    )


def show(fig: Figure, says: str) -> None:
    """Put the figure on the page; `says` is what a reader should see in it.

    Raises ValueError when two pieces of its text overlap, or when one would
    be too small on a phone.
    """
    fig.canvas.draw()
    if clash := next(_overlapping(fig), None):
        raise ValueError(
            f"text overlaps in the figure: {clash[0]!r} and {clash[1]!r}"
        )
    if tiny := next(_tiny(fig), None):
        raise ValueError(
            f"text is too small in a figure so wide: {tiny[0]!r} "
            f"is {tiny[1]:.1f} pixels high on a phone, less than {READABLE}"
        )
    for text in fig.findobj(Text):
        text.set_gid(_anchor(text))
    buffer = io.StringIO()
    fig.savefig(
        buffer, format="svg", bbox_inches="tight", metadata={"Date": None}
    )
    plt.close(fig)
    svg = inline(
        buffer.getvalue(), says, f"figure-{next(_count)}", _ON_THE_PAGE
    )
    # A ready bundle: an error inside a formatter would not fail the build.
    display(  # type: ignore[no-untyped-call]
        {"text/html": svg, "text/plain": f"{says}\n{summary(fig)}"}, raw=True
    )


def summary(fig: Figure) -> str:
    """The data drawn, as text: counts, ends, ranges and digests."""
    return "\n".join(_summaries(fig))


def _anchor(text: Text) -> str:
    """Which part of a text stays at its place, should its width change."""
    if text.get_rotation() and text.get_rotation_mode() != "anchor":
        return "start"
    side = text.get_horizontalalignment()
    return {"center": "middle", "right": "end"}.get(side, "start")


def _drawn_texts(fig: Figure) -> list[Text]:
    undrawn = set(_undrawn_tick_labels(fig))
    return [
        text
        for text in fig.findobj(Text)
        if isinstance(text, Text)
        and text not in undrawn
        and text.get_visible()
        and text.get_text().strip()
    ]


def _overlapping(fig: Figure) -> Iterator[tuple[str, str]]:
    """Pairs of drawn texts whose boxes share more than a hair."""
    boxes = [
        (text.get_text(), text.get_window_extent().padded(-1))
        for text in _drawn_texts(fig)
    ]
    for (one, box), (other, other_box) in combinations(boxes, 2):
        if box.overlaps(other_box):
            yield one, other


def _tiny(fig: Figure) -> Iterator[tuple[str, float]]:
    """Drawn texts that a phone would show too small, and their sizes there."""
    margin = 2 * mpl.rcParams["savefig.pad_inches"]
    points = 72 * (fig.get_tightbbox().width + margin)
    for text in _drawn_texts(fig):
        size = text.get_fontsize() * PHONE / points
        if size < READABLE:
            yield text.get_text(), size


def _undrawn_tick_labels(fig: Figure) -> Iterator[Text]:
    """Labels of ticks beyond their axis, which exist all the same."""
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not (
                    ax.axison and low - slack <= tick.get_loc() <= high + slack
                ):
                    yield from (tick.label1, tick.label2)


def _summaries(fig: Figure) -> Iterator[str]:
    for number, ax in enumerate(fig.axes, start=1):
        name = ax.get_title(loc="left") or ax.get_title()
        x_label, y_label = ax.get_xlabel(), ax.get_ylabel()
        yield f"axes {number}: {name!r}, x {x_label!r}, y {y_label!r}"
        scales = ax.get_xscale(), ax.get_yscale()
        for line in ax.lines:
            x, y = (np.asarray(a, float) for a in line.get_data())
            shown = (
                ""
                if str(line.get_label()).startswith("_")
                else f" {line.get_label()}"
            )
            both = map(_digest, (x, y), scales)
            yield f"  line{shown}: {'; '.join(both)}"
        bars = [p for p in ax.patches if hasattr(p, "get_height")]
        if bars:
            heights = np.array([p.get_height() for p in bars])
            yield f"  bars: {_digest(heights, scales[1])}"
        for image in ax.images:
            pixels: Array = np.ma.filled(
                np.ma.asarray(image.get_array()), np.nan
            )
            yield f"  image: {_digest(pixels.ravel())}"
        for collection in ax.collections:
            kind = type(collection).__name__
            yield f"  {kind}: {_digest(_points(collection))}"
        for text in ax.texts:
            yield f"  text: {text.get_text()!r}"


def _points(collection: Collection) -> Array:
    offsets = np.ma.filled(collection.get_offsets(), np.nan)
    paths = [np.asarray(p.vertices) for p in collection.get_paths()]
    points = (
        offsets
        if len(offsets) > 1
        else np.concatenate([np.empty((0, 2)), *paths])
    )
    return np.ravel(points)


def _digest(values: Array, scale: str = "linear") -> str:
    """Count, ends and range of the values, and a digest of them, rounded.

    Rounded to 4 decimals relative to the largest, or in decades on a
    logarithmic scale, and dust taken for zero, so that the last bits of a sum,
    which differ between machines, do not show.
    """
    values = np.asarray(values, float)
    if not values.size:
        return "0 values"
    with np.errstate(divide="ignore", invalid="ignore"):
        shown = np.log10(values) if scale == "log" else values
        finite = np.abs(shown[np.isfinite(shown)])
        size = (
            1.0 if scale == "log" or not finite.size else finite.max() or 1.0
        )
        rounded = np.round(shown / size, 4) + 0.0  # + 0.0 makes -0 a 0
    if scale != "log":
        values = np.where(np.abs(values) < 1e-12 * size, 0.0, values)
    code = hashlib.sha256(rounded.astype("<f8").tobytes()).hexdigest()[:8]
    ends = (
        f"{v:.4g}"
        for v in (values[0], values[-1], np.nanmin(values), np.nanmax(values))
    )
    return "{} values, first {}, last {}, from {} to {}, {}".format(
        len(values), *ends, code
    )
