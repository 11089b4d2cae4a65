"""What is drawn in a figure, as text that the regression tests compare.

The data stand first: counts, ends, ranges and a digest. How they are drawn
stands in brackets: limits, colours, dashes, widths, markers, and how many
points lie outside the axes, where no reader sees them.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedLocator, FuncFormatter
from matplotlib.transforms import Transform

from adamlib._checks import Array
from adamlib.figures.colors import COLORS, INK

_NAMES = {INK: "ink"} | {color: name for name, color in COLORS.items()}


def summary(fig: Figure) -> str:
    """The data drawn, and how, as text: the same on every machine.

    Args:
        fig (Figure): What was drawn.
    """
    return "\n".join(_summaries(fig))


def _summaries(fig: Figure) -> Iterator[str]:
    for number, ax in enumerate(fig.axes, start=1):
        name = ax.get_title(loc="left") or ax.get_title()
        x = _axis(ax, ax.xaxis, ax.get_xlim())
        y = _axis(ax, ax.yaxis, ax.get_ylim())
        yield f"axes {number}: {name!r}, x {x}, y {y}"
        for line in ax.lines:
            yield f"  {_line(ax, line)}"
        bars = [p for p in ax.patches if isinstance(p, Rectangle)]
        if bars:
            yield f"  {_bars(ax, bars)}"
        for shape in ax.patches:
            if shape not in bars:
                yield f"  {_shape(ax, shape)}"
        for image in ax.images:
            yield f"  {_image(image)}"
        for collection in ax.collections:
            yield f"  {_collection(ax, collection)}"
        for text in ax.texts:
            yield f"  text: {text.get_text()!r} {_place(text)}"


def _axis(ax: Axes, axis: Axis, limits: tuple[float, float]) -> str:
    dust = 0.0 if axis.get_scale() == "log" else max(map(abs, limits))
    low, high = (_number(limit, dust) for limit in limits)
    ticks = ""
    if isinstance(axis.get_major_locator(), FixedLocator):  # set by hand
        ticks = f"ticks {_numbers(axis.get_majorticklocs()) or 'none'}"
        labels = axis.get_majorticklabels()
        if labels and isinstance(axis.get_major_formatter(), FuncFormatter):
            ticks += f" as {' '.join(repr(t.get_text()) for t in labels)}"
    off = "" if ax.axison else "off"
    look = _brackets(ax, axis.get_scale(), f"{low} to {high}", ticks, off)
    return f"{axis.get_label_text()!r} {look}"


def _line(ax: Axes, line: Line2D) -> str:
    label = str(line.get_label())
    shown = "" if label.startswith("_") else f" {label}"
    points = np.array([np.asarray(a, float) for a in line.get_data()])
    style = []
    if line.get_linestyle() != "None":
        # Not by get_linestyle, which says "--" of all dashes.
        dashes = line._unscaled_dash_pattern[1]  # type: ignore[attr-defined]
        style += [
            _colors(line.get_color()),
            f"dashes {_numbers(dashes)}" if dashes else "solid",
            f"{line.get_linewidth():g} wide",
            line.get_drawstyle().replace("default", ""),
        ]
    if line.get_marker() not in ("None", None, "", " "):
        sides = line.get_markerfacecolor(), line.get_markeredgecolor()
        fill, edge = map(_colors, sides)
        style += [
            f"marker {line.get_marker()} {line.get_markersize():g}",
            edge if edge == fill else f"{fill} in {edge}",
        ]
    style += [_outside(ax, line.get_transform(), points.T)]
    scales = ax.get_xscale(), ax.get_yscale()
    x, y = map(_digest, points, scales)
    return f"line{shown} {_brackets(line, *style)}: {x}; {y}"


def _bars(ax: Axes, bars: list[Rectangle]) -> str:
    corners = np.concatenate([bar.get_bbox().get_points() for bar in bars])
    x, y = map(_digest, corners.T, (ax.get_xscale(), ax.get_yscale()))
    looks = dict.fromkeys(_patch(ax, bar) for bar in bars)
    return f"bars {' '.join(looks)}: {x}; {y}"


def _shape(ax: Axes, shape: Patch) -> str:
    path = shape.get_patch_transform().transform_path(shape.get_path())
    kind = type(shape).__name__
    return f"{kind} {_patch(ax, shape)}: {_digest(np.ravel(path.vertices))}"


def _patch(ax: Axes, patch: Patch) -> str:
    fill, edge = patch.get_facecolor(), patch.get_edgecolor()
    corners = np.asarray(patch.get_path().vertices)
    return _brackets(
        patch,
        _area(fill, edge, patch.get_linewidth()),
        f"hatch {patch.get_hatch()}" if patch.get_hatch() else "",
        _outside(ax, patch.get_transform(), corners),
    )


def _image(image: AxesImage) -> str:
    pixels: Array = np.ma.filled(np.ma.asarray(image.get_array()), np.nan)
    low, high = image.get_clim()
    extent = f"over {_numbers(image.get_extent())}"
    ends = _colors(image.cmap([0.0, 0.5, 1.0]))
    scale = f"{ends} from {_number(low)} to {_number(high)}"
    look = _brackets(image, scale, extent)
    return f"image {look}: {_digest(pixels.ravel())}"


def _collection(ax: Axes, collection: Collection) -> str:
    offsets = np.ma.filled(collection.get_offsets(), np.nan)
    paths = [np.asarray(p.vertices) for p in collection.get_paths()]
    if len(offsets) > 1:
        points, transform = offsets, collection.get_offset_transform()
    else:
        points = np.concatenate([np.empty((0, 2)), *paths])
        transform = collection.get_transform()
    collection.update_scalarmappable()
    fill, edge = collection.get_facecolor(), collection.get_edgecolor()
    look = _brackets(
        collection,
        _area(fill, edge, collection.get_linewidth()),
        _outside(ax, transform, points),
    )
    kind = type(collection).__name__
    return f"{kind} {look}: {_digest(np.ravel(points))}"


def _place(text: Text) -> str:
    place = text.xy if isinstance(text, Annotation) else text.get_position()
    at = f"at {_numbers(place)}"
    return _brackets(text, _colors(text.get_color()), at)


def _brackets(artist: Artist, *words: str) -> str:
    alpha = "" if artist.get_alpha() is None else f"alpha {artist.get_alpha()}"
    seen = "" if artist.get_visible() else "hidden"
    return f"[{', '.join(filter(None, (*words, alpha, seen)))}]"


def _area(fill: Any, edge: Any, widths: Any) -> str:
    """The colours inside and around, and the width of a line around."""
    inside, around = (
        _colors(c) if len(np.unique(c, axis=0)) < 5 else "many colours"
        for c in map(to_rgba_array, (fill, edge))
    )
    if around == "none":
        return inside
    around = "itself" if around == inside else around
    return f"{inside} in {around} {_numbers(np.unique(widths))} wide"


def _colors(colors: Any) -> str:
    """Each colour once: the book's by name, with how much of it is seen."""
    names = []
    for rgba in to_rgba_array(colors):
        color, alpha = to_hex(rgba), rgba[3]
        name = _NAMES.get(color, color)
        names += ["none" if not alpha else name]
        if 0 < alpha < 1:
            names[-1] += f"/{_number(alpha)}"
    return " ".join(dict.fromkeys(names)) or "none"


def _outside(ax: Axes, transform: Transform, points: Array) -> str:
    """How many of the points are beyond the limits, or nothing."""
    points = np.asarray(points, float)
    points = points[np.isfinite(points).all(axis=1)]
    with np.errstate(all="ignore"):
        on_axes = (transform - ax.transAxes).transform(points)
    beyond = int((np.abs(on_axes - 0.5) > 0.5 + 1e-6).any(axis=1).sum())
    return f"{beyond} outside" if beyond else ""


def _number(value: Any, size: float = 0.0) -> str:
    """Four digits: dust beside `size` is 0, and the last bits tip no half."""
    if abs(value) < 1e-12 * size:
        return "0"
    return f"{float(value) * (1 + 1e-9):.4g}"


def _numbers(values: Any) -> str:
    return " ".join(map(_number, values))


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
