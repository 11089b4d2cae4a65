"""A page opened as a notebook, changed and saved differs in nothing but the change.

Each way is what a tool does with a page. What it adds to a notebook is added here too.
"""

import difflib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from jupytext import TextFileContentsManager
from jupytext.cli import jupytext
from references import source, toc

COMMENT = "# A comment."
JUPYTEXT = {  # kept of the header, beside what a page says; and of a cell what the book reads
    "cell_metadata_filter": "mystnb,tags,-all",
    "notebook_metadata_filter": "description,question,language_info.name,"
    "language_info.pygments_lexer,-jupytext.text_representation.format_version,-jupytext.text_representation.jupytext_version,-kernelspec",
    "text_representation": {"extension": ".md", "format_name": "myst"},
}
KERNEL = {"display_name": ".venv (Python 3.13.1)", "language": "python", "name": "adam"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}  # JupyterLab finds a kernel by it
ADDED_TO_A_NOTEBOOK = {
    "kernelspec": KERNEL,
    "language_info": LANGUAGE | {"nbconvert_exporter": "python", "version": "3.13.1"},
    "toc-showtags": False,
    "vscode": {"interpreter": {"hash": "0"}},
    "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
}
ADDED_TO_A_CELL = {
    "collapsed": True,
    "editable": True,
    "execution": {"iopub.execute_input": "2026-01-01T00:00:00Z"},
    "jupyter": {"outputs_hidden": True},
    "scrolled": True,
    "slideshow": {"slide_type": ""},
    "trusted": True,
    "vscode": {"languageId": "python"},
}


def change(notebook: dict) -> None:
    """A comment in the last cell with code, or else the last one; and what front ends add."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    cell = (code or notebook["cells"])[-1]
    cell["source"] = f"{COMMENT}\n{''.join(cell['source'])}"
    notebook["metadata"] |= ADDED_TO_A_NOTEBOOK
    for cell in notebook["cells"]:
        cell["metadata"] |= ADDED_TO_A_CELL
    for cell in code:
        cell |= {"execution_count": 1, "outputs": []}


def in_jupyterlab(page: Path) -> None:
    """What its server does."""
    manager = TextFileContentsManager(root_dir=str(page.parent))
    model = json.loads(json.dumps(manager.get(page.name, type="notebook"), default=str))
    change(model["content"])
    manager.save({"type": "notebook", "content": model["content"]}, page.name)


def in_vs_code(page: Path) -> None:
    """What its extension does, in a folder of its own, where no setting of a project holds."""
    elsewhere = page.parent / "elsewhere/page.ipynb"
    elsewhere.parent.mkdir()
    jupytext(["--quiet", "--to", "ipynb", "--output", str(elsewhere), str(page)])
    change_file(elsewhere)
    jupytext(["--quiet", "--to", "md:myst", "--output", str(page), str(elsewhere)])


def by_update(page: Path) -> None:
    notebook = page.with_suffix(".ipynb")
    jupytext(["--quiet", "--to", "ipynb", str(page)])
    change_file(notebook)
    jupytext(["--quiet", "--to", "ipynb", "--update", str(page)])  # keeps what was added
    change_file(notebook)
    jupytext(["--quiet", "--to", "md:myst", str(notebook)])


def by_sync(page: Path) -> None:
    (page.parent / "jupytext.toml").write_text('formats = "ipynb,md:myst"\n')
    jupytext(["--quiet", "--sync", str(page)])
    change_file(page.with_suffix(".ipynb"))
    jupytext(["--quiet", "--sync", str(page.with_suffix(".ipynb"))])


def change_file(notebook: Path) -> None:
    content = json.loads(notebook.read_text("utf-8"))
    change(content)
    notebook.write_text(json.dumps(content), "utf-8")


@pytest.mark.parametrize("way", [in_jupyterlab, in_vs_code, by_update, by_sync])
@pytest.mark.parametrize("page", toc())
def test_a_saved_page_differs_in_the_change_alone(
    page: str, way: Callable[[Path], None], tmp_path: Path
) -> None:
    before = source(page).read_text("utf-8")
    copy = tmp_path / f"{page}.md"
    copy.write_text(before, "utf-8")
    way(copy)
    lines = (text.splitlines() for text in (before, copy.read_text("utf-8")))
    differences = [line for line in difflib.ndiff(*lines) if line[0] in "+-"]
    assert differences == [f"+ {COMMENT}"], (
        f"{page} is not in the form that Jupytext writes; CONTRIBUTING, A page, has what writes it"
    )


@pytest.mark.parametrize("page", toc())
def test_a_header_is_whole_and_holds_nothing_else(page: str) -> None:
    header = yaml.safe_load(source(page).read_text("utf-8").split("---\n")[1])
    description = header.pop("description", "")
    assert 0 < len(description) <= 170, f"the description of {page}: {description!r}"
    assert header.pop("question", "?").endswith("?")
    assert header == {"jupytext": JUPYTEXT, "language_info": LANGUAGE}, f"the header of {page}"
