"""The study behind *The constants*: whole, as the page says, and made again where it is sampled."""

import pytest
from references import source
from resampled import made_otherwise

from adamlib import SGD, Adam
from studies import sensitivity as study

ROWS = study.read()


def test_the_table_is_the_whole_grid_in_its_order():
    assert list(ROWS[0]) == study.COLUMNS
    expected = [
        (type(optimizer).__name__, optimizer, seed)
        for optimizer in study.optimizers()
        for seed in study.SEEDS
    ]
    found = [(row["method"], study.optimizer_of(row), int(row["seed"])) for row in ROWS]
    assert found == expected


def test_every_row_is_possible():
    for row in ROWS:
        assert float(row["loss"]) > 0
        assert 0 <= int(row["right"]) <= len(study.digits().y_test)
        assert row["stable"] in ("0", "1")


def test_a_sample_is_made_again():
    assert made_otherwise(study) == []


def test_a_run_that_diverges_is_a_row():
    row = study.run(SGD(1e300), seed=0)
    assert (row["loss"], row["right"], row["stable"]) == ("inf", "0", "1")
    assert study.agree(row, row)


@pytest.mark.parametrize(
    ("column", "value"), [("loss", "0.0101"), ("loss", "inf"), ("right", "351")]
)
def test_another_outcome_does_not_agree(column, value):
    row = {"loss": "0.01", "right": "350", "stable": "1"}
    assert study.agree(row, row | {"loss": "0.010001", "stable": "0"})
    assert not study.agree(row, row | {column: value})
    assert study.agree(row | {"stable": "0"}, row | {column: value})


def test_the_table_is_replaced_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "TABLE", tmp_path / "table.csv")
    study.write(ROWS[:3])
    assert study.read() == ROWS[:3]
    with pytest.raises(ValueError, match="fields not in"):
        study.write([ROWS[0], {"no such column": "1"}])
    assert study.read() == ROWS[:3]


def test_the_page_tells_the_protocol_of_the_script():
    page = " ".join(source("defaults").read_text("utf-8").split())
    rates = {len(rates) for rates in study.RATES.values()}
    assert len(rates) == 1
    for said in (
        f"{study.EPOCHS} epochs",
        f"batches of {study.BATCH_SIZE}",
        f"{len(study.SEEDS)} seeds",
        f"{rates.pop()} rates each",
        f"{len(study.optimizers())} settings",
        f"{len(ROWS):,} runs",
    ):
        assert said in page, f"the page does not say: {said}"
    assert Adam().learning_rate == study.DEFAULT
