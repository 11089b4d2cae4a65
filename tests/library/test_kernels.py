"""Adam's blocked step: the formula's very bits, whatever the block, and no large temporaries."""

import tracemalloc
import warnings

import numpy as np
import pytest

from adamlib import Adam, AdamState, _kernels

PAPER = {"beta2": 0.999, "eps": 1e-8, "eps_root": 0.0}


def problem(size, dtype=np.float64, t=3):
    """Params, grads and a state in the middle of a run."""
    rng = np.random.default_rng(0)
    w, g, m, r = rng.normal(size=(4, size)).astype(dtype)
    return w, g, AdamState(m, r * r, t)


def assert_step_is_update(adam, params, grads, state):
    expected, expected_state = adam.update(params, grads, state)
    adam.step(params, grads, state)
    assert params.tobytes() == expected.tobytes()
    assert state.m.tobytes() == expected_state.m.tobytes()
    assert state.v.tobytes() == expected_state.v.tobytes()
    assert state.t == expected_state.t


@pytest.mark.parametrize("constants", [{}, PAPER], ids=["note", "paper"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("blocks", "more"), [(0, 0), (0, 1), (1, -1), (1, 0), (1, 1), (2, 3)])
def test_same_bits_as_the_formula_across_block_boundaries(constants, dtype, blocks, more):
    size = blocks * _kernels.BLOCK_BYTES // np.dtype(dtype).itemsize + more
    assert_step_is_update(Adam(**constants), *problem(size, dtype))


@pytest.mark.parametrize("block_bytes", [8, 24, 64, 800, 10**6])
def test_result_does_not_depend_on_the_block(monkeypatch, block_bytes):
    monkeypatch.setattr(_kernels, "BLOCK_BYTES", block_bytes)
    assert_step_is_update(Adam(), *problem(101))


def peak_memory_of_a_step(params, grads, state):
    """The bytes that a step has allocated at the most, beyond its arguments."""
    adam = Adam()
    adam.step(params, grads, state)
    tracemalloc.start()
    try:
        adam.step(params, grads, state)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "reorder", [np.asarray, np.asfortranarray], ids=["C order", "Fortran order"]
)
def test_a_step_allocates_two_blocks_and_no_more(reorder):
    params, grads, state = problem(10**6)
    params, grads, m, v = (
        reorder(a.reshape(1000, 1000)) for a in (params, grads, state.m, state.v)
    )
    peak = peak_memory_of_a_step(params, grads, AdamState(m, v))
    assert peak < 2 * _kernels.BLOCK_BYTES + 16 * 1024


def test_a_small_step_allocates_little():
    assert peak_memory_of_a_step(*problem(10)) < 16 * 1024


def overflowing(dtype=np.float64):
    """The gradient overflows in the second block, when the first has been written."""
    size = 2 * _kernels.BLOCK_BYTES // np.dtype(dtype).itemsize
    params, grads, state = problem(size, dtype)
    grads[-1] = np.finfo(dtype).max
    return params, grads, state


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_error_state_that_raises_leaves_no_half_made_step(dtype):
    adam, (params, grads, state) = Adam(), overflowing(dtype)
    with np.errstate(all="ignore"):
        expected, expected_state = adam.update(params, grads, state)
    with np.errstate(all="raise"):
        adam.step(params, grads, state)
    assert params.tobytes() == expected.tobytes()
    assert state.v.tobytes() == expected_state.v.tobytes()
    assert state.t == expected_state.t == 4
    assert np.isinf(state.v[-1])


def test_warnings_as_errors_leave_no_half_made_step():
    adam, (params, grads, state) = Adam(), overflowing()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        adam.step(params, grads, state)
    assert state.t == 4
    assert np.isinf(state.v[-1])
