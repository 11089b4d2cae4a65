"""Adam's two ideas: a moving average, and the correction of its zero start."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from adamlib import _checks

T = TypeVar("T", float, _checks.Array)


def ema(previous: T, x: T, beta: float) -> T:
    """The next exponential moving average.

    ``beta * previous + (1 - beta) * x``, exact for `fractions.Fraction`;
    float32 stays float32. Derived on the page *Moving averages*.

    Args:
        previous (number or array): The average until now.
        x (number or array of that shape): What the average sees next.
        beta (number in [0, 1)): The decay.
    """
    beta = _checks.decay("beta", beta)
    previous, x, beta = _checks.terms(previous=previous, x=x, beta=beta)
    return beta * previous + (1 - beta) * x


def ema_weights(beta: float, t: int) -> NDArray[Any]:
    """The weights of m_0, g_1, ..., g_t in m_t: t + 1 numbers that sum to 1.

    ``beta**t`` for m_0 and ``(1 - beta) * beta**(t - i)`` for g_i. Derived on
    the page *Moving averages*.

    Args:
        beta (number in [0, 1)): The decay; of a `Fraction` they are exact.
        t (int, at least 0): How many gradients there were.
    """
    beta, t = _checks.decay("beta", beta), _checks.count("t", t, least=0)
    of_gradients = [(1 - beta) * beta ** (t - i) for i in range(1, t + 1)]
    return np.array([beta**t, *of_gradients])


def bias_correction(average: T, beta: float, t: int) -> T:
    """A true average of what was seen, ``average / (1 - beta**t)``.

    The divisor is computed in double precision; float32 stays float32. Derived
    on the page *Bias correction*; Kingma and Ba (2015), section 3.

    Args:
        average (number or array): What started at zero.
        beta (number in [0, 1)): Its decay.
        t (int, at least 1): How many gradients it has seen.
    """
    beta, t = _checks.decay("beta", beta), _checks.count("t", t, least=1)
    average, beta = _checks.terms(average=average, beta=beta)
    return average / (1 - beta**t)
