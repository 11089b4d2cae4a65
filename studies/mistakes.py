"""Ways to get Adam wrong: lines of the library that are replaced by others.

The page *Ways to get Adam wrong* shows them; a test plants each in the
library, and records which of the published tests notice.
"""

import inspect
import json
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adamlib import formulas, optimizers
from adamlib.optimizers import Optimizer

DIFF = Path(__file__).with_suffix(".diff")
NOTICED = Path(__file__).with_suffix(".json")
RIGHT = "right: "  # so begin the names of rewritings that are no mistakes
CLASSES = {
    "adam": optimizers.Adam,
    "amsgrad": optimizers.AMSGrad,
    "adamw": optimizers.AdamW,
}


@dataclass(frozen=True)
class Rewriting:
    """A formula, or a method that all optimizers have, with other lines."""

    name: str
    place: str  # adam, amsgrad, adamw; or Optimizer.update and so on
    lines: str  # those that go begin with a minus, those that come with a plus

    @property
    def attribute(self) -> str:
        """What of an optimizer's class is another."""
        _, _, method = self.place.partition(".")
        return method or "formula"

    def rewritten(self) -> Callable[..., Any]:
        """The function with the new lines, from the library's source.

        Raises ValueError when the lines to replace do not stand there once.
        """
        owner, _, method = self.place.partition(".")
        module = optimizers if method else formulas
        function = getattr(Optimizer if method else formulas, method or owner)
        source = textwrap.dedent(inspect.getsource(function))
        for change in self.lines.strip("\n").split("\n\n"):
            old, new = (
                "".join(
                    f"    {line[1:]}\n"
                    for line in change.splitlines()
                    if line[0] == sign
                )
                for sign in "-+"
            )
            if source.count(old) != 1:
                raise ValueError(f"{self.place} has not once the lines\n{old}")
            source = source.replace(old, new)
        names: dict[str, Any] = dict(vars(module))
        exec(source, names)
        made: Callable[..., Any] = names[function.__name__]
        return made

    def subclass(self) -> type[Optimizer[Any]]:
        """The class that is wrong in this way: Adam, or the formula's."""
        base = CLASSES.get(self.place, optimizers.Adam)
        return type(base.__name__, (base,), {self.attribute: self.rewritten()})


def rewritings() -> dict[str, Rewriting]:
    """All of mistakes.diff, by name."""
    found = re.finditer(
        r"(?ms)^@@ (?P<name>[^\n]+) @@ (?P<place>[\w.]+)\n(?P<lines>.+?)"
        r"(?=^@@|\Z)",
        DIFF.read_text("utf-8"),
    )
    return {part["name"]: Rewriting(**part.groupdict()) for part in found}


def noticed() -> dict[str, Any]:
    """The published tests by short names, and which each mistake fails."""
    found: dict[str, Any] = json.loads(NOTICED.read_text("utf-8"))
    return found
