"""Without `site/` and its lines of `_config.yml` the book is a plain Jupyter Book."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import read_myst_markdown_notebook
from references import NOTEBOOKS, ROOT, code_cells, source

PROGRAM = Path(sys.executable).with_name("jupyter-book")
LEFT_OUT = shutil.ignore_patterns(".*", "_build", "conf.py", "__pycache__", "tests")


def keep_outputs(cache: Path) -> None:
    """The references' outputs, which other tests compare with those of the pages' cells."""
    kept = get_cache(cache)
    for path in NOTEBOOKS.glob("*.ipynb"):
        page = source(path.stem)
        notebook = read_myst_markdown_notebook(page.read_text("utf-8"))
        ran = code_cells(nbformat.read(path, as_version=4))
        for cell, reference in zip(code_cells(notebook), ran, strict=True):
            cell.outputs, cell.execution_count = reference.outputs, reference.execution_count
        kept.cache_notebook_bundle(CacheBundleIn(notebook, str(page)), check_validity=False)


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
    config.write_text(text.replace("notebooks: force", "notebooks: cache"), "utf-8")
    keep_outputs(book / "_build/.jupyter_cache")
    run = subprocess.run(
        [PROGRAM, "build", ".", "-W", "-n", "--keep-going"],
        cwd=book, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    page = (book / "_build/html/chapters/bias.html").read_text("utf-8")
    assert "sphinx-book-theme" in page
    assert "math notranslate" in page
