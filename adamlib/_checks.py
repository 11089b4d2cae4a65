"""Checks that name the argument, show the value, and change nothing."""

import math
import operator
import os
import sys
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
WORK = 100_000  # to find out whether two arrays share memory
MOST = sys.maxsize // 8  # no memory has more float64 than this


def shown(value: object) -> str:
    """What stands for `value` in a message."""
    try:
        text = repr(value)
    except Exception:  # as that of an int of 5,000 digits
        text = f"a {type(value).__name__} that has no repr"
    return text if len(text) <= 100 else f"{text[:100]}..."


def instance(name: str, value: Any, kind: type) -> Any:
    """`value`, of this kind."""
    if not isinstance(value, kind):
        raise TypeError(
            f"{name} must be of type {kind.__name__}, got {shown(value)}"
        )
    return value


def function(name: str, value: object) -> None:
    """`value` can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {shown(value)}")


def scalar(name: str, value: object) -> Any:
    """`value`, a real number; out of its array, if np.load gave it in one."""
    inside = value[()] if isinstance(value, np.ndarray) else value
    real = int | float | Fraction | np.integer | np.floating
    not_real = bool | np.timedelta64  # an int, and NumPy's integer
    if isinstance(inside, not_real) or not isinstance(inside, real):
        raise TypeError(f"{name} must be a real number, got {shown(value)}")
    return inside


def number(name: str, value: object) -> float:
    """`value` as a finite Python float.

    NumPy's own float64 would turn float32 arrays into float64.
    """
    try:
        result = float(scalar(name, value))
    except OverflowError:  # an int beyond the floats
        result = math.inf
    if not math.isfinite(result):
        raise ValueError(f"{name} must be finite, got {shown(value)}")
    return result


def non_negative(name: str, value: object) -> float:
    """`value` as a float in [0, inf)."""
    result = number(name, value)
    if result < 0:
        raise ValueError(f"{name} must not be negative, got {shown(value)}")
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
            raise ValueError(
                f"{name} is {kind} in {dtype}, got {shown(value)}"
            )


def decay(name: str, value: object) -> Any:
    """`value` in [0, 1): a float, or a Fraction left exact."""
    result = number(name, value)
    exact = value if isinstance(value, Fraction) else result
    if exact < 0 or result >= 1:  # a Fraction just below 1 rounds to 1
        raise ValueError(f"{name} must be in [0, 1), got {shown(value)}")
    return exact


def terms(**given: Any) -> list[Any]:
    """The terms of a formula: numbers, or arrays alike and numbers.

    Integers and Fractions stay exact among themselves, and become floats
    beside a float or an array.
    """
    values = {}
    for name, value in given.items():
        if not isinstance(value, np.ndarray) or value.ndim == 0:
            value = scalar(name, value)
            if isinstance(value, np.integer):
                value = int(value)
        values[name] = value
    if all(isinstance(value, int | Fraction) for value in values.values()):
        return [*values.values()]
    typed = np.ndarray | np.floating
    if arrays := {n: v for n, v in values.items() if isinstance(v, typed)}:
        alike(arrays)
    return [
        v if isinstance(v, float | typed) else number(n, v)
        for n, v in values.items()
    ]


def count(name: str, value: object, least: int) -> int:
    """`value` as an int of at least `least`, at most `MOST`."""
    try:
        if isinstance(value, bool | np.bool_):  # an index to NumPy 2.0
            raise TypeError
        result = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(
            f"{name} must be an integer, got {shown(value)}"
        ) from None
    if result < least:
        raise ValueError(
            f"{name} must be at least {least}, got {shown(value)}"
        )
    if result > MOST:
        raise ValueError(f"{name} must be at most {MOST}, got {shown(value)}")
    return result


def float_dtype(value: Any) -> np.dtype[Any]:
    """`value` as one of the two dtypes (None would mean float64 to NumPy)."""
    try:
        dtype: np.dtype[Any] = np.dtype(value)
    except Exception:  # of many kinds
        dtype = np.dtype(object)
    if value is None or dtype not in DTYPES:
        raise TypeError(
            f"dtype must be float32 or float64, got {shown(value)}"
        )
    return dtype


def plain(name: str, value: Any, kinds: str) -> NDArray[Any]:
    """`value`, an array or nested sequences, as an array of these kinds."""
    try:
        result = np.asarray(value)
    except Exception:  # of many kinds, as for lists of different lengths
        result = np.array(None)
    # A masked array would lose its mask.
    if isinstance(value, np.ma.MaskedArray) or result.dtype.kind not in kinds:
        what = "numbers" if "f" in kinds else "integers"
        raise TypeError(
            f"{name} must be {what}, got dtype {result.dtype}: {shown(value)}"
        )
    return result


def finite(name: str, value: Any) -> NDArray[np.float64]:
    """`value` as a new array of finite float64."""
    with np.errstate(over="ignore"):  # of a longdouble
        result = plain(name, value, "iuf").astype(np.float64)
    if not np.isfinite(result).all():
        raise ValueError(f"{name} must be finite, got {shown(value)}")
    return result


def array(name: str, value: object) -> Array:
    """`value`, a plain array (or NumPy scalar) of float32 or float64."""
    # np.matrix and masked arrays redefine * and **: another formula.
    if type(value) is not np.ndarray and not isinstance(
        value, np.memmap | np.floating
    ):
        raise TypeError(
            f"{name} must be a NumPy array, "
            f"got {type(value).__name__}: {shown(value)}"
        )
    if value.dtype not in DTYPES:
        raise TypeError(
            f"{name} must be float32 or float64, got dtype {value.dtype}"
        )
    return value  # type: ignore[return-value]


def shaped(name: str, value: object, *shape: int | str) -> Array:
    """`value`, an array of this shape; a length by its name may be any > 0.

    A first length of "..." stands for any number of lengths.
    """
    result = array(name, value)
    found, wanted = result.shape, shape
    if shape[0] == "...":
        found, wanted = found[1 - len(shape) :], shape[1:]
    if len(found) != len(wanted) or not all(
        n > 0 if isinstance(w, str) else n == w
        for n, w in zip(found, wanted, strict=True)
    ):
        lengths = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
        above = any(isinstance(w, str) for w in wanted)
        raise ValueError(
            f"{name} must have shape ({lengths}){', none 0' * above}, "
            f"got {result.shape}"
        )
    return result


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
                f"got {shown(value)}"
            )
        if not value.flags.writeable:
            raise ValueError(
                f"{name} is read-only and cannot be written: {shown(value)}"
            )
        if overlaps_itself(value):
            raise ValueError(
                f"{name} has elements that share memory: shape {value.shape}, "
                f"strides {value.strides}"
            )
    for (name, value), (other_name, other) in combinations(arrays.items(), 2):
        if {name, other_name} <= read_only:
            continue
        if meets := _meets(value, other):
            raise ValueError(
                f"{other_name} {meets} memory with {name}: {shown(other)}"
            )


def _meets(a: Array, b: Array) -> str:
    """How `a` stands to the memory, or the file, of `b`; nothing if apart."""
    try:
        if np.shares_memory(a, b, max_work=WORK):  # type: ignore[arg-type]
            return "shares"
    except np.exceptions.TooHardError:  # it can take for ever
        return "may share"
    (file, low, high), (other_file, other_low, other_high) = map(
        _mapped, (a, b)
    )
    same = file and file == other_file
    return "shares" if same and low < other_high and other_low < high else ""


def _mapped(value: Array) -> tuple[str, int, int]:
    """The file that `value` is mapped from, if any; its place in there."""
    root = np.asanyarray(value)
    while isinstance(root.base, np.ndarray):
        root = root.base
    if not isinstance(root, np.memmap) or root.filename is None:
        return "", 0, 0
    low, high = byte_bounds(value)
    shift = root.offset - byte_bounds(root)[0]
    return os.path.realpath(root.filename), low + shift, high + shift


def overlaps_itself(value: Array) -> bool:
    """Whether two indices of `value` may name one element."""
    if value.flags.forc:
        return False
    # Sorted by stride, an axis that steps over all that the smaller ones reach
    # meets none of it.
    apart, reach = True, value.itemsize
    axes = sorted(zip(map(abs, value.strides), value.shape, strict=True))
    for stride, length in axes:
        apart = apart and (length == 1 or stride >= reach)
        reach += stride * (length - 1)
    if apart or reach < value.nbytes:  # more than there is room for
        return not apart
    places = np.zeros(1, np.int64)
    for stride, length in axes:
        places = np.add.outer(places, stride * np.arange(length)).ravel()
    return bool(np.diff(np.sort(places)).min() < value.itemsize)
