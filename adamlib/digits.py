"""1,797 handwritten digits, 8 by 8 pixels each, inside the package.

The test part of *Optical Recognition of Handwritten Digits* by E. Alpaydin and
C. Kaynak (1998), UCI Machine Learning Repository, doi:10.24432/C50P49, under
CC BY 4.0 (see digits.LICENSE).
"""

import gzip
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adamlib import _checks
from adamlib._checks import Array


class Digits(NamedTuple):
    """Images and labels. Used on the page *A network*.

    Args:
        x_train (array of shape (1437, 64)): Pixels, 0 to 1 in sixteenths.
        y_train (array of shape (1437,)): Labels, 0 to 9.
        x_test (array of shape (360, 64)): Pixels that were held out.
        y_test (array of shape (360,)): Their labels.

    >>> digits = load_digits()
    >>> digits.x_train.shape, digits.y_test[:5]
    ((1437, 64), array([0, 5, 0, 5, 0]))
    """

    x_train: Array
    y_train: NDArray[np.int64]
    x_test: Array
    y_test: NDArray[np.int64]


def load_digits(dtype: Any = np.float64) -> Digits:
    """The digits: 1,437 to train on, and every fifth, 360, held out.

    The split needs no random numbers, so it is the same everywhere. The
    writers are the same in both parts, so it says nothing about a new hand.
    Used on the page *A network*.

    Args:
        dtype (float32 or float64): That of the pixels.
    """
    dtype = _checks.float_dtype(dtype)
    packed = files("adamlib").joinpath("digits.csv.gz").read_bytes()
    rows = np.loadtxt(
        gzip.decompress(packed).decode().splitlines(),
        delimiter=",",
        dtype=np.int64,
    )
    x, y = (rows[:, :-1] / 16).astype(dtype), rows[:, -1]
    held_out = np.arange(len(rows)) % 5 == 0
    return Digits(x[~held_out], y[~held_out], x[held_out], y[held_out])
