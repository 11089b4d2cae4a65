"""The study behind *Why does everyone use Adam?*: whole, as told, and made again in a sample."""

import numpy as np
import pytest
from references import source
from resampled import made_otherwise

from adamlib import SGD, Adam
from studies import why as study

ROWS = study.read()


def test_the_table_is_every_rate_and_then_the_chosen_ones():
    assert list(ROWS[0]) == study.COLUMNS
    every = [one for method in study.METHODS.values() for one in method]
    expected = [
        (one, batch, seed) for one in every for batch in study.BATCHES for seed in study.CHOOSING
    ] + [
        (one, batch, seed)
        for (_, batch), one in study.chosen(ROWS).items()
        for seed in study.MEASURING
    ]
    found = [(study.optimizer_of(row), row["batch"], int(row["seed"])) for row in ROWS]
    assert found == expected


def test_every_method_has_as_many_rates_and_the_chosen_one_is_inside():
    assert len({len(method) for method in study.METHODS.values()}) == 1
    for (name, batch), one in study.chosen(ROWS).items():
        assert one in study.METHODS[name][1:-1], f"{name}, {batch}: at an end of the grid"


def test_every_row_is_possible():
    for row in ROWS:
        losses = [float(row[name]) for name in study.LOSSES]
        assert min(losses) >= 0
        weights = [study.FREQUENCIES[words].sum() for words in study.GROUPS.values()]
        assert np.isclose(losses[0], np.dot(weights, losses[1:]), rtol=1e-4, atol=1e-12)
        assert row["stable"] in ("0", "1")


def test_a_sample_is_made_again():
    assert made_otherwise(study) == []


def test_words_have_their_frequencies_in_both_places():
    pairs = study.language(np.random.default_rng(5))
    for axis in (0, 1):
        assert np.allclose(pairs.sum(axis), study.FREQUENCIES, rtol=1e-9)


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(6)
    pairs = study.language(rng)
    w, way = rng.normal(size=(2, *pairs.shape))
    h = 1e-5
    ahead, behind = (study.excess(w + s * way, pairs) @ study.FREQUENCIES for s in (h, -h))
    slope = (study.gradient(w, pairs) * way).sum()
    assert np.isclose((ahead - behind) / (2 * h), slope, rtol=1e-6)


@pytest.mark.parametrize("column", ["all", "from 64"])
def test_another_outcome_does_not_agree(column):
    row = ROWS[0] | {"stable": "1"}
    near, far = (str(float(row[column]) * factor) for factor in (1.0005, 1.002))
    assert study.agree(row, row | {column: near})
    assert not study.agree(row, row | {column: far})
    assert study.agree(row | {"stable": "0"}, row | {column: far})


def test_the_page_tells_the_protocol_of_the_script():
    page = " ".join(source("why").read_text("utf-8").split())
    for said in (
        f"{study.WORDS} words",
        f"{study.STEPS} steps",
        f"{len(study.LARGE)} rates",
        f"{len(study.CHOOSING)} languages choose",
        f"{len(study.MEASURING)} others measure",
        f"{len(ROWS)} runs",
    ):
        assert said in page, f"the page does not say: {said}"
    assert {type(one) for one in study.METHODS["Adam, note"]} == {Adam}
    assert study.METHODS["Adam, paper"][0] == Adam.paper(study.SMALL[0])
    assert study.METHODS["SGD"][-1] == SGD(study.LARGE[-1])
