"""Four other libraries' paths over the same gradients, as recorded.

``record`` wrote the files, ``calls`` is its side of them and ``follow``
adamlib's; ``compare`` asks the libraries again.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

FOLDER = Path(__file__).parent
NAMES = "PyTorch", "Keras", "optax", "scikit-learn"


def load(name: str) -> dict[str, Any]:
    """One of the files."""
    path = FOLDER / f"{name.lower()}.json"
    contents: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return contents


def numbers(rows: list[list[str]], dtype: str) -> Array:
    """Rows of hexadecimal numbers, none of them rounded.

    Raises ValueError for a number that `dtype` does not have.
    """
    exact = np.array([[float.fromhex(x) for x in row] for row in rows])
    array: Array = exact.astype(dtype)
    if not np.array_equal(exact, array):
        raise ValueError(f"rows has numbers that are not {dtype}")
    return array


def gradients() -> dict[str, tuple[Array, Array]]:
    """By dtype: the weights at the start, and the gradients of each step."""
    return {
        dtype: (
            numbers([given["start"]], dtype)[0],
            numbers(given["rows"], dtype),
        )
        for dtype, given in load("gradients").items()
    }


def recorded() -> dict[str, dict[str, Any]]:
    """By library: versions, conventions, and the paths of its cases."""
    return {name: load(name) for name in NAMES}
