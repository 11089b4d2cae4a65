"""The data drawn in a figure, as text that the regression tests compare."""

import hashlib
from collections.abc import Iterator

import numpy as np
from matplotlib.collections import Collection
from matplotlib.figure import Figure

from adamlib._checks import Array


def summary(fig: Figure) -> str:
    """The data drawn, as text: counts, ends, ranges and digests."""
    return "\n".join(_summaries(fig))


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
