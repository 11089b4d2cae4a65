"""Paths, training and sweeps against loops written out, and what happens when a value is lost."""

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib import (
    MLP,
    SGD,
    Adam,
    AdamState,
    Diverged,
    Momentum,
    batches,
    descend,
    mean_squared_error,
    quadratic,
    replay,
    rosenbrock,
    sweep,
    train,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_path_is_the_loop_of_updates(method, dtype):
    problem = quadratic([[3.0, 1.0], [1.0, 20.0]], [1.0, -2.0])
    start = problem.start.astype(dtype)
    path = descend(method, problem.grad, start, 25)
    assert path.shape == (26, 2)
    assert path.dtype == dtype
    params, state = start, method.init(start)
    assert np.array_equal(path[0], start)
    for t in range(1, 26):
        params, state = method.update(params, problem.grad(params), state)
        assert np.array_equal(path[t], params)


def test_a_path_leaves_its_start_alone_and_keeps_its_shape():
    start = np.ones((2, 3))
    path = descend(Adam(0.1), lambda x: x, start, 4)
    assert path.shape == (5, 2, 3)
    assert np.all(start == 1)
    assert not np.shares_memory(path, start)


def test_no_steps_is_the_start_alone():
    assert descend(SGD(), lambda x: x, np.ones(2), 0).tolist() == [[1.0, 1.0]]


def test_descend_stops_at_the_first_value_that_is_not_finite():
    # Each step multiplies by 1 - 10 = -9.
    problem = quadratic([[10.0]], [1.0])
    with np.errstate(over="ignore"), pytest.raises(Diverged) as caught:
        descend(SGD(1.0), problem.grad, problem.start, 1000)
    # 9**322 is 1.84e307, and its gradient, ten times that, is above the largest number, 1.80e308.
    assert caught.value.step == 323
    assert np.isfinite(caught.value.path).all()
    assert caught.value.path.shape == (323, 1)
    assert np.array_equal(caught.value.params, caught.value.path[-1])
    assert caught.value.path[:4, 0].tolist() == [1.0, -9.0, 81.0, -729.0]
    assert "step 323" in str(caught.value)


def test_a_lost_state_counts_too():
    # The step is still finite when the second moment, g**2, is not.
    with np.errstate(over="ignore"), pytest.raises(Diverged) as caught:
        descend(Adam(), lambda x: np.array([1e200]), np.zeros(1), 3)
    assert caught.value.step == 1
    assert caught.value.state.t == 0
    assert caught.value.path.tolist() == [[0.0]]


def lose_it():
    with np.errstate(all="ignore"):
        descend(Momentum(1.0), lambda x: np.where(x > 0.5, x, np.nan), np.ones(2), 50)


def test_diverged_survives_the_way_back_from_a_process():
    with pytest.raises(Diverged) as local:
        lose_it()
    with ProcessPoolExecutor(1) as pool, pytest.raises(Diverged) as remote:
        pool.submit(lose_it).result()
    assert remote.value.step == local.value.step > 1
    assert str(remote.value) == str(local.value)
    assert np.array_equal(remote.value.params, local.value.params)
    assert np.array_equal(remote.value.state.m, local.value.state.m)
    assert np.array_equal(remote.value.path, local.value.path)


def test_diverged_is_an_arithmetic_error_and_can_be_copied():
    error = pickle.loads(pickle.dumps(Diverged(3, np.ones(2), AdamState(*np.zeros((2, 2)), 2), [])))
    assert issubclass(Diverged, ArithmeticError)
    assert type(error) is Diverged
    assert (error.step, error.state.t) == (3, 2)


def data(n=23, dtype=np.float64):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 4)).astype(dtype), rng.integers(3, size=n)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_train_is_the_loop_of_steps_bit_for_bit(method, dtype):
    model, (x, y) = MLP((4, 5, 3)), data(dtype=dtype)
    run = train(model, method, x, y, epochs=3, batch_size=10, rng=np.random.default_rng(7))

    rng = np.random.default_rng(7)
    params = model.init(rng, dtype)
    state, grads, losses = method.init(params), np.empty_like(params), []
    for _ in range(3):
        order = rng.permutation(23)
        for batch in (order[:10], order[10:20], order[20:]):
            losses.append(model.value_and_grad(params, x[batch], y[batch], grads))
            method.step(params, grads, state)

    assert run.params.dtype == dtype
    assert np.array_equal(run.params, params)
    assert np.array_equal(run.losses, losses)
    assert run.losses.dtype == np.float64
    assert all(np.array_equal(run.state.arrays[k], a) for k, a in state.arrays.items())
    assert getattr(run.state, "t", None) == getattr(state, "t", None)


