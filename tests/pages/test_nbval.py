"""The regression tests have teeth: each fault, planted in a copy of a page, turns the run red."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from references import ROOT, SANITIZE, code_cells

PAGE = "bias"
NOTEBOOK = Path(f"tests/pages/notebooks/{PAGE}.ipynb")

# A library that forgets the correction, and leaves a mark where a kernel has imported it.
WRONG_LIBRARY = """

def bias_correction(average, beta, t):
    import pathlib, sys
    if "ipykernel.kernelapp" in sys.modules:
        pathlib.Path(__file__).with_name("was-used-by-a-kernel").touch()
    return average
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the page, its reference, the library and the tests of pages."""
    for folder in ("adamlib", "chapters"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / NOTEBOOK.parent).mkdir(parents=True)
    for name in ("pyproject.toml", "_toc.yml", "_config.yml", "index.md"):
        shutil.copy(ROOT / name, tmp_path)
    for path in (*(ROOT / "tests/pages").glob("*.py"), SANITIZE):
        shutil.copy(path, tmp_path / "tests/pages")
    shutil.copy(ROOT / NOTEBOOK, tmp_path / NOTEBOOK)
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Pytest in the copy, whose adamlib comes first for pytest and for its kernel."""
    pytest_has = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-rf", "--color=no", *arguments],
        cwd=project,
        env=pytest_has | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )


def first_failure(result: subprocess.CompletedProcess[str]) -> str:
    """The first test that fails, by the run's own words."""
    assert result.returncode == 1, result.stdout
    return re.search(r"^FAILED (.*?)(?: - .*)?$", result.stdout, re.MULTILINE)[1]


def plant(project: Path, fault) -> str:
    """Change the reference by `fault`, which returns the code cell; the name of its test."""
    path = project / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    cells = code_cells(notebook)
    changed = fault(cells)
    nbformat.write(notebook, path)
    return f"{NOTEBOOK}::Cell {cells.index(changed)}"


def wrong_digit(text: str) -> str:
    return re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)


def figure_of(cell: NotebookNode) -> NotebookNode | None:
    return next((o for o in cell.outputs if "<svg" in o.get("data", {}).get("text/html", "")), None)


def wrong_text(cells: list[NotebookNode]) -> NotebookNode:
    cell = next(c for c in cells if any(o.get("name") == "stdout" for o in c.outputs))
    output = next(o for o in cell.outputs if o.get("name") == "stdout")
    output.text = wrong_digit(output.text)
    return cell


def wrong_summary(cells: list[NotebookNode]) -> NotebookNode:
    cell = next(c for c in cells if figure_of(c))
    data = figure_of(cell).data
    says, first_axes, rest = data["text/plain"].partition("\naxes 1: ")
    data["text/plain"] = says + first_axes + wrong_digit(rest)
    return cell


def other_data_drawn(cells: list[NotebookNode]) -> NotebookNode:
    """One line or bar, an eighth higher, when the figure is shown."""
    cell = next(c for c in cells if figure_of(c))
    figure = re.search(r"^figures\.show\(\s*(\w+)", cell.source, re.MULTILINE)
    higher = f"""\
ax = next(a for a in {figure[1]}.axes if a.lines or a.patches)
if ax.lines:
    ax.lines[0].set_ydata(ax.lines[0].get_ydata() * 1.125)
else:
    ax.patches[0].set_height(ax.patches[0].get_height() * 1.125)
"""
    cell.source = cell.source[: figure.start()] + higher + cell.source[figure.start() :]
    return cell


def missing_field(cells: list[NotebookNode]) -> NotebookNode:
    cell = next(c for c in cells if figure_of(c))
    del figure_of(cell).data["text/html"]
    return cell


def missing_output(cells: list[NotebookNode]) -> NotebookNode:
    cell = next(c for c in cells if c.outputs)
    cell.outputs = []
    return cell


def test_the_untouched_copy_is_green(project):
    result = run(project, "tests/pages/notebooks")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    "fault", [wrong_text, wrong_summary, other_data_drawn, missing_field, missing_output]
)
def test_a_planted_fault_is_red(project, fault):
    name = plant(project, fault)
    assert first_failure(run(project, "tests/pages/notebooks")) == name


def test_a_library_without_bias_correction_is_red(project):
    with (project / "adamlib/averages.py").open("a") as averages:
        averages.write(WRONG_LIBRARY)
    assert first_failure(run(project, "tests/pages/notebooks")).startswith(f"{NOTEBOOK}::Cell ")
    assert (project / "adamlib/was-used-by-a-kernel").exists()


def test_an_edited_page_with_its_old_reference_is_red(project):
    page = project / f"chapters/{PAGE}.md"
    page.write_text(page.read_text("utf-8") + "\nA word more.\n", "utf-8")
    result = run(project, "tests/pages/test_pages.py", "-k", f"test_reference and {PAGE}")
    assert first_failure(result).endswith(f"test_reference[{PAGE}-cells_are_the_pages]")
    assert "make references" in result.stdout


def test_a_reference_that_never_ran_is_red(project):
    """As nbval gets it from a converter; by itself nbval would then compare nothing."""
    notebook = nbformat.read(project / NOTEBOOK, as_version=4)
    for cell in code_cells(notebook):
        cell.update(execution_count=None, outputs=[])
    nbformat.write(notebook, project / NOTEBOOK)
    result = run(project, "tests/pages/test_pages.py", "-k", f"test_reference and {PAGE}")
    assert first_failure(result).endswith(f"test_reference[{PAGE}-every_cell_is_compared]")
