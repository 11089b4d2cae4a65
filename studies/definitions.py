"""The steps of each method by its definition, sharing nothing with adamlib.

One coordinate at a time, in decimal arithmetic. Each moment is written out as
a sum over all past gradients, so there is no recursion and no correction. Each
function takes the gradients g_1, g_2, ... and returns the steps d_1, d_2, ...,
where W_t = W_0 - d_1 - ... - d_t (AdamW's decay comes on top).
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from adamlib import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    Momentum,
    RMSProp,
)

Numbers = Sequence[Decimal]


def dot(powers: Numbers, past: Numbers) -> Decimal:
    """The sum of powers[k] times the k-th newest of the past."""
    pairs = zip(powers, reversed(past), strict=True)
    return sum((p * x for p, x in pairs), Decimal())


def powers_of(beta: Decimal, count: int) -> list[Decimal]:
    """1, beta, beta**2, ...; a decimal 0**0 is an error."""
    return [Decimal(1), *(beta**k for k in range(1, count))]


def sgd_steps(gs: Numbers, learning_rate: Decimal) -> list[Decimal]:
    """The gradient, scaled."""
    return [learning_rate * g for g in gs]


def momentum_steps(
    gs: Numbers, learning_rate: Decimal, beta1: Decimal
) -> list[Decimal]:
    """A weighted sum of the gradients so far."""
    b1 = powers_of(beta1, len(gs))
    return [
        learning_rate * (1 - beta1) * dot(b1[:t], gs[:t])
        for t in range(1, len(gs) + 1)
    ]


def adagrad_steps(
    gs: Numbers, learning_rate: Decimal, eps_root: Decimal
) -> list[Decimal]:
    """Over the root of the sum of all squares."""
    squares = [g * g for g in gs]
    return [
        learning_rate * g / (sum(squares[: t + 1]) + eps_root).sqrt()
        for t, g in enumerate(gs)
    ]


def rmsprop_steps(
    gs: Numbers, learning_rate: Decimal, beta2: Decimal, eps_root: Decimal
) -> list[Decimal]:
    """Over the root of a weighted sum of the squares."""
    squares, b2 = [g * g for g in gs], powers_of(beta2, len(gs))
    sums = [dot(b2[:t], squares[:t]) for t in range(1, len(gs) + 1)]
    return [
        learning_rate * g / ((1 - beta2) * total + eps_root).sqrt()
        for g, total in zip(gs, sums, strict=True)
    ]


def adadelta_steps(
    gs: Numbers, learning_rate: Decimal, beta2: Decimal, eps_root: Decimal
) -> list[Decimal]:
    """Times the root of a weighted sum of its own squared steps."""
    squares, b2 = [g * g for g in gs], powers_of(beta2, len(gs))
    deltas: list[Decimal] = []
    for t in range(1, len(gs) + 1):
        v = (1 - beta2) * dot(b2[:t], squares[:t])
        # u_{t-1} knows the steps before this one.
        u = (1 - beta2) * dot(b2[: t - 1], [d * d for d in deltas])
        deltas.append(((u + eps_root) / (v + eps_root)).sqrt() * gs[t - 1])
    return [learning_rate * d for d in deltas]


def adam_steps(
    gs: Numbers,
    learning_rate: Decimal,
    beta1: Decimal,
    beta2: Decimal,
    eps: Decimal,
    eps_root: Decimal,
) -> list[Decimal]:
    """m_hat and v_hat as weighted averages: weights over their sum."""
    squares = [g * g for g in gs]
    b1, b2 = powers_of(beta1, len(gs)), powers_of(beta2, len(gs))
    steps = []
    for t in range(1, len(gs) + 1):
        m_hat = dot(b1[:t], gs[:t]) / sum(b1[:t])
        v_hat = dot(b2[:t], squares[:t]) / sum(b2[:t])
        root = (v_hat + eps_root).sqrt()
        steps.append(learning_rate * m_hat / (root + eps))
    return steps


def amsgrad_steps(
    gs: Numbers,
    learning_rate: Decimal,
    beta1: Decimal,
    beta2: Decimal,
    eps: Decimal,
    eps_root: Decimal,
) -> list[Decimal]:
    """The largest of all sums so far, over the sum of the newest's weights."""
    squares = [g * g for g in gs]
    b1, b2 = powers_of(beta1, len(gs)), powers_of(beta2, len(gs))
    sums, steps = [], []
    for t in range(1, len(gs) + 1):
        sums.append(dot(b2[:t], squares[:t]))
        m_hat = dot(b1[:t], gs[:t]) / sum(b1[:t])
        v_hat = max(sums) / sum(b2[:t])
        root = (v_hat + eps_root).sqrt()
        steps.append(learning_rate * m_hat / (root + eps))
    return steps


DEFINITIONS: dict[type, Callable[..., list[Decimal]]] = {
    SGD: sgd_steps,
    Momentum: momentum_steps,
    Adagrad: adagrad_steps,
    RMSProp: rmsprop_steps,
    Adadelta: adadelta_steps,
    Adam: adam_steps,
    AMSGrad: amsgrad_steps,
    AdamW: adam_steps,  # and a decay
}