def test_training_is_a_function_of_its_seed():
    model, (x, y) = MLP((4, 5, 3)), data()
    one, two, three = (
        train(model, Adam(), x, y, epochs=2, batch_size=8, rng=np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one.params, two.params)
    assert np.array_equal(one.losses, two.losses)
    assert not np.array_equal(one.params, three.params)


def test_training_learns_and_leaves_the_data_alone():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 2))
    y = x @ np.array([[1.0], [-2.0]])
    kept = x.copy(), y.copy()
    model = MLP((2, 16, 1), mean_squared_error)
    run = train(model, Adam(1e-2), x, y, epochs=60, batch_size=16, rng=rng)
    assert run.losses[-4:].mean() < 0.01 * run.losses[:4].mean()
    assert np.array_equal(x, kept[0])
    assert np.array_equal(y, kept[1])


def test_train_stops_at_the_batch_that_holds_a_lost_number():
    model, (x, y) = MLP((4, 5, 3)), data()
    settings = {"epochs": 2, "batch_size": 4}
    whole = train(model, Adam(), x, y, **settings, rng=np.random.default_rng(5))
    rng = np.random.default_rng(5)
    model.init(rng)
    x[rng.permutation(23)[9], 2] = np.nan  # in the third batch of four
    with pytest.raises(Diverged) as caught:
        train(model, Adam(), x, y, **settings, rng=np.random.default_rng(5))
    assert caught.value.step == 3
    assert caught.value.state.t == 2
    assert np.isfinite(caught.value.params).all()
    assert np.array_equal(caught.value.path, whole.losses[:2])


