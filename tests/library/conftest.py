"""Hypothesis without surprises, and each method in turn."""

import pytest
from hypothesis import settings
from methods import METHODS

# The same examples on every run and machine, and no deadline on a busy one.
settings.register_profile("adamlib", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("adamlib")


@pytest.fixture(scope="session", params=METHODS.values(), ids=METHODS.keys())
def method(request):
    """Each optimizer in turn: a property of one is a property of all."""
    make, hyperparameters = request.param
    return make(**hyperparameters)
