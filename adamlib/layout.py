"""One vector, and named views of it: a matrix per quantity per layer."""

import math
from collections.abc import Mapping
from itertools import accumulate, pairwise
from types import MappingProxyType

from adamlib import _checks
from adamlib._checks import Array


class Layout:
    """Where each named array lies in one vector, in the order of `shapes`.

    ``Layout({"W1": (64, 32), "b1": (32,)})`` has `size` 2080. Raises TypeError
    for names that are no strings or sizes that are no integers, ValueError for
    no shapes or a size below 1. Used on the page *A network*.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        if not isinstance(shapes, Mapping):
            raise TypeError(f"shapes must be a mapping, got {shapes!r}")
        if not shapes:
            raise ValueError(f"shapes must name an array, got {shapes!r}")
        for name, shape in shapes.items():
            if not isinstance(name, str):
                raise TypeError(f"shapes must be named by str, got {name!r}")
            if not isinstance(shape, tuple):
                raise TypeError(
                    f"shapes[{name!r}] must be a tuple, got {shape!r}"
                )
            for length in shape:
                _checks.count(f"shapes[{name!r}]", length, least=1)
        self.shapes: Mapping[str, tuple[int, ...]] = MappingProxyType(
            dict(shapes)
        )
        ends = list(accumulate(map(math.prod, shapes.values())))
        self.size = ends[-1]
        self._slices = [slice(a, b) for a, b in pairwise([0, *ends])]

    def __repr__(self) -> str:
        return f"Layout({dict(self.shapes)})"

    def views(self, vector: Array) -> dict[str, Array]:
        """The named arrays as views, which share the memory of `vector`.

        Raises TypeError unless `vector` is an array of float32 or float64,
        ValueError unless its shape is (size,).
        """
        _checks.array("vector", vector)
        if vector.shape != (self.size,):
            raise ValueError(
                f"vector must have shape ({self.size},), got {vector.shape}"
            )
        named = zip(self.shapes.items(), self._slices, strict=True)
        return {
            name: vector[part].reshape(shape) for (name, shape), part in named
        }