@pytest.mark.parametrize(("value", "slope"), [(np.inf, 1.0), (0.0, 1e200)])
def test_train_looks_at_the_loss_and_at_the_state(value, slope):
    # An infinite loss with a finite gradient; a finite step from a square that overflows.
    def lost(outputs, targets):
        return value, np.full_like(outputs, slope)

    settings = {"epochs": 1, "batch_size": 23, "rng": np.random.default_rng(0)}
    with np.errstate(over="ignore"), pytest.raises(Diverged) as caught:
        train(MLP((4, 3), lost), Adam(), *data(), **settings)
    assert caught.value.step == 1
    assert len(caught.value.path) == 0


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 9))
def test_an_epoch_is_a_permutation_cut_into_batches(n, batch_size, seed):
    parts = list(batches(n, batch_size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    assert all(len(part) == batch_size for part in parts[:-1])
    assert 1 <= len(parts[-1]) <= batch_size


def test_each_epoch_has_an_order_of_its_own():
    rng = np.random.default_rng(0)
    one, two = (np.concatenate(list(batches(50, 7, rng))) for _ in range(2))
    assert not np.array_equal(one, two)
    assert not np.array_equal(one, np.arange(50))


def path_length(rate, seed, steps):
    rng = np.random.default_rng(seed)
    problem = rosenbrock()
    path = descend(Adam(rate), lambda x: problem.grad(x) + rng.normal(size=2), problem.start, steps)
    return np.abs(np.diff(path, axis=0)).sum()


def fail_at(number):
    if number:
        raise LookupError(f"number {number}")
    return number


GRID = {"rate": [1e-3, 1e-2], "seed": range(3), "steps": (5, 9)}


def test_a_sweep_calls_each_combination_with_the_last_name_fastest():
    results = sweep(lambda **setting: tuple(setting.values()), GRID)
    assert [tuple(setting.values()) for setting, _ in results] == [value for _, value in results]
    assert [value for _, value in results] == [
        (rate, seed, steps) for rate in (1e-3, 1e-2) for seed in range(3) for steps in (5, 9)
    ]
    assert all(list(setting) == ["rate", "seed", "steps"] for setting, _ in results)


@pytest.mark.parametrize("executor", [ProcessPoolExecutor, ThreadPoolExecutor])
def test_a_sweep_on_an_executor_is_the_serial_one_bit_for_bit(executor):
    serial = sweep(path_length, GRID)
    with executor(2) as pool:
        assert sweep(path_length, GRID, pool) == serial
    assert len({value for _, value in serial}) == 12


def test_an_error_in_a_sweep_passes_through():
    with pytest.raises(LookupError, match="number 2"):
        sweep(fail_at, {"number": [0, 2, 1]})
    with ProcessPoolExecutor(2) as pool, pytest.raises(LookupError, match="number 2"):
        sweep(fail_at, {"number": [0, 2, 1]}, pool)


def test_a_sweep_over_nothing_is_one_call():
    assert sweep(lambda: 5, {}) == [({}, 5)]


@pytest.mark.parametrize("shape", [(7,), (7, 3), (7, 2, 2), (0, 3)])
def test_replay_makes_the_steps_of_the_path_with_these_gradients(method, shape):
    gradients = np.random.default_rng(5).normal(size=shape)
    each = iter(gradients)
    path = descend(method, lambda _: next(each), np.zeros(shape[1:]), len(gradients))
    steps = replay(method, gradients)
    assert steps.shape == shape
    # AdamW decays the weights of a path; those of a replay are 0, so it has nothing to decay.
    kept = 1 - method.learning_rate * getattr(method, "weight_decay", 0)
    np.testing.assert_allclose(steps, kept * path[:-1] - path[1:], rtol=1e-12, atol=1e-15)


def test_replay_goes_on_from_a_state_and_leaves_it_alone(method):
    gradients = np.random.default_rng(6).normal(size=(9, 2)).astype(np.float32)
    state = method.init(np.zeros(2, np.float32))
    for g in gradients[:4]:
        _, state = method.update(np.zeros(2, np.float32), g, state)
    kept = copy.deepcopy(vars(state))
    rest = replay(method, gradients[4:], state)
    assert rest.dtype == np.float32
    assert np.array_equal(rest, replay(method, gradients)[4:])
    for name, value in vars(state).items():
        assert np.array_equal(value, kept[name])


def test_replay_needs_rows():
    with pytest.raises(ValueError, match=r"gradients must have rows, got array\(1\.\)"):
        replay(Adam(), np.array(1.0))


def test_what_overflows_is_told_as_diverged_and_not_as_a_warning():
    # Warnings are errors here, and errors of NumPy's own too.
    problem = rosenbrock()
    x, y = np.full((4, 1), 1e200), np.zeros((4, 1))
    model = MLP((1, 1), mean_squared_error)
    settings = {"epochs": 3, "batch_size": 4, "rng": np.random.default_rng(0)}
    with np.errstate(all="raise"):
        with pytest.raises(Diverged):
            descend(SGD(1.0), problem.grad, problem.start, 50)
        with pytest.raises(Diverged):
            train(model, SGD(1.0), x, y, **settings)


def test_batches_are_checked_when_asked_for_and_not_at_the_first():
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        batches(10, 0, np.random.default_rng(0))


def test_labels_may_be_a_list():
    x, y = data()
    settings = {"epochs": 1, "batch_size": 8}
    one, two = (
        train(MLP((4, 3)), SGD(), x, labels, **settings, rng=np.random.default_rng(0))
        for labels in (y, y.tolist())
    )
    assert np.array_equal(one.params, two.params)
