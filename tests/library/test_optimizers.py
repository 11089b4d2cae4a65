"""Every optimizer against its definition, and all of them through the same properties."""

import io
import tempfile
from dataclasses import FrozenInstanceError, asdict, fields, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adamlib import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamState,
    AdamW,
    AMSGrad,
    Momentum,
    RMSProp,
)
from studies.definitions import DEFINITIONS


def test_a_thousand_steps_follow_the_definition(method):
    rng = np.random.default_rng(1)
    start = np.array([-0.5, -0.75])  # and the gradients push away from zero
    # The second coordinate is sparse, and small enough for the floors to matter.
    grads = rng.normal(0.2, 1, (1000, 2)) * [1, 1e-4]
    grads[rng.random(1000) < 0.5, 1] = 0
    grads = grads.astype(np.float32)

    hyperparameters = {name: Decimal(value) for name, value in asdict(method).items()}
    decay = hyperparameters.pop("weight_decay", 0) * hyperparameters["learning_rate"]
    expected = np.empty((1000, 2))
    for j in range(2):
        w = Decimal(start[j])
        gs = [Decimal(float(g)) for g in grads[:, j]]
        for t, step in enumerate(DEFINITIONS[type(method)](gs, **hyperparameters)):
            w -= step + decay * w
            expected[t, j] = w

    for dtype, tolerance in [(np.float64, 1e-12), (np.float32, 1e-5)]:
        params = start.astype(dtype)
        state = method.init(params)
        path = np.empty_like(grads, dtype)
        for t, g in enumerate(grads.astype(dtype)):
            params, state = method.update(params, g, state)
            path[t] = params
        np.testing.assert_allclose(path, expected, rtol=tolerance, atol=0)


def test_defaults_are_those_of_the_book():
    assert asdict(SGD()) == {"learning_rate": 1e-2}
    assert asdict(Momentum()) == {"learning_rate": 1e-2, "beta1": 0.9}
    assert asdict(Adagrad()) == {"learning_rate": 1e-2, "eps_root": 1e-8}
    assert asdict(RMSProp()) == {"learning_rate": 1e-3, "beta2": 0.9, "eps_root": 1e-8}
    assert asdict(Adadelta()) == {"learning_rate": 1.0, "beta2": 0.9, "eps_root": 1e-6}
    assert asdict(Adam()) == {
        "learning_rate": 1e-3,
        "beta1": 0.9,
        "beta2": 0.99,
        "eps": 0.0,
        "eps_root": 1e-8,
    }
    assert asdict(AMSGrad()) == asdict(Adam())
    assert asdict(AdamW()) == {**asdict(Adam()), "weight_decay": 1e-2}


# ------------------------------------------------------------------------------------------
# One list of all methods through every property, on drawn arrays, constants and states.

MOMENTS = ("m", "v", "u", "v_max")
LAYOUTS = ["C", "Fortran", "every second", "reversed", "unaligned", "memmap"]


def stored(values, layout):
    """A writable array of these values, laid out in memory in this way."""
    if layout == "Fortran":
        return np.array(values, order="F")
    if layout == "every second":
        return np.stack([values, np.full_like(values, np.nan)], axis=-1)[..., 0]
    if layout == "reversed":
        return np.asarray(np.flip(np.flip(values).copy()))
    if layout == "unaligned":
        buffer = bytearray(values.nbytes + 1)
        result = np.ndarray(values.shape, values.dtype, buffer, offset=1)
    elif layout == "memmap" and values.size:
        with tempfile.TemporaryFile() as file:  # the map outlives it
            result = np.memmap(file, values.dtype, shape=values.shape)
    else:
        result = np.empty(values.shape, values.dtype)
    result[...] = values
    return result


def state_of(method, params, **values):
    """A state of the method's class, with the values it has a field for."""
    state = method.init(params)
    return replace(state, **{f.name: values[f.name] for f in fields(state)})


