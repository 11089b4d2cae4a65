"""Numbers in prose: each has a cell that takes, prints or asserts it.

What this cannot see:

- integers below 100, zeros, and what ALLOWED lists: they need no cell;
- what a number means: another number of the same section that is equal, or rounds to it, backs it;
- a number once backed and said again elsewhere on the page: it may be wrong there;
- words ("ten thousand times"), signs and units, and what {glue} and {eval} put in: those are run.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from nbformat import NotebookNode
from pages import Page, called, draws

import adamlib

PUBLIC = set(adamlib.__all__)

# A number that needs a cell: with a point, of three digits or more, per cent, a power of ten.
NUMBER = re.compile(
    r"(?:(?<![\w.])(\d+(?:\.\d+)?) *(?:\\cdot|\\times|·|×) *)?(?<![\w.])10\^\{?(-?\d+)\}?"
    r"|(?<![\w.^])(\d{1,3}(?:(?:,|\{,\})\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"(?!\w|\.\d)( ?\\?%)?"
)
PRINTED = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?!\w)(%?)")
CITATION = re.compile(r"^```bibtex\n(.*?)^```", re.S | re.M)  # has a test of its own
MARKUP = re.compile(r"\{[\w:-]+\}`[^`]*`|https?://\S+|^ *:[\w-]+:.*")  # what is glued, too
OPENING = re.compile(r"#+ +(.*)|(?:`{3,}|:{3,})\{(exercise)(?:-start)?\}")
ALLOWED = {  # without a cell
    r"[Ss]ections? \d+(\.\d+)*": "of a cited work",
    r"[Ll]ines? \d+\.\d+": "of an algorithm, numbered by the page",
    r"\bin (19|20)\d\d\b": "a year",
    r"paper has \$\\beta_2 = 0\.999\$": "the cited paper's, where no cell runs it",
}


@dataclass
class Section:
    """What stands between two headings, or in an exercise and its solution."""

    title: str
    said: list[tuple[str, list[Decimal]]] = field(default_factory=list)
    inputs: set[Decimal] = field(default_factory=set)
    outputs: set[Decimal] = field(default_factory=set)
    drawn: set[Decimal] = field(default_factory=set)  # the inputs of figures
    shown: set[Decimal] = field(default_factory=set)  # the data in them


def numbers_in_prose_have_a_cell(page: Page, notebook: NotebookNode) -> Iterator[str]:
    """Each is an input of its section, or an output rounded to the digits that are said.

    Farther on the page three digits must agree, so that chance does not, and figures are not seen.
    """
    sections = _sections(page, notebook)
    inputs = set().union(*(section.inputs for section in sections))
    outputs = set().union(*(section.outputs for section in sections))
    held, loose = set(), []
    for section in sections:
        for text, values in section.said:
            near = section.inputs | section.drawn, section.outputs | section.shown
            if _backed(values, *near) or (_digits(values) > 2 and _backed(values, inputs, outputs)):
                held |= {*values}
            else:
                loose.append((section.title, text, values))
    for title, text, values in loose:
        if held.isdisjoint(values):  # otherwise it is said again, as in a summary
            yield f"no cell takes, prints or asserts the {text} under {title!r}"


def _backed(values: list[Decimal], inputs: set[Decimal], outputs: set[Decimal]) -> bool:
    """Whether one is an input, or an output to its last digit; a single digit says too little."""
    last = values[0].as_tuple().exponent
    half = Decimal(5).scaleb(int(last) - 1) if _digits(values) > 1 else 0
    return not inputs.isdisjoint(values) or any(
        abs(value - output) <= half for value in values for output in outputs
    )


def _digits(values: list[Decimal]) -> int:
    return len(values[0].as_tuple().digits)


def _sections(page: Page, notebook: NotebookNode) -> list[Section]:
    sections, code = [Section("the title")], iter(page.code)
    for cell, ran in zip(page.notebook.cells, notebook.cells, strict=False):
        if cell.cell_type != "code":
            for line in CITATION.sub("", cell.source).splitlines():
                if opening := OPENING.match(line):
                    sections.append(Section(opening[1] or opening[2]))
                sections[-1].said += _said(line)
            continue
        tree, section = next(code)[2], sections[-1]
        outputs = [o.get("data", {"text/plain": o.get("text", "")}) for o in ran.get("outputs", [])]
        printed = set(_printed("\n".join(o.get("text/plain", "") for o in outputs)))
        if draws(tree):
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            for text in (figure.get("caption", ""), *_spoken(tree)):
                section.said += _said(text)
            section.drawn |= set(_taken(tree))
            section.shown |= printed
        else:
            section.inputs |= set(_taken(tree))
            section.outputs |= printed
    return sections


def _said(text: str) -> Iterator[tuple[str, list[Decimal]]]:
    """Each number of a text, and the values in a cell that would be the same."""
    text = re.sub("|".join(ALLOWED), "", MARKUP.sub("", text))
    for match in NUMBER.finditer(text):
        factor, power, digits, percent = match.groups()
        if power:
            yield match[0], [Decimal(factor or 1).scaleb(int(power))]
            continue
        value = Decimal(re.sub("[{,}]", "", digits))
        if percent:  # a growth of 5 % may be 1.05
            yield match[0], [value.scaleb(-2), 1 + value.scaleb(-2)]
        elif value >= 100 or (value and not digits.isdecimal()):
            yield match[0], [value]


def _spoken(tree: ast.Module) -> Iterator[str]:
    """What is typed, not computed, of the sentence that a figure says."""
    for call in ast.walk(tree):
        if called(call) == "figures.show":
            for node in ast.walk(call):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def _printed(text: str) -> Iterator[Decimal]:
    """The numbers of an output; of a figure's, those of its data, not of its words and looks."""
    if "axes 1: " in text:
        text = re.sub(r", [0-9a-f]{8}\b|'.*?'", "", text[text.index("axes 1: ") :])
        text = re.sub(r"\[.*?\]", "", text)
    for digits, percent in PRINTED.findall(text):
        yield Decimal(digits).scaleb(-2 if percent else 0)


def _taken(tree: ast.Module) -> Iterator[Decimal]:
    """The numbers in code and the library's defaults; no tolerance, and no style of a figure."""
    beside = {
        id(part)
        for node in ast.walk(tree)
        if _is_beside(node, draws(tree))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        taken = []
        if isinstance(node, ast.Constant) and id(node) not in beside:
            taken = [node.value]
        elif (name := called(node)) in PUBLIC:
            signature = inspect.signature(getattr(adamlib, name))
            taken = [parameter.default for parameter in signature.parameters.values()]
        for value in taken:
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield Decimal(str(value))


def _is_beside(node: ast.AST, draws: bool) -> bool:
    match node:
        case ast.keyword(arg="rtol" | "atol"):
            return True
        case ast.Call(func=ast.Attribute()):
            return draws and called(node).partition(".")[0] not in ("np", "rng")
    return False
