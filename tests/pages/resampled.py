"""Recorded runs, made again in a sample."""

import random
import zlib
from types import ModuleType

SAMPLE = 12


def made_otherwise(study: ModuleType) -> list[str]:
    """The rows of a sample that come out otherwise now.

    Other rows whenever the table changes; the same ones until it does.
    """
    seed = zlib.crc32(study.TABLE.read_bytes())
    stable = [row for row in study.read() if row["stable"] == "1"]
    sample = [(row, study.again(row)) for row in random.Random(seed).sample(stable, SAMPLE)]
    return [
        f"sample {seed}: {row} is now {made}" for row, made in sample if not study.agree(row, made)
    ]
