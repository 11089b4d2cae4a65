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

from adamlib import optimizers
from adamlib.optimizers import Optimizer

DIFF = Path(__file__).with_suffix(".diff")
NOTICED = Path(__file__).with_suffix(".json")
RIGHT = "right: "  # so begin the names of rewritings that are no mistakes


@dataclass(frozen=True)
class Rewriting:
    """A method in adamlib/optimizers.py, and lines of it that are replaced."""

    name: str
    owner: str
    method: str
    lines: str  # those that go begin with a minus, those that come with a plus

    @property
    def cls(self) -> type[Optimizer[Any]]:
        """The class whose method it is."""
        owner: type[Optimizer[Any]] = getattr(optimizers, self.owner)
        return owner

    def rewritten(self) -> Callable[..., Any]:
        """The method with the new lines, from the library's source.

        Raises ValueError when the lines to replace do not stand there once.
        """
        source = textwrap.dedent(
            inspect.getsource(vars(self.cls)[self.method])
        )
        for change in self.lines.strip().split("\n\n"):
            old, new = (
                "".join(
                    f"    {line[1:]}\n"
                    for line in change.splitlines()
                    if line[0] == sign
                )
                for sign in "-+"
            )
            if source.count(old) != 1:
                raise ValueError(
                    f"{self.owner}.{self.method} has not once the lines\n{old}"
                )
            source = source.replace(old, new)
        # super() looks for a __class__ in the function around the method.
        body = textwrap.indent(source, "    ")
        names: dict[str, Any] = dict(vars(optimizers))
        exec(f"def around(__class__):\n{body}    return {self.method}", names)
        method: Callable[..., Any] = names["around"](self.cls)
        return method

    def subclass(self) -> type[Optimizer[Any]]:
        """The class with this method: Adam, where every optimizer has it.

        Its `step` calls `update`, for the kernel does not have the new lines.
        """
        base = optimizers.Adam if self.cls is Optimizer else self.cls
        body = {
            self.method: self.rewritten(),
            "_in_place": Optimizer._in_place,
        }
        return type(base.__name__, (base,), body)


def rewritings() -> dict[str, Rewriting]:
    """All of mistakes.diff, by name."""
    header = r"^@@ (?P<name>[^\n]+) @@ (?P<owner>\w+)\.(?P<method>\w+)\n"
    found = re.finditer(
        rf"(?ms){header}(?P<lines>.+?)(?=^@@|\Z)", DIFF.read_text("utf-8")
    )
    return {part["name"]: Rewriting(**part.groupdict()) for part in found}


def noticed() -> dict[str, Any]:
    """The published tests, by short names, and which each mistake fails."""
    found: dict[str, Any] = json.loads(NOTICED.read_text("utf-8"))
    return found
