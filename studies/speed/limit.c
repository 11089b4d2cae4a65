/* adam of adamlib/formulas.py in C, with no check: the limit that a step is measured against.
   Compiled with -Dreal=float -Droot=sqrtf, and with -Dreal=double -Droot=sqrt. */
#include <math.h>

/* h: learning rate, beta1, beta2, eps, eps_root. Not inlined, or the compiler would work on
   several steps at a time. */
static __attribute__((noinline)) void step(
    real *restrict w, const real *restrict g,
    real *restrict m, real *restrict v,
    const double *h, long n, long t)
{
    const real lr = h[0], eps = h[3], eps_root = h[4];
    const real beta1 = h[1], rest1 = 1 - h[1];
    const real beta2 = h[2], rest2 = 1 - h[2];
    const real correction1 = 1 - pow(h[1], t);
    const real correction2 = 1 - pow(h[2], t);
    for (long i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + rest1 * g[i];
        v[i] = beta2 * v[i] + rest2 * (g[i] * g[i]);
        real m_hat = m[i] / correction1, v_hat = v[i] / correction2;
        real size = root(v_hat + eps_root) + eps;
        w[i] = w[i] - lr * m_hat / size;
    }
}

/* After t steps, some more. */
void steps(real *w, const real *g, real *m, real *v, const double *h, long n, long t, long more)
{
    for (long last = t + more; t < last;)
        step(w, g, m, v, h, n, ++t);
}
