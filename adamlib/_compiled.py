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
from numba.cpython.unsafe.tuple import tuple_setitem
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
def _rounded(w, constants, t, decay, place, decay2, place2):
    """The constants of step t, in the precision of w."""
    c = np.empty(constants.size, w.dtype)
    c[:] = constants
    if place:
        c[place] = 1.0 - math.pow(constants[decay], float(t))
        c[place2] = 1.0 - math.pow(constants[decay2], float(t))
    return c


@register_jitable
def _ones(w, constants, place, place2):
    """The constants, with a 1 that the compiler sees at two places."""
    one = w.dtype.type(1)
    return tuple_setitem(tuple_setitem(constants, place, one), place2, one)


@cache
def kernel(
    formula: Any,
    moments: int,
    names: Any,
    corrections: tuple[tuple[int, int], ...],
    dtype: str,
    late: bool,
) -> Callable[..., bool]:
    """The formula, over flat arrays ``w, g, *moments`` of the dtype.

    Then come ``constants``, a double for each of `names`, and ``t``. Of one or
    two `corrections`, made here, each says where the decay is and where it
    goes; if `late` they are taken for 1, and no division by them is compiled.
    Returns False, with nothing written, where sizes differ or memory is
    shared. Raises TypeError for other dtypes, and arrays that are not
    contiguous and aligned; only g may be read-only.
    """
    register_jitable(formula)
    count = len(names._fields)
    version = _version(formula)
    # The first place is a hyperparameter's, so 0 says that there is none.
    pairs = corrections or ((0, 0),)
    (d, p), (e, q) = pairs[0], pairs[-1]

    def none(w, g, c, t):
        if version and not _separate(g, (w,)):
            return False
        c = to_fixed_tuple(_rounded(w, c, t, d, p, e, q), count)
        c = names(*(_ones(w, c, p, q) if late else c))
        for i in range(w.size):
            (w[i],) = formula(w[i], g[i], c)
        return True

    def one(w, g, m, c, t):
        if version and not _separate(g, (w, m)):
            return False
        c = to_fixed_tuple(_rounded(w, c, t, d, p, e, q), count)
        c = names(*(_ones(w, c, p, q) if late else c))
        for i in range(w.size):
            w[i], m[i] = formula(w[i], g[i], m[i], c)
        return True

    def two(w, g, m, n, c, t):
        if version and not _separate(g, (w, m, n)):
            return False
        c = to_fixed_tuple(_rounded(w, c, t, d, p, e, q), count)
        c = names(*(_ones(w, c, p, q) if late else c))
        for i in range(w.size):
            w[i], m[i], n[i] = formula(w[i], g[i], m[i], n[i], c)
        return True

    def three(w, g, m, n, o, c, t):
        if version and not _separate(g, (w, m, n, o)):
            return False
        c = to_fixed_tuple(_rounded(w, c, t, d, p, e, q), count)
        c = names(*(_ones(w, c, p, q) if late else c))
        for i in range(w.size):
            w[i], m[i], n[i], o[i] = formula(w[i], g[i], m[i], n[i], o[i], c)
        return True

    loop = (none, one, two, three)[moments]
    own = nb.types.Array(getattr(nb, dtype), 1, "C")
    signature = nb.boolean(
        own,
        nb.types.Array(own.dtype, 1, "C", readonly=True),
        *[own] * moments,
        nb.types.Array(nb.float64, 1, "C"),
        nb.int64,
    )
    how: dict[str, Any] = {"error_model": "numpy", "nogil": True}
    made: Callable[..., bool]
    try:
        made = nb.njit(signature, cache=True, **how)(loop)
    except RuntimeError:  # there is no folder that can be written to
        made = nb.njit(signature, **how)(loop)
    return made


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
