"""A formula compiled by numba into one loop; imported at the first step.

numba finds the types of what it compiles; the functions here have none.
"""

import math
import zlib
from collections.abc import Callable
from functools import cache
from types import CodeType, FunctionType
from typing import Any

import numba as nb
import numpy as np
from numba.extending import register_jitable
from numba.np.unsafe.ndarray import to_fixed_tuple

from adamlib import formulas

for _value in vars(formulas).values():
    if isinstance(_value, FunctionType):
        register_jitable(_value)


@register_jitable
def _apart(a, b):
    p, q = a.ctypes.data, b.ctypes.data
    return p + a.nbytes <= q or q + b.nbytes <= p


@register_jitable
def _separate(g, written):
    """Whether all have one size and none is in the memory of another."""
    good = True
    for i in range(len(written)):
        a = written[i]
        good = good and a.size == g.size and _apart(a, g)
        for j in range(i):
            good = good and _apart(a, written[j])
    return good


@register_jitable
def _rounded(w, constants, corrections, t):
    """The constants of step t, in the precision of w."""
    c = np.empty(constants.size, w.dtype)
    c[:] = constants
    for i in range(len(corrections)):
        decay, place = corrections[i]
        c[place] = 1.0 - math.pow(constants[decay], float(t))
    return c


@cache
def kernel(formula: Any, moments: int, names: Any) -> Callable[..., bool]:
    """The formula, over flat ``w, g, *moments, constants, corrections, t``.

    `constants` has a double for each of `names`; a row of `corrections` says
    where a decay is and where its correction goes, which is made here. Returns
    False, with nothing written, where sizes differ or memory is shared. Raises
    TypeError for arrays that are not contiguous and aligned, of one dtype,
    float32 or float64; only g may be read-only.
    """
    register_jitable(formula)
    count = len(names._fields)
    version = _version(formula)

    def none(w, g, c, k, t):
        if version and not _separate(g, (w,)):
            return False
        c = names(*to_fixed_tuple(_rounded(w, c, k, t), count))
        for i in range(w.size):
            (w[i],) = formula(w[i], g[i], c)
        return True

    def one(w, g, m, c, k, t):
        if version and not _separate(g, (w, m)):
            return False
        c = names(*to_fixed_tuple(_rounded(w, c, k, t), count))
        for i in range(w.size):
            w[i], m[i] = formula(w[i], g[i], m[i], c)
        return True

    def two(w, g, m, n, c, k, t):
        if version and not _separate(g, (w, m, n)):
            return False
        c = names(*to_fixed_tuple(_rounded(w, c, k, t), count))
        for i in range(w.size):
            w[i], m[i], n[i] = formula(w[i], g[i], m[i], n[i], c)
        return True

    def three(w, g, m, n, o, c, k, t):
        if version and not _separate(g, (w, m, n, o)):
            return False
        c = names(*to_fixed_tuple(_rounded(w, c, k, t), count))
        for i in range(w.size):
            w[i], m[i], n[i], o[i] = formula(w[i], g[i], m[i], n[i], o[i], c)
        return True

    loop = (none, one, two, three)[moments]
    signatures = [
        _signature(dtype, moments) for dtype in (nb.float32, nb.float64)
    ]
    how: dict[str, Any] = {"error_model": "numpy", "nogil": True}
    made: Callable[..., bool]
    try:
        made = nb.njit(signatures, cache=True, **how)(loop)
    except RuntimeError:  # there is no folder that can be written to
        made = nb.njit(signatures, **how)(loop)
    return made


def _signature(dtype: Any, moments: int) -> Any:
    own = nb.types.Array(dtype, 1, "C")
    grads = nb.types.Array(dtype, 1, "C", readonly=True)
    constants = nb.types.Array(nb.float64, 1, "C")
    corrections = nb.types.Array(nb.int64, 2, "C")
    return nb.boolean(
        own, grads, *[own] * moments, constants, corrections, nb.int64
    )


def _version(formula: Any) -> int:
    """A digest of the formula's code: numba looks at this file's age alone."""
    digest, seen, todo = 1, set(), [formula]
    while todo:
        function = todo.pop()
        seen.add(function)
        code: CodeType = function.__code__
        text = (code.co_code, code.co_consts, code.co_names)
        digest = zlib.crc32(repr(text).encode(), digest)
        called = (function.__globals__.get(name) for name in code.co_names)
        todo += [
            f for f in called if isinstance(f, FunctionType) and f not in seen
        ]
    return digest or 1
