"""Write the golden files: what four other libraries make of the same gradients.

`python -m studies.peers.record` in the environment of requirements.txt.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studies.peers import calls

STEPS = 200
KEPT = (1, 2, 3, 5, 10, 20, 50, 100, 101, 150, 200)
HERE = Path(__file__).parent


def hexes(array: Any) -> list[list[str]]:
    """Each number in full, and no zeros at its end."""
    return [[re.sub(r"\.?0*p", "p", float(x).hex()) for x in row] for row in array]


def write(name: str, what: dict[str, Any]) -> None:
    """Put one file in its place, a row to a line."""
    text = json.dumps(what, ensure_ascii=False, separators=(",", ":"))
    lines = re.sub(
        r'(\{"call"|"falling"|"near_one"|"dampened"|"conventions"|"\w+":\{"start")', r"\n\1", text
    )
    (HERE / f"{name}.json").write_text(lines + "\n", "utf-8")


def main() -> None:
    """Draw the gradients, and record every case."""
    rng = np.random.default_rng(20260)
    given = {dtype: calls.gradients(rng, STEPS, dtype) for dtype in ("float64", "float32")}
    write(
        "gradients",
        {d: {"start": hexes([start])[0], "rows": hexes(g)} for d, (start, g) in given.items()},
    )

    def row(library: str, case: Any) -> dict[str, Any]:
        call = calls.call(library, case)
        path = calls.path(library, case, *given[case.dtype])
        told = asdict(case)
        if not case.falls:  # a constant rate goes without saying
            del told["falls"], told["rate_inside"]
        return {"call": calls.words(*call), "case": told, "path": hexes(path[[*KEPT]])}

    for library in calls.CALLS:
        golden = {
            "library": library,
            "versions": calls.versions(library),
            "steps": KEPT,
            "conventions": calls.conventions(library),
            "falling": [row(library, case) for case in calls.falling(library)],
            "near_one": row(library, calls.case(library, "Adam", calls.PAPER, "float32")),
            "cases": [row(library, case) for case in calls.cases(library)],
        }
        if library == "PyTorch":
            call = torch.optim.SGD, {"lr": 0.01, "momentum": 0.9, "dampening": 0.9}
            path = calls.run(library, *call, *given["float64"])[[*KEPT]]
            golden["dampened"] = {"call": calls.words(*call), "path": hexes(path)}
        write(library.lower(), golden)


if __name__ == "__main__":
    main()
