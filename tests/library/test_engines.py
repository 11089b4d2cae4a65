"""`step` is `update` in place, bit for bit: on blocks, compiled, and for what a reader adds."""

import ast
import subprocess
import sys
import tracemalloc
import warnings
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest

import adamlib
from adamlib import (
    Adam,
    AdamW,
    Momentum,
    MomentumState,
    Optimizer,
    State,
    _checks,
    _engines,
    formulas,
)
from adamlib.optimizers import Decay

ENGINES = ["numpy", "compiled"] if find_spec("numba") else ["numpy"]
PAPER = {"beta2": 0.999, "eps": 1e-8, "eps_root": 0.0}


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    """Each engine in turn."""
    monkeypatch.setenv("ADAMLIB_ENGINE", request.param)
    _engines._compiler.cache_clear()
    yield request.param
    _engines._compiler.cache_clear()


def problem(method, shape, dtype=np.float64, t=3):
    """Params, grads and a state in the middle of a run."""
    rng = np.random.default_rng(0)
    w, g, *moments = rng.normal(size=(6, *np.atleast_1d(shape))).astype(dtype)
    w, g, *moments = (np.array(a.reshape(shape)) for a in (w, g, *moments))
    state = method.init(w)
    for number, (name, array) in enumerate(state.arrays.items()):
        array[...] = moments[number] if name == "m" else moments[number] ** 2
    if hasattr(state, "t"):
        state.t = t
    return w, g, state


def bits(params, state):
    arrays = (params, *state.arrays.values())
    return [(a.shape, a.dtype, a.tobytes()) for a in arrays], getattr(state, "t", None)


def assert_step_is_update(method, params, grads, state):
    grads_before = grads.tobytes()
    with np.errstate(all="ignore"):
        expected = bits(*method.update(params, grads, state))
    method.step(params, grads, state)
    assert bits(params, state) == expected
    assert grads.tobytes() == grads_before


