"""What depends on what: pages on adamlib and studies, studies on adamlib, nothing on tests."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from references import ROOT, code_cells, read, source, toc

TOP = {
    *("README.md", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE"),
    *("Makefile", "pyproject.toml", "requirements.lock"),
    *("_config.yml", "_toc.yml", "index.md", "chapters", "adamlib", "studies", "site", "tests"),
    *(".binder", ".ci", ".github", ".gitignore"),
}
OURS = {"adamlib", "studies", "site", "tests"}
MAY_IMPORT = {"adamlib": {"adamlib"}, "studies": {"adamlib", "studies"}, "site": set()}
PAGES_MAY = {"adamlib", "studies"}


def tracked() -> list[Path]:
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for name in files.stdout.splitlines() if (path := ROOT / name).is_file()]


FILES = tracked()


def modules_in(folder: str) -> list[Path]:
    return [path for path in FILES if path.suffix == ".py" and path.is_relative_to(ROOT / folder)]


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def folders(names: Iterator[str]) -> set[str]:
    """Which of our folders the imported names are in; a module of the tests counts as tests."""
    found = {name.partition(".")[0] for name in names}
    tests = {path.stem for path in modules_in("tests")}
    return (found & OURS) | ({"tests"} if found & tests else set())


def test_the_top_of_the_tree_is_what_the_house_says():
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == TOP


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_it_may(folder):
    for path in modules_in(folder):
        found = folders(imported(ast.parse(path.read_text("utf-8"))))
        assert found <= MAY_IMPORT[folder], path


@pytest.mark.parametrize("page", toc())
def test_a_page_reads_only_the_library_and_the_studies(page):
    text = source(page).read_text("utf-8")
    for cell in code_cells(read(text)):
        assert folders(imported(ast.parse(cell.source))) <= PAGES_MAY
    for line in text.splitlines():
        if "literalinclude}" in line:
            assert line.split()[-1].split("/")[1] in PAGES_MAY, line


def test_the_library_does_not_draw():
    """Only adamlib.figures needs matplotlib, and nothing else in adamlib needs it."""
    for path in modules_in("adamlib"):
        if "figures" not in path.parts:
            names = set(imported(ast.parse(path.read_text("utf-8"))))
            assert not {n for n in names if n.startswith(("matplotlib", "adamlib.figures"))}, path


def test_no_two_modules_have_one_name():
    names = Counter(path.stem for path in FILES if path.suffix == ".py" and path.stem[0] != "_")
    assert [name for name, count in names.items() if count > 1 and name != "conftest"] == []


def test_dependabot_knows_every_lock_file():
    """It renews those of npm, and says in a comment what renews the others."""
    text = (ROOT / ".github/dependabot.yml").read_text("utf-8")
    npm = {
        update["directory"].strip("/")
        for update in yaml.safe_load(text)["updates"]
        if update["package-ecosystem"] == "npm"
    }
    comments = " ".join(line for line in text.splitlines() if line.startswith("#")).split()
    names = [path.relative_to(ROOT) for path in FILES]
    assert npm == {str(name.parent) for name in names if name.name == "package-lock.json"}
    locks = [name for name in names if name.suffix == ".lock" or "requirements" in name.name]
    assert locks
    assert not [str(name) for name in locks if str(name) not in comments]


def imports(code: str) -> subprocess.CompletedProcess[str]:
    """Python runs the code with our library first, and says whether it went well."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_library_loads_nothing_that_draws():
    run = imports("import adamlib, sys; print(*sys.modules)")
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "adamlib" in loaded
    assert loaded.isdisjoint({"matplotlib", "IPython"})


@pytest.mark.parametrize("missing", ["matplotlib", "IPython"])
def test_figures_say_what_they_need(missing):
    run = imports(f"import sys; sys.modules[{missing!r}] = None; import adamlib.figures")
    assert run.returncode == 1
    last = run.stderr.splitlines()[-1]
    assert f"ModuleNotFoundError: adamlib.figures needs {missing}" in last
    assert 'in the book\'s folder, pip install ".[figures]"' in last
