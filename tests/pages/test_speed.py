"""The study behind *The speed of a step*: its table is whole, and its core measures."""

from collections import Counter

import numpy as np
import pytest

import adamlib
from studies import speed
from studies.speed import bench, check
from studies.speed.contenders import LIMIT, OURS, PAPER, PEERS, SETTINGS, Case, contender, data

MACHINE, ROWS = speed.read()


def test_the_table_has_every_case_and_ours_in_each():
    assert list(ROWS[0]) == list(speed.COLUMNS)
    found = [tuple(row[name] for name in speed.COLUMNS[:5]) for row in ROWS]
    assert max(Counter(found).values()) == 1
    names = {case: {row[4] for row in found if row[:4] == case} for case in {r[:4] for r in found}}
    assert set(names) == {tuple(map(str, case)) for case in bench.cases(full=True)}
    for case, taking in names.items():
        assert taking >= {*OURS}, case
        if case[:2] == ("step", "Adam"):
            assert taking >= {*OURS, LIMIT, *PEERS}, case


def test_its_numbers_are_possible():
    for row in ROWS:
        cost, wall, ratio, low, high = (float(row[name]) for name in speed.COLUMNS[5:])
        assert cost > 0, row
        assert 0 < low <= ratio <= high, row
        assert (wall > 0) == (row["kind"] != "memory"), row
        assert ratio == 1 or row["contender"] != OURS[0], row
    assert {"Model name", "versions", "load before", "load after"} <= set(MACHINE)


def test_every_goal_is_asked_of_the_table():
    goals = sum(len([*methods]) * len(ratios) for _, methods, _, _, ratios in check.GOALS)
    assert len(list(check.reached(ROWS))) == goals + 3 + 2 * len(SETTINGS)


def test_a_contender_that_gains_makes_a_goal_fail():
    """A peer at half of our cost, a step that allocates."""
    worse = [dict(row) for row in ROWS]
    for row in worse:
        if row["contender"] == "optax" and row["kind"] == "step":
            row["ratio"] = "0.5"
        if row["kind"] == "memory":
            row["cost"] = "4e6"
    failed = {r.what for r in check.reached(worse) if r.ratio < check.SLACK * r.goal}
    assert "Adam float64 10000: optax / compiled" in failed
    assert "AMSGrad: bytes allowed / allocated by NumPy" in failed


@pytest.fixture(scope="module")
def workers():
    started = [bench.Worker(name) for name in OURS[:2]]
    yield started
    for worker in started:
        worker.close()


@pytest.mark.parametrize("kind", ["step", "cold", "layers", "zero", "memory"])
def test_a_small_run_measures(workers, kind, monkeypatch):
    monkeypatch.setattr(bench, "LEAST", 100)
    rows = bench.measure(workers, Case(kind, "Adam", "float32", 1000), rounds=3)
    assert [row["contender"] for row in rows] == list(OURS[:2])
    for row in rows:
        assert float(row["cost"]) > 0
        assert 0 < float(row["low"]) <= float(row["ratio"]) <= float(row["high"])
    assert rows[0]["ratio"] == "1"


def test_what_a_contender_does_not_have_has_no_row(workers):
    assert contender(LIMIT, Case("step", "SGD", "float32", 10)) is None
    assert contender("optax", Case("train", "Adam", "float32", 0)) is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_limit_makes_the_steps_of_adam(dtype, monkeypatch):
    """Or else it would be the limit of something else."""
    case = Case("step", "Adam", dtype, 1003)
    (params,), (grads,) = data(case, 1)
    monkeypatch.setattr("studies.speed.contenders.data", lambda *_: ([params], [grads]))
    optimizer, expected = adamlib.Adam(**PAPER), params.copy()
    state = optimizer.init(params)
    advance = contender(LIMIT, case)
    if advance is None:
        pytest.skip("no C compiler, so nothing to compare with adamlib's steps")
    for steps in (1, 3, 20):
        advance(steps)
        for _ in range(steps):
            optimizer.step(expected, grads, state)
        assert np.array_equal(params, expected)
