"""The examples of docstrings run, their formulas are what the library computes, and no parameter is
missing from a list or listed without being one."""

import ast
import doctest
import inspect
import re
import textwrap

import numpy as np
import pytest
from methods import METHODS

import adamlib
from adamlib import figures

PUBLIC = {name: getattr(adamlib, name) for name in adamlib.__all__}
CLASSES = {name: each for name, each in PUBLIC.items() if inspect.isclass(each)}
METHODS_OF = {
    f"{name}.{key}": getattr(cls, key)
    for name, cls in CLASSES.items()
    for key, value in vars(cls).items()
    if not key.startswith("_")
    and inspect.isroutine(value)
    and (inspect.getdoc(getattr(cls, key)) or "").count("\n")
}
DRAWING = ("axes", "label", "contours", "path", "show", "table", "summary")
DOCUMENTED = PUBLIC | METHODS_OF | {name: getattr(figures, name) for name in DRAWING}
FINDER = doctest.DocTestFinder(recurse=False)


def examples(name):
    globs = {"np": np, **PUBLIC}
    [test] = FINDER.find(PUBLIC[name], name, globs=globs)
    return test


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_has_a_short_example_and_it_prints_what_it_says(name):
    test = examples(name)
    said: list[str] = []
    assert 1 <= len(test.examples) <= 4
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(test, out=said.append)
    assert not said, "".join(said)


def parameters(doc):
    """The names under Args, and what stands in their brackets."""
    listed = doc.partition("\nArgs:\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^    (\**\w+) \((.*)\): [A-Z]", listed, re.M))


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_parameter_is_listed_in_order_with_what_it_may_be(name):
    found = DOCUMENTED[name]
    wanted = list(inspect.signature(found).parameters.values())
    names = [("**" if p.kind is p.VAR_KEYWORD else "") + p.name for p in wanted]
    listed = parameters(inspect.getdoc(found))
    assert list(listed) == [n for n in names if n not in ("self", "cls")]
    for parameter in wanted:
        if isinstance(parameter.default, int | float):
            assert re.search("float|int", listed[parameter.name])


def formulas(doc):
    """The assignments of an indented block after two colons."""
    block = re.search(r"::\n\n((?:    .*\n)+)", doc)
    return textwrap.dedent(block[1]) if block else ""


@pytest.mark.parametrize("name", METHODS)
def test_the_formulas_of_a_method_are_what_it_does(name):
    cls, options = METHODS[name]
    method = cls(**options)
    says = formulas(inspect.getdoc(cls))
    if cls is adamlib.AdamW:  # whose list is what comes before Adam's
        says += formulas(inspect.getdoc(adamlib.Adam))
    rng = np.random.default_rng(0)
    w = rng.normal(size=5)
    state = method.init(w)
    values = dict(vars(method), sqrt=np.sqrt, maximum=np.maximum, W=w, **state.arrays)
    for t in range(1, 4):
        g = rng.normal(size=5)
        w, state = method.update(w, g, state)
        exec(says, values := values | {"g": g, "t": t})
        for key, array in {"W": w, **state.arrays}.items():
            np.testing.assert_allclose(values[key], array, rtol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", PUBLIC)
def test_each_names_the_page_that_it_is_of(name):
    assert re.search(r"([Dd]erived|Used)\s+on\s+(the\s+page\s+)?\*", inspect.getdoc(PUBLIC[name]))


def test_what_looks_like_a_formula_can_be_read_as_one():
    for found in DOCUMENTED.values():
        for piece in re.findall(r"``([^`]+)``", inspect.getdoc(found)):
            ast.parse(" ".join(piece.split()))
