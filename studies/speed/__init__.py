"""What a step costs: adamlib beside other libraries and beside what C can do.

``bench`` measures and wrote speed.csv; ``contenders`` has who takes part, each
in a process of its own; ``check`` holds the table against its goals.

A row of the table is one measurement. `cost` is the CPU time of a step in
microseconds (of kind memory, the bytes that a step allocates), `wall` the time
on the clock, `ratio` the median over the rounds of the cost divided by that of
our compiled step in the same round, `low` and `high` the quartiles.
"""

import csv
from pathlib import Path

TABLE = Path(__file__).with_name("speed.csv")
COLUMNS = "kind", "method", "dtype", "size", "contender", "cost", "wall", "ratio", "low", "high"

Row = dict[str, str]


def read(table: Path = TABLE) -> tuple[dict[str, str], list[Row]]:
    """The machine that the table was measured on, by what is told of it; and the rows."""
    lines = table.read_text("utf-8").splitlines()
    told = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    machine = dict(line.split(": ", 1) for line in told)
    return machine, list(csv.DictReader(line for line in lines if not line.startswith("#")))
