"""What the first cell of a downloaded notebook says where the book is missing."""

import subprocess
import sys
from pathlib import Path

import pytest
from notebooks import guard
from references import ROOT

PLAIN = [{"cell_type": "code", "source": ["from adamlib import Adam\n"]}]
READS = [*PLAIN, {"cell_type": "code", "source": ["from studies import peers\n"]}]
URL = "https://github.com/owner/name"


def last_words(cells: list[dict], folder: Path) -> str:
    """The last line of what the guard prints, in a Python that has nothing but `folder`."""
    result = subprocess.run(
        [sys.executable, "-S", "-c", guard(cells, URL)["source"]],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return (result.stderr.splitlines() or [""])[-1]


@pytest.mark.parametrize(
    ("cells", "files", "missing"),
    [
        (PLAIN, {}, "No module named 'adamlib'. This page reads adamlib of"),
        (PLAIN, {"adamlib.py": ""}, "cannot import name 'ema_weights' from 'adamlib'"),
        (READS, {}, "No module named 'adamlib'. This page reads adamlib and studies"),
        (READS, {"adamlib.py": "ema_weights = 1"}, "No module named 'studies'. This page"),
    ],
)
def test_what_is_missing_is_named(cells, files, missing, tmp_path):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    words = last_words(cells, tmp_path)
    assert words.startswith(f"ModuleNotFoundError: {missing}")
    assert URL in words
    assert "make lab" in words


@pytest.mark.parametrize("cells", [PLAIN, READS])
def test_nothing_is_said_where_the_book_is(cells):
    subprocess.run(
        [sys.executable, "-c", guard(cells, URL)["source"]],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip


def test_a_page_that_reads_no_studies_does_not_ask_for_them(tmp_path):
    (tmp_path / "adamlib.py").write_text("ema_weights = 1")
    assert last_words(PLAIN, tmp_path) == ""
