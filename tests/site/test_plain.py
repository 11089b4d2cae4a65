"""Without `site/` and its lines of `_config.yml` the book is a plain Jupyter Book."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from references import ROOT

PROGRAM = Path(sys.executable).with_name("jupyter-book")
LEFT_OUT = shutil.ignore_patterns(".*", "_build", "conf.py", "__pycache__", "tests")


def test_the_book_builds_without_its_site_and_without_a_warning(tmp_path):
    book = tmp_path / "book"
    book.mkdir()
    for path in ROOT.iterdir():
        if path.name in {"adamlib", "chapters", "studies"}:
            shutil.copytree(path, book / path.name, ignore=LEFT_OUT)
        elif path.suffix in {".md", ".yml", ".toml"}:
            shutil.copy(path, book)
    config = book / "_config.yml"
    text, times = re.subn(
        r"(?ms)^ *# site/ begins\b.*?^ *# site/ ends\.\n", "", config.read_text("utf-8")
    )
    assert times == 2
    config.write_text(text, "utf-8")
    run = subprocess.run(
        [PROGRAM, "build", ".", "-W", "-n", "--keep-going"],
        cwd=book, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    page = (book / "_build/html/chapters/bias.html").read_text("utf-8")
    assert "sphinx-book-theme" in page
    assert "math notranslate" in page
