"""Compare adamlib with four other libraries over fresh gradients; fail where they part.

`python -m studies.peers.compare` in the environment of requirements.txt. `--seed` repeats a run.
"""

import argparse
import secrets
import sys
from collections import defaultdict
from itertools import chain
from typing import Any

import numpy as np

from studies.peers import calls
from studies.peers.follow import SAME, apart, follow

STEPS = 200


def main() -> None:
    """Compare, and say how far the worst is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    seed = parser.parse_args().seed
    print(f"seed {seed}")
    rng, worst, failed, passed = (
        np.random.default_rng(seed),
        defaultdict[Any, list[float]](list),
        [],
        0,
    )
    for library in calls.CALLS:
        print(library, *(f"{name} {number}" for name, number in calls.versions(library).items()))
        for case in chain(calls.cases(library, rng), calls.falling(library, rng)):
            given = calls.gradients(rng, STEPS, case.dtype)
            difference = apart(follow(case, *given), calls.path(library, case, *given)).max()
            worst[library, case.method, case.dtype].append(difference)
            if difference <= SAME[case.dtype]:  # not so for NaN
                passed += 1
            else:
                call = calls.words(*calls.call(library, case))
                fell = ", a falling rate" * bool(case.falls)
                failed.append(f"{library} {call}{fell}, {case.dtype}: {difference:.2g}")
    print(f"\n{'largest difference in ' + str(STEPS) + ' steps':34} float64  float32  settings")
    for (library, method, dtype), found in worst.items():
        if dtype == "float64":
            other = worst[library, method, "float32"]
            both = f"{max(found):7.1e}  {max(other):7.1e}"
            print(f"{library:14} {method:19} {both}  {len(found)} and {len(other)}")
    print(*failed, sep="\n")
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
