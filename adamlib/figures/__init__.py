"""Drawing for the book: data in, inline SVG out, in the page's own ink.

A figure of the book is an SVG with real text, a title that says what to see,
and a plain-text summary of what is drawn, which the regression tests compare.
Needs matplotlib and IPython: the extra `figures`.
"""

import io
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

try:
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from IPython.display import display
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"adamlib.figures needs {missing.name}: in the book's folder, "
        'pip install ".[figures]"',
        name=missing.name,
    ) from missing

from adamlib._checks import Array
from adamlib.figures.colors import COLORS, INK
from adamlib.figures.legible import READABLE, overlapping, tiny
from adamlib.figures.summary import summary
from adamlib.figures.svg import inline
from adamlib.problems import Problem

BLUE, RED, GREEN, VIOLET, ORANGE, TEAL, GREY, INDIGO = COLORS.values()

# The page may give each colour a value of its own, for light and for dark.
_ON_THE_PAGE = {INK: "currentColor"} | {
    color: f"var(--figure-{name}, {color})" for name, color in COLORS.items()
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

_count = itertools.count(1)
_POWER = re.compile(r"(?<![\w.{])(-?\d(?:\.\d+)?)e([+-]\d+)(?!\w)")
_MINUS = re.compile(r"(?<![\w{^$])-(?=[\d.])")


def axes(
    rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, Any]:
    """`matplotlib.pyplot.subplots` in the book's style.

    The style stays: a title or a label that comes later has it too.

    Args:
        rows (int, at least 1): How many panels stand one below the other.
        columns (int, at least 1): How many stand side by side.
        **options (any): What else it takes, as `figsize`.
    """
    mpl.rcParams.update(STYLE)
    return plt.subplots(rows, columns, **options)


def label(
    ax: Axes, x: float, y: float, text: str, color: str, **options: Any
) -> None:
    """Name a line where it ends: no legend to look up.

    Args:
        ax (Axes): The panel.
        x (float): Where the line ends, from the left.
        y (float): Where it ends, from below.
        text (str): Its name.
        color (str): Its colour.
        **options (any): What else `Axes.annotate` takes.
    """
    options = {
        "xytext": (6, 0),
        "textcoords": "offset points",
        "va": "center",
    } | options
    ax.annotate(text, (x, y), color=color, **options)


def contours(
    ax: Axes, problem: Problem, x: tuple[float, float], y: tuple[float, float]
) -> None:
    """The level lines of a problem, and a cross at its minimum.

    Args:
        ax (Axes): The panel.
        problem (Problem): Of two coordinates.
        x (two float): The limits from left to right.
        y (two float): The limits from below.
    """
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
    """The path of a method: a dot at the start, an open ring at the end.

    Args:
        ax (Axes): The panel.
        points (array of shape (n, 2)): One to a row, as of `descend`.
        method (str): The name of the method, which has its colour and line.
    """
    color = METHODS[method]["color"]
    ax.plot(
        *points.T, **METHODS[method], marker=".", markersize=2.5, label=method
    )
    ax.plot(*points[0], "o", color=color, markersize=4)
    ax.plot(
        *points[-1], "o", color=color, markersize=6, markerfacecolor="none"
    )


def show(fig: Figure, says: str) -> None:
    """Put the figure on the page.

    Raises ValueError when two pieces of its text overlap, or when one would
    be too small on a phone.

    Args:
        fig (Figure): What was drawn; it is closed.
        says (str): What a reader should see in it.
    """
    fig.canvas.draw()
    if clash := next(overlapping(fig), None):
        raise ValueError(
            f"text overlaps in the figure: {clash[0]!r} and {clash[1]!r}"
        )
    if small := next(tiny(fig), None):
        raise ValueError(
            f"text is too small in a figure so wide: {small[0]!r} "
            f"is {small[1]:.1f} pixels high on a phone, less than {READABLE}"
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


def table(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Put a table on the page, and the same, aligned, wherever text is read.

    A float is rounded to three digits, and large and small numbers have
    powers of ten; a column of numbers stands to the right.

    Args:
        head (sequence of str): The names of the columns, in Markdown.
        rows (rows of anything): What stands below.
    """
    body = [[_cell(cell) for cell in row] for row in rows]
    columns = list(zip(head, *body, strict=True))
    widths = [max(3, *map(len, column)) for column in columns]
    right = [
        all(cell.lstrip("+-−$")[:1].isdigit() for cell in column if cell)
        for _, *column in columns
    ]
    rule = [
        "-" * (width - 1) + (":" if side else "-")
        for width, side in zip(widths, right, strict=True)
    ]
    text = "\n".join(
        f"| {' | '.join(map(_aligned, line, widths, right))} |"
        for line in [list(head), rule, *body]
    )
    display(  # type: ignore[no-untyped-call]
        {"text/markdown": text, "text/plain": text}, raw=True
    )


def _cell(value: Any) -> str:
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    text = _POWER.sub(_of_ten, text).replace("|", r"\|")
    return _MINUS.sub("\N{MINUS SIGN}", text)


def _of_ten(number: re.Match[str]) -> str:
    factor, exponent = number.groups()
    power = rf"10^{{{int(exponent)}}}"
    return f"${power}$" if factor == "1" else rf"${factor} \cdot {power}$"


def _aligned(cell: str, width: int, right: bool) -> str:
    return cell.rjust(width) if right else cell.ljust(width)


def _anchor(text: Text) -> str:
    """Which part of a text stays at its place, should its width change."""
    if text.get_rotation() and text.get_rotation_mode() != "anchor":
        return "start"
    side = text.get_horizontalalignment()
    return {"center": "middle", "right": "end"}.get(side, "start")
