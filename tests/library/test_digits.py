"""The digits inside the package are split the same way everywhere."""

import numpy as np
import pytest

from adamlib import load_digits


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_counts_shapes_types_and_range(dtype):
    digits = load_digits(dtype)
    assert digits.x_train.shape == (1437, 64)
    assert digits.x_test.shape == (360, 64)
    assert digits.y_train.shape == (1437,)
    assert digits.y_test.shape == (360,)
    assert digits.x_train.dtype == digits.x_test.dtype == dtype
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64
    for x in (digits.x_train, digits.x_test):
        assert x.min() == 0
        assert x.max() == 1
        assert np.array_equal(x * 16, np.round(x * 16))
    for y in (digits.y_train, digits.y_test):
        assert np.unique(y).tolist() == list(range(10))


def test_float64_is_the_default_and_each_call_gives_arrays_of_its_own():
    one, two = load_digits(), load_digits()
    assert one.x_train.dtype == np.float64
    one.x_train[:] = 7.0
    assert two.x_train.max() == 1


def test_no_image_is_in_both_parts():
    digits = load_digits()
    train = {row.tobytes() for row in digits.x_train}
    assert not train & {row.tobytes() for row in digits.x_test}


def test_both_parts_hold_each_digit_about_as_often():
    digits = load_digits()
    for y in (digits.y_train, digits.y_test):
        share = np.bincount(y) / len(y)
        assert np.all((share > 0.07) & (share < 0.14))
