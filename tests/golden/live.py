"""Compare adamlib with four other libraries over fresh gradients; fail where they part.

Run in the environment of requirements.txt, with adamlib on the path. `--seed` repeats a run.
"""

import argparse
import secrets
import sys
from collections import defaultdict

import numpy as np
import peers
from follow import SAME, apart, follow

STEPS = 200


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    seed = parser.parse_args().seed
    print(f"seed {seed}")
    rng, worst, failed, passed = np.random.default_rng(seed), defaultdict(list), [], 0
    for library in peers.CALLS:
        print(library, *(f"{name} {number}" for name, number in peers.versions(library).items()))
        for case in peers.cases(library, rng):
            given = peers.gradients(rng, STEPS, case.dtype)
            difference = apart(follow(case, *given), peers.path(library, case, *given)).max()
            worst[library, case.method, case.dtype].append(difference)
            if difference <= SAME[case.dtype]:  # not so for NaN
                passed += 1
            else:
                call = peers.words(*peers.call(library, case))
                failed.append(f"{library} {call}, {case.dtype}: {difference:.2g}")
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
