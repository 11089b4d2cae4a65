"""Build the site twice and compare every file of it, byte by byte.

    python tests/site/reproducible.py [target of make ...]

The builds differ in their folder, that of their virtual environment, time of day, time zone and
hash seed. SOURCE_DATE_EPOCH, the date of the book, is the same for both.
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN = 20  # lines of the first difference


def build(folder: Path, targets: list[str], **environment: str) -> Path:
    """Make the targets in a copy of the working tree; return where the site is."""
    # What starts with a point is an environment, a cache, or read by other programs.
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "_build", "conf.py"))
    environment_at(folder / ".venv")
    # Or the kernels would import adamlib from where it is installed, the same for both.
    both = {"VENV": str(folder / ".venv"), "PYTHONPATH": str(folder)}
    variables = {"SOURCE_DATE_EPOCH": "0", **os.environ, **both, **environment}
    command = ["make", "--no-print-directory", *targets]
    print(f"Making {' '.join(targets)} in {folder}: two to four minutes.", flush=True)
    subprocess.run(command, cwd=folder, env=variables, check=True, stdout=subprocess.DEVNULL)
    return folder / "_build/html"


def environment_at(folder: Path) -> None:
    """The virtual environment by another path, which its programs take for its own."""
    shutil.copytree(ROOT / ".venv/bin", folder / "bin", symlinks=True)
    for path in (ROOT / ".venv").iterdir():
        if path.name != "bin":
            (folder / path.name).symlink_to(path)
    old, new = f"#!{ROOT}/.venv/".encode(), f"#!{folder}/".encode()
    for program in (folder / "bin").iterdir():
        if program.is_file() and (text := program.read_bytes()).startswith(old):
            program.write_bytes(text.replace(old, new, 1))


def files(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def faults(one: dict[str, bytes], other: dict[str, bytes]) -> Iterator[str]:
    for name in sorted(one.keys() ^ other.keys()):
        yield f"{name} is in one build alone"
    differing = [name for name in one if name in other and one[name] != other[name]]
    for name in differing:
        yield f"{name} differs"
    if differing:
        name = differing[0]
        yield from first_lines(name, one[name], other[name])


def first_lines(name: str, one: bytes, other: bytes) -> list[str]:
    """The head of a unified diff; long lines are cut after each element and item."""
    old, new = (re.split(r"(?<=[>,\n])", data.decode(errors="replace")) for data in (one, other))
    diff = difflib.unified_diff(old, new, name, name, n=2, lineterm="")
    return [line.rstrip("\n")[:200] for _, line in zip(range(SHOWN), diff, strict=False)]


def main(targets: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        one = files(build(Path(folder) / "one", targets, PYTHONHASHSEED="1", TZ="UTC-14"))
        other = files(build(Path(folder) / "an/other", targets, PYTHONHASHSEED="2", TZ="UTC+11"))
    found = list(faults(one, other))
    print("\n".join(found) or f"two builds, {len(one)} files each, all of them alike")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["book"]))
