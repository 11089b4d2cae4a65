"""Measure: `python -m studies.speed.bench` in the environment of ../peers/requirements.txt.

Each contender is a process, with one thread. In each round all make their steps of a case, in
random order. With `--full` every size is measured, and speed.csv is written.
"""

import argparse
import csv
import json
import os
import platform
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

from studies.speed import COLUMNS, TABLE, Row
from studies.speed.contenders import LIMIT, NETWORK, OURS, PEERS, SETTINGS, TORCH, Case

ROOT = Path(__file__).parents[2]
ROUNDS, LEAST = 9, 10_000.0  # microseconds of steps that a round takes at least
TOLD = "Model name", "CPU family", "Model", "CPU(s)", "L1d cache", "L2 cache", "L3 cache"
TOLD = "Model name", "CPU family", "Model", "CPU(s)", "L1d cache", "L2 cache", "L3 cache"
PACKAGES = "numpy", "numba", "torch", "jax", "optax", "keras", "scikit-learn"


class Worker:
    """A contender's process."""

    def __init__(self, name: str) -> None:
        self.name = name
        threads = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        engine = "compiled" if name == OURS[0] else "numpy"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "studies.speed.contenders", name],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=kept | dict.fromkeys(threads, "1") | {"ADAMLIB_ENGINE": engine},
        )  # fmt: skip

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()

    def ask(self, case: Case, steps: int) -> tuple[float, float] | None:
        """The cost of one of so many steps; None where there is no such contender."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([*case, steps]), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended while it measured {case}")
        found: tuple[float, float] | None = json.loads(answer)
        return found


def cases(full: bool) -> Iterator[Case]:
    """All that is measured."""
    sizes = [10**k for k in ((3, 4, 5, 6, 7) if full else (3, 5, 6))]
    yield Case("train", "Adam", "float32", NETWORK.layout.size)
    for dtype in ("float32", "float64"):
        yield from (Case("step", "Adam", dtype, size) for size in sizes)
        yield Case("layers", "Adam", dtype, 416_000)
    yield from (Case("cold", "Adam", "float32", size) for size in sizes[-3:])
    yield Case("zero", "Adam", "float32", 10**5)
    for method in SETTINGS:
        yield Case("memory", method, "float32", 10**6)
        if method != "Adam":
            yield from (Case("step", method, "float32", n) for n in (sizes if full else [10**5]))


def taking(case: Case) -> tuple[str, ...]:
    """Who is asked: of memory ours, as tracemalloc sees no other; of other methods the nearest."""
    if case.kind == "memory":
        return OURS
    return (*OURS, *TORCH, "optax") if case.method != "Adam" else (*OURS, LIMIT, *PEERS)


def measure(workers: Sequence[Worker], case: Case, rounds: int = ROUNDS) -> list[Row]:
    """A row for each contender that knows the case; the first is what others are compared to."""
    least = 20 * LEAST if case.kind == "train" else LEAST
    steps: dict[Worker, int] = {}
    for worker in workers:
        if worker.ask(case, 3) and (warm := worker.ask(case, 3)):
            steps[worker] = 20 if case.kind == "train" else 1 + int(least / max(warm[0], 1))
    costs: dict[Worker, list[tuple[float, float]]] = {worker: [] for worker in steps}
    for _ in range(1 if case.kind == "memory" else rounds):
        for worker in random.sample([*steps], len(steps)):
            cost = worker.ask(case, steps[worker])
            assert cost
            costs[worker].append(cost)
    ours = np.array(costs[workers[0]])[:, 0]
    rows = []
    for worker, found in costs.items():
        cpu, wall = np.array(found).T
        low, ratio, high = np.quantile(cpu / np.maximum(ours, 1e-9), (0.25, 0.5, 0.75))
        numbers = median(cpu), median(wall), ratio, low, high
        values = *map(str, case), worker.name, *(f"{number:.4g}" for number in numbers)
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def machine() -> dict[str, str]:
    """What the numbers depend on."""
    said = subprocess.run(["lscpu"], capture_output=True, text=True, check=False).stdout
    lines = (line.split(":", 1) for line in said.splitlines() if ":" in line)
    told = {name.strip(): value.strip() for name, value in lines if name.strip() in TOLD}
    versions = [f"{name} {version(name)}" for name in PACKAGES]
    return told | {"versions": ", ".join([f"Python {platform.python_version()}", *versions])}


def write(told: dict[str, str], rows: list[Row], table: Path = TABLE) -> None:
    """The table, below what is told of the machine."""
    with table.open("w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {name}: {value}\n" for name, value in told.items())
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def load() -> str:
    """The load averages of 1, 5 and 15 minutes; where there are any."""
    return " ".join(f"{average:.2f}" for average in os.getloadavg())


def main() -> None:
    """Measure, print, and with --full write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    told, rows = machine() | {"load before": load()}, []
    workers = [Worker(name) for name in (*OURS, LIMIT, *PEERS)]
    print(*COLUMNS)
    try:
        for case in cases(full):
            found = measure([worker for worker in workers if worker.name in taking(case)], case)
            print(*(" ".join(row.values()) for row in found), sep="\n", flush=True)
            rows += found
    finally:
        for worker in workers:
            worker.close()
    told["load after"] = load()
    print(*(f"{name}: {value}" for name, value in told.items()), sep="\n")
    if full:
        write(told, rows)


if __name__ == "__main__":
    main()
