"""Each method in turn."""

import pytest
from methods import METHODS


@pytest.fixture(scope="session", params=METHODS.values(), ids=METHODS.keys())
def method(request):
    """Each optimizer in turn: a property of one is a property of all."""
    make, hyperparameters = request.param
    return make(**hyperparameters)
