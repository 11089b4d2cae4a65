"""Numbers in prose: each has a cell that takes, prints or asserts it.

What this cannot see:

- zero and one; "two" and "three", which count what the text itself lists, except in "two of",
  "two in" and "two times"; a small number within a formula, and all on a page without cells; what
  ALLOWED and NAMED list: they need no cell;
- a small number in a sentence that cites: it is the cited work's;
- what a number means: another of the same section that is equal, or rounds to it, backs it, and so
  does the length of a list in a cell, so that 2 and 3 are backed nearly everywhere;
- a number once backed and said again elsewhere on the page, if up to 12 with the same word after
  it: it may be wrong there;
- "some", "most" and "doubled", signs and units, and what {glue} and {eval} put in: those are run.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from nbformat import NotebookNode
from pages import Page, called, draws

import adamlib

PUBLIC = set(adamlib.__all__)

# A number that needs a cell: with a point, of three digits or more, per cent, a power of ten.
NUMBER = re.compile(
    r"(?:(?<![\w.])(\d+(?:\.\d+)?) *(?:\\cdot|\\times|·|×) *)?(?<![\w.])10\^\{?(-?\d+)\}?"
    r"|(?<![\w.^])(\d{1,3}(?:(?:,|\{,\})\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"(?!\w|\.\d)( ?\\?%| percent\b)?"
)
# A small one, in digits or in words.
ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS = {
    word: 1 + n for n, word in enumerate(f"{ONES} sixteen seventeen eighteen nineteen".split())
}
WORDS |= {word: 20 + 10 * n for n, word in enumerate(TENS.split())}
WORDS |= {"hundred": 100, "thousand": 1000, "million": 10**6}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10, "twentieth": 20}
PARTS |= {"hundredth": 100, "thousandth": 1000, "millionth": 10**6}
WORD, PART = "|".join(WORDS), "|".join(PARTS)
SMALL = re.compile(
    rf"(?<![\w-])(?:(?P<fold>{WORD})fold|(?:(?P<times>an?|{WORD}) )?(?P<part>{PART})s?(?!-)"
    rf"|(?P<count>(?:{WORD})(?:[ -](?:{WORD}))*|twice)"
    r"|(?<![.,/])(?P<digits>\d\d?)(?!\.\d|,\d| ?\\?%| percent\b))"
    r"(?!\w)(?:[ -](?P<noun>\w+))?",
    re.IGNORECASE,
)
INLINE = re.compile(r"\$(?:[^$]*(?:[=<>]|\\[lg]e|\\approx) *)?(\d+)\$|\$[^$]*\$")
DISPLAY = re.compile(r"\$\$.*?\$\$", re.DOTALL)
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
# What a number counts there is not in the text before it.
COUNTED = {"of", "in", "times"}
NAMED = (
    r"(?:[Ss]ection|[Ll]ine|[Aa]lgorithm|[Ee]xercise|[Cc]hapter|[Pp]art|[Rr]egime|[Ww]ord|[Ww]eight)"
    r"s? [\d.]+(?: (?:to|and) \d+)?|^ *\d+\. |\d\d bits"
)


class Said(NamedTuple):
    """A number of a text, the values in a cell that would be the same, and the word after it."""

    text: str
    values: list[Decimal]
    noun: str = ""

    @property
    def digits(self) -> int:
        return len(self.values[0].as_tuple().digits)

    @property
    def names(self) -> set[tuple[Decimal, str]]:
        """By which it is known when it is said again."""
        return {(value, self.noun if value <= 12 else "") for value in self.values}

    def backed(self, inputs: set[Decimal], outputs: set[Decimal]) -> bool:
        """Whether it is an input, or an output to its last digit; one digit says too little."""
        last = self.values[0].as_tuple().exponent
        half = Decimal(5).scaleb(int(last) - 1) if self.digits > 1 else 0
        return not inputs.isdisjoint(self.values) or any(
            abs(value - output) <= half for value in self.values for output in outputs
        )


@dataclass
class Section:
    """What stands between two headings, or in an exercise and its solution."""

    title: str
    said: list[Said] = field(default_factory=list)
    cells: list[ast.Module] = field(default_factory=list)
    inputs: set[Decimal] = field(default_factory=set)
    outputs: set[Decimal] = field(default_factory=set)
    drawn: set[Decimal] = field(default_factory=set)  # the inputs of figures
    shown: set[Decimal] = field(default_factory=set)  # the data in them


def numbers_in_prose_have_a_cell(page: Page, notebook: NotebookNode) -> Iterator[str]:
    """Each is an input of its section, or an output rounded to the digits that are said.

    Farther on the page three digits must agree, so that chance does not, and figures are not seen.
    """
    sections = sections_of(page, notebook)
    inputs = set().union(*(section.inputs for section in sections))
    outputs = set().union(*(section.outputs for section in sections))
    held, loose = set(), []
    for section in sections:
        for said in section.said:
            near = section.inputs | section.drawn, section.outputs | section.shown
            if said.backed(*near) or (said.digits > 2 and said.backed(inputs, outputs)):
                held |= said.names
            else:
                loose.append((section.title, said))
    for title, said in loose:
        if held.isdisjoint(said.names):  # otherwise it is said again, as in a summary
            yield f"no cell takes, prints or asserts the {said.text} under {title!r}"


def sections_of(page: Page, notebook: NotebookNode) -> list[Section]:
    """The sections of a page, with what is said in each, and what its cells take and print."""
    sections, code = [Section("the title")], iter(page.code)
    for cell, ran in zip(page.notebook.cells, notebook.cells, strict=False):
        if cell.cell_type != "code":
            text = DISPLAY.sub(_without_small, CITATION.sub("", cell.source))
            for line in text.splitlines():
                if opening := OPENING.match(line):
                    sections.append(Section(opening[1] or opening[2]))
                sections[-1].said += [*_said(line), *(_small(line) if page.code else ())]
            continue
        tree, section = next(code)[2], sections[-1]
        section.cells.append(tree)
        outputs = [o.get("data", {"text/plain": o.get("text", "")}) for o in ran.get("outputs", [])]
        printed = set(_printed("\n".join(o.get("text/plain", "") for o in outputs)))
        if draws(tree):
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            for text in (figure.get("caption", ""), *_spoken(tree)):
                section.said += [*_said(text), *_small(text)]
            section.drawn |= set(_taken(tree))
            section.shown |= printed
        else:
            section.inputs |= set(_taken(tree))
            section.outputs |= printed
    return sections


def _said(text: str) -> Iterator[Said]:
    """The numbers of a text that are large, or not whole."""
    text = re.sub("|".join(ALLOWED), "", MARKUP.sub("", text))
    for match in NUMBER.finditer(text):
        factor, power, digits, percent = match.groups()
        if power:
            yield Said(match[0], [Decimal(factor or 1).scaleb(int(power))])
            continue
        value = Decimal(re.sub("[{,}]", "", digits))
        if percent:  # a growth of 5 % may be 1.05
            yield Said(match[0], [value.scaleb(-2), 1 + value.scaleb(-2)])
        elif value >= 100 or (value and not digits.isdecimal()):
            yield Said(match[0], [value])


def _small(text: str) -> Iterator[Said]:
    """Those below 100, and those in words: a half may be 0.5 or a quotient by 2."""
    sentences = re.split(r"(?<=[^\d][.?!;]) ", text)
    text = " ".join(sentence for sentence in sentences if "{cite:" not in sentence)
    for match in SMALL.finditer(INLINE.sub(r"\1", MARKUP.sub("", re.sub(NAMED, "", text)))):
        found, noun = match.groupdict(), match["noun"] or ""
        if part := found["part"]:
            if found["times"] or part == "half":
                whole = WORDS.get((found["times"] or "a").lower(), 1)
                below = PARTS[part.lower()]
                share = round(Decimal(whole) / below, 2 if below < 100 else 6).normalize()
                yield Said(match[0], [share, Decimal(below)], noun)
            continue
        words = (found["count"] or found["fold"] or "").lower()
        value = int(found["digits"] or _count(words))
        if value > 1 and (words not in ("two", "three") or noun in COUNTED):
            yield Said(match[0], [Decimal(value)], noun)


def _count(words: str) -> int:
    """Two hundred, thirty-two, ten thousand."""
    total = 0
    for word in re.split("[ -]", words.replace("twice", "two")):
        value = WORDS[word]
        total = max(total, 1) * value if value >= 100 else total + value
    return total


def _without_small(formula: re.Match[str]) -> str:
    return re.sub(r"(?<![\d.])\d\d?(?![\d.])", "", formula[0])


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
        if is_beside(node, draws(tree))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        taken = []
        if isinstance(node, ast.Constant) and id(node) not in beside:
            taken = [node.value]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Pow):
            numbers = node.left, node.right
            if all(isinstance(n, ast.Constant) and id(n) not in beside for n in numbers):
                taken = [eval(ast.unparse(node))]
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            taken = [len(node.elts)]
        elif isinstance(node, ast.Dict):
            taken = [len(node.keys)]
        elif (name := called(node)) in PUBLIC:
            signature = inspect.signature(getattr(adamlib, name))
            taken = [parameter.default for parameter in signature.parameters.values()]
        for value in taken:
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield Decimal(str(value))


def is_beside(node: ast.AST, draws: bool) -> bool:
    """Whether it is a tolerance, or in a cell that draws a matter of looks."""
    match node:
        case ast.keyword(arg="rtol" | "atol"):
            return True
        case ast.Call(func=ast.Attribute()):
            return draws and called(node).partition(".")[0] not in ("np", "rng")
    return False
