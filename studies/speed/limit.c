/* The operators of adam in adamlib/formulas.py in one pass, looped here, with no check: what is
   left to gain. h: learning rate, beta1, beta2, eps, eps_root. */
#include <math.h>

#define ADAM(name, real, root)                                                                 \
    static __attribute__((noinline)) void name##_step(                                         \
        real *restrict w, const real *restrict g, real *restrict m, real *restrict v,          \
        const double *h, long n, long t)                                                       \
    {                                                                                          \
        const real lr = h[0], b1 = h[1], r1 = 1 - h[1], b2 = h[2], r2 = 1 - h[2];              \
        const real eps = h[3], eps_root = h[4], c1 = 1 - pow(h[1], t), c2 = 1 - pow(h[2], t);  \
        for (long i = 0; i < n; i++) {                                                         \
            m[i] = b1 * m[i] + r1 * g[i];                                                      \
            v[i] = b2 * v[i] + r2 * (g[i] * g[i]);                                             \
            w[i] = w[i] - lr * (m[i] / c1) / (root(v[i] / c2 + eps_root) + eps);               \
        }                                                                                      \
    }                                                                                          \
    void name(real *w, const real *g, real *m, real *v, const double *h, long n, long t,       \
              long steps)                                                                      \
    {                                                                                          \
        for (long last = t + steps; t < last;)                                                 \
            name##_step(w, g, m, v, h, n, ++t);                                                \
    }

ADAM(adam_float32, float, sqrtf)
ADAM(adam_float64, double, sqrt)
