"""Ways to get Adam wrong: lines of the library that are replaced by others.

The page *Ways to get Adam wrong* shows them, tests/test_mistakes.py plants them in the library.
"""

import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adamlib import optimizers
from adamlib.optimizers import Optimizer

DIFF = Path(__file__).with_suffix(".diff")
RIGHT = "right: "  # so begin the names of rewritings that are no mistakes


@dataclass(frozen=True)
class Rewriting:
    """A method of a class in adamlib/optimizers.py, and lines of it that are replaced."""

    name: str
    owner: str
    method: str
    lines: str  # those that go begin with a minus, those that come with a plus

    @property
    def cls(self) -> type[Optimizer]:
        return getattr(optimizers, self.owner)

    def rewritten(self) -> Callable:
        """The method with the new lines, from the library's source as it stands."""
        source = textwrap.dedent(inspect.getsource(vars(self.cls)[self.method]))
        for change in self.lines.strip().split("\n\n"):
            old, new = (
                "".join(f"    {line[1:]}\n" for line in change.splitlines() if line[0] == sign)
                for sign in "-+"
            )
            if source.count(old) != 1:
                raise ValueError(f"{self.owner}.{self.method} has not once the lines\n{old}")
            source = source.replace(old, new)
        # super() looks for a __class__ in the function around the method.
        body = textwrap.indent(source, "    ")
        names = dict(vars(optimizers))
        exec(f"def around(__class__):\n{body}    return {self.method}", names)
        return names["around"](self.cls)

    def subclass(self) -> type[Optimizer]:
        """The class with this method: Adam, where the method is every optimizer's.

        Its `step` calls `update`, for the kernel does not have the new lines.
        """
        base = optimizers.Adam if self.cls is Optimizer else self.cls
        body = {self.method: self.rewritten(), "_in_place": Optimizer._in_place}
        return type(base.__name__, (base,), body)


def rewritings() -> dict[str, Rewriting]:
    """All of tests/mistakes.diff, by name."""
    header = r"^@@ (?P<name>[^\n]+) @@ (?P<owner>\w+)\.(?P<method>\w+)\n"
    found = re.finditer(rf"(?ms){header}(?P<lines>.+?)(?=^@@|\Z)", DIFF.read_text("utf-8"))
    return {part["name"]: Rewriting(**part.groupdict()) for part in found}
