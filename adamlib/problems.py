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

    Used on the page *Descent*.

    Args:
        value (function): Maps points of shape (..., n) to values of shape
            (...), so that a path or a grid is evaluated at once.
        grad (function): Maps one point (n,) to the gradient (n,).
        start (array of shape (n,)): Where to begin, kept as read-only copy.
        minimum (array of shape (n,)): Where it is least, kept likewise.

    >>> hill = quadratic([[1, 0], [0, 9]], start=[3, 1])
    >>> hill.value(hill.start), hill.grad(hill.start)
    (np.float64(9.0), array([3., 9.]))
    """

    value: Callable[[Array], Any]
    grad: Callable[[Array], Array]
    start: Array
    minimum: Array

    def __post_init__(self) -> None:
        _checks.function("value", self.value)
        _checks.function("grad", self.grad)
        for name in ("start", "minimum"):
            point = np.array(_checks.array(name, getattr(self, name)))
            point.flags.writeable = False
            object.__setattr__(self, name, point)

    # The arrays of a copy would be writable.
    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.value, self.grad, self.start, self.minimum)


@dataclass(frozen=True, eq=False)
class _Quadratic:
    hessian: Array

    def value(self, x: Array) -> Any:
        _checks.shaped("x", x, "...", len(self.hessian))
        return np.einsum("...i,ij,...j->...", x, self.hessian, x) / 2

    def grad(self, x: Array) -> Array:
        _checks.shaped("x", x, len(self.hessian))
        return self.hessian.astype(x.dtype, copy=False) @ x


def quadratic(hessian: ArrayLike, start: ArrayLike) -> Problem:
    """``x.T @ H @ x / 2`` with gradient ``H @ x`` and its minimum at 0.

    Used on the page *Descent*.

    Args:
        hessian (array of shape (n, n)): H, which is positive definite, and
            symmetric up to rounding.
        start (array of shape (n,)): Where to begin.
    """
    h, x0 = _checks.finite("hessian", hessian), _checks.finite("start", start)
    if h.ndim != 2 or h.shape != h.T.shape or h.size == 0:
        raise ValueError(
            f"hessian must be a square matrix, got {_checks.shown(hessian)}"
        )
    rounding = 1e-12 * abs(h).max()
    h, transposed = h / 2 + h.T / 2, h.T  # symmetric to the last bit
    if abs(h - transposed).max() > rounding or np.linalg.eigvalsh(h)[0] <= 0:
        raise ValueError(
            "hessian must be symmetric positive definite, "
            f"got {_checks.shown(hessian)}"
        )
    _checks.shaped("start", x0, len(h))
    form = _Quadratic(h)
    return Problem(form.value, form.grad, x0, np.zeros_like(x0))


def rosenbrock() -> Problem:
    """A curved valley, ``(1 - x)**2 + 100 * (y - x**2)**2``.

    Its minimum is 0 at (1, 1). Starts at (-1.2, 1), as in Rosenbrock (1960).
    Used on the page *Momentum*.
    """
    start, minimum = np.array([[-1.2, 1.0], [1.0, 1.0]])
    return Problem(_valley_value, _valley_grad, start, minimum)


def _valley_value(point: Array) -> Any:
    _checks.shaped("point", point, "...", 2)
    x, y = point[..., 0], point[..., 1]
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _valley_grad(point: Array) -> Array:
    x, y = _checks.shaped("point", point, 2)
    return np.array(
        [-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], point.dtype
    )


def noisy(problem: Problem, sigma: float, rng: np.random.Generator) -> Problem:
    """A problem with noise on its gradient, independent and normal.

    Where a descent in noise comes to rest is derived on the page *Descent*.

    Args:
        problem (Problem): What the noise is added to.
        sigma (float, at least 0): The standard deviation.
        rng (Generator): Draws it.
    """
    _checks.instance("problem", problem, Problem)
    sigma = _checks.non_negative("sigma", sigma)
    _checks.instance("rng", rng, np.random.Generator)
    return replace(problem, grad=_Noisy(problem.grad, sigma, rng))


@dataclass(frozen=True, eq=False)
class _Noisy:
    grad: Callable[[Array], Array]
    sigma: float
    rng: np.random.Generator

    def __call__(self, x: Array) -> Array:
        exact = self.grad(x)
        noise = self.sigma * self.rng.normal(size=exact.shape)
        return exact + noise.astype(exact.dtype)
