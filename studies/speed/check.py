"""Hold the table against its goals: `python -m studies.speed.check` fails far below one.

Each goal is a ratio: how many times our cost the best of the others has to be, at least.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from studies.speed import Row, read
from studies.speed.contenders import LIMIT, OURS, PEERS, SETTINGS, TORCH

COMPILED, NUMPY, WRITTEN = OURS
SLACK = 0.8  # what is below this share of a goal fails
MEMORY = 1e6  # bytes that a step may allocate
OTHERS = [method for method in SETTINGS if method != "Adam"]
SIZES = "1000", "10000", "100000", "1000000", "10000000", "layers"


class Goal(NamedTuple):
    """For each of SIZES what the ratio shall be."""

    ours: str
    methods: Iterable[str]
    dtype: str
    others: Iterable[str]
    ratios: tuple[float, ...]


C = (1 / 4, *[1 / 1.05] * 5)
IN_NUMPY = "torch", "torch foreach", "scikit-learn"
GOALS = [
    Goal(COMPILED, ["Adam"], "float32", PEERS, (8, 4.5, 2.5, 1.8, 1.08, 7)),
    Goal(COMPILED, ["Adam"], "float64", PEERS, (7, 3.2, 2.3, 1.5, 1.05, 5)),
    Goal(COMPILED, OTHERS, "float32", [*TORCH, "optax"], (4, 2, 1.3, 1.2, 1)),
    Goal(COMPILED, ["Adam"], "float32", [LIMIT], C),
    Goal(COMPILED, ["Adam"], "float64", [LIMIT], C),
    Goal(NUMPY, ["Adam"], "float32", IN_NUMPY, (1.5, 1.7, 1.1, 1, 2.3, 5)),
    Goal(NUMPY, ["Adam"], "float64", IN_NUMPY, (1.2, 1.1, 1.1, 1.2, 2.2, 2.2)),
    Goal(NUMPY, SETTINGS, "float32", [WRITTEN], (1, 1, 1, 1.5, 2)),
]


class Reached(NamedTuple):
    """A goal at one size, and the ratio there to the best of the others."""

    what: str
    goal: float
    ratio: float


def reached(rows: list[Row]) -> Iterator[Reached]:
    """Each goal of which the table says something."""
    costs = {
        (
            "layers" if row["kind"] == "layers" else row["size"],
            *(row[name] for name in ("method", "dtype", "contender")),
        ): float(row["ratio"])
        for row in rows
        if row["kind"] in ("step", "layers")
    }
    for ours, methods, dtype, others, ratios in GOALS:
        for method in methods:
            for size, goal in zip(SIZES, ratios, strict=False):
                theirs = {
                    name: costs[size, method, dtype, name]
                    for name in others
                    if (size, method, dtype, name) in costs
                }
                if theirs:
                    best = min(theirs, key=lambda name: theirs[name])
                    ratio = theirs[best] / costs[size, method, dtype, ours]
                    yield Reached(f"{method} {dtype} {size}: {best} / {ours}", goal, ratio)
    loops = [r for r in rows if r["kind"] == "train" and r["contender"] in TORCH]
    for row in loops:
        yield Reached(f"train: {row['contender']} / {COMPILED}", 1, float(row["ratio"]))
    for row in rows:
        if row["kind"] == "memory" and row["contender"] in (COMPILED, NUMPY):
            what = f"{row['method']}: bytes allowed / allocated by {row['contender']}"
            yield Reached(what, 1, MEMORY / float(row["cost"]))


def main() -> None:
    """Say what was reached."""
    found = list(reached(read()[1]))
    for what, goal, ratio in found:
        verdict = "" if ratio >= goal else " missed" if ratio >= SLACK * goal else " FAILED"
        print(f"{ratio:8.2f}, goal {goal:5.2f}  {what}{verdict}")
    sys.exit(any(ratio < SLACK * goal for _, goal, ratio in found))


if __name__ == "__main__":
    main()
