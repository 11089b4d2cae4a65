"""Adam's two ideas: a moving average, and the correction of its zero start."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from adamlib import _checks

T = TypeVar("T", float, _checks.Array)


def ema(previous: T, x: T, beta: float) -> T:
    """The next exponential moving average.

    ``beta * previous + (1 - beta) * x``, for numbers or arrays of one shape;
    exact for `fractions.Fraction`, and float32 stays float32. Raises
    ValueError unless 0 <= beta < 1, or for shapes that differ, TypeError for
    what is no number and no such array. Derived on the page *Moving averages*.
    """
    beta = _checks.decay("beta", beta)
    previous, x, beta = _checks.terms(previous=previous, x=x, beta=beta)
    return beta * previous + (1 - beta) * x


def ema_weights(beta: float, t: int) -> NDArray[Any]:
    """The weights of m_0, g_1, ..., g_t in m_t: t + 1 numbers that sum to 1.

    ``beta**t`` for m_0 and ``(1 - beta) * beta**(t - i)`` for g_i: float64,
    or exact when `beta` is a `Fraction`. Raises ValueError unless
    0 <= beta < 1 and t >= 0, TypeError for a t that is no integer. Derived on
    the page *Moving averages*.
    """
    beta, t = _checks.decay("beta", beta), _checks.count("t", t, least=0)
    of_gradients = [(1 - beta) * beta ** (t - i) for i in range(1, t + 1)]
    return np.array([beta**t, *of_gradients])


def bias_correction(average: T, beta: float, t: int) -> T:
    """A true average of what was seen, ``average / (1 - beta**t)``.

    `average` is m_t, a number or an array, that started at zero and has seen
    t >= 1 gradients. The divisor is computed in double precision; float32
    stays float32. Raises ValueError unless 0 <= beta < 1 and t >= 1, TypeError
    for a t that is no integer or an average that is none. Derived on the page
    *Bias correction*; Kingma and Ba (2015), section 3.
    """
    beta, t = _checks.decay("beta", beta), _checks.count("t", t, least=1)
    average, beta = _checks.terms(average=average, beta=beta)
    return average / (1 - beta**t)
