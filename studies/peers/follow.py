"""adamlib's side of a comparison, and how far two paths are apart."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import sqrt
from typing import Any

import adamlib
import numpy as np

from studies.peers import Array

# As far apart as two paths that agree may be.
SAME = {"float64": 1e-12, "float32": 1e-5}


@dataclass(frozen=True)
class Case:
    """A method with its constants, and what another library does otherwise."""

    method: str
    settings: dict[str, float] = field(default_factory=dict)
    dtype: str = "float64"
    start_v: float = 0.0  # Adagrad's v before the first step
    eps_hat: bool = False  # `eps` is added to the root of the raw v
    corrected_max: bool = False  # AMSGrad's maximum is of the corrected v
    falls: int = 0  # the step from which on the rate is a tenth; 0: none
    rate_inside: bool = False  # Momentum sums steps: each keeps its rate

    @cached_property
    def optimizer(self) -> Any:
        """The method of adamlib, with the constants."""
        return getattr(adamlib, self.method)(**self.settings)

    def rate(self, t: int) -> float:
        """The learning rate of step t."""
        first = float(self.optimizer.learning_rate)
        return first / 10 if 0 < self.falls <= t else first


def follow(case: Case, start: Array, gradients: Iterable[Array]) -> Array:
    """The path W_0, W_1, ... that adamlib makes of gradients."""
    optimizer, path = case.optimizer, [start]
    state = optimizer.init(start)
    if case.start_v:
        state.v.fill(case.start_v)

    def share(t: int) -> float:  # what the coefficients in v_t sum to
        return float(1 - optimizer.beta2**t)

    for t, grads in enumerate(gradients, start=1):
        if t == case.falls:
            optimizer = replace(optimizer, learning_rate=case.rate(t))
        now = optimizer
        if case.eps_hat:
            now = replace(now, eps=now.eps / sqrt(share(t)))
        if case.corrected_max and t > 1:
            state.v_max *= share(t) / share(t - 1)
        if case.rate_inside and t > 1:
            state.m *= case.rate(t - 1) / case.rate(t)
        params, state = now.update(path[-1], grads, state)
        path.append(params)
    return np.array(path)


def apart(path: Array, other: Array) -> Array:
    """Per step: the difference over the largest |W| so far."""
    path, other = np.asarray(path, float), np.asarray(other, float)
    size = np.maximum.accumulate(np.maximum(abs(path), abs(other)))
    relative = abs(path - other) / np.where(size > 0, size, 1)
    worst: Array = relative.max(axis=-1)
    return worst
