"""Windows onto one vector: they share its memory, in order, and cover it once."""

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adamlib import Layout

shape = st.lists(st.integers(1, 4), max_size=3).map(tuple)
shapes = st.dictionaries(st.text(min_size=1, max_size=3), shape, min_size=1, max_size=5)


@given(shapes, st.sampled_from([np.float32, np.float64]))
def test_the_windows_tile_the_vector_in_the_order_of_the_shapes(shapes, dtype):
    layout = Layout(shapes)
    assert layout.size == sum(math.prod(shape) for shape in shapes.values())
    vector = np.arange(layout.size, dtype=dtype)
    views = layout.views(vector)
    assert list(views) == list(shapes) == list(layout.shapes)
    assert {name: view.shape for name, view in views.items()} == shapes
    # C order inside each, one after the other: laid end to end they are the vector.
    assert np.array_equal(np.concatenate([view.ravel() for view in views.values()]), vector)
    assert all(view.dtype == dtype for view in views.values())


@given(shapes)
def test_a_window_is_no_copy(shapes):
    layout = Layout(shapes)
    vector = np.zeros(layout.size)
    views = layout.views(vector)
    for number, view in enumerate(views.values(), start=1):
        assert np.shares_memory(view, vector)
        view[...] = number
    assert np.all(vector > 0)
    vector[:] = -1.0
    assert all(np.all(view == -1.0) for view in views.values())


def test_a_strided_vector_still_has_windows_for_what_can_be_one():
    memory = np.zeros(12)
    layout = Layout({"a": (4,), "b": (2, 1)})
    layout.views(memory[::2])["b"][...] = 5.0
    assert memory.tolist() == [0.0] * 8 + [5.0, 0.0, 5.0, 0.0]


def test_the_shapes_are_a_copy_that_cannot_be_changed():
    given_shapes: dict[str, tuple[int, ...]] = {"W": (2, 3)}
    layout = Layout(given_shapes)
    given_shapes["b"] = (3,)
    assert dict(layout.shapes) == {"W": (2, 3)}
    with pytest.raises(TypeError):
        layout.shapes["b"] = (3,)


def test_the_example_of_the_docstring_and_what_it_prints():
    layout = Layout({"W1": (64, 32), "b1": (32,)})
    assert layout.size == 2080
    assert repr(layout) == "Layout({'W1': (64, 32), 'b1': (32,)})"
    assert eval(repr(layout)).shapes == layout.shapes


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_layout_survives_a_copy_and_the_way_to_a_process(again):
    layout = Layout({"W1": (64, 32), "b1": (32,)})
    twin = again(layout)
    assert twin.shapes == layout.shapes
    assert twin.size == layout.size
    assert twin.views(np.arange(2080.0))["b1"][0] == 2048


def test_lengths_are_integers_whatever_they_came_as():
    shape: Any = np.int32(2), np.array(3)
    layout = Layout({"W": shape})
    assert repr(layout) == "Layout({'W': (2, 3)})"
