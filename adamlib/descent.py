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

    Used on the page *Descent*.

    Args:
        step (int): Which step failed, counted from 1.
        params (array): The last finite parameters.
        state (State): The last finite state.
        path (array): The points of `descend`, the losses of `train` till then.

    >>> descend(SGD(3.0), lambda w: w**3, np.array([2.0]), 99)
    Traceback (most recent call last):
    adamlib.descent.Diverged: step 6 is not finite; .params has the last ...
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
    """The path W_0, W_1, ..., one to a row.

    Raises `Diverged` at the first value that is not finite, and what
    `Optimizer.step` raises. Used on the page *Descent*.

    Args:
        optimizer (Optimizer): The method.
        grad (function of an array): The gradient at a point, of its shape.
        start (finite array): Where it begins, W_0.
        steps (int, at least 0): How many steps it makes.
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
    """The steps ``W[t - 1] - W[t]`` made of given gradients, whatever W is.

    AdamW's decay alone depends on the weights: it is not in these steps, which
    are made from weights of 0. Raises what `Optimizer.step` raises. Used on
    the page *The update*.

    Args:
        optimizer (Optimizer): The method.
        gradients (array of shape (steps, ...)): One to a row, as the result.
        state (State of a row's shape): What they follow; it stays as it was.
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
    """What `train` returns. Used on the page *A network*.

    Args:
        params (array): The trained parameters.
        state (State): What the optimizer remembers at the end.
        losses (array of shape (steps,)): The loss of each step's batch.

    >>> net, x, rng = MLP((4, 4)), np.eye(4), np.random.default_rng(0)
    >>> data = {"x": x, "y": np.arange(4), "batch_size": 2, "epochs": 9}
    >>> run = train(net, Adam(0.1), **data, rng=rng)
    >>> run.state.t, run.losses.shape, run.losses[-1] < run.losses[0]
    (18, (18,), np.True_)
    """

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

    Raises `Diverged` at the first value that is not finite. Used on the page
    *A network*.

    Args:
        model (MLP): The network.
        optimizer (Optimizer): The method.
        x (array of shape (n, widths[0])): The inputs.
        y (array of n rows): The targets, as the loss of `model` wants them.
        epochs (int, at least 1): How often each input is seen.
        batch_size (int, at least 1): How many at a time.
        rng (Generator): Draws the first parameters, then the batches.
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
    """One epoch: 0, ..., n - 1 in random order, some at a time.

    Used on the page *A network*.

    Args:
        n (int, at least 1): How many there are.
        batch_size (int, at least 1): How many at a time; at last, the rest.
        rng (Generator): Draws the order.
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

    The last name varies fastest. The order, and with seeded functions the
    results, do not depend on the executor. What `function` raises passes
    through. Used on the page *The constants*.

    Args:
        function (function): What is called; for processes, importable.
        grid (mapping of names to values): At least one value of each.
        executor (concurrent.futures.Executor): Runs them; without one, serial.
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
