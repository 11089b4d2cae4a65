"""What the Makefile does about environments and failed builds, on a folder of stand-ins."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from references import ROOT

ANEW = "-m venv --clear .venv"
AGAIN = "--no-deps --no-build-isolation --editable ."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose environment is set up, with programs that only succeed."""
    book = tmp_path / "a book"
    (book / ".venv/bin").mkdir(parents=True)
    (book / ".venv/bin/python").symlink_to(sys.executable)
    program(book / ".venv/bin/jupyter-book", "mkdir -p _build/.doctrees")
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, book)
    version = subprocess.run([sys.executable, "-V"], capture_output=True, text=True, check=True)
    (book / ".venv/installed").write_text(f"{book.resolve()}\n{version.stdout}", "utf-8")
    (book / "site/node_modules").mkdir(parents=True)
    for name in ("site/package-lock.json", ".venv/ready", "site/node_modules/.package-lock.json"):
        (book / name).touch()
    return book


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make without the variables of a make that runs the tests."""
    mine = ("MAKE", "MFLAGS", "VENV", "PYTHON")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


def outdate(path: Path) -> None:
    os.utime(path, (0, 0))


def test_an_environment_is_set_up_once(folder):
    words = make(folder, "-n", "notebooks").stdout
    assert "pytest" in words
    assert ANEW not in words
    assert AGAIN not in words


def test_a_renamed_folder_sets_up_its_own(folder):
    words = make(folder.rename(folder.with_name("renamed")), "-n", "notebooks").stdout
    assert ANEW in words


def test_another_python_sets_up_anew(folder):
    installed = folder / ".venv/installed"
    installed.write_text(installed.read_text("utf-8").replace("Python 3", "Python 2"), "utf-8")
    assert ANEW in make(folder, "-n", "notebooks").stdout


def test_a_new_version_installs_the_library_alone(folder):
    outdate(folder / ".venv/ready")
    words = make(folder, "-n", "notebooks").stdout
    assert AGAIN in words
    assert ANEW not in words


def test_the_folder_behind_a_link_is_not_emptied(folder):
    others = folder.with_name("others")
    (folder / ".venv").rename(others)
    (folder / ".venv").symlink_to(others)
    outdate(others / "installed")
    result = make(folder, "notebooks")
    assert result.returncode == 2
    assert result.stderr.startswith(".venv is a link")
    assert (others / "bin/jupyter-book").exists()


def test_an_environment_that_is_named_is_used_as_it_is(folder):
    outdate(folder / ".venv/installed")
    assert ANEW not in make(folder, "-n", "notebooks", "VENV=.venv").stdout


def test_after_a_failed_build_every_page_is_read_again(folder):
    read = folder / "_build/.doctrees/page"
    assert make(folder, "book").returncode == 0
    read.touch()
    assert make(folder, "book").returncode == 0
    assert read.exists()
    program(folder / ".venv/bin/jupyter-book", "exit 1")
    assert make(folder, "book").returncode == 2
    program(folder / ".venv/bin/jupyter-book", f"test ! -e '{read}'")
    assert make(folder, "book").returncode == 0
