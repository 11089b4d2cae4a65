"""Follow an optimizer: its path, its steps, a training; sweep a grid."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from adamlib import _checks
from adamlib._checks import Array
from adamlib.network import MLP
from adamlib.optimizers import Optimizer, S


class Diverged(ArithmeticError):
    """A loss, parameter or state became infinite or NaN.

    `step` counts from 1 and names the step that failed; `params` and `state`
    are the last finite ones, and `path` what was seen until then: the points
    for `descend`, the losses for `train`.
    """

    def __init__(
        self, step: int, params: Array, state: Any, path: Array
    ) -> None:
        super().__init__(
            f"step {step} is not finite; .params has the last finite ones"
        )
        self.step, self.params = step, params
        self.state, self.path = state, path

    # So that it survives the way back from another process.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.step, self.params, self.state, self.path)


def descend(
    optimizer: Optimizer[S],
    grad: Callable[[Array], Array],
    start: Array,
    steps: int,
) -> Array:
    """The path W_0 = `start`, W_1, ..., one to a row.

    Step t uses ``grad(W_{t-1})``. Raises `Diverged` at the first value that is
    not finite, ValueError for a negative count of steps or a start that is not
    finite, and what `Optimizer.step` raises.
    """
    steps = _checks.count("steps", steps, least=0)
    _checks.instance("optimizer", optimizer, Optimizer)
    _checks.function("grad", grad)
    params = np.array(_checks.array("start", start))
    if not _finite(params):
        raise ValueError(f"start must be finite, got {_checks.shown(start)}")
    state = optimizer.init(params)
    kept = _Kept(params, state)
    path = np.empty((steps + 1, *params.shape), params.dtype)
    path[0] = params
    with np.errstate(all="ignore"):  # what overflows is found below
        for t in range(1, steps + 1):
            optimizer.step(params, grad(path[t - 1, ...]), state)
            if not kept.finite(params, state):
                raise Diverged(t, kept.params, kept.state, path[:t])
            path[t] = params
    return path


class _Kept(Generic[S]):
    """The last finite params and state, in arrays of their own."""

    def __init__(self, params: Array, state: S) -> None:
        self.params, self.state = params.copy(), deepcopy(state)

    def finite(self, params: Array, state: S) -> bool:
        """Whether these are finite; if so, keep them."""
        if not all(map(_finite, (params, *state.arrays.values()))):
            return False
        np.copyto(self.params, params)
        for name, array in state.arrays.items():
            np.copyto(getattr(self.state, name), array)
        if hasattr(state, "t"):
            self.state.t = state.t  # type: ignore[attr-defined]
        return True


def _finite(array: Array) -> bool:
    """Whether all of it is; one sum tells, unless it overflows itself."""
    flat = array.reshape(-1)
    return bool(np.isfinite(flat @ flat) or np.isfinite(flat).all())


def replay(
    optimizer: Optimizer[S], gradients: Array, state: S | None = None
) -> Array:
    """The steps W_{t-1} - W_t made of given gradients, whatever the weights.

    `gradients` has one to a row, (steps, ...), and so has the result. With a
    `state`, of one row's shape, the steps that follow it; it stays as it was.
    AdamW's decay alone depends on the weights: it is not in these steps, which
    are made from weights of 0. Raises ValueError for gradients without rows
    and what `Optimizer.step` raises.
    """
    _checks.instance("optimizer", optimizer, Optimizer)
    if not _checks.array("gradients", gradients).ndim:
        raise ValueError(
            f"gradients must have rows, got {_checks.shown(gradients)}"
        )
    zero = np.zeros(gradients.shape[1:], gradients.dtype)
    if state is None:
        state = optimizer.init(zero)
    steps = np.empty_like(gradients)
    for t, grads in enumerate(gradients):
        params, state = optimizer.update(zero, grads, state)
        steps[t] = zero - params
    return steps


@dataclass(eq=False)
class Training(Generic[S]):
    """The trained params, the state, and the loss of each step's batch."""

    params: Array
    state: S
    losses: NDArray[np.float64]


def train(
    model: MLP,
    optimizer: Optimizer[S],
    x: Array,
    y: NDArray[Any],
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
) -> Training[S]:
    """Train `model` from ``model.init(rng)``, epoch by epoch, in `batches`.

    `x` is (n, widths[0]) and `y` has n rows. Raises `Diverged` at the first
    value that is not finite, ValueError for a count below 1, no rows or
    lengths that differ.
    """
    _checks.instance("model", model, MLP)
    _checks.instance("optimizer", optimizer, Optimizer)
    epochs = _checks.count("epochs", epochs, least=1)
    batch_size = _checks.count("batch_size", batch_size, least=1)
    _checks.shaped("x", x, "n", model.widths[0])
    y = _checks.plain("y", y, "iuf")
    if y.shape[:1] != (len(x),):
        raise ValueError(
            f"y must have {len(x)} rows, as x has, got shape {y.shape}"
        )
    params = model.init(rng, x.dtype)
    state, grads = optimizer.init(params), np.empty_like(params)
    kept = _Kept(params, state)
    losses: list[float] = []
    with np.errstate(all="ignore"):  # what overflows is found below
        for _ in range(epochs):
            for batch in batches(len(x), batch_size, rng):
                loss = model.value_and_grad(params, x[batch], y[batch], grads)
                optimizer.step(params, grads, state)
                if not (np.isfinite(loss) and kept.finite(params, state)):
                    seen = np.array(losses)
                    raise Diverged(
                        len(losses) + 1, kept.params, kept.state, seen
                    )
                losses.append(loss)
    return Training(params, state, np.array(losses))


def batches(
    n: int, batch_size: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """One epoch: 0, ..., n - 1 in random order, `batch_size` at a time.

    Raises ValueError for a count below 1, TypeError for an `rng` that is no
    Generator.
    """
    n = _checks.count("n", n, least=1)
    size = _checks.count("batch_size", batch_size, least=1)
    order = _checks.instance("rng", rng, np.random.Generator).permutation(n)
    return (order[start : start + size] for start in range(0, n, size))


def sweep(
    function: Callable[..., Any],
    grid: Mapping[str, Sequence[Any]],
    executor: Executor | None = None,
) -> list[tuple[dict[str, Any], Any]]:
    """``(settings, function(**settings))`` for each combination in `grid`.

    The last name varies fastest. Serial, or on any
    `concurrent.futures.Executor`; for processes `function` must be importable.
    The order, and with seeded functions the results, do not depend on the
    executor. Raises ValueError for a name without values; what `function`
    raises passes through.
    """
    _checks.function("function", function)
    _checks.instance("grid", grid, Mapping)
    for name, values in grid.items():
        _checks.instance("a name in grid", name, str)
        listed = isinstance(values, Sequence) or getattr(values, "ndim", 0)
        if isinstance(values, str | bytes) or not listed or not len(values):
            raise ValueError(
                f"grid[{name!r}] must be a non-empty sequence, "
                f"got {_checks.shown(values)}"
            )
    settings = [
        dict(zip(grid, values, strict=True))
        for values in product(*grid.values())
    ]
    if executor is None:
        return [(setting, function(**setting)) for setting in settings]
    _checks.instance("executor", executor, Executor)
    futures = [executor.submit(function, **setting) for setting in settings]
    return [
        (s, future.result())
        for s, future in zip(settings, futures, strict=True)
    ]
