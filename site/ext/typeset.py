"""Formulas of docstrings, which are Python, as TeX.

A docstring has ``W = W - learning_rate * g``, which reads well in `help()`;
the page of the library has it in the letters of the book.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from docutils import nodes

# What the chapters write for a name of the library; others stay as they are.
LETTERS = {
    "learning_rate": r"\eta",
    "beta": r"\beta",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "eps_root": r"\epsilon",
    "eps": r"\epsilon_{\text{out}}",
    "epsilon": r"\hat\epsilon",
    "weight_decay": r"\delta",
    "sigma": r"\sigma",
}
FUNCTIONS = {"log": r"\log", "maximum": r"\max"}
SIGNS: dict[type[ast.AST], tuple[str, int]] = {
    ast.Add: (" + ", 1),
    ast.Sub: (" - ", 1),
    ast.Mult: (r"\, ", 2),
    ast.MatMult: (" ", 2),
    ast.Div: (" / ", 2),
}
# A letter among words that is no word: g, or m_0.
_QUANTITY = re.compile(r"(?<![\w'’.])([b-zHW])(?:_(\w))?(?![\w'’])")


class NotAFormulaError(ValueError):
    """This is code, and has no other way to be written."""


def named(name: str) -> str:
    """A name as the book writes it."""
    if name in LETTERS:
        return LETTERS[name]
    if hat := re.fullmatch(r"(\w)_hat", name):
        return rf"\hat {hat[1]}"
    if name.endswith("_max"):
        return rf"{name[:-4]}_{{\max}}"
    return name if len(name) == 1 else rf"\text{{{name}}}"


class Typesetter:
    """Expressions as TeX: among words with a slash, or else with a bar."""

    def __init__(self, bar: bool) -> None:
        self.bar = bar

    def tex(self, node: ast.AST, least: int = 0) -> str:
        """An expression, in brackets if it binds less than `least`."""
        binds = 3
        match node:
            case ast.Name(id=name):
                tex = named(name)
            case ast.Constant(value=int() as value):
                tex = str(value)
            case ast.BinOp(left=above, op=ast.Div(), right=below) if self.bar:
                tex = rf"\frac{{{self.tex(above)}}}{{{self.tex(below)}}}"
                binds = 2
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                tex = f"{self.tex(base, 3)}^{{{self.tex(exponent)}}}"
            case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
                sign, binds = SIGNS[type(op)]
                behind = binds + isinstance(op, ast.Sub | ast.Div)
                tex = self.tex(left, binds) + sign + self.tex(right, behind)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                tex, binds = f"-{self.tex(operand, 2)}", 1
            case ast.Call(func=ast.Name(id="sqrt"), args=[inside]):
                tex = rf"\sqrt{{{self.tex(inside)}}}"
            case ast.Call(func=ast.Name(id=name), args=several):
                known = FUNCTIONS.get(name, rf"\operatorname{{{name}}}")
                tex = f"{known}({', '.join(map(self.tex, several))})"
            case ast.Subscript(value=whole, slice=index):
                tex = f"{self.tex(whole, 3)}_{{{self.tex(index)}}}"
            case ast.Attribute(value=whole, attr="T"):
                tex = rf"{self.tex(whole, 3)}^\top"
            case _:
                raise NotAFormulaError(ast.dump(node))
        return f"({tex})" if binds < least else tex

    def statement(self, source: str) -> str:
        """TeX of a formula; nothing if it is code, as a call is."""
        try:
            match ast.parse(" ".join(source.split())).body:
                case [ast.Assign(targets=[to], value=value)]:
                    return rf"{self.tex(to)} &\leftarrow {self.tex(value)}"
                case [ast.Expr(value=ast.BinOp() | ast.UnaryOp() as value)]:
                    return self.tex(value)
        except (SyntaxError, NotAFormulaError):
            pass
        return ""


def inline(source: str) -> str:
    """A formula among words."""
    return Typesetter(bar=False).statement(source).replace("&", "")


def display(source: str) -> str:
    """Assignments, one below the other."""
    lines = [Typesetter(bar=True).statement(s) for s in source.splitlines()]
    return r" \\ ".join(lines) if all("&" in line for line in lines) else ""


def words(text: str) -> Iterator[nodes.Text | nodes.math]:
    """A text, its quantities in the letters of formulas."""
    end = 0
    for found in _QUANTITY.finditer(text):
        if found.start() > end:
            yield nodes.Text(text[end : found.start()])
        letter, index = found.groups()
        tex = f"{letter}_{index}" if index else letter
        yield nodes.math(tex, tex)
        end = found.end()
    if text[end:]:
        yield nodes.Text(text[end:])
