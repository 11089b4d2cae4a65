"""The functions to descend: values from their formulas, gradients from the values."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib import noisy, quadratic, rosenbrock

HESSIAN = [[10.0, 1.0, 0.0], [1.0, 2.0, -0.5], [0.0, -0.5, 1.0]]
PROBLEMS = {
    "quadratic": quadratic(HESSIAN, [1.0, -2.0, 3.0]),
    "ravine": quadratic([[1.0, 0.0], [0.0, 100.0]], [-1.0, 0.5]),
    "one coordinate": quadratic([[4.0]], [2.0]),
    "rosenbrock": rosenbrock(),
}
each_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS.keys())


def points(problem, count=20):
    rng = np.random.default_rng(0)
    return np.vstack([problem.start, rng.normal(size=(count, len(problem.start)))])


@each_problem
def test_gradient_against_central_differences(problem):
    h = 1e-5
    for x in points(problem):
        steps = h * np.eye(len(x))
        slopes = (problem.value(x + steps) - problem.value(x - steps)) / (2 * h)
        np.testing.assert_allclose(problem.grad(x), slopes, rtol=1e-6, atol=1e-6)


@each_problem
def test_the_minimum_is_one(problem):
    assert problem.value(problem.minimum) == 0
    assert not problem.grad(problem.minimum).any()
    assert np.all(problem.value(points(problem)) > 0)
    assert problem.start.shape == problem.minimum.shape


@each_problem
def test_values_of_a_grid_are_the_values_of_its_points(problem):
    n = len(problem.start)
    grid = np.random.default_rng(1).normal(size=(3, 4, n))
    values = problem.value(grid)
    assert values.shape == (3, 4)
    assert np.shape(problem.value(problem.start)) == ()
    one_by_one = [[problem.value(point) for point in row] for row in grid]
    np.testing.assert_allclose(values, one_by_one, rtol=1e-13)


def test_the_quadratic_is_half_the_form():
    problem = PROBLEMS["quadratic"]
    for x in points(problem):
        expected = sum(x[i] * HESSIAN[i][j] * x[j] for i in range(3) for j in range(3)) / 2
        assert problem.value(x) == pytest.approx(expected, rel=1e-12)


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_rosenbrock_is_its_formula(x, y):
    expected = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    assert rosenbrock().value(np.array([x, y])) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_rosenbrock_starts_where_its_author_did():
    problem = rosenbrock()
    assert problem.start.tolist() == [-1.2, 1.0]
    assert problem.minimum.tolist() == [1.0, 1.0]
    assert problem.value(problem.start) == pytest.approx(24.2)


def test_a_problem_keeps_what_it_was_given():
    hessian, start = np.array([[2.0]]), np.array([1.0])
    problem = quadratic(hessian, start)
    hessian[:], start[:] = 5.0, 9.0
    assert problem.start.tolist() == [1.0]
    assert problem.grad(problem.start).tolist() == [2.0]


def test_noise_has_mean_zero_and_the_given_deviation_independently():
    problem = quadratic([[1.0, 0.0], [0.0, 3.0]], [1.0, 2.0])
    sigma, count = 0.5, 20_000
    shaky = noisy(problem, sigma, np.random.default_rng(0))
    x = np.array([1.0, -1.0])
    noise = np.array([shaky.grad(x) for _ in range(count)]) - problem.grad(x)
    # Five standard errors of a mean, of a deviation, and of a correlation.
    assert np.all(np.abs(noise.mean(axis=0)) < 5 * sigma / np.sqrt(count))
    assert np.all(np.abs(noise.std(axis=0) - sigma) < 5 * sigma / np.sqrt(2 * count))
    assert abs(np.corrcoef(noise.T)[0, 1]) < 5 / np.sqrt(count)
    within = np.mean(np.abs(noise) < sigma)
    assert abs(within - 0.6827) < 5 * np.sqrt(0.6827 * 0.3173 / (2 * count))


def test_noise_leaves_the_problem_alone():
    problem = rosenbrock()
    before = problem.grad(problem.start)
    shaky = noisy(problem, 1.0, np.random.default_rng(0))
    assert not np.array_equal(shaky.grad(problem.start), before)
    assert np.array_equal(problem.grad(problem.start), before)
    assert shaky.value is problem.value
    assert np.array_equal(shaky.start, problem.start)
    assert np.array_equal(shaky.minimum, problem.minimum)


def test_no_noise_is_the_problem_itself():
    problem = rosenbrock()
    exact = noisy(problem, 0.0, np.random.default_rng(0))
    assert np.array_equal(exact.grad(problem.start), problem.grad(problem.start))


def test_noise_is_a_function_of_its_generator():
    one, two = (noisy(rosenbrock(), 1.0, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one.grad(one.start), two.grad(two.start))


@each_problem
def test_float32_stays_float32(problem):
    x = problem.start.astype(np.float32)
    assert problem.grad(x).dtype == np.float32
    assert noisy(problem, 1.0, np.random.default_rng(0)).grad(x).dtype == np.float32
    np.testing.assert_allclose(problem.grad(x), problem.grad(problem.start), rtol=1e-6)


@each_problem
@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_problem_survives_a_copy_and_the_way_to_a_process(problem, again):
    shaky = noisy(problem, 0.5, np.random.default_rng(0))
    x = problem.start
    for original in (problem, shaky):
        twin = again(original)
        assert twin.value(x) == original.value(x)
        assert np.array_equal(twin.grad(x), original.grad(x))
        assert np.array_equal(twin.minimum, original.minimum)
        assert not twin.start.flags.writeable


@each_problem
def test_the_start_and_the_minimum_cannot_be_changed(problem):
    for point in (problem.start, problem.minimum):
        with pytest.raises(ValueError, match="read-only"):
            point[0] = 7.0


def test_a_matrix_symmetric_up_to_rounding_is_taken_as_symmetric():
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    hessian = turn @ np.diag([1.0, 5.0, 25.0, 100.0, 1e4]) @ turn.T
    hessian[0, 1] = np.nextafter(hessian[1, 0], np.inf)
    problem = quadratic(hessian, np.ones(5))
    columns = np.array([problem.grad(e) for e in np.eye(5)])
    assert np.array_equal(columns, columns.T)
    np.testing.assert_allclose(columns, hessian, rtol=1e-12)


def test_the_largest_matrix_does_not_overflow():
    assert quadratic([[1.5e308]], [1.0]).grad(np.ones(1)).tolist() == [1.5e308]
