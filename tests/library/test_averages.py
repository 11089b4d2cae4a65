"""The two ideas, exactly: in rational numbers the claims are equalities, not approximations."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib import bias_correction, ema, ema_weights

decays = st.fractions(0, 1, max_denominator=1000).filter(lambda beta: beta < 1)
rationals = st.fractions(-1000, 1000, max_denominator=100)
gradients = st.lists(rationals, min_size=1, max_size=20)


def follow(start, gs, beta):
    """m_t by the recursion."""
    m = start
    for g in gs:
        m = ema(m, g, beta)
    return m


@given(rationals, rationals, decays)
def test_ema_is_the_printed_formula(previous, x, beta):
    result = ema(previous, x, beta)
    assert result == beta * previous + (1 - beta) * x
    assert isinstance(result, Fraction)


@given(decays, st.integers(0, 60))
def test_weights_sum_to_exactly_one(beta, t):
    weights = ema_weights(beta, t)
    assert weights.shape == (t + 1,)
    assert sum(weights) == 1
    assert all(isinstance(weight, Fraction) and weight >= 0 for weight in weights)


@given(rationals, gradients, decays)
def test_recursion_is_the_weighted_sum_of_the_start_and_all_gradients(start, gs, beta):
    weights = ema_weights(beta, len(gs))
    assert follow(start, gs, beta) == sum(w * x for w, x in zip(weights, [start, *gs], strict=True))


@given(decays, st.integers(1, 40))
def test_weights_are_those_of_the_book(beta, t):
    first, *others = ema_weights(beta, t)
    assert first == beta**t
    for i, weight in enumerate(others, start=1):
        assert weight == (1 - beta) * beta ** (t - i)


def test_weights_of_floats_are_float64():
    weights = ema_weights(0.9, 3)
    assert weights.dtype == np.float64
    np.testing.assert_allclose(weights, [0.729, 0.081, 0.09, 0.1], rtol=1e-14)


def test_the_start_alone_weighs_one_before_any_gradient():
    assert list(ema_weights(0.9, 0)) == [1.0]
    assert list(ema_weights(0.0, 0)) == [1.0]


@given(gradients, decays)
def test_corrected_average_is_a_convex_combination(gs, beta):
    corrected = bias_correction(follow(Fraction(0), gs, beta), beta, len(gs))
    assert min(gs) <= corrected <= max(gs)
    weights = ema_weights(beta, len(gs))[1:] / (1 - beta ** len(gs))
    assert sum(weights) == 1
    assert corrected == sum(w * g for w, g in zip(weights, gs, strict=True))


@given(rationals, decays, st.integers(1, 40))
def test_constant_gradient_is_recovered_exactly(g, beta, t):
    assert bias_correction(follow(Fraction(0), [g] * t, beta), beta, t) == g


@given(rationals, decays, st.integers(1, 40))
def test_without_correction_a_constant_gradient_shrinks_by_the_weight_of_the_start(g, beta, t):
    assert follow(Fraction(0), [g] * t, beta) == (1 - beta**t) * g


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scalar", [float, np.float32, np.float64])
@pytest.mark.parametrize("integer", [int, np.int32, np.int64])
def test_dtype_is_kept_whatever_the_type_of_the_constants(dtype, scalar, integer):
    x = np.array([1, 2], dtype)
    average = ema(np.zeros(2, dtype), x, scalar(0.5))
    corrected = bias_correction(average, scalar(0.5), integer(1))
    assert average.dtype == corrected.dtype == dtype
    assert average.tolist() == [0.5, 1.0]
    assert corrected.tolist() == [1.0, 2.0]


def test_divisor_is_computed_in_double_for_float32():
    # In float32, 1 - beta would already be off by 5e-4 here.
    beta = 1 - 1e-4
    m = np.array([1 - beta], np.float32)
    assert bias_correction(m, np.float64(beta), 1)[0] == pytest.approx(1, rel=2e-7)


def test_a_number_may_stand_beside_an_array():
    x: Any = np.float32([1, 2])
    for start in (0, 0.0, Fraction(0)):
        average = ema(start, x, Fraction(1, 2))
        assert average.dtype == np.float32
        assert average.tolist() == [0.5, 1.0]
    assert bias_correction(x, Fraction(1, 2), 1).dtype == np.float32


def test_integers_stay_exact_among_fractions_however_large():
    assert ema(10**400, 0, Fraction(1, 2)) == Fraction(10**400, 2)
    assert bias_correction(10**400, Fraction(1, 2), 1) == 2 * 10**400


def test_the_correction_ends_at_one():
    assert bias_correction(3.0, 0.9, 2**60 - 1) == 3.0
