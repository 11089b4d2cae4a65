"""One vector, and named views of it: a matrix for each quantity in each layer."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from adamlib import _checks
from adamlib._checks import Array


class Layout:
    """Where each named array lies in one vector, in the order of `shapes`.

    ``Layout({"W1": (64, 32), "b1": (32,)})`` has `size` 2080. Raises TypeError for names that
    are no strings or sizes that are no integers, ValueError for no shapes or a size below 1.
    Used on the page *A network*.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        if not shapes:
            raise ValueError(f"shapes must name at least one array, got {shapes!r}")
        checked = {}
        for name, shape in shapes.items():
            if not isinstance(name, str):
                raise TypeError(f"shapes must have strings as names, got {name!r}")
            if not isinstance(shape, tuple):
                raise TypeError(f"shapes[{name!r}] must be a tuple, got {shape!r}")
            checked[name] = tuple(_checks.count(f"shapes[{name!r}]", n, least=1) for n in shape)
        self.shapes: Mapping[str, tuple[int, ...]] = MappingProxyType(checked)
        self.size = sum(math.prod(shape) for shape in checked.values())

    def __repr__(self) -> str:
        return f"Layout({dict(self.shapes)})"

    def views(self, vector: Array) -> dict[str, Array]:
        """The named arrays as views: they share the memory of `vector`, of shape (size,).

        Raises TypeError unless `vector` is an array of float32 or float64, ValueError for
        another shape.
        """
        _checks.array("vector", vector)
        if vector.shape != (self.size,):
            raise ValueError(f"vector must have shape ({self.size},), got {vector.shape}")
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()])
        parts = np.split(vector, ends[:-1])
        return {
            name: part.reshape(shape)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }
