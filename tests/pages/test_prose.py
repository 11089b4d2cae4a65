"""A number without a cell is found, and one with a cell is not."""

from dataclasses import replace

import pytest
from prose import numbers_in_prose_have_a_cell
from sample import GOOD, LAST, good_reference


def faults_of_prose(plants: dict[str, str]) -> list[str]:
    text = GOOD.text
    for old, new in plants.items():
        assert old in text
        text = text.replace(old, new)
    return list(numbers_in_prose_have_a_cell(replace(GOOD, text=text), good_reference()))


@pytest.mark.parametrize(
    ("plants", "found"),
    [
        ({"Little.": "It is 0.7."}, "0.7"),  # nowhere
        ({"Little.": "It is $0.7\\,\\eta$."}, "0.7"),
        ({"Little.": "`Adam(beta2=0.7)`"}, "0.7"),
        ({"Little.": "| 0.7 | a table |"}, "0.7"),
        ({"Little.": "- 1,437 images"}, "1,437"),
        ({"Little.": "at $t = 459$"}, "459"),
        ({"Little.": "some 65 % of it"}, "65 %"),
        ({"Little.": "at $7 \\cdot 10^{-8}$"}, "7 \\cdot 10^{-8}"),
        ({"1 + 1 = 2": "1 + 1 = 2.01"}, "2.01"),
        ({"caption: A line.": "caption: At 0.7."}, "0.7"),
        ({'(fig, "A line.")': '(fig, "At 0.7.")'}, "0.7"),
        ({'(fig, "A line.")': '(fig, f"At 0.7 of {1:.2f}.")'}, "0.7"),
        ({"Why?": "Why 0.7?"}, "0.7"),
        ({"Little.": "It is 0.347."}, "0.347"),  # the cell prints 0.346
        ({"Little.": "It is 0.34."}, "0.34"),  # cut, not rounded
        ({"Little.": "It is 0.3."}, "0.3"),  # so few digits agree by chance
        ({"Why?": "Why 0.35?"}, "0.35"),  # far from the cell that prints 0.346
        ({"Why?": "Why 0.7?", LAST: "assert 0.7 < 1"}, "0.7"),  # far from the cell that has it
        ({"Run it.": "Run 0.7.", LAST: "assert np.isclose(1, 1, rtol=0.7)"}, "0.7"),
        ({"caption: A line.": "caption: At 0.7.", "[0, 1]": "[0, 0.7]"}, "0.7"),
        ({"Little.": "It takes 38 steps."}, "38 steps"),
        ({"Little.": "after $t = 38$"}, "38"),
        ({"Little.": "some forty times as fast"}, "forty times"),
        ({"Little.": "Thirty-two units."}, "Thirty-two units"),
        ({"Little.": "in seven of nine runs"}, "seven of"),
        ({"Little.": "in seven of nine runs"}, "nine runs"),
        ({"Why?": "Why twice as fast?"}, "twice as"),
        ({"Little.": "ten thousand times"}, "ten thousand times"),
        ({"Little.": "It grows tenfold."}, "tenfold"),
        ({"Little.": "a tenth of it"}, "a tenth of"),
        ({"Why?": "Why are two thirds gone?"}, "two thirds gone"),
        ({"Why?": "Why half of it?"}, "half of"),
        ({"Why?": "Why in three of them?"}, "three of"),
        ({"Little.": "{cite:t}`someone2015word` say. It has 38 of them."}, "38 of"),
        ({"Why?": "Why nine runs?", "Run it.": "Run nine times.", LAST: "a = 9"}, "nine runs"),
        ({"caption: A line.": "caption: Nine lines."}, "Nine lines"),
        ({"caption: A line.": "caption: At 0.25."}, "0.25"),  # the title, the limits, the digest
        ({"caption: A line.": "caption: At 0.125."}, "0.125"),
        ({"caption: A line.": "caption: At 12345678."}, "12345678"),
    ],
)
def test_a_planted_number_is_found(plants, found):
    assert any(f" {found} under" in fault for fault in faults_of_prose(plants))


@pytest.mark.parametrize(
    "plants",
    [
        {"Run it.": "Run $0.70$.", LAST: "assert 0.7 < 1"},
        {"Run it.": "Run $\\epsilon = 10^{-8}$ and $2 \\times 10^5$.", LAST: "a = 1e-8, 200_000"},
        {"Run it.": "Run 4,603 and $4{,}603$ and 4603.", LAST: "a = 4603"},
        {"Run it.": "Run 7 % and 7.0 % and $7\\,$, growth by 5 %.", LAST: "a = 0.07, 1.05, 7"},
        {"Run it.": "Run with 0.990, a default.", LAST: "Adam()"},
        {"Little.": "It is 0.346, about 0.35 or 35 %."},
        {"Why?": "Why 0.346, and 0.705?", LAST: "assert 0.705 < 1"},
        {"Why?": "Why 0.7?", "Run it.": "Run 0.7.", LAST: "assert 0.7 < 1"},  # said again
        {"caption: A line.": "caption: At 0.7.", "ax.plot([0, 1])": "a = 0.7"},
        {"caption: A line.": "caption: At 0.375."},  # drawn
        {"ax.plot([0, 1])": 'ax.set(title="0.7")'},  # only what the figure says is a sentence
        {"caption: A line.": "caption: At 0.7.", "figures.axes()": "figures.axes(), SGD(0.7)"},
        {"Little.": "{glue:text}`x:.3f` {cite:p}`someone2015word` https://arxiv.org/abs/1412.6980"},
        {"Little.": "Section 2.1 of a work, line 2.7, in 2015; float32, 1 and 0.0."},
        {"Little.": "One of the two floors, and three formulas, $x^2 / 4$; half-life; Section 3."},
        {"Little.": "{cite:t}`someone2015word` train 38 networks, twice."},
        {"Run it.": "Run twelve times, 12 times.", LAST: "a = 12"},
        {"Run it.": "Run four methods.", LAST: "a = [x, y, z, x]"},
        {"Run it.": "A third, three quarters and half of them.", LAST: "a = 1 / 3, 0.75, 0.5"},
        {"Run it.": "Ten thousand times; twice; a hundredfold.", LAST: "a = 1e4, 2, 100"},
        {"Run it.": "Run nine times.", "Why?": "Why nine times?", LAST: "a = 9"},
        {"Run it.": "Run 38 times.", "Why?": "Why 38 steps?", LAST: "a = 38"},
        {"Little.": "The paper has $\\beta_2 = 0.999$."},
    ],
)
def test_a_number_with_a_cell_is_not_found(plants):
    assert faults_of_prose(plants) == []
