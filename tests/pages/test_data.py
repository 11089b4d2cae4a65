"""The digits of the book are the well-known ones, and what was recorded is as it was."""

import hashlib

import numpy as np
import pytest
from references import ROOT
from sklearn.datasets import load_digits as peer_load_digits

from adamlib import load_digits

# What takes too long to make again in a test, or needs what the tests do without.
SUMS = "studies/recorded.sha256"
RECORDED = ["studies/sensitivity.csv", "studies/why.csv"] + [
    f"studies/peers/{path.name}" for path in sorted((ROOT / "studies/peers").glob("*.json"))
]
RENEW = f"""
Not what was recorded. After `make sensitivity`, `make why` or `make golden`, and a look at what
changed,

    sha256sum studies/sensitivity.csv studies/why.csv studies/peers/*.json > {SUMS}
"""


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded_is_as_it_was(name):
    sums = dict(line.split()[::-1] for line in (ROOT / SUMS).read_text("utf-8").splitlines())
    assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == sums.get(name), RENEW


def test_every_fifth_from_the_first_is_held_out_and_all_are_those_of_the_peer():
    peer = peer_load_digits()
    assert len(peer.target) == 1797
    fifth = np.arange(1797) % 5 == 0
    digits = load_digits()
    assert np.array_equal(digits.x_test * 16, peer.data[fifth])
    assert np.array_equal(digits.y_test, peer.target[fifth])
    assert np.array_equal(digits.x_train * 16, peer.data[~fifth])
    assert np.array_equal(digits.y_train, peer.target[~fifth])
