"""Tables of recorded runs: made by several processes, written whole, checked.

What takes too long for a test is run once and kept. A study has a function
that makes its rows, one that makes a row again, and one that says whether two
rows agree; `command` is the rest of it.
"""

import argparse
import csv
import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import adamlib
from adamlib import Optimizer, sweep

CONSTANTS = ["learning_rate", "beta1", "beta2", "eps", "eps_root"]

Row = Mapping[str, str]


def optimizer_of(row: Row) -> Optimizer[Any]:
    """The optimizer whose constants the row has."""
    constants = {name: float(row[name]) for name in CONSTANTS if row.get(name)}
    made: Optimizer[Any] = getattr(adamlib, row["method"])(**constants)
    return made


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of the table."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_table(
    path: Path, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Put the table in the place of the old one, whole or not at all."""
    half = path.with_suffix(".csv.part")
    with half.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    half.replace(path)


class Watched(ProcessPoolExecutor):
    """Processes that move a bar forward with every call that is done."""

    def __init__(self, bar: Any, workers: int | None) -> None:
        # One thread each; a process that is spawned reads this, a fork not.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        super().__init__(workers, mp_context=get_context("spawn"))
        self.bar = bar

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """As any executor's."""
        future = super().submit(*args, **kwargs)
        future.add_done_callback(lambda _: self.bar.update())
        return future


def command(
    about: str | None,
    total: int,
    make: Callable[[Executor], None],
    read: Callable[[], list[dict[str, str]]],
    again: Callable[[Row], Row],
    agree: Callable[[Row, Row], bool],
) -> None:
    """Make the table of `total` rows, or check some of its rows."""
    from tqdm import tqdm  # here alone, so that the tests do without

    options = argparse.ArgumentParser(description=about)
    options.add_argument("--workers", type=int, help="how many processes")
    options.add_argument(
        "--check", type=int, metavar="N", help="run N rows again, and compare"
    )
    options.add_argument(
        "--seed", type=int, default=0, help="which N rows (0)"
    )
    chosen = options.parse_args()

    if chosen.check is None:
        with tqdm(total=total) as bar, Watched(bar, chosen.workers) as pool:
            make(pool)
        return

    rows = random.Random(chosen.seed).sample(read(), chosen.check)
    with tqdm(total=len(rows)) as bar, Watched(bar, chosen.workers) as pool:
        made = [new for _, new in sweep(again, {"row": rows}, pool)]
    differ = [
        f"{old}\n{new}"
        for old, new in zip(rows, made, strict=True)
        if not agree(old, new)
    ]
    print(f"{len(differ)} of {len(rows)} rows differ")
    sys.exit("\n".join(differ) or 0)
