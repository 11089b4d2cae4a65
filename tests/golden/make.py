"""Write the golden files: what four other libraries make of the same gradients.

Run in the environment of requirements.txt, with adamlib on the path.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import peers

STEPS = 200
KEPT = (1, 2, 3, 5, 10, 20, 50, 100, 101, 150, 200)
HERE = Path(__file__).parent


def hexes(array):
    """Each number in full, and no zeros at its end."""
    return [[re.sub(r"\.?0*p", "p", float(x).hex()) for x in row] for row in array]


def write(name, what):
    text = json.dumps(what, ensure_ascii=False, separators=(",", ":"))
    lines = re.sub(r'(\{"call"|"near_one"|"dampened"|"conventions"|"\w+":\{"start")', r"\n\1", text)
    (HERE / f"{name}.json").write_text(lines + "\n", "utf-8")


def main():
    rng = np.random.default_rng(20260)
    given = {dtype: peers.gradients(rng, STEPS, dtype) for dtype in ("float64", "float32")}
    write(
        "gradients",
        {d: {"start": hexes([start])[0], "rows": hexes(g)} for d, (start, g) in given.items()},
    )

    def row(library, case):
        call = peers.call(library, case)
        path = peers.run(library, *call, *given[case.dtype])
        return {"call": peers.words(*call), "case": asdict(case), "path": hexes(path[[*KEPT]])}

    for library in peers.CALLS:
        golden = {
            "library": library,
            "versions": peers.versions(library),
            "steps": KEPT,
            "conventions": peers.conventions(library),
            "near_one": row(library, peers.case(library, "Adam", peers.PAPER, "float32")),
            "cases": [row(library, case) for case in peers.cases(library)],
        }
        if library == "PyTorch":
            call = peers.torch.optim.SGD, {"lr": 0.01, "momentum": 0.9, "dampening": 0.9}
            path = peers.run(library, *call, *given["float64"])[[*KEPT]]
            golden["dampened"] = {"call": peers.words(*call), "path": hexes(path)}
        write(library.lower(), golden)


if __name__ == "__main__":
    main()