BLOCK = _engines.BLOCK_BYTES // 8
SHAPES = [(), (0,), (1,), (7,), (3, 5), (BLOCK - 1,), (BLOCK,), (BLOCK + 1,), (2, BLOCK + 3)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_step_is_an_update_whatever_the_size(engine, method, shape, dtype):
    assert_step_is_update(method := replace(method), *problem(method, shape, dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("t", [0, 1, 163, 164, 165, 1723, 1725, 17_321, 10**6])
def test_a_step_is_an_update_however_late(engine, method, t, dtype):
    """Corrections become 1 at these times, and their divisions are left out."""
    assert_step_is_update(method := replace(method), *problem(method, 50, dtype, t))


@pytest.mark.parametrize("dtype", [np.dtype(np.float32), np.dtype(np.float64)])
@pytest.mark.parametrize("constants", [{}, PAPER, {"beta1": 0.0, "beta2": 0.0}, {"beta1": 0.999}])
def test_corrections_are_left_out_from_the_first_step_at_which_both_are_one(constants, dtype):
    """A step too early would change bits that a small learning rate hides."""
    adam = Adam(**constants)
    first = adam._engine._late(dtype)

    def ones(t):
        return all(dtype.type(1 - beta**t) == 1 for beta in (adam.beta1, adam.beta2))

    assert ones(first)
    assert first == 1 or not ones(first - 1)


@pytest.mark.parametrize("t", [0, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (50,), (3, 5)], ids=str)
def test_the_quick_way_takes_what_is_plain(engine, method, shape, dtype, t):
    """A step that it refuses is right, too, and slow."""
    method = replace(method)
    assert method._engine.quick(*problem(method, shape, dtype, t))


def half(w, g, state):
    state.m, state.v = state.m.astype(np.float16), state.v.astype(np.float16)
    return w.astype(np.float16), g.astype(np.float16), state


def torn(w, g, state):
    state.torn = True
    return w, g, state


def at(t):
    def later(w, g, state):
        state.t = t
        return w, g, state

    return later


def one_for_both(w, g, state):
    state.v = state.m
    return w, g, state


def beside(w, g, state):
    memory = np.append(w, 1.0)
    return memory[1:], memory[:-1], state


class Own(np.ndarray):
    """What is no plain array."""


NOT_PLAIN = {
    "float16": half,
    "grads of another dtype": lambda w, g, state: (w, g.astype(np.float32), state),
    "grads of another shape": lambda w, g, state: (w, np.append(g, 1.0), state),
    "params a subclass": lambda w, g, state: (w.view(Own), g, state),
    "grads a subclass": lambda w, g, state: (w, g.view(Own), state),
    "grads a list": lambda w, g, state: (w, g.tolist(), state),
    "grads are params": lambda w, g, state: (w, w, state),
    "grads overlap params": beside,
    "one array for both": one_for_both,
    "every second": lambda w, g, state: (np.repeat(w, 2)[::2], g, state),
    "another state": lambda w, g, state: (w, g, Momentum().init(w)),
    "torn": torn,
    "t below 0": at(-1),
    "t a float": at(3.0),
    "t a NumPy integer": at(np.int64(3)),
}


@pytest.mark.parametrize("change", NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_the_quick_way_leaves_alone_what_is_not_plain(engine, change):
    params, grads, state = change(*problem(Adam(), 50))
    before = bits(params, state), str(state), np.array(grads).tobytes()
    assert not Adam()._engine.quick(params, grads, state)
    assert (bits(params, state), str(state), np.array(grads).tobytes()) == before


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "reversed": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "every second": lambda a: np.stack([a, a], axis=-1)[..., 0],
}


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_step_is_an_update_whatever_the_layout(engine, method, layout, mixed):
    method = replace(method)
    params, grads, state = problem(method, (300, 200))
    params = layout(params)
    grads = grads if mixed else layout(grads)
    arrays = {name: layout(a) for name, a in state.arrays.items()}
    assert_step_is_update(method, params, grads, replace(state, **arrays))


def test_a_mixed_run_of_both_engines_and_update_is_one_run(monkeypatch):
    adam, runs = Adam(beta1=0.8), []
    grads = np.random.default_rng(2).normal(size=(30, 40)).astype(np.float32)
    for order in ([0], [1], [2], [0, 1, 2]):
        params = np.zeros(40, np.float32)
        state = adam.init(params)
        for t, g in enumerate(grads):
            which = order[t % len(order)]
            if which == 0:
                params, state = adam.update(params, g, state)
                params, state = np.array(params), replace(state)
            else:
                monkeypatch.setenv("ADAMLIB_ENGINE", ENGINES[which % len(ENGINES)])
                _engines._compiler.cache_clear()
                replace(adam).step(params, g, state)
        runs.append(bits(params, state))
    _engines._compiler.cache_clear()
    assert all(run == runs[0] for run in runs)


@pytest.mark.parametrize("block_bytes", [8, 24, 64, 800, 10**6])
def test_the_result_does_not_depend_on_the_block(monkeypatch, method, block_bytes):
    monkeypatch.setenv("ADAMLIB_ENGINE", "numpy")
    monkeypatch.setattr(_engines, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(_engines, "_local", _engines.threading.local())
    _engines._compiler.cache_clear()
    assert_step_is_update(method := replace(method), *problem(method, 101))
    _engines._compiler.cache_clear()


# ------------------------------------------------------------------------------------------
# The trace


def traced(method):
    engine = method._engine
    return _engines.program(engine.formula, engine.moments, engine.names, frozenset())


def test_every_formula_of_the_library_can_be_traced(method):
    assert traced(replace(method)) is not None


def test_a_formula_is_of_exact_operations_alone():
    """Nothing that two engines could round differently, and no number of its own."""
    tree = ast.parse(Path(formulas.__file__).read_text("utf-8"))
    assert not [
        n for n in ast.walk(tree) if isinstance(n, ast.Constant) and not isinstance(n.value, str)
    ]
    operators = {type(n.op) for n in ast.walk(tree) if isinstance(n, ast.BinOp)}
    assert operators == {ast.Add, ast.Sub, ast.Mult, ast.Div}
    called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    assert called == {"sqrt", "maximum", "adam"}


def test_adam_makes_no_call_that_changes_no_bit():
    """Fifteen operations, and twelve once the corrections are 1 and a floor is 0."""
    adam = Adam()
    engine = adam._engine
    program = _engines.program(formulas.adam, 2, engine.names, frozenset())
    late = frozenset({"correction1", "correction2", "eps"})
    assert len(program.calls) == 15
    assert len(_engines.program(formulas.adam, 2, engine.names, late).calls) == 12
    assert program.scratch == 2


def peak_memory_of_a_step(method, params, grads, state):
    """The bytes that a step has allocated at the most, beyond its arguments."""
    method.step(params, grads, state)
    tracemalloc.start()
    try:
        method.step(params, grads, state)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("layout", [np.asarray, np.asfortranarray, LAYOUTS["every second"]])
def test_a_step_allocates_nothing_that_grows(engine, method, layout):
    method = replace(method)
    params, grads, state = problem(method, (1000, 1000))
    arrays = {name: layout(a) for name, a in state.arrays.items()}
    params, grads = layout(params), layout(grads)
    peak = peak_memory_of_a_step(method, params, grads, replace(state, **arrays))
    assert peak < 2**20


# ------------------------------------------------------------------------------------------
# What a reader adds: `step` runs what the class says


def from_contributing():
    """The method that CONTRIBUTING.md writes down, as it stands there."""
    text = (Path(adamlib.__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
    names = {"__name__": __name__}
    exec(text.split("```python\n")[1].split("```")[0], names)
    return names["NAdam"]


NAdam = from_contributing()


@dataclass(eq=False)
class LookState(State):
    m: np.ndarray
    slow: np.ndarray


def look(w, g, m, slow, c):
    m = c.mu * m + g
    w = w - c.learning_rate * m
    slow = slow + c.pull * (w - slow)
    return w, m, slow


@dataclass(frozen=True)
class Look(Optimizer[LookState]):
    """A state of its own and two hyperparameters, one that the library does not know."""

    mu: Decay = 0.9
    pull: Annotated[float, _checks.non_negative] = 0.25
    state_type = LookState
    formula = look


@dataclass(frozen=True)
class Warm(Adam):
    """Constants that depend on t."""

    def constants(self, t):
        return super().constants(t) | {"learning_rate": self.learning_rate * min(1, t / 7)}


@dataclass(frozen=True)
class Signed(Adam):
    """An `update` that shares nothing with the formula."""

    def update(self, params, grads, state):
        return params - self.learning_rate * np.sign(grads), replace(state, t=state.t + 1)


@dataclass(frozen=True)
class Clipped(AdamW):
    """An `update` around the library's."""

    def update(self, params, grads, state):
        return super().update(params, np.clip(grads, -0.5, 0.5), state)


@dataclass(frozen=True)
class Branching(Optimizer[MomentumState]):
    """A formula that no trace can follow."""

    beta1: Decay = 0.9
    state_type = MomentumState

    @staticmethod
    def formula(w, g, m, c):
        m = np.where(m * g < 0, g, c.beta1 * m + c.rest1 * g)
        return w - c.learning_rate * m, m


@dataclass(frozen=True)
class Swapped(Optimizer[LookState]):
    """Results that are old values, each in the other's place."""

    state_type = LookState

    @staticmethod
    def formula(w, g, m, slow, c):
        return w - c.learning_rate * g, slow, m


@dataclass(frozen=True)
class Late(Optimizer[LookState]):
    """The old m is needed after the new one is made."""

    state_type = LookState

    @staticmethod
    def formula(w, g, m, slow, c):
        new = m + g
        return w - c.learning_rate * new * m, new, slow + m


@dataclass(eq=False)
class FourState(State):
    p: np.ndarray
    q: np.ndarray
    r: np.ndarray
    s: np.ndarray


@dataclass(frozen=True)
class Four(Optimizer[FourState]):
    """More moments than a compiled step takes."""

    state_type = FourState

    @staticmethod
    def formula(w, g, p, q, r, s, c):
        p = p + g
        q = q + p
        r = r + q
        s = s + r
        return w - c.learning_rate * s, p, q, r, s


OWN = [NAdam(), Look(), Warm(), Signed(), Clipped(), Branching(), Swapped(), Late(), Four()]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("own", OWN, ids=lambda own: type(own).__name__)
def test_step_runs_what_a_subclass_says(engine, own, dtype):
    own = replace(own)
    params, grads, state = problem(own, 50, dtype, t=0)
    for _ in range(5):
        assert_step_is_update(own, params, grads, state)


def test_the_quick_way_takes_more_moments_than_are_compiled(engine):
    four = Four()
    assert four._engine.quick(*problem(four, 50))


def test_a_subclass_differs_from_its_base():
    """Or the test above would pass for a `step` that runs the base's in both."""
    for own, base in (
        (NAdam(), Adam()),
        (Signed(), Adam()),
        (Warm(), Adam()),
        (Clipped(), AdamW()),
    ):
        params, grads, state = problem(own, 50, t=0)
        mine, _ = own.update(params, grads, state)
        assert not np.allclose(mine, base.update(params, grads, state)[0], rtol=1e-9)


def test_a_hyperparameter_without_a_known_kind_must_be_a_number():
    @dataclass(frozen=True)
    class Own(Adam):
        mu: float = 0.9

    assert Own(mu=2).constants(1)["mu"] == 2.0
    with pytest.raises(TypeError, match="mu must be a real number, got 'x'"):
        Own(mu="x")


# ------------------------------------------------------------------------------------------
# Overflow, interrupts, and which engine


def overflowing(dtype=np.float64):
    """The gradient overflows in the second block, when the first has been written."""
    params, grads, state = problem(Adam(), 3 * BLOCK, dtype)
    grads[-1] = np.finfo(dtype).max
    return params, grads, state


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_error_state_that_raises_leaves_no_half_made_step(engine, dtype):
    params, grads, state = overflowing(dtype)
    with np.errstate(all="raise"):
        with np.errstate(all="ignore"):
            expected = bits(*Adam().update(params, grads, state))
        Adam().step(params, grads, state)
        assert np.geterr()["over"] == "raise"
    assert bits(params, state) == expected
    assert np.isinf(state.v[-1])


def test_warnings_as_errors_leave_no_half_made_step(engine):
    params, grads, state = overflowing()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Adam().step(params, grads, state)
    assert state.t == 4


def test_an_interrupt_leaves_a_torn_state_and_the_error_state_as_it_was(monkeypatch):
    params, grads, state = problem(Adam(), 3 * BLOCK)
    monkeypatch.setenv("ADAMLIB_ENGINE", "numpy")
    _engines._compiler.cache_clear()
    blocks = _engines._blocks

    def interrupted(arrays):
        yield next(blocks(arrays))
        raise KeyboardInterrupt

    monkeypatch.setattr(_engines, "_blocks", interrupted)
    before = np.geterr()
    adam = Adam()
    with pytest.raises(KeyboardInterrupt):
        adam.step(params, grads, state)
    assert np.geterr() == before
    monkeypatch.undo()
    _engines._compiler.cache_clear()
    for call in (adam.step, adam.update):
        with pytest.raises(ValueError, match="state is torn"):
            call(params, grads, state)
    assert "torn" not in vars(replace(state))


@pytest.mark.skipif("compiled" not in ENGINES, reason="numba is not here")
def test_a_compiled_step_is_torn_while_it_runs(monkeypatch):
    monkeypatch.setenv("ADAMLIB_ENGINE", "compiled")
    _engines._compiler.cache_clear()
    params, grads, state = problem(Adam(), 50)
    seen = []

    def kernel(*how):
        return lambda *arrays: not seen.append(vars(state)["torn"])

    monkeypatch.setattr(_engines._compiler(), "kernel", kernel)
    Adam().step(params, grads, state)
    assert seen == [True]
    assert not state.torn
    _engines._compiler.cache_clear()


STEP = "import numpy as n, adamlib as a; w = n.ones(2); a.SGD().step(w, n.ones(2), a.State())"


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(adamlib.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": root, "PATH": ""} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_engine_that_is_none_is_named():
    wrong = run(STEP, ADAMLIB_ENGINE="fast")
    assert "ValueError: ADAMLIB_ENGINE must be numpy or compiled, got 'fast'" in wrong.stderr


def test_a_compiled_engine_without_numba_is_refused_in_words():
    code = f"import sys; sys.modules['numba'] = None\n{STEP}"
    wrong = run(code, ADAMLIB_ENGINE="compiled")
    assert "ModuleNotFoundError: ADAMLIB_ENGINE is compiled, which needs numba" in wrong.stderr


def test_numba_is_imported_at_the_first_step_and_not_before():
    code = "import sys, adamlib; print('numba' in sys.modules)"
    assert run(code).stdout == "False\n"
