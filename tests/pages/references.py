"""Execute the pages into tests/pages/notebooks, which `make test` runs again and compares.

    python tests/pages/references.py [page ...]

Text outputs and execution counts are kept, images are not. A page that fails keeps its old
reference, and the exit status says so.
"""

import re
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import jupytext
import nbformat
import yaml
from jupyter_client import KernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager
from nbval.plugin import get_sanitize_patterns

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "tests/pages/notebooks"
SANITIZE = ROOT / "tests/pages/nbval_sanitize.cfg"


def toc() -> dict[str, str]:
    """The pages in reading order, and the caption of the part that each is in."""
    book = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    parts = [{"caption": "", "chapters": [{"file": book["root"]}]}, *book["parts"]]
    return {Path(c["file"]).name: part["caption"] for part in parts for c in part["chapters"]}


def source(page: str) -> Path:
    return ROOT / ("index.md" if page == "index" else f"chapters/{page}.md")


def reference(page: str) -> Path:
    return NOTEBOOKS / f"{page}.ipynb"


def read(text: str) -> NotebookNode:
    """The cells of a page."""
    return jupytext.reads(text, fmt="md:myst")


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute(notebook: NotebookNode) -> NotebookNode:
    """Run the cells where nbval will: in this environment's kernel, beside the references."""
    kernel = KernelManager(
        kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager()
    )
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    client = NotebookClient(notebook, kernel, resources=where, timeout=60, coalesce_streams=True)
    try:
        return client.execute()
    finally:
        kernel.shutdown_kernel(now=True)


def tidy(notebook: NotebookNode) -> NotebookNode:
    """What nbval compares, and nothing that changes from run to run.

    Cell metadata goes too, where a tag could tell nbval to look away. Format 4.4 has no cell ids.
    """
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = NotebookNode(kernelspec=python, language_info={"name": "python"})
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.pop("id", None)
        cell.metadata = NotebookNode()
        for output in cell.get("outputs", []):
            _tidy_output(output)
    return notebook


def _tidy_output(output: NotebookNode) -> None:
    if "text" in output:
        output.text = _sanitized(output.text)
    if "data" in output:
        output.metadata = NotebookNode()
        for image in {"image/png", "image/jpeg"} & output.data.keys():  # nbval ignores these two
            del output.data[image]
        output.data.update({mime: _sanitized(value) for mime, value in output.data.items()})


def _sanitized(value: object) -> object:
    if isinstance(value, str):
        for pattern, replacement in get_sanitize_patterns(SANITIZE.read_text("utf-8")):
            value = re.sub(pattern, replacement, value)
    return value


def _update(page: str) -> str:
    """Write the reference of a page that has code; return what went wrong, or nothing."""
    try:
        notebook = tidy(execute(read(source(page).read_text("utf-8"))))
        reference(page).write_text(nbformat.writes(notebook), "utf-8", newline="\n")
    except Exception:
        return traceback.format_exc()
    return ""


def _with_code() -> Iterator[str]:
    for page in toc():
        if code_cells(read(source(page).read_text("utf-8"))):
            yield page


def main(chosen: list[str]) -> int:
    """Execute the `chosen` pages, or all; return how many failed."""
    pages = list(_with_code())
    if unknown := set(chosen) - set(pages):
        sys.exit(f"no page with code: {', '.join(sorted(unknown))}; there are {', '.join(pages)}")
    NOTEBOOKS.mkdir(exist_ok=True)
    for stale in NOTEBOOKS.glob("*.ipynb"):
        if stale.stem not in pages:
            stale.unlink()
            print(f"{stale.stem}: removed, no such page with code")
    failed = 0
    todo = chosen or pages
    print(f"Running {len(todo)} pages, two at a time; all of them take about a minute.", flush=True)
    with ProcessPoolExecutor(max_workers=2) as executor:
        for page, error in zip(todo, executor.map(_update, todo), strict=True):
            failed += bool(error)
            print(f"{page}: {'failed, its old reference stays' if error else 'done'}", flush=True)
            print(error, end="", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
