"""What a reader could not read in a figure: texts that overlap or are tiny."""

from collections.abc import Iterator
from itertools import combinations

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text

# In pixels: the text's width on a phone, and the least size of letters there.
PHONE, READABLE = 335, 10


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


def overlapping(fig: Figure) -> Iterator[tuple[str, str]]:
    """Pairs of drawn texts whose boxes share more than a hair."""
    boxes = [
        (text.get_text(), text.get_window_extent().padded(-1))
        for text in _drawn_texts(fig)
    ]
    for (one, box), (other, other_box) in combinations(boxes, 2):
        if box.overlaps(other_box):
            yield one, other


def tiny(fig: Figure) -> Iterator[tuple[str, float]]:
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
