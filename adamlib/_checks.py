"""Checks that name the argument, show the value, and change nothing."""

import math
import operator
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def number(name: str, value: object) -> float:
    """`value` as a finite Python float.

    NumPy's own float64 would turn float32 arrays into float64.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]  # as np.load gives it
    real = int | float | np.integer | np.floating
    if isinstance(value, bool) or not isinstance(value, real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        result = float(value)
    except OverflowError:  # an int beyond the floats
        result = math.inf
    if not math.isfinite(result):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return result


def positive(name: str, value: object) -> float:
    """`value` as a float in (0, inf)."""
    result = number(name, value)
    if result <= 0:
        raise ValueError(f"{name} must be positive, got {value!r}")
    return result


def non_negative(name: str, value: object) -> float:
    """`value` as a float in [0, inf)."""
    result = number(name, value)
    if result < 0:
        raise ValueError(f"{name} must not be negative, got {value!r}")
    return result


def floor(name: str, value: object) -> float:
    """`value` as a float in [0, inf)."""
    return non_negative(name, value)


def held(name: str, value: float, dtype: np.dtype[Any], decay: bool) -> None:
    """`value` has not become another kind of number in the dtype."""
    with np.errstate(all="ignore"):
        rounded = dtype.type(value)
    for kind, wrong in (
        ("zero", value and not rounded and not decay),
        ("infinite", np.isinf(rounded)),
        ("one", decay and rounded == 1),
    ):
        if wrong:
            raise ValueError(f"{name} is {kind} in {dtype}, got {value!r}")


def decay(name: str, value: object) -> Any:
    """`value` in [0, 1): a float, or a Fraction left exact."""
    result = value if isinstance(value, Fraction) else number(name, value)
    if result < 0 or float(result) >= 1:  # a Fraction just below 1 rounds to 1
        raise ValueError(f"{name} must be in [0, 1), got {value!r}")
    return result


def count(name: str, value: object, least: int) -> int:
    """`value` as an int of at least `least`."""
    try:
        if isinstance(value, bool | np.bool_):  # an index to NumPy 2.0
            raise TypeError
        result = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if result < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return result


def float_dtype(value: Any) -> np.dtype[Any]:
    """`value` as one of the two dtypes (None would mean float64 to NumPy)."""
    try:
        dtype: np.dtype[Any] = np.dtype(value)
    except TypeError:
        dtype = np.dtype(object)
    if value is None or dtype not in DTYPES:
        raise TypeError(f"dtype must be float32 or float64, got {value!r}")
    return dtype


def finite(name: str, value: Any) -> NDArray[np.float64]:
    """`value` as a new array of finite float64."""
    try:
        result = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be numbers, got {value!r}") from None
    if not np.isfinite(result).all():
        raise ValueError(f"{name} must be finite, got {value!r}")
    return result


def array(name: str, value: object) -> Array:
    """`value`, a plain array (or NumPy scalar) of float32 or float64."""
    # np.matrix and masked arrays redefine * and **: another formula.
    if type(value) is not np.ndarray and not isinstance(
        value, np.memmap | np.floating
    ):
        raise TypeError(
            f"{name} must be a NumPy array, "
            f"got {type(value).__name__}: {value!r:.80}"
        )
    if value.dtype not in DTYPES:
        raise TypeError(
            f"{name} must be float32 or float64, got dtype {value.dtype}"
        )
    return value  # type: ignore[return-value]


def alike(arrays: dict[str, Any]) -> None:
    """All have the first one's shape and dtype: broadcasting would corrupt."""
    (first, reference), *others = arrays.items()
    array(first, reference)
    for name, value in others:
        array(name, value)
        if value.dtype != reference.dtype:
            raise TypeError(
                f"{name} has dtype {value.dtype}, "
                f"but {first} has {reference.dtype}"
            )
        if value.shape != reference.shape:
            raise ValueError(
                f"{name} has shape {value.shape}, "
                f"but {first} has {reference.shape}"
            )


def writable(arrays: dict[str, Any], read_only: Iterable[str]) -> None:
    """All but `read_only` can be written without changing any other."""
    read_only = set(read_only)
    for name, value in arrays.items():
        if name in read_only:
            continue
        if not isinstance(value, np.ndarray):
            raise TypeError(
                f"{name} must be an array, to be written in place, "
                f"got {value!r}"
            )
        if not value.flags.writeable:
            raise ValueError(
                f"{name} is read-only and cannot be written: {value!r:.80}"
            )
        if overlaps_itself(value):
            raise ValueError(
                f"{name} has elements that share memory: shape {value.shape}, "
                f"strides {value.strides}"
            )
    for (name, value), (other_name, other) in combinations(arrays.items(), 2):
        if {name, other_name} <= read_only:
            continue
        if np.shares_memory(value, other):
            raise ValueError(
                f"{other_name} shares memory with {name}: {other!r:.80}"
            )


def overlaps_itself(value: Array) -> bool:
    """Whether two indices of `value` may name one element."""
    if value.flags.forc:
        return False
    # Sorted by stride, an axis must step over all that the smaller ones reach.
    reach = value.itemsize
    axes = sorted(zip(map(abs, value.strides), value.shape, strict=True))
    for stride, length in axes:
        if length > 1 and stride < reach:
            return True
        reach += stride * (length - 1)
    return False
