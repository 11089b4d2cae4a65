"""A claim that can be changed unseen is found, and one that cannot is not."""

from dataclasses import replace

import pytest
from claims import changes, survivors
from sample import GOOD, LAST, good_reference


def alive(monkeypatch, code: str, says: str = "Run it 7 times.") -> list[str]:
    monkeypatch.chdir(".")  # and back
    page = replace(GOOD, text=GOOD.text.replace(LAST, code).replace("Run it.", says))
    page = replace(page, text=page.text.replace("figures.show", "print"))
    return survivors(page, list(changes(page, good_reference())))


@pytest.mark.parametrize(
    "code",
    [
        "assert 3 + 4 == 7",
        "n = 7\nassert n == 3 + 4",
        "n = 7\nassert n > 1\nprint(n)",
        "n = 7\nassert n > 1\n```\n\n```{code-cell} ipython3\nprint(n)",
        "assert abs(3 + 4.1 - 7) < 0.2",
        "assert np.isclose(7, 7.00001, rtol=7e-3)",
        "assert sum(range(3)) < 7",  # a bound
        "assert 2 < 3 != 4 and not set()",
    ],
)
def test_a_claim_that_holds_its_numbers_survives_no_change(monkeypatch, code):
    assert alive(monkeypatch, code) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("assert 1 < 2 or 7 == 7", "turned: 1 < 2 -> 1 >= 2"),
        ("assert max(3, 7) > 1", "number: 7 -> 10 in `assert max(3, 7) > 1`"),
        ("n = 7\nassert n > 1", "input: 7 -> 5"),
        ("assert list(range(9))[7] > 1", "number: 7 -> 5"),
    ],
)
def test_a_weak_claim_is_found(monkeypatch, code, found):
    assert any(found in each for each in alive(monkeypatch, code))
