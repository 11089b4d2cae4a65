"""How a page shows its code: what a summary says, and which cells are folded."""

from unittest.mock import ANY

import cells
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document
from sphinx_exercise.nodes import solution_node  # type: ignore[import-untyped]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("assert a < 1", "✓ checked a < 1"),
        ("for a in b:\n    assert f(\n        a)\nassert c", "✓ checked f( a), c"),
        ("assert a\nassert a", "✓ checked a"),
        (f"assert {'a' * 50}\nassert {'b' * 50}", f"✓ checked {'a' * 50} and 1 more"),
        (f"assert {'a' * 99}\nassert b", f"✓ checked {'a' * 71}… and 1 more"),
        ("import a\nb, (c, *d) = e = 1\nb = f[0] = 2", "Show the code: b, c, d, e"),
        ("a = [b for b in c]\nd += 1", "Show the code: a, d"),
        ("def a(b):\n    c = b\nclass D:\n    e = 1", "Show the code: a, D"),
        ("with a:\n    b = 1", "Show the code: b"),
        ("f(a)", "Show the code"),
    ],
)
def test_a_summary_says_what_code_checks_or_defines(code, said):
    assert BeautifulSoup(cells.summary(code), "html.parser").get_text() == said


def cell(code, *, prints=False, tags=""):
    source = nodes.container("", nodes.literal_block(code, code), nb_element="cell_code_source")
    output = [nodes.container(nb_element="cell_code_output")] * prints
    classes = ["cell", *tags.split()]
    return nodes.container("", source, *output, nb_element="cell_code", classes=classes)


@pytest.mark.parametrize(
    ("folded", "made"),
    [
        (True, cell("a = 1")),
        (False, cell("a = 1", tags="tag_show-input")),
        (False, cell("\n" * cells.LONG, prints=True)),
        (True, cell("a\n" * (cells.LONG + 1), prints=True)),
        (False, solution_node("", cell("a = 1"))),
        (False, nodes.container("", nodes.paragraph(), nb_element="cell_code")),
    ],
)
def test_cells_are_folded_by_what_they_do(folded, made):
    document = new_document("")
    document += made
    before = document.astext()
    cells.fold(ANY, document, "")
    assert bool(list(document.findall(cells.Fold))) == folded
    assert document.astext() == before


@pytest.mark.parametrize(
    ("below", "code", "shown"),
    [
        (True, cells.Fold(summary=""), nodes.figure()),
        (False, cells.Fold(summary=""), nodes.paragraph()),
        (False, nodes.container(nb_element="cell_code_source"), nodes.figure()),
    ],
)
def test_a_figure_stands_above_its_folded_code(below, code, shown):
    document = new_document("")
    output = nodes.container("", shown, nb_element="cell_code_output")
    document += (made := nodes.container("", code, output, nb_element="cell_code"))
    cells.picture_first(ANY, document, "")
    assert made.children == ([output, code] if below else [code, output])
