"""How `step` runs a formula in place: on blocks of the arrays, or compiled.

A formula is traced once, into the calls that it makes of + - * / sqrt and
maximum. Either engine makes these operations in their order, on each
coordinate, so the results are those of `update`, bit for bit.
"""

import contextvars
import math
import os
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from adamlib._checks import DTYPES, Array

Formula = Callable[..., tuple[Any, ...]]
# What is called, and what picks its operands from the registers.
Call = tuple[Callable[..., Any], Callable[[Any], Any]]

# Of each array: Adam's four and two of scratch fit a second-level cache.
BLOCK_BYTES = 128 * 1024

# Contiguous, aligned and writable, and the owner of its memory.
OWN = 0x1 | 0x100 | 0x400 | 0x4

# Those that NumPy and compiled code round alike, which is correctly.
EXACT = {np.add, np.subtract, np.multiply, np.divide, np.sqrt, np.maximum}

# Overflow passes without NumPy's warning: raised as an error, it would leave a
# step half made. In a context of its own the setting cannot leak out, wherever
# the step is interrupted.
QUIET = contextvars.copy_context()
QUIET.run(np.seterr, all="ignore")


class Traced(NDArrayOperatorsMixin):
    """Stands for a value in a formula, and notes each call made with it."""

    def __init__(self, calls: list[tuple[Any, ...]]) -> None:
        self.calls = calls

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any
    ) -> Any:
        alone = method == "__call__" and not options and ufunc in EXACT
        if not alone or not all(isinstance(i, Traced) for i in inputs):
            return NotImplemented
        made = Traced(self.calls)
        self.calls.append((ufunc, inputs, made))
        return made

    def __bool__(self) -> bool:
        raise TypeError("a formula that asks for a value has no one trace")


class Program(NamedTuple):
    """A formula as calls on registers: w, g, moments, constants, scratch."""

    calls: list[Call]
    scratch: int


@cache
def program(
    formula: Formula, moments: int, constants: Any, idle: frozenset[str]
) -> Program | None:
    """The formula's program; None if it cannot be traced.

    `idle` names the constants of the step that change no bit, a divisor of 1
    or a floor of 0, whose calls are left out.
    """
    calls: list[tuple[Any, ...]] = []
    arrays = [Traced(calls) for _ in range(2 + moments)]
    c = constants(*(Traced(calls) for _ in constants._fields))
    try:
        results = formula(*arrays, c)
    except (AttributeError, TypeError):
        return None
    idlers = [id(getattr(c, name)) for name in idle]
    is_copy_of: dict[int, Any] = {}
    lines = []
    for ufunc, inputs, made in calls:
        inputs = [is_copy_of.get(id(i), i) for i in inputs]
        if ufunc in (np.add, np.divide) and id(inputs[1]) in idlers:
            is_copy_of[id(made)] = inputs[0]
        else:
            lines.append((ufunc, inputs, made))
    ends: list[Any] = [is_copy_of.get(id(r), r) for r in results]
    written = [arrays[0], *arrays[2:]]
    own = {id(r) for r in ends} & {id(made) for _, _, made in lines}
    if len(own) != len(written):
        return None  # a result that is no call's own, as one handed through
    return _with_registers(lines, [*arrays, *c], written, ends)


def _with_registers(
    lines: list[tuple[Any, ...]],
    given: list[Traced],
    written: list[Traced],
    results: list[Traced],
) -> Program:
    """The calls with a register for each value, as few as will do.

    A result goes into its array at once when nothing reads the old value
    later, otherwise at the end.
    """
    last = {id(v): i for i, (_, inputs, _) in enumerate(lines) for v in inputs}
    last |= {id(r): len(lines) for r in results}
    home = {id(v): i for i, v in enumerate(given)}
    target = {id(r): a for r, a in zip(results, written, strict=True)}
    free: list[int] = []
    registers = len(given)
    calls: list[Call] = []
    copies: list[Call] = []
    for i, (ufunc, inputs, made) in enumerate(lines):
        places = [home[id(v)] for v in inputs]
        ending = {home[id(v)] for v in inputs if last[id(v)] == i}
        free += sorted(p for p in ending if p >= len(given))
        array = target.get(id(made))
        if array is not None and last.get(id(array), -1) <= i:
            place = home[id(array)]
        elif free:
            place = free.pop()
        else:
            place, registers = registers, registers + 1
        if array is not None and place != home[id(array)]:
            copies.append((np.positive, itemgetter(place, home[id(array)])))
        home[id(made)] = place
        call = _maximum if ufunc is np.maximum else ufunc
        calls.append((call, itemgetter(*places, place)))
    return Program(calls + copies, registers - len(given))


def _maximum(a: Array, b: Array, out: Array) -> None:
    np.maximum(a, b, out=out)  # which takes no third argument by its place


