"""Functions to descend: value, gradient, start and minimum."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from adamlib import _checks
from adamlib._checks import Array


@dataclass(frozen=True, eq=False)
class Problem:
    """A function of n coordinates with a known minimum.

    `value` maps points of shape (..., n) to values of shape (...), so that a
    path or a grid is evaluated at once; `grad` maps one point (n,) to the
    gradient (n,).
    """

    value: Callable[[Array], Array]
    grad: Callable[[Array], Array]
    start: Array
    minimum: Array


def quadratic(hessian: ArrayLike, start: ArrayLike) -> Problem:
    """``x @ H @ x / 2`` with gradient ``H @ x`` and its minimum at 0.

    H is a symmetric positive definite (n, n) matrix, `start` a point (n,).
    Raises ValueError for any other. Used on the page *Descent*.
    """
    h, x0 = _checks.finite("hessian", hessian), _checks.finite("start", start)
    if h.ndim != 2 or h.shape != h.T.shape or h.size == 0:
        raise ValueError(f"hessian must be a square matrix, got {hessian!r}")
    if not np.array_equal(h, h.T) or np.linalg.eigvalsh(h)[0] <= 0:
        raise ValueError(
            f"hessian must be symmetric positive definite, got {hessian!r}"
        )
    if x0.shape != h[0].shape:
        raise ValueError(f"start must have shape {h[0].shape}, got {x0.shape}")
    return Problem(
        value=lambda x: np.einsum("...i,ij,...j->...", x, h, x) / 2,
        grad=lambda x: h.astype(x.dtype, copy=False) @ x,
        start=x0,
        minimum=np.zeros_like(x0),
    )


def rosenbrock() -> Problem:
    """A curved valley, ``(1 - x)**2 + 100 * (y - x**2)**2``.

    Its minimum is 0 at (1, 1). Starts at (-1.2, 1), as in Rosenbrock (1960).
    """

    def value(point: Array) -> Any:
        x, y = point[..., 0], point[..., 1]
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def grad(point: Array) -> Array:
        x, y = point
        return np.array(
            [-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)],
            point.dtype,
        )

    return Problem(
        value, grad, start=np.array([-1.2, 1.0]), minimum=np.array([1.0, 1.0])
    )


def noisy(problem: Problem, sigma: float, rng: np.random.Generator) -> Problem:
    """`problem` with noise on its gradient.

    Independent, normal, with standard deviation `sigma`. Raises ValueError for
    a sigma that is negative or not finite.
    """
    sigma = _checks.non_negative("sigma", sigma)

    def grad(x: Array) -> Array:
        exact = problem.grad(x)
        return exact + sigma * rng.normal(size=exact.shape).astype(exact.dtype)

    return replace(problem, grad=grad)
