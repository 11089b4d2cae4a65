"""The published tests notice every mistake of studies/mistakes.diff, and let pass what is right.

    python tests/library/test_mistakes.py

plants each rewriting in the library, runs the tests of `TESTS`, and writes which of them fail into
studies/mistakes.json. The page *Ways to get Adam wrong* reads it, and here it is held to account.
"""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, Verbosity, settings
from methods import METHODS

from adamlib import _engines, formulas
from adamlib.optimizers import Optimizer
from studies.mistakes import CLASSES, NOTICED, RIGHT, Rewriting, noticed, rewritings

HERE = Path(__file__).parent
REWRITINGS = rewritings()
RIGHT_ONES = [name for name in REWRITINGS if name.startswith(RIGHT)]
WRONG_ONES = [name for name in REWRITINGS if name not in RIGHT_ONES]


def published() -> ModuleType:
    """tests/library/test_optimizers.py once more: failures are not made small, and the definitions
    remember what they were asked, for they are asked the same again and again.
    """
    spec = importlib.util.spec_from_file_location("published", HERE / "test_optimizers.py")
    module = importlib.util.module_from_spec(spec)
    settings.register_profile(
        "mistakes",
        settings.get_profile("adamlib"),
        phases=[Phase.generate],
        max_examples=25,  # as few notice what a hundred do
        verbosity=Verbosity.quiet,
    )
    settings.load_profile("mistakes")
    try:
        spec.loader.exec_module(module)
    finally:
        settings.load_profile("adamlib")
    for cls, definition in module.DEFINITIONS.items():
        module.DEFINITIONS[cls] = remembered(definition)
    return module


def remembered(definition: Callable) -> Callable:
    answers: dict = {}

    def answer(gs: list, **hyperparameters: Any) -> list:
        question = (*gs, *hyperparameters.items())
        if question not in answers:
            answers[question] = definition(gs, **hyperparameters)
        return answers[question]

    return answer


SUITE = published()
DEFINITION = "test_a_thousand_steps_follow_the_definition"
TESTS: dict[str, tuple[str, str | None]] = {  # the page's short names; a test, and its method
    "note": (DEFINITION, "Adam of the note"),
    "paper": (DEFINITION, "Adam of the paper"),
    "both floors": (DEFINITION, "Adam with both floors"),
    "AMSGrad": (DEFINITION, "AMSGrad"),
    "AdamW": (DEFINITION, "AdamW"),
    "first step": ("test_first_step_of_adam_does_not_depend_on_the_decays", None),
    "no m": ("test_adam_without_a_first_moment_is_rmsprop_on_a_corrected_average", None),
    "no memory": ("test_adam_that_remembers_nothing_is_sign_descent", None),
    "floors": ("test_floors_are_added_inside_and_outside_the_root", None),
    "moments": ("test_state_of_adam_holds_the_moments_as_they_are", None),
    "alone": ("test_each_coordinate_is_acted_on_alone", "Adam of the note"),
    "start": ("test_init_is_zeros_like_the_params", "Adam of the note"),
}


def identifier(short: str) -> str:
    """As pytest calls the test."""
    name, key = TESTS[short]
    return name if key is None else f"{name}[{key}]"


def fails(test: str) -> bool:
    name, key = TESTS[test]
    arguments = {}
    if key is not None:
        make, hyperparameters = METHODS[key]
        arguments["method"] = make(**hyperparameters)
    try:
        getattr(SUITE, name)(**arguments)
    except Exception:
        return True
    return False


def failing(rewriting: Rewriting | None) -> list[str]:
    """The tests that fail where the library is rewritten in this way, or not at all."""
    with pytest.MonkeyPatch.context() as library, np.errstate(all="ignore"):
        if rewriting:
            wrong, cls = rewriting.rewritten(), CLASSES.get(rewriting.place, Optimizer)
            library.setattr(cls, rewriting.attribute, wrong)
            if cls is not Optimizer:
                library.setattr(formulas, rewriting.place, wrong)  # AdamW calls Adam's
        _engines.program.cache_clear()  # what was traced is another formula now
        try:
            return [test for test in TESTS if fails(test)]
        finally:
            _engines.program.cache_clear()


@pytest.fixture(scope="module")
def results():
    return noticed()


def test_the_library_passes():
    assert failing(None) == []


@pytest.mark.parametrize("name", RIGHT_ONES)
def test_what_is_right_passes_however_it_is_written(name):
    assert failing(REWRITINGS[name]) == []


@pytest.mark.parametrize("name", WRONG_ONES)
def test_every_mistake_is_noticed_by_the_tests_of_its_row(name, results):
    now = failing(REWRITINGS[name])
    assert now, "no test notices"
    assert now == results["failing"][name], "run python tests/library/test_mistakes.py"


def test_the_table_names_these_tests_and_these_mistakes(results):
    assert results["tests"] == {short: identifier(short) for short in TESTS}
    assert list(results["failing"]) == WRONG_ONES


def test_a_rewriting_of_lines_that_are_not_there_is_refused():
    with pytest.raises(ValueError, match="has not once the lines"):
        Rewriting("", "adam", "-m = c.beta7 * m\n+m = g\n").rewritten()


def main() -> None:
    results = {
        "tests": {short: identifier(short) for short in TESTS},
        "failing": {name: failing(REWRITINGS[name]) for name in WRONG_ONES},
    }
    NOTICED.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