class Engine:
    """Makes the steps of one optimizer in place.

    `corrections` has the name of each decay's, or is None where other
    constants depend on t too; `idle` has the values with which constants
    change no bit. `whole`: only by its `update`, which is its own.
    """

    def __init__(
        self,
        optimizer: Any,
        corrections: dict[str, str] | None,
        idle: dict[str, float],
        whole: bool,
    ) -> None:
        self.optimizer, self.whole = optimizer, whole
        self.formula = type(optimizer).formula
        self.state_type = optimizer.state_type
        self.counts = hasattr(self.state_type, "t")
        moments = self.state_type.names()
        self.moments = len(moments)
        # Of a single name, attrgetter makes no tuple.
        self.moments_of: Callable[[Any], Sequence[Array]] = (
            attrgetter(*moments)
            if len(moments) > 1
            else lambda state: [getattr(state, name) for name in moments]
        )
        self.first = optimizer.constants(1)
        self.names = _constants_class(type(optimizer), tuple(self.first))
        place = {name: i for i, name in enumerate(self.first)}
        self.idle = [(place[name], value) for name, value in idle.items()]
        self.corrections: list[tuple[int, int]] | None = None
        if corrections is not None:
            self.corrections = [
                (place[beta], place[name])
                for beta, name in corrections.items()
            ]
        self.kept = threading.local()

    def constants(self, dtype: np.dtype[Any], t: int) -> Any:
        """Those of step t, each rounded once."""
        values = self.optimizer.constants(t).values()
        return self.names(*map(dtype.type, values))

    @cached_property
    def quick(self) -> Callable[[Array, Array, Any], bool]:
        """A step that asks only what is cheap; False where it made none."""
        return self._compiled() or self._plain

    def step(self, arrays: Sequence[Array], state: Any) -> None:
        """A step with NumPy, on arrays that were checked."""
        t = state.t + 1 if self.counts else 1
        program = None
        if not self.whole:
            c = self._constants_kept(arrays[0].dtype, t)
            program = self._program([each.item() for each in c])
        if program is None:
            w, g, *moments = arrays
            after, new = self.optimizer.update(w, g, state)
            made = [np.copy(x) for x in (after, *self.moments_of(new))]
            t = getattr(new, "t", t)
            state.torn = True
            for array, value in zip([w, *moments], made, strict=True):
                array[...] = value
        else:
            state.torn = True
            QUIET.copy().run(on_blocks, program, arrays, c)
        if self.counts:
            state.t = t
        del state.torn

    def _plain(self, params: Array, grads: Array, state: Any) -> bool:
        """A step with NumPy where arrays own their memory, so share none."""
        if type(state) is not self.state_type or state.torn:
            return False
        arrays = [params, grads, *self.moments_of(state)]
        for array in arrays:
            if not (
                type(array) is np.ndarray
                and array.dtype is params.dtype
                and array.shape == params.shape
                and array.flags.num & OWN == OWN
            ):
                return False
        if params.dtype not in DTYPES or len({*map(id, arrays)}) < len(arrays):
            return False
        if self.counts and not (type(state.t) is int and state.t >= 0):
            return False
        self.step(arrays, state)
        return True

    def _constants_kept(self, dtype: np.dtype[Any], t: int) -> list[Array]:
        """Those of step t, as 0-d arrays: a ufunc takes these fastest."""
        kept: dict[Any, list[Array]] = vars(self.kept)
        if self.corrections is None or dtype not in kept:
            values = self.optimizer.constants(t).values()
            kept[dtype] = [np.array(value, dtype) for value in values]
        else:
            betas = [*self.first.values()]
            for decay, place in self.corrections:
                kept[dtype][place][()] = 1 - betas[decay] ** t
        return kept[dtype]

    def _program(self, c: list[float]) -> Program | None:
        fields = self.names._fields
        idle = frozenset(fields[i] for i, x in self.idle if c[i] == x)
        return program(self.formula, self.moments, self.names, idle)

    def _compiled(self) -> Callable[[Array, Array, Any], bool] | None:
        """A step in one compiled pass, where there is a compiler for it."""
        values = np.array([*self.first.values()])
        compiler = _compiler() if self.moments < 4 else None
        program = None if self.whole else self._program(values.tolist())
        if compiler is None or program is None:
            return None
        pairs = tuple(self.corrections or ())
        steady = self.corrections is not None and len(pairs) < 3
        late = {dtype: self._late(dtype) for dtype in DTYPES}
        kernels: dict[tuple[Any, bool], Callable[..., bool]] = {}
        state_type, counts = self.state_type, self.counts
        moments_of, constants = self.moments_of, self.optimizer.constants
        ndarray = np.ndarray

        def compiled(dtype: Any, late: bool) -> Callable[..., bool]:
            names, places = self.names, pairs if steady else ()
            try:
                made: Callable[..., bool] = compiler.kernel(
                    self.formula, self.moments, names, places, dtype.name, late
                )
            except Exception:  # more than numba can do
                return lambda *arrays: False
            return made

        def run(params: Array, grads: Array, state: Any) -> bool:
            if type(state) is not state_type or state.torn:
                return False
            if not type(params) is type(grads) is ndarray:
                return False
            dtype = params.dtype
            t = state.t + 1 if counts else 1
            if dtype not in late or type(t) is not int or t < 1:
                return False
            key = dtype, t >= late[dtype]
            kernel = kernels.get(key)
            if kernel is None:
                kernel = kernels[key] = compiled(*key)
            arrays = moments_of(state)
            if params.ndim != 1:
                arrays = (params, grads, *arrays)
                if not all(a.flags.c_contiguous for a in arrays):
                    return False
                params, grads, *arrays = (a.reshape(-1) for a in arrays)
            c = values if steady else np.array([*constants(t).values()])
            state.torn = True
            try:  # numba refuses other types, the kernel what overlaps
                done = kernel(params, grads, *arrays, c, t)
            except Exception:
                done = False
            if done and counts:
                state.t = t
            del state.torn
            return done

        return run

    def _late(self, dtype: np.dtype[Any]) -> float:
        """The first step whose corrections are 1 in the dtype."""
        values = [*self.first.values()]
        betas = [values[place] for place, _ in self.corrections or ()]
        if not self.counts or not 1 <= len(betas) <= 2:
            return math.inf
        beta, half = max(betas), np.finfo(dtype).epsneg / 2
        t = 1
        if beta:
            t = max(1, math.ceil(math.log(half) / math.log(beta)) - 2)
        while dtype.type(1 - beta**t) != 1:
            t += 1
        return t


