"""Adam's step in place, one cache-sized block at a time.

NumPy evaluates one operator at a time. On whole arrays each of them would
travel to memory and back; on a block that stays in the cache only params,
grads, m and v do. The operators and their order are those of `Adam.update`, so
the results are the same, bit for bit.
"""

import numpy as np

from adamlib._checks import Array

# Of each array: the four and two of scratch fit a small second-level cache.
BLOCK_BYTES = 64 * 1024


def adam_step(
    params: Array,
    grads: Array,
    m: Array,
    v: Array,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    correction1: float,
    correction2: float,
    eps: float,
    eps_root: float,
) -> None:
    """Write the next params, m and v, for step t.

    All arrays are flat, contiguous and of one dtype. The corrections are
    ``1 - beta1**t`` and ``1 - beta2**t``.
    """

    def scalar(value: float) -> Array:
        # A 0-d array is cheaper per call than a float.
        return np.asarray(value, params.dtype)

    b1, c1, b2, c2 = map(scalar, (beta1, 1 - beta1, beta2, 1 - beta2))
    rate, k1, k2, floor, root_floor = map(
        scalar, (learning_rate, correction1, correction2, eps, eps_root)
    )
    block = min(params.size, BLOCK_BYTES // params.itemsize)
    scratch = np.empty((2, block), params.dtype)
    for start in range(0, params.size, block or 1):
        here = slice(start, start + block)
        w, g, m_, v_ = params[here], grads[here], m[here], v[here]
        step, root = scratch[0, : w.size], scratch[1, : w.size]

        np.multiply(m_, b1, out=m_)
        np.multiply(g, c1, out=step)
        np.add(m_, step, out=m_)

        np.multiply(v_, b2, out=v_)
        np.multiply(g, g, out=root)
        np.multiply(root, c2, out=root)
        np.add(v_, root, out=v_)

        np.divide(v_, k2, out=root)
        np.add(root, root_floor, out=root)
        np.sqrt(root, out=root)
        np.add(root, floor, out=root)

        np.divide(m_, k1, out=step)
        np.multiply(step, rate, out=step)
        np.divide(step, root, out=step)
        np.subtract(w, step, out=w)
