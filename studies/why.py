"""Who learns the rare words? Every run behind *Why does everyone use Adam?*

``python studies/why.py`` makes why.csv again, one row per optimizer, batch
size and seed: what is left of the loss after the last step, over all words
and for seven groups of words. The first seeds choose each method's rate, from
as many as any other's; the others measure that rate alone. A row is stable if
a start changed in its last digits ends alike. ``--check 50`` runs 50 rows
again and compares.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from adamlib import SGD, Adam, Momentum, Optimizer, sweep
from adamlib._checks import Array
from studies.recorded import (
    CONSTANTS,
    Row,
    command,
    optimizer_of,
    read_table,
    write_table,
)

TABLE = Path(__file__).with_suffix(".csv")

WORDS, STEPS = 127, 300
BATCHES = ["16", "256", "4096", "exact"]
CHOOSING, MEASURING = range(4), range(4, 14)

LARGE = [2.0**power for power in range(2, 12)]
SMALL = [2.0**power for power in range(-7, 3)]
METHODS: dict[str, list[Optimizer[Any]]] = {
    "SGD": [SGD(rate) for rate in LARGE],
    "Momentum": [Momentum(rate) for rate in LARGE],
    "Adam, paper": [Adam.paper(rate) for rate in SMALL],
    "Adam, note": [Adam(rate) for rate in SMALL],
}

START = 1e-15  # the change of a weight
STABLE = 1e-5  # the most by which it changes a loss of a stable run
TOLERANCE = 1e-3  # the most by which another machine may
TINY = 1e-10  # a loss as small as this is none

# Words 1, 2 to 3, 4 to 7, ..., 64 to 127: each about as much of the text.
GROUPS = {f"from {2**i}": slice(2**i - 1, 2 ** (i + 1) - 1) for i in range(7)}
LOSSES = ["all", *GROUPS]
COLUMNS = ["method", *CONSTANTS, "batch", "seed", *LOSSES, "stable"]

FREQUENCIES = 1 / np.arange(1, WORDS + 1)
FREQUENCIES /= FREQUENCIES.sum()


def language(rng: np.random.Generator) -> Array:
    """The share of each pair of words in a text.

    Rows are the first word, columns the next; both have the frequencies.
    """
    pairs = np.exp(1.5 * rng.normal(size=(WORDS, WORDS)))
    for _ in range(200):
        pairs *= FREQUENCIES / pairs.sum(axis=0)
        pairs *= (FREQUENCIES / pairs.sum(axis=1))[:, None]
    return pairs


def log_softmax(w: Array) -> Array:
    """The logarithms of the model's probabilities, row by row."""
    w = w - w.max(axis=1, keepdims=True)
    logs: Array = w - np.log(np.exp(w).sum(axis=1, keepdims=True))
    return logs


def gradient(w: Array, pairs: Array) -> Array:
    """The gradient of the mean loss on a text with these shares of pairs."""
    first: Array = pairs.sum(axis=1, keepdims=True)
    return first * np.exp(log_softmax(w)) - pairs


def excess(w: Array, pairs: Array) -> Array:
    """How far each word's loss is above the lowest possible, in nats."""
    p = pairs / pairs.sum(axis=1, keepdims=True)
    left: Array = (p * (np.log(p) - log_softmax(w))).sum(axis=1)
    return left


def by_group(losses: Array) -> Array:
    """The mean over all words and over those of each group, by frequency."""
    return np.array(
        [
            np.average(losses[words], weights=FREQUENCIES[words])
            for words in (slice(None), *GROUPS.values())
        ]
    )


def outcome(
    optimizer: Optimizer[Any], batch: str, seed: int, start: float = 0.0
) -> Array:
    """What is left of the losses after the last step."""
    rng = np.random.default_rng(seed)
    pairs = seen = language(rng)
    shares = np.cumsum(pairs)
    w = np.full_like(pairs, start)
    w[:, ::2] *= -1
    state = optimizer.init(w)
    for _ in range(STEPS):
        if batch != "exact":
            drawn = rng.random(int(batch)) * shares[-1]
            found = np.searchsorted(shares, drawn, side="right")
            count = np.bincount(found, minlength=WORDS**2)
            seen = count.reshape(WORDS, WORDS) / int(batch)
        optimizer.step(w, gradient(w, seen), state)
    return by_group(excess(w, pairs))


def run(optimizer: Optimizer[Any], batch: str, seed: int) -> dict[str, str]:
    """A row of the table."""
    losses = outcome(optimizer, batch, seed)
    changed = outcome(optimizer, batch, seed, START)
    return {
        "method": type(optimizer).__name__,
        **{name: f"{value:g}" for name, value in asdict(optimizer).items()},
        "batch": batch,
        "seed": str(seed),
        **{k: f"{x:.5g}" for k, x in zip(LOSSES, losses, strict=True)},
        "stable": str(int(near(losses, changed, STABLE))),
    }


def near(some: Sequence[float] | Array, others: Any, tolerance: float) -> bool:
    """Whether the losses are the same, up to the tolerance."""
    return all(
        math.isclose(a, b, rel_tol=tolerance, abs_tol=TINY)
        for a, b in zip(some, others, strict=True)
    )


def again(row: Row) -> dict[str, str]:
    """The row as this machine makes it."""
    return run(optimizer_of(row), row["batch"], int(row["seed"]))


def agree(row: Row, other: Row) -> bool:
    """Whether `other` is `row` made again; an unstable one agrees with all."""
    some, others = ([float(r[name]) for name in LOSSES] for r in (row, other))
    return row["stable"] == "0" or near(some, others, TOLERANCE)


def chosen(rows: Sequence[Row]) -> dict[tuple[str, str], Optimizer[Any]]:
    """Of each method, for each batch size, the one of the lowest median."""
    losses: dict[tuple[Optimizer[Any], str], list[float]] = {}
    for row in rows:
        if int(row["seed"]) in CHOOSING:
            key = optimizer_of(row), row["batch"]
            losses.setdefault(key, []).append(float(row["all"]))
    median: Mapping[Any, float] = {
        key: statistics.median(found) for key, found in losses.items()
    }
    return {
        (name, batch): min(method, key=lambda one: median[one, batch])
        for name, method in METHODS.items()
        for batch in BATCHES
    }


def read() -> list[dict[str, str]]:
    """The rows of the table."""
    return read_table(TABLE)


def make(pool: Executor) -> None:
    """Make the table: every rate, then the chosen ones."""
    every = [one for method in METHODS.values() for one in method]
    grid: dict[str, Sequence[Any]]
    grid = {"optimizer": every, "batch": BATCHES, "seed": CHOOSING}
    rows = [row for _, row in sweep(run, grid, pool)]
    for (_, batch), one in chosen(rows).items():
        grid = {"optimizer": [one], "batch": [batch], "seed": MEASURING}
        rows += [row for _, row in sweep(run, grid, pool)]
    write_table(TABLE, COLUMNS, rows)


if __name__ == "__main__":
    rates = len(CHOOSING) * sum(map(len, METHODS.values()))
    total = len(BATCHES) * (rates + len(MEASURING) * len(METHODS))
    command(__doc__, total, make, read, again, agree)
