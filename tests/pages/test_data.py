"""The digits of the book are the well-known ones."""

import numpy as np
from sklearn.datasets import load_digits as peer_load_digits

from adamlib import load_digits


def test_every_fifth_from_the_first_is_held_out_and_all_are_those_of_the_peer():
    peer = peer_load_digits()
    assert len(peer.target) == 1797
    fifth = np.arange(1797) % 5 == 0
    digits = load_digits()
    assert np.array_equal(digits.x_test * 16, peer.data[fifth])
    assert np.array_equal(digits.y_test, peer.target[fifth])
    assert np.array_equal(digits.x_train * 16, peer.data[~fifth])
    assert np.array_equal(digits.y_train, peer.target[~fifth])
