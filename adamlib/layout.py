"""One vector, and named views of it: a matrix per quantity per layer."""

import math
from collections.abc import Mapping
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import Any

from adamlib import _checks
from adamlib._checks import Array


class Layout:
    """Where each named array lies in one vector, in the order of `shapes`.

    Used on the page *A network*.

    Args:
        shapes (mapping of names to tuples of int): At least one; each length
            is at least 1, and memory can hold the whole.

    >>> layout = Layout({"W1": (64, 32), "b1": (32,)})
    >>> layout.size
    2080
    >>> layout.views(np.arange(2080.0))["b1"][0]
    np.float64(2048.0)
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        _checks.instance("shapes", shapes, Mapping)
        if not shapes or "" in shapes:
            raise ValueError(
                f"shapes must name its arrays, got {_checks.shown(shapes)}"
            )
        found: dict[str, tuple[int, ...]] = {}
        for name, shape in shapes.items():
            _checks.instance("a name in shapes", name, str)
            each = f"shapes[{name!r}]"
            _checks.instance(each, shape, tuple)
            found[name] = tuple(_checks.count(each, n, 1) for n in shape)
        self.shapes: Mapping[str, tuple[int, ...]] = MappingProxyType(found)
        ends = list(accumulate(map(math.prod, found.values())))
        self.size = _checks.count("the size of shapes", ends[-1], least=1)
        self._slices = [slice(a, b) for a, b in pairwise([0, *ends])]

    # A mappingproxy cannot be pickled.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self.shapes),)

    def __repr__(self) -> str:
        return f"Layout({dict(self.shapes)})"

    def views(self, vector: Array) -> dict[str, Array]:
        """The named arrays as views, which share the memory of `vector`.

        Args:
            vector (array of shape (size,)): What they are views of.
        """
        _checks.shaped("vector", vector, self.size)
        named = zip(self.shapes.items(), self._slices, strict=True)
        return {
            name: vector[part].reshape(shape) for (name, shape), part in named
        }
