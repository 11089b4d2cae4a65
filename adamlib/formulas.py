"""Each method in a few lines: the only place where it is written.

w, g and the moments are numbers or arrays: each coordinate is acted on alone.
c has the constants of the step, rounded once to the precision of w: the
hyperparameters by name and, for each decay beta, the rest 1 - beta and the
correction 1 - beta**t. The next w and moments are returned.

The operations are + - * / sqrt and maximum, so that `step` can run a formula
on blocks or compile it. A square is g * g: the ``**2`` of a NumPy scalar may
differ from that of an array in the last bit.
"""

from numpy import maximum, sqrt


def sgd(w, g, c):
    return (w - c.learning_rate * g,)


def momentum(w, g, m, c):
    m = c.beta1 * m + c.rest1 * g
    return w - c.learning_rate * m, m


def adagrad(w, g, v, c):
    v = v + g * g
    return w - c.learning_rate * g / sqrt(v + c.eps_root), v


def rmsprop(w, g, v, c):
    v = c.beta2 * v + c.rest2 * (g * g)
    return w - c.learning_rate * g / sqrt(v + c.eps_root), v


def adadelta(w, g, v, u, c):
    v = c.beta2 * v + c.rest2 * (g * g)
    d = sqrt(u + c.eps_root) / sqrt(v + c.eps_root) * g
    u = c.beta2 * u + c.rest2 * (d * d)
    return w - c.learning_rate * d, v, u


def adam(w, g, m, v, c):
    m = c.beta1 * m + c.rest1 * g
    v = c.beta2 * v + c.rest2 * (g * g)
    m_hat, v_hat = m / c.correction1, v / c.correction2
    size = sqrt(v_hat + c.eps_root) + c.eps
    return w - c.learning_rate * m_hat / size, m, v


def amsgrad(w, g, m, v, v_max, c):
    m = c.beta1 * m + c.rest1 * g
    v = c.beta2 * v + c.rest2 * (g * g)
    v_max = maximum(v_max, v)
    m_hat, v_hat = m / c.correction1, v_max / c.correction2
    size = sqrt(v_hat + c.eps_root) + c.eps
    return w - c.learning_rate * m_hat / size, m, v, v_max


def adamw(w, g, m, v, c):
    w = w - c.learning_rate * (c.weight_decay * w)
    return adam(w, g, m, v, c)