@cache
def _compiler() -> Any:
    """The module that compiles; None without numba, or if told so."""
    wanted = os.environ.get("ADAMLIB_ENGINE", "")
    if wanted not in ("", "numpy", "compiled"):
        raise ValueError(
            f"ADAMLIB_ENGINE must be numpy or compiled, got {wanted!r}"
        )
    if wanted == "numpy" or not (wanted or find_spec("numba")):
        return None
    try:
        return import_module("adamlib._compiled")
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"ADAMLIB_ENGINE is compiled, which needs {missing.name}: in the "
            'book\'s folder, pip install ".[fast]"',
            name=missing.name,
        ) from missing


def _constants_class(owner: type, names: tuple[str, ...]) -> Any:
    """A class for the constants, found by its name, as numba's cache needs."""
    made: Any = vars(owner).get("Constants")
    if made is None or made._fields != names:
        factory: Any = namedtuple
        made = factory("Constants", names)
        made.__module__ = owner.__module__
        made.__qualname__ = f"{owner.__qualname__}.Constants"
        owner.Constants = made  # type: ignore[attr-defined]
    return made


_local = threading.local()


def _scratch(dtype: np.dtype[Any], count: int) -> list[Array]:
    """Blocks that this thread keeps from one step to the next."""
    of_thread: dict[Any, list[Array]] = vars(_local)
    kept = of_thread.setdefault(dtype, [])
    while len(kept) < count:
        kept.append(np.empty(BLOCK_BYTES // dtype.itemsize, dtype))
    return kept[:count]


def on_blocks(
    program: Program, arrays: Sequence[Array], c: list[Array]
) -> None:
    """Run a program a block at a time.

    On whole arrays each call would travel to memory and back; of a block that
    stays in the cache only w, g and the moments do.
    """
    scratch = _scratch(arrays[0].dtype, program.scratch)
    for pieces in _blocks(arrays):
        size = pieces[0].size
        registers = [*pieces, *c, *[block[:size] for block in scratch]]
        for ufunc, operands in program.calls:
            ufunc(*operands(registers))


def _blocks(arrays: Sequence[Array]) -> Iterator[Sequence[Array]]:
    """The arrays as flat pieces, whatever their layout."""
    length = BLOCK_BYTES // arrays[0].itemsize
    if arrays[0].size <= length and arrays[0].ndim == 1:
        yield arrays  # of any stride
        return
    if all(a.flags.c_contiguous for a in arrays):
        flat = [a.reshape(-1) for a in arrays]
    elif all(a.flags.f_contiguous for a in arrays):
        flat = [a.T.reshape(-1) for a in arrays]
    else:  # copied in and out, a block at a time
        flags: Any = [["readwrite"] for _ in arrays]
        flags[1] = ["readonly"]
        how: Any = ["external_loop", "buffered", "zerosize_ok"]
        with np.nditer(arrays, how, flags, buffersize=length) as pieces:
            yield from pieces
        return
    for start in range(0, flat[0].size, length):
        yield [a[start : start + length] for a in flat]
