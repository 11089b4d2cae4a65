"""How sensitive is Adam to its constants? Every run behind *The constants*.

``python studies/sensitivity.py`` makes sensitivity.csv again, one row per
optimizer and seed: the loss over all training images after the last step (inf
for a run that diverged), how many of the held-out images are then read right,
and whether the run is stable, that is, whether it ends alike when every pixel
is changed in its last digits. Another machine rounds differently, so it makes
the stable rows again and no others. ``--check 50`` runs 50 rows again and
compares.
"""

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from adamlib import (
    MLP,
    SGD,
    Adam,
    Digits,
    Diverged,
    Momentum,
    Optimizer,
    load_digits,
    softmax_cross_entropy,
    sweep,
    train,
)
from studies.recorded import (
    CONSTANTS,
    Row,
    command,
    optimizer_of,
    read_table,
    write_table,
)

TABLE = Path(__file__).with_suffix(".csv")

EPOCHS, BATCH_SIZE, SEEDS = 25, 64, range(15)
BUDGET = {"epochs": EPOCHS, "batch_size": BATCH_SIZE}
NETWORK = MLP((64, 32, 10))

COARSE = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]
RATES = {
    SGD: COARSE,
    Momentum: COARSE,
    Adam: [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1],
}
BETA1 = [0, 0.7, 0.9, 0.97, 0.99, 0.997]
BETA2 = [0, 0.7, 0.9, 0.97, 0.99, 0.997, 0.999, 0.9997]
FLOORS = [float(f"1e-{k}") for k in range(12, 0, -1)]
DEFAULT, LOW, BEST = 0.001, 0.01, 0.03

PIXEL = 1e-15  # the relative change of a pixel
STABLE = 1e-5  # the most by which it changes the loss of a stable run
TOLERANCE = 1e-3  # the most by which another machine may

COLUMNS = ["method", *CONSTANTS, "seed", "loss", "right", "stable"]


def optimizers() -> list[Optimizer[Any]]:
    """Every optimizer of the study, once, in the order of the table."""
    chosen: list[Optimizer[Any]] = [
        method(rate) for method, rates in RATES.items() for rate in rates
    ]
    for rate in (DEFAULT, LOW, BEST):
        chosen += [Adam(rate, b1, b2) for b1 in BETA1 for b2 in BETA2]
        chosen += [Adam(rate, beta2=0.999, eps=1e-8, eps_root=0.0)]
    for rate in (LOW, BEST):
        chosen += [Adam(rate, eps_root=floor) for floor in FLOORS]
        chosen += [Adam(rate, eps=floor, eps_root=0.0) for floor in FLOORS]
    return list(dict.fromkeys(chosen))


def run(optimizer: Optimizer[Any], seed: int) -> dict[str, str]:
    """A row of the table."""
    loss, right = outcome(optimizer, seed, digits())
    changed = outcome(optimizer, seed, changed_digits())
    stable = right == changed[1] and math.isclose(
        loss, changed[0], rel_tol=STABLE
    )
    return {
        "method": type(optimizer).__name__,
        **{name: f"{value:g}" for name, value in asdict(optimizer).items()},
        "seed": str(seed),
        "loss": f"{loss:.6g}",
        "right": str(right),
        "stable": str(int(stable)),
    }


def outcome(
    optimizer: Optimizer[Any], seed: int, data: Digits
) -> tuple[float, int]:
    """Loss over all training images, and held-out ones read right."""
    x, y, x_held, y_held = data
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):  # some rates are meant to be too large
        try:
            trained = train(NETWORK, optimizer, x, y, rng=rng, **BUDGET)
        except Diverged:
            return math.inf, 0
        loss, _ = softmax_cross_entropy(NETWORK.predict(trained.params, x), y)
        said = NETWORK.predict(trained.params, x_held).argmax(axis=1)
    return loss, int((said == y_held).sum())


@cache
def digits() -> Digits:
    """The data, unpacked once for each process."""
    return load_digits()


@cache
def changed_digits() -> Digits:
    """The data with every pixel changed in its last digits."""
    data = digits()
    signs = np.random.default_rng(1).choice([-1, 1], data.x_train.shape)
    return data._replace(x_train=data.x_train * (1 + PIXEL * signs))


def again(row: Row) -> dict[str, str]:
    """The row as this machine makes it."""
    return run(optimizer_of(row), int(row["seed"]))


def agree(row: Row, other: Row) -> bool:
    """Whether `other` is `row` made again; an unstable one agrees with all."""
    return row["stable"] == "0" or (
        row["right"] == other["right"]
        and math.isclose(
            float(row["loss"]), float(other["loss"]), rel_tol=TOLERANCE
        )
    )


def read() -> list[dict[str, str]]:
    """The rows of the table."""
    return read_table(TABLE)


def write(rows: Sequence[Row]) -> None:
    """Put the table in the place of the old one."""
    write_table(TABLE, COLUMNS, rows)


def make(pool: Executor) -> None:
    """Make the table."""
    grid = {"optimizer": optimizers(), "seed": SEEDS}
    write([row for _, row in sweep(run, grid, pool)])


if __name__ == "__main__":
    runs = len(optimizers()) * len(SEEDS)
    command(__doc__, runs, make, read, again, agree)