@st.composite
def arrays_and_state(draw, shapes):
    """Params, grads, and moments in the middle of a run; zeros, tiny and huge values included."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    shape = draw(shapes)
    bits = np.dtype(dtype).itemsize * 8
    largest = float(np.float32(1e15))
    values = st.floats(-largest, largest, width=bits) | st.floats(-1, 1, width=bits)
    params, grads, *moments = (
        draw(hnp.arrays(dtype, shape, elements=values, fill=values)) for _ in range(6)
    )
    for squares in moments[1:]:
        np.abs(squares, out=squares)
    return (
        params,
        grads,
        {**dict(zip(MOMENTS, moments, strict=True)), "t": draw(st.integers(0, 1000))},
    )


def constants(method):
    """Other hyperparameters for the method."""
    floors = st.sampled_from([1e-12, 1e-8, 1e-3, 1.0])
    draws = {
        "learning_rate": st.floats(1e-6, 10),
        "beta1": st.sampled_from([0.0, 0.5, 0.9]) | st.floats(0, 0.9999),
        "beta2": st.sampled_from([0.0, 0.5, 0.999]) | st.floats(0, 0.9999),
        "eps": floors | st.just(0.0),
        "eps_root": floors,
        "weight_decay": st.sampled_from([0.0, 0.01, 1.0]),
    }
    return st.builds(replace, st.just(method), **{f.name: draws[f.name] for f in fields(method)})


any_shape = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
vectors = st.tuples(st.integers(1, 6))


def bits(*arrays):
    """All that can be compared of arrays: shape, dtype, and every bit."""
    return [(a.shape, a.dtype, a.tobytes()) for a in arrays]


def bits_of(params, state):
    return bits(params, *state.arrays.values()), getattr(state, "t", None)


@given(data=st.data())
def test_step_is_update_in_place_whatever_the_memory_layout(method, data):
    method = data.draw(constants(method))
    params, grads, values = data.draw(arrays_and_state(any_shape))
    params, grads = (stored(a, data.draw(st.sampled_from(LAYOUTS))) for a in (params, grads))
    values |= {k: stored(values[k], data.draw(st.sampled_from(LAYOUTS))) for k in MOMENTS}
    state = state_of(method, params, **values)
    arrays = {**state.arrays}
    grads_before = bits(grads)
    with np.errstate(all="ignore"):
        expected = bits_of(*method.update(params, grads, state))
        assert method.step(params, grads, state) is None
    assert bits_of(params, state) == expected
    assert bits(grads) == grads_before
    assert all(state.arrays[name] is array for name, array in arrays.items())


@given(data=st.data())
def test_update_does_not_depend_on_the_memory_layout_and_changes_no_argument(method, data):
    params, grads, values = data.draw(arrays_and_state(any_shape))
    state = state_of(method, params, **values)
    with np.errstate(all="ignore"):
        expected = bits_of(*method.update(params, grads, state))
        layout = data.draw(st.sampled_from(LAYOUTS))
        params, grads = stored(params, layout), stored(grads, layout)
        values |= {k: stored(values[k], layout) for k in MOMENTS}
        state = state_of(method, params, **values)
        before = bits_of(params, state), bits(grads)
        new_params, new_state = method.update(params, grads, state)
    assert bits_of(new_params, new_state) == expected
    assert (bits_of(params, state), bits(grads)) == before
    for new in (new_params, *new_state.arrays.values()):
        assert not isinstance(new, np.memmap)
        assert not any(np.shares_memory(new, a) for a in (params, grads, *state.arrays.values()))


@given(data=st.data())
def test_each_coordinate_is_acted_on_alone(method, data):
    """Permuted, split, folded into a matrix or one by one: the same bits for each coordinate."""
    method = data.draw(constants(method))
    params, grads, values = data.draw(arrays_and_state(vectors))
    n = len(params)
    order = data.draw(st.permutations(range(n)))
    cut = data.draw(st.integers(0, n))
    selections = [
        (np.array(order), np.array(order)),
        (slice(0, cut), slice(0, cut)),
        (slice(cut, n), slice(cut, n)),
        (None, None),
        *((i, i) for i in range(n)),
    ]
    with np.errstate(all="ignore"):
        new_params, new_state = method.update(params, grads, state_of(method, params, **values))
        for there, here in selections:
            part = {k: values[k][there] for k in MOMENTS}
            state = state_of(method, params[there], **part, t=values["t"])
            got = method.update(params[there], grads[there], state)
            state = replace(new_state, **{k: a[here] for k, a in new_state.arrays.items()})
            assert bits_of(*got) == bits_of(new_params[here], state)


def test_a_scalar_is_updated_like_an_array(method):
    # Enough of them: g**2 of a NumPy scalar differs from that of an array for one g in 1,000.
    grads = np.random.default_rng(0).normal(size=3000)
    params, state = np.zeros(3000), method.init(np.zeros(3000))
    expected, expected_state = method.update(params, grads, state)
    start, zero = np.float64(0), method.init(np.float64(0))
    for i, g in enumerate(grads):
        got, state = method.update(start, g, zero)
        assert got == expected[i]
        assert [*state.arrays.values()] == [a[i] for a in expected_state.arrays.values()]


def test_windows_onto_params_and_state_stay_alive(method):
    rng = np.random.default_rng(2)
    params = rng.normal(size=(4, 3))
    state = method.init(params)
    windows = [a[1:3, ::2] for a in (params, *state.arrays.values())]
    expected, expected_state = params, state
    for _ in range(3):
        g = rng.normal(size=params.shape)
        expected, expected_state = method.update(expected, g, expected_state)
        method.step(params, g, state)
    for window, array in zip(windows, (expected, *expected_state.arrays.values()), strict=True):
        assert window.tolist() == array[1:3, ::2].tolist()


def test_step_does_not_touch_what_lies_between_strided_elements(method):
    buffers = {name: np.full(10, np.nan) for name in ("params", *MOMENTS)}
    for buffer in buffers.values():
        buffer[::2] = 1
    views = {name: buffer[::2] for name, buffer in buffers.items()}
    method.step(views["params"], np.ones(5), state_of(method, **views, t=0))
    for buffer in buffers.values():
        assert np.isnan(buffer[1::2]).all()
        assert np.isfinite(buffer[::2]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scalar", [np.float64, np.longdouble])
def test_dtype_is_kept_with_numpy_scalars_as_hyperparameters(method, dtype, scalar):
    numpy_method = type(method)(**{k: scalar(value) for k, value in asdict(method).items()})
    assert numpy_method == method
    assert all(type(value) is float for value in asdict(numpy_method).values())
    params = np.array([1, 2], dtype)
    state = numpy_method.init(params)
    new_params, new_state = numpy_method.update(params, params, state)
    assert {a.dtype for a in (new_params, *new_state.arrays.values())} == {np.dtype(dtype)}
    numpy_method.step(params, new_params, state)
    assert {a.dtype for a in (params, *state.arrays.values())} == {np.dtype(dtype)}


@given(data=st.data())
def test_init_is_zeros_like_the_params(method, data):
    params, _, _ = data.draw(arrays_and_state(any_shape))
    params = stored(params, data.draw(st.sampled_from(LAYOUTS)))
    before = bits(params)
    state = method.init(params)
    assert type(state) is method.state_type
    assert {f.name for f in fields(state)} - {"t"} == state.arrays.keys()
    assert getattr(state, "t", 0) == 0
    assert bits(params) == before
    for array in state.arrays.values():
        assert type(array) is np.ndarray
        assert bits(array) == bits(np.zeros(params.shape, params.dtype))
        assert not np.shares_memory(array, params)
    assert len({id(a) for a in state.arrays.values()}) == len(state.arrays)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (SGD, []),
        (Momentum, ["m"]),
        (Adagrad, ["v"]),
        (RMSProp, ["v"]),
        (Adadelta, ["v", "u"]),
        (Adam, ["m", "v"]),
        (AMSGrad, ["m", "v", "v_max"]),
        (AdamW, ["m", "v"]),
    ],
)
def test_state_arrays_have_the_names_of_the_formulas(make, names):
    assert list(make().init(np.zeros(2)).arrays) == names


def test_hyperparameters_are_frozen_compared_and_replaced(method):
    with pytest.raises(FrozenInstanceError):
        method.learning_rate = 1.0
    other = replace(method, learning_rate=0.25)
    assert (other.learning_rate, type(other)) == (0.25, type(method))
    assert {**asdict(other), "learning_rate": method.learning_rate} == asdict(method)
    assert other != method
    assert replace(other, learning_rate=method.learning_rate) == method
    assert hash(replace(method)) == hash(method)
    assert replace(method, learning_rate=0.0).learning_rate == 0
    with pytest.raises(ValueError, match="learning_rate"):
        replace(method, learning_rate=-1.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_saved_state_resumes_bit_for_bit(method, dtype):
    rng = np.random.default_rng(3)
    grads = rng.normal(size=(10, 5)).astype(dtype)
    params = rng.normal(size=5).astype(dtype)
    state = method.init(params)
    for g in grads[:5]:
        method.step(params, g, state)
    file = io.BytesIO()
    np.savez(file, **asdict(state))
    file.seek(0)
    saved_params, saved_state = params.copy(), type(state)(**np.load(file))
    for g in grads[5:]:
        method.step(params, g, state)
        method.step(saved_params, g, saved_state)
    assert bits_of(saved_params, saved_state) == bits_of(params, state)


def test_a_loaded_count_is_a_plain_int():
    assert type(AdamState(np.zeros(1), np.zeros(1), np.array(3)).t) is int


def test_states_are_compared_by_identity(method):
    # Comparing arrays has no single answer, so == must not try.
    params = np.zeros(2)
    assert method.init(params) != method.init(params)


def test_a_raised_floating_point_error_leaves_all_as_it_was_or_the_step_whole(method):
    params, grads = np.ones(4), np.array([1.0, 1.0, 1.0, 1e308])
    state = method.init(params)
    before = bits_of(params, state)
    with np.errstate(all="ignore"):
        after = bits_of(*method.update(params, grads, state))
    with np.errstate(all="raise"):
        try:
            method.step(params, grads, state)
        except FloatingPointError:
            after = before
    assert bits_of(params, state) == after


# ------------------------------------------------------------------------------------------
# The family: what one method is in terms of another.

moderate = hnp.arrays(np.float64, (6, 4), elements=st.floats(-4, 4), fill=st.floats(-4, 4))


def displacements(method, grads, start=0.0):
    """The path from `start` for these gradients, whatever the params."""
    params = np.full(grads.shape[1:], start)
    state, path = method.init(params), []
    for g in grads:
        params, state = method.update(params, g, state)
        path.append(params)
    return np.array(path)


@given(moderate)
def test_momentum_that_remembers_nothing_is_sgd(grads):
    # + 0.0, as an average may turn -0.0 into 0.0
    momentum = displacements(Momentum(learning_rate=0.1, beta1=0.0), grads) + 0.0
    sgd = displacements(SGD(learning_rate=0.1), grads) + 0.0
    assert bits(momentum) == bits(sgd)


@given(moderate, st.floats(0, 0.99))
def test_heavy_ball_is_momentum_with_a_larger_learning_rate(grads, beta1):
    heavy, w, path = np.zeros(4), np.zeros(4), []
    for g in grads:
        heavy = beta1 * heavy + g
        w = w - 0.1 * heavy
        path.append(w)
    momentum = displacements(Momentum(learning_rate=0.1 / (1 - beta1), beta1=beta1), grads)
    np.testing.assert_allclose(momentum, path, rtol=1e-11, atol=1e-11)


@given(moderate, st.floats(0, 0.99))
def test_adam_without_a_first_moment_is_rmsprop_on_a_corrected_average(grads, beta2):
    adam = displacements(Adam(beta1=0.0, beta2=beta2, eps_root=1e-6), grads)
    params: Any = np.zeros(4)
    state, path = RMSProp().init(params), []
    for t, g in enumerate(grads, start=1):
        # g / sqrt(v / c + e) = sqrt(c) * g / sqrt(v + c * e)
        c = 1 - beta2**t
        rmsprop = RMSProp(learning_rate=1e-3 * np.sqrt(c), beta2=beta2, eps_root=1e-6 * c)
        params, state = rmsprop.update(params, g, state)
        path.append(params)
    np.testing.assert_allclose(adam, path, rtol=1e-11, atol=1e-14)


@given(moderate)
def test_adam_that_remembers_nothing_is_sign_descent(grads):
    grads = np.where(abs(grads) < 1e-100, 0, grads)
    method = Adam(learning_rate=2.0**-10, beta1=0.0, beta2=0.0, eps_root=1e-300)
    assert displacements(method, grads).tolist() == np.cumsum(-np.sign(grads) / 1024, 0).tolist()


@pytest.mark.parametrize(
    "method",
    [make(eps_root=1e-300) for make in (Adagrad, RMSProp, Adam, AMSGrad, AdamW)],
    ids=lambda method: type(method).__name__,
)
@given(grads=moderate, power=st.integers(-60, 60))
def test_scale_of_the_gradients_does_not_matter_with_a_vanishing_floor(method, grads, power):
    grads = np.where(abs(grads) < 1e-100, 0, grads)
    # By a power of two all is scaled without rounding, so not one bit may differ.
    scaled = displacements(method, grads * 2.0**power, start=1.0)
    assert bits(scaled) == bits(displacements(method, grads, start=1.0))


@given(moderate, st.floats(0, 0.999), st.floats(0, 0.999), st.sampled_from([1e-8, 1e-3]))
def test_first_step_of_adam_does_not_depend_on_the_decays(grads, beta1, beta2, eps_root):
    g = grads[:1]
    got = displacements(Adam(beta1=beta1, beta2=beta2, eps_root=eps_root), g)
    np.testing.assert_allclose(got, -1e-3 * g / np.sqrt(g**2 + eps_root), rtol=1e-11, atol=0)


def test_floors_are_added_inside_and_outside_the_root():
    got = displacements(Adam(learning_rate=1.0, eps=1.0, eps_root=16.0), np.array([[3.0]]))
    np.testing.assert_allclose(got, [[-3 / (5 + 1)]], rtol=1e-12)


def test_state_of_adam_holds_the_moments_as_they_are():
    grads = np.random.default_rng(4).normal(size=(20, 3))
    params = np.zeros(3)
    state = Adam().init(params)
    for g in grads:
        Adam().step(params, g, state)
    age = np.arange(20)[::-1, None]
    np.testing.assert_allclose(state.m, (0.1 * 0.9**age * grads).sum(0), rtol=1e-12)
    np.testing.assert_allclose(state.v, (0.01 * 0.99**age * grads**2).sum(0), rtol=1e-12)
    assert state.t == 20


def test_only_methods_with_one_step_size_commute_with_a_rotation(method):
    rng = np.random.default_rng(5)
    grads = rng.normal(size=(8, 2)) * [1, 10]
    c, s = np.cos(0.5), np.sin(0.5)
    rotation = np.array([[c, -s], [s, c]])
    rotated_path = displacements(method, grads) @ rotation.T
    path_of_rotated = displacements(method, grads @ rotation.T)
    commutes = np.allclose(path_of_rotated, rotated_path, rtol=1e-10)
    assert commutes == isinstance(method, SGD | Momentum)


@given(moderate)
def test_adamw_that_does_not_decay_is_adam(grads):
    one, other = (displacements(m, grads, 0.3) for m in (AdamW(weight_decay=0.0), Adam()))
    assert bits(one) == bits(other)


def test_adamw_decays_the_weight_before_the_step_and_by_the_learning_rate():
    method = AdamW(learning_rate=0.1, weight_decay=0.5, eps_root=1e-300)
    got = displacements(method, np.array([[3.0]]), start=2.0)
    np.testing.assert_allclose(got, [[2.0 - 0.1 * 0.5 * 2.0 - 0.1]], rtol=1e-15)


def test_adamw_decays_a_weight_without_gradients_by_a_factor():
    got = displacements(AdamW(learning_rate=0.1, weight_decay=0.5), np.zeros((50, 1)), start=3.0)
    np.testing.assert_allclose(got[:, 0], 3 * 0.95 ** np.arange(1, 51), rtol=1e-13)


def test_adamw_keeps_its_decay_out_of_the_moments():
    grads = np.random.default_rng(7).normal(size=(20, 3))
    states = []
    for method in (Adam(), AdamW(weight_decay=3.0)):
        params = np.full(3, 5.0)
        state = method.init(params)
        for g in grads:
            method.step(params, g, state)
        states.append(bits_of(np.zeros(3), state))
    assert states[0] == states[1]


@given(moderate)
def test_amsgrad_is_adam_while_the_second_moment_grows(grads):
    grads = np.take_along_axis(grads, np.argsort(abs(grads), axis=0), axis=0)
    assert bits(displacements(AMSGrad(), grads)) == bits(displacements(Adam(), grads))


@given(moderate, st.sampled_from([0.0, 0.5, 0.99]))
def test_amsgrad_remembers_the_largest_of_adams_second_moments(grads, beta2):
    amsgrad, adam = AMSGrad(beta2=beta2), Adam(beta2=beta2)
    params: Any = np.zeros(4)
    state: Any = amsgrad.init(params)
    plain, seen = adam.init(params), [params]
    for g in grads:
        before = state.v_max
        _, state = amsgrad.update(params, g, state)
        _, plain = adam.update(params, g, plain)
        seen.append(plain.v)
        assert bits(state.m, state.v) == bits(plain.m, plain.v)
        assert np.array_equal(state.v_max, np.max(seen, axis=0))
        assert np.all(state.v_max >= before)


def test_amsgrad_takes_the_maximum_before_the_correction():
    # After a gradient of 1 the maximum stays at 1 - beta2; what it is divided by grows.
    grads = np.array([[1.0], [0.5], [0.25]])
    got = displacements(AMSGrad(learning_rate=1.0, beta1=0.0, beta2=0.5, eps_root=1e-300), grads)
    sizes = np.sqrt(0.5 / (1 - 0.5 ** np.arange(1, 4)))
    np.testing.assert_allclose(-np.diff(got[:, 0], prepend=0), [1, 0.5, 0.25] / sizes, rtol=1e-12)
    assert np.all(np.diff(sizes) < 0)
