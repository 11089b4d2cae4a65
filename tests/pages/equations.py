r"""The printed mathematics, read: from the TeX of a page to claims that can be evaluated.

To the parser a name with all its marks is one letter, as `\hat v_{t-1}` or `\epsilon_{\text{out}}`:
a function of its index where one of t, i and k counts it, otherwise a constant.
"""

import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy
from pages import PAGES
from sympy.core.function import AppliedUndef
from sympy.parsing.latex import parse_latex

TEXT = "\n".join(page.text for page in PAGES)
# A number, or for what is counted or has an argument a list or function of numbers.
Values = Mapping[str, Any]
COUNTERS = {"t", "i", "k"}
RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: np.isclose(a, b, rtol=1e-9, atol=0),
    r"\leftarrow": lambda a, b: np.isclose(a, b, rtol=1e-9, atol=0),
    r"\le": operator.le,
    r"\ge": operator.ge,
    r"\ne": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
RELATION = re.compile(r"\\leftarrow|\\le\b|\\ge\b|\\ne\b|[=<>]")
LETTERS = "alpha|beta|gamma|delta|epsilon|eta|kappa|lambda|mu|omega|pi|rho|sigma|Delta"
TOKEN = re.compile(
    # An expectation or a variance is a number by itself.
    r"\\(?:mathbb\{E\}|operatorname\{Var\})\s*(?:\[[^\]]*\]|(?:\\hat\s*)?\w_\w)"
    rf"|(?:\\(?:hat|tilde)\s*)?(?:\\nabla\s+J|\\(?:{LETTERS})(?![a-z])|(?<![\\A-Za-z])[A-Za-z](?![a-z]))"
    r"'*(?:\^\{\\max\})?(?:_(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\[a-z]+|\w))?"
)


class Claim(NamedTuple):
    """A side of a formula, what it is said to be to the other, and the other."""

    left: str
    relation: str
    right: str


def formulas(where: str) -> list[str]:
    """The TeX of a labelled equation, or all that of a theorem or an algorithm."""
    equation = re.compile(rf"\$\$\n((?:(?!\$\$).)*)\n\$\$ \({where}\)", re.DOTALL)
    stated = re.compile(rf"^:label: {where}\n(.*?)^:::$", re.DOTALL | re.MULTILINE)
    if found := equation.search(TEXT):
        return [found[1]]
    inside = re.findall(r"\$\$\n(.*?)\n\$\$|\$([^$]+)\$", stated.search(TEXT)[1], re.DOTALL)
    return [displayed or inline for displayed, inline in inside]


def claims(tex: str) -> Iterator[Claim]:
    """What a formula says, pair by pair: of a <= b = c two things, of an aligned one each line's.

    An expression alone is what the text calls it.
    """
    tex = re.sub(r"\\(?:begin|end)\{aligned\}|\\displaystyle|&|\{\}", "", tex)
    tex = re.sub(r"\\(?:[,;!]|[bB]ig+[lr]?(?![a-z])|left(?![a-z])|right(?![a-z]))", " ", tex)
    tex = re.sub(r"\\(?:tfrac|frac)\s*(\w)\s*(\w)", r"\\frac{\1}{\2}", tex)
    tex = re.sub(rf"\\sqrt\s*(\w|\\(?:{LETTERS}))(?![a-z])", r"\\sqrt{\1}", tex)
    if tex.startswith("{") and tex.endswith("}"):
        tex = tex[1:-1]
    left = ""
    for part in re.split(r"\\q?quad|(?<=[,.])\s*\\\\(?:\[[^\]]*\])?", tex):
        part = re.sub(r"\\\\(?:\[[^\]]*\])?", " ", part)
        sides, relations = _split(part.strip().rstrip(",."))
        if not sides[0]:
            sides[0] = left
        for a, relation, b in zip(sides, relations, sides[1:], strict=False):
            yield Claim(a, relation, b)
        if not relations:
            yield Claim("it", "=", sides[0])
        left = sides[0]


def _split(tex: str) -> tuple[list[str], list[str]]:
    """The sides of a chain, and the relations between: those that stand in no braces."""
    sides, relations, end = [], [], 0
    for found in RELATION.finditer(tex):
        before = tex[: found.start()]
        if before.count("{") == before.count("}"):
            sides.append(tex[end : found.start()].strip())
            relations.append(found[0])
            end = found.end()
    return [*sides, tex[end:].strip()], relations


def holds(claim: Claim, values: Values, t: int) -> bool:
    """Whether a claim is true of these numbers at step t."""
    a, b = (value(side, values, t) for side in (claim.left, claim.right))
    return bool(RELATIONS[claim.relation](a, b))


def value(tex: str, values: Values, t: int) -> float:
    """The number that an expression is; KeyError for a name without a value."""
    if tex == "it":
        return values["it"]
    many = frozenset(name for name, v in values.items() if callable(v) or isinstance(v, list))
    expression, names = _parsed(tex, many, frozenset(values) - many)
    counts = {"t": t} | {c: values[c] for c in COUNTERS & values.keys()}
    expression = expression.subs(counts).doit()
    numbers = {f"c_{{{n}}}": values[name] for n, name in names if name not in many}
    of = {f"f_{{{n}}}": values[name] for n, name in names if name in many} | {"max": sympy.Max}

    def number(call: Any) -> Any:
        f = of[call.func.__name__]
        return f(*map(float, call.args)) if callable(f) else f[int(call.args[0])]

    return float(expression.subs(numbers).replace(lambda e: isinstance(e, AppliedUndef), number))


@cache
def _parsed(
    tex: str, many: frozenset[str], one: frozenset[str]
) -> tuple[sympy.Expr, list[tuple[int, str]]]:
    """The expression, in which names have numbers; and the names, with theirs."""
    names: list[str] = []

    def letter(found: re.Match[str]) -> str:
        name = canonical(found[0])
        if name in COUNTERS:
            return f" {name} "
        base, _, index = name.partition("_")
        counted = base in many and name not in one
        whole = base if counted else name
        if whole not in names:
            names.append(whole)
        kind = "f" if counted else "c"
        return f" {kind}_{{{names.index(whole)}}} " + (f"({index}) " if counted and index else "")

    lettered = TOKEN.sub(letter, tex)
    lettered = re.sub(r"(c_\{\d+\}\s*)(?=\()", r"\1 \\cdot ", lettered)  # a factor, no function
    return parse_latex(lettered), list(enumerate(names))


def canonical(name: str) -> str:
    """A name without what only sets its type."""
    return re.sub(r"[\s{}]|\\text(?=[{a-z])|\\,", "", name)


def execute(printed: Iterable[str], values: Values, steps: int) -> float:
    """The weight that an algorithm ends with, when its lines are done in their order."""
    lines = [c for tex in printed for c in claims(tex) if c.relation == r"\leftarrow"]
    memory, t = dict(values), 0
    counts = any(line.left == "t" for line in lines)
    for line in lines:
        if line.right == "0":
            t = _assign(line, memory, t)
    for step in range(1, steps + 1):
        t = t if counts else step
        for line in lines:
            if line.right != "0":
                t = _assign(line, memory, t)
    return memory["W"][-1] if isinstance(memory["W"], list) else memory["W"]


def _assign(line: Claim, memory: dict[str, Any], t: int) -> int:
    """Do one line; return the count of steps after it."""
    new = value(line.right, memory, t)
    base, _, index = canonical(line.left).partition("_")
    if base == "t":
        return int(new)
    if index:
        before = [*memory.get(base, []), *[math.nan] * t]
        memory[base] = [*before[: t if index == "t" else int(index)], new]
    else:
        memory[base] = new
    return t
