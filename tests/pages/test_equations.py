r"""What the pages print is true of awkward numbers: equations, algorithms, formulas of theorems.

The numbers come from the library and from recursions, never from the formula. Then each sign,
square, index, root and relation is changed, one at a time, and the change must be seen.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from equations import TEXT, Claim, Values, claims, execute, formulas, holds
from sympy.parsing.latex import LaTeXParsingError

from adamlib import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamState,
    AdamW,
    AMSGrad,
    Diverged,
    Momentum,
    RMSProp,
    bias_correction,
    descend,
    ema,
    replay,
)

T = 7  # the last step of each run
B1, B2 = 0.8, 0.93
G = [np.nan, 0.7, -1.3, 0.25, 2.1, -0.4, 0.9, -0.15]  # g_1 to g_7


def run(method: Any, gradients: list[float] = G, start: float = 0.3) -> dict[str, Any]:
    """W, g and the moments by index, and the constants, by their printed names."""
    w, state = np.array(start), method.init(np.array(start))
    seen: dict[str, list[float]] = {"W": [start], "g": [np.nan]}
    printed = {"m": "m", "v": "v", "u": "u", "v_max": r"v^\max"}
    arrays = {printed[name]: [float(a)] for name, a in state.arrays.items()}
    for g in gradients[1:]:
        w, state = method.update(w, np.array(g), state)
        seen["W"].append(float(w))
        seen["g"].append(g)
        for name, array in state.arrays.items():
            arrays[printed[name]].append(float(array))
    greek = {"learning_rate": r"\eta", "beta1": r"\beta_1", "beta2": r"\beta_2"}
    greek |= {"eps_root": r"\epsilon", "eps": r"\epsilon_out", "weight_decay": r"\delta"}
    constants = {greek[name]: value for name, value in asdict(method).items()}
    return seen | arrays | constants


def corrected(values: Values) -> dict[str, Any]:
    """The run with its corrected averages."""
    hats = {
        rf"\hat{name}": [
            np.nan,
            *(bias_correction(values[name][t], values[beta], t) for t in range(1, T + 1)),
        ]
        for name, beta in (("m", r"\beta_1"), ("v", r"\beta_2"))
    }
    return {**values, **hats}


ADAM = corrected(run(Adam(0.01, B1, B2, eps=0.03, eps_root=0.02)))
NOTE = corrected(run(Adam(0.01, B1, B2, eps=0.0, eps_root=0.02)))
PAPER = corrected(run(Adam(0.01, B1, B2, eps=0.03, eps_root=0.0)))


def average() -> Values:
    """An average from anywhere; the coefficient of g_i is what a 1 there alone makes of it."""
    m = [0.4]
    for g in G[1:]:
        m.append(ema(m[-1], g, B1))

    def coefficient(t: float, i: float) -> float:
        a = float(i == 0)
        for step in range(1, int(t) + 1):
            a = ema(a, float(step == i), B1)
        return a

    return {"m": m, "g": G, r"\beta": B1, "w": coefficient, "i": 3}


def varying() -> Values:
    """b_t is what is left of the average before, when the new gradient is 0."""
    left = [bias_correction(ema(ADAM["m"][t - 1], 0.0, B1), B1, t) for t in range(1, T + 1)]
    before = [np.nan, 1.0, *ADAM[r"\hatm"][1:]]
    b = [new / old for new, old in zip(left, before[1:], strict=False)]
    return {**ADAM, r"\beta": B1, "b": [np.nan, *b]}


def uncorrected() -> Values:
    raw = [a / np.sqrt(b) for a, b in zip(ADAM["m"][1:], ADAM["v"][1:], strict=True)]
    true = [a / np.sqrt(b) for a, b in zip(ADAM[r"\hatm"][1:], ADAM[r"\hatv"][1:], strict=True)]
    return {**ADAM, r"\kappa": [np.nan, *(a / b for a, b in zip(raw, true, strict=True))]}


def longest() -> Values:
    """The steps that gradients growing by beta2/beta1 make, each the first that is so long."""

    def step(t: float) -> float:
        adam = Adam(1.0, B1, B2, eps=1e-300, eps_root=0.0)
        growing = [np.nan, *((B2 / B1) ** (i - t) for i in range(1, int(t) + 1))]
        return abs(np.diff(run(adam, growing, 0.0)["W"])[-1])

    return {r"\beta_1": B1, r"\beta_2": B2, "B": step, r"B_\infty": step(600), "r": B1**2 / B2}


def ball(eta: float = 0.02, curvature: float = 3.0) -> Values:
    """Momentum on a parabola."""
    w = descend(Momentum(eta, B1), lambda w: curvature * w, np.array(0.3), T)
    g = [np.nan, *(curvature * w[:-1])]
    return {
        "W": list(w), "g": g, r"\beta": B1, r"\alpha": (1 - B1) * eta,
        "s": (1 - B1) * eta * curvature, r"\eta": eta,
    }  # fmt: skip


def hat_epsilon() -> Values:
    """Constant under the raw root, so at this one step what the outer floor is there."""
    hat = PAPER[r"\epsilon_out"] * np.sqrt(1 - B2**T)
    alpha = [PAPER[r"\eta"] * m / np.sqrt(v) for m, v in _ratios()]
    return {**PAPER, r"\hat\epsilon": hat, r"\alpha": [np.nan, *alpha]}


def _ratios() -> Iterator[tuple[float, float]]:
    for t in range(1, T + 1):
        yield PAPER[r"\hatm"][t] / PAPER["m"][t], PAPER[r"\hatv"][t] / PAPER["v"][t]


def balance() -> Values:
    """From which weight a step of Adam leads to its opposite, by bisection."""
    found, gamma = {}, gain()[r"\gamma"]
    for name, floors in (("in", {"eps_root": 1e-6}), ("out", {"eps": 1e-3, "eps_root": 0.0})):
        adam, low, high = Adam(0.01, B1, B2, **floors), 1e-9, 0.01
        for _ in range(200):
            w = np.array((low + high) / 2)
            before = AdamState(-gamma * 3 * w, (3 * w) ** 2, 10**5)
            beyond = adam.update(w, 3 * w, before)[0] < -w
            low, high = (float(w), high) if beyond else (low, float(w))
        found[rf"\omega_{name}"] = low
    return {**found, r"\eta": 0.01, r"\gamma": gamma, "q": 0.01 * 3 / 1e-3}


def cubic() -> Values:
    """A loss of degree 3, of which the rest in the formula is 0."""
    loss, w, h = np.polynomial.Polynomial([0.3, -1.1, 0.7, 0.9]), 0.8, 0.3
    secant = (loss(w + h) - loss(w - h)) / (2 * h)
    return {
        "J": loss,
        "J'": loss.deriv(),
        "J'''": loss.deriv(3),
        "w": w,
        "h": h,
        "D_h": secant,
        "O": 0.0,
    }


def noisy() -> Values:
    """Gradients of three values with their chances."""
    x, p = np.array([-1.0, 0.5, 3.0]), np.array([0.2, 0.5, 0.3])
    mean, square = float(p @ x), float(p @ x**2)
    return {
        r"\eta": 0.1, r"\mu": mean, r"\sigma": float(np.sqrt(p @ (x - mean) ** 2)),
        r"\mathbbE[\hatm_t]": mean, r"\mathbbE[\hatv_t]": square,
    }  # fmt: skip


def batch() -> Values:
    """Three pairs, each with another word first, the wrong word next, or the right one."""
    chances, slopes = np.array([0.6, 0.4 * 0.7, 0.4 * 0.3]), np.array([0.0, 0.25, 0.25 - 1])
    mean = square = 0.0
    for three in np.ndindex(3, 3, 3):
        g, chance = slopes[[*three]].mean(), chances[[*three]].prod()
        mean, square = mean + chance * g, square + chance * g**2
    return {
        r"\mathbbE[g]": mean, r"\mathbbE[g^2]": square,
        "B": 3.0, r"\pi_k": 0.4, "p": 0.3, "q": 0.25, "d": 0.25 - 0.3,
    }  # fmt: skip


def of_two() -> Values:
    """The step for each example, of batches that are all pairs of those three values."""
    x, p = np.array([-1.0, 0.5, 3.0]), np.array([0.2, 0.5, 0.3])
    means, chances = np.add.outer(x, x) / 2, np.outer(p, p)
    step = 0.1 * np.sum(chances * means) / np.sqrt(np.sum(chances * means**2))
    return {**noisy(), r"\eta_B": 0.1, "B": 2.0, "it": step / 2}


def spike(after: int = 5, size: float = 40.0) -> Values:
    """The step when ones, of which there were many, have come again for so long."""
    adam = Adam(1.0, B1, B2, eps=1e-300, eps_root=0.0)
    settled = AdamState(np.array(1.0), np.array(1.0), 10**6)
    made = replay(adam, np.array([size, *[1.0] * after]), settled)
    return {r"\beta_1": B1, r"\beta_2": B2, "S": size, "k": after, "it": made[-1]}


EQUATIONS: dict[str, Callable[[], Values]] = {
    "eq-sgd": lambda: run(SGD(0.1)),
    "eq-momentum": lambda: run(Momentum(0.1, B1)),
    "eq-heavy-ball": ball,
    "eq-momentum-recursion": ball,
    "eq-adagrad": lambda: run(Adagrad(0.1, eps_root=0.02)),
    "eq-rmsprop": lambda: run(RMSProp(0.1, B2, eps_root=0.02)),
    "eq-adadelta": lambda: adadelta(),
    "eq-ema": average,
    "eq-unrolled": average,
    "eq-weights": average,
    "eq-second-moment": lambda: ADAM,
    "eq-corrected": lambda: ADAM,
    "eq-varying-decay": varying,
    "eq-kappa": uncorrected,
    "eq-adam": lambda: ADAM,
    "eq-signal": noisy,
    "eq-bound": longest,
    "eq-bound-limit": longest,
    "eq-epsilon-inside": lambda: NOTE,
    "eq-epsilon-outside": lambda: PAPER,
    "eq-epsilon-hat": hat_epsilon,
    "eq-rest-edge": lambda: edge(0.99)[0],
    "eq-rest-size": balance,
    "eq-difference": cubic,
    "eq-why-batch": batch,
    "eq-practice-pace": lambda: of_two(),
    "eq-practice-spike": lambda: spike(),
    "eq-amsgrad": lambda: run(AMSGrad(0.1, B1, B2), [*G[:-1], 5.0]),
    "eq-adamw": lambda: corrected(
        run(AdamW(0.1, B1, B2, weight_decay=0.3, eps_root=0.02, eps=0.0))
    ),
}


def adadelta() -> Values:
    run_ = run(Adadelta(0.7, B2, eps_root=0.02))
    return {**run_, r"\Delta": [np.nan, *(-np.diff(run_["W"]) / 0.7)]}


OF_MATRICES = {
    "eq-quadratic", "eq-forward", "eq-loss", "eq-softmax", "eq-backprop",
    "eq-why-loss", "eq-why-gradient",
}  # fmt: skip


def said(label: str) -> list[Claim]:
    return [claim for tex in formulas(label) for claim in claims(tex)]


def test_each_labelled_equation_is_evaluated_or_excused() -> None:
    """Those of matrices are compared on their pages, with central differences and the library."""
    labels = re.findall(r"^\$\$ \((eq-[\w-]+)\)", TEXT, re.MULTILINE)
    assert set(labels) == EQUATIONS.keys() | OF_MATRICES


@pytest.mark.parametrize("label", EQUATIONS)
def test_an_equation_is_true(label: str) -> None:
    values = EQUATIONS[label]()
    for claim in said(label):
        assert holds(claim, values, T), claim


# Each change is one of a sign, a square, an index, a relation, a root, a mark, a decay.
CHANGES = [
    (r"\+", "-"),
    (r"-", "+"),
    (r"\^2", ""),
    (r"\\le(?![a-z])", r"\ge"),
    (r"\\ge(?![a-z])", r"\le"),
    ("<", ">"),
    (">", "<"),
    (r"\\sqrt", ""),
    (r"\\hat(?![a-z])", ""),
    (r"_t(?![a-z])", "_{t-1}"),
    (r"_\{t-1\}", "_t"),
    (r"\\beta_1", r"\beta_2"),
    (r"\\beta_2", r"\beta_1"),
]


def changed(tex: str) -> Iterator[str]:
    for old, new in CHANGES:
        for place in re.finditer(old, tex):
            yield tex[: place.start()] + new + tex[place.end() :]


def is_true(tex: str, values: Values) -> bool:
    try:
        return all(holds(claim, values, T) for claim in claims(tex))
    except (KeyError, IndexError, TypeError, ValueError, LaTeXParsingError):
        return False  # it says nothing


# What a change leaves true: the rest of a series has no sign, a maximum is its own, 0 in
# any bound, and a bound in a wider one.
STILL_TRUE = [
    "- O(h^4)", r"v^{\max}_t = \max\bigl(v^{\max}_t,", "|W_t - W_t|", "|W_{t-1} - W_{t-1}|",
    r"\le 2\, \sqrt",
]  # fmt: skip


def missed(changes: list[str]) -> list[str]:
    return [change for change in changes if not any(part in change for part in STILL_TRUE)]


@pytest.mark.parametrize("label", EQUATIONS)
def test_a_changed_equation_is_false(label: str) -> None:
    (tex,), values = formulas(label), EQUATIONS[label]()
    assert missed([change for change in changed(tex) if is_true(change, values)]) == []


# Algorithms are done, line by line


def valley(w: float) -> float:
    """The gradient of a loss that is no parabola."""
    return w + w**3 - 0.2


ALGORITHMS: dict[str, tuple[Any, str]] = {
    "alg-index": (Adam(0.01, B1, B2, eps=0.0, eps_root=0.02), "W_0"),
    "alg-adam": (Adam(0.01, B1, B2, eps=0.03, eps_root=0.02), "W"),
}


def done(lines: list[str], method: Any, start: str) -> float:
    """The weight after T steps of the printed lines."""
    name, _, index = start.partition("_")
    values = run(method, [np.nan])  # its constants
    given = {n: v for n, v in values.items() if n.startswith("\\")}
    return execute(lines, {**given, r"\nablaJ": valley, name: [0.3] if index else 0.3}, T)


@pytest.mark.parametrize("label", ALGORITHMS)
def test_an_algorithm_makes_the_steps_of_the_library(label: str) -> None:
    method, start = ALGORITHMS[label]
    wanted = descend(method, valley, np.array(0.3), T)[-1]
    lines = formulas(label)
    assert np.isclose(done(lines, method, start), wanted, rtol=1e-9, atol=0)
    for number, line in enumerate(lines):
        if r"\leftarrow" not in line:
            continue
        for change in changed(line):
            try:
                made = done([*lines[:number], change, *lines[number + 1 :]], method, start)
            except (KeyError, IndexError, TypeError, ValueError, LaTeXParsingError):
                continue
            assert not np.isclose(made, wanted, rtol=1e-9, atol=0), change


# Theorems: what they say in formulas, by a part of the formula


Case = tuple[Values, bool]  # numbers, and whether the formula should be true of them


def coefficients() -> Values:
    """What a gradient of 1, alone, makes of the corrected average."""
    w = average()["w"]

    def a(t: float, i: float) -> float:
        return bias_correction(w(t, i), B1, int(t))

    return {"a": a, r"\hatm": ADAM[r"\hatm"], "g": G, r"\beta": B1, "i": 3}


def expected() -> Values:
    m = [0.0]
    for _ in range(T):
        m.append(ema(m[-1], 1.7, B1))
    return {
        r"\mathbbEm_t": m[T], r"\mathbbE\hatm_t": bias_correction(m[T], B1, T),
        r"\beta": B1, r"\mu": 1.7,
    }  # fmt: skip


def downhill(share: float) -> Case:
    """Whether gradient descent arrives, at this share of the limit."""
    eta = share * 2 / 25
    try:
        path = descend(SGD(eta), lambda w: np.array([1.0, 25.0]) * w, np.ones(2), 3000)
    except Diverged as lost:
        path = lost.path
    return {r"\eta": eta, r"\lambda_\max": 25.0}, bool(np.all(np.abs(path[-1]) < 1e-9))


def compromise() -> Values:
    """Where the worst factor is least: bisection for where the two ends are alike."""
    low, high = 0.0, 2 / 25
    for _ in range(200):
        eta = (low + high) / 2
        low, high = (eta, high) if 1 - eta > 25 * eta - 1 else (low, eta)
    return {
        r"\eta": eta, r"\lambda_\min": 1.0, r"\lambda_\max": 25.0, "c": 25.0, "it": 1 - eta,
    }  # fmt: skip


def variance(method: SGD | Momentum, curvature: float = 3.0, sigma: float = 0.7) -> Values:
    """Of W in the long run: each noise's share, in a run that sees it alone."""
    state, w, total = method.init(np.array(0.0)), np.array(0.0), 0.0
    noise = sigma
    for _ in range(5000):
        w, state = method.update(w, np.array(curvature * w + noise), state)
        noise, total = 0.0, total + float(w) ** 2
    return {
        r"\eta": method.learning_rate, r"\lambda": curvature, r"\sigma": sigma, "it": total,
        r"\gamma": (1 - B1) / (1 + B1),
    }  # fmt: skip


def factor() -> Values:
    w = descend(SGD(0.1), lambda w: 3 * w, np.array(0.3), T)
    return {r"\eta": 0.1, r"\lambda": 3.0, "it": w[T] / w[0]}


def gain() -> Values:
    m = 0.0
    for t in range(1000):
        m = ema(m, (-1.0) ** t, B1)
    return {r"\gamma": abs(m), r"\beta": B1}


def noise_left() -> Values:
    """The squares of the coefficients, summed."""
    w = average()["w"]
    return {
        r"\operatornameVarm_t": sum(w(T, i) ** 2 for i in range(1, T + 1)) * 0.49,
        r"\gamma": gain()[r"\gamma"], r"\beta": B1, r"\sigma": 0.7,
    }  # fmt: skip


def swings(regime: int) -> Iterator[Case]:
    """Which of the regimes it is, and whether it arrives, by the signs of a path."""
    for pull in (0.01, 0.05, 0.057, 0.06, 1.0, 10.0, 17.8, 17.97, 18.03, 19.0):
        path = descend(Momentum(pull, B1), lambda w: w, np.array(0.3), 1000)
        flips = np.mean(np.sign(path[1:300]) != np.sign(path[:299]))
        seen = {0.0: 1, 1.0: 3}.get(float(flips), 2)
        truth = abs(path[-1]) < 1e-3 if regime == 4 else seen == regime
        if regime < 4 or seen == 3:
            gamma = (1 - B1) / (1 + B1)
            yield {r"\eta": pull, r"\lambda": 1.0, r"\beta": B1, r"\gamma": gamma}, bool(truth)


def steady() -> Values:
    w = run(Adagrad(0.1, eps_root=1e-300), [np.nan, *[0.7] * T], 0.0)["W"]
    return {r"\eta": 0.1, "it": abs(w[T] - w[T - 1])}


def note_step(outer: bool) -> Values:
    """Of the floor inside: the step, and the outer floor that would make it."""
    step = NOTE["W"][T - 1] - NOTE["W"][T]
    alpha = (
        NOTE[r"\eta"] * NOTE[r"\hatm"][T] / NOTE["m"][T] / np.sqrt(NOTE[r"\hatv"][T] / NOTE["v"][T])
    )
    alone = NOTE[r"\eta"] * NOTE[r"\hatm"][T] / step - np.sqrt(NOTE[r"\hatv"][T])
    return {**NOTE, r"\alpha": [*[np.nan] * T, alpha], "it": step} | (
        {r"\epsilon_out": alone} if outer else {}
    )


def edge(share: float) -> Case:
    """Momentum with a rate of its own for each of two weights; whether it arrives."""
    hessian, size = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([0.5, 0.1])
    steepest = np.linalg.eigvals(hessian / size[:, None]).max()
    eta, w = share * 18 / steepest, np.ones(2)
    m: Any = np.zeros(2)
    for _ in range(400):
        m = ema(m, hessian @ w, B1)
        w -= eta * m / size
    values = {r"\eta": eta, r"\lambda_D": steepest, r"\beta_1": B1, **gain()}
    return values, bool(np.all(np.abs(w) < 1e-9))


def at_rest(share: float, moves: bool = False) -> Case:
    """Adam from near a minimum; whether it arrives, or, with `moves`, whether it does not."""
    adam = Adam(share * 18 * floor()["f"] / 3, B1, B2, eps=0.03, eps_root=0.02)
    end = descend(adam, lambda w: 3 * w, np.array(1e-3), 3000)[-200:]
    values = {r"\eta": adam.learning_rate, r"\lambda": 3.0, **gain(), **floor()}
    return values, bool((np.abs(end).max() < 1e-9) != moves)


def floor() -> Values:
    """What divides the least of gradients."""
    adam = Adam(0.01, B1, B2, eps=0.03, eps_root=0.02)
    w = run(adam, [np.nan, 1e-12], 0.0)["W"][1]
    return {"f": 0.01 * 1e-12 / -w, r"\epsilon": 0.02, r"\epsilon_out": 0.03}


def either_sign() -> Values:
    method = AdamW(0.1, B1, B2, weight_decay=0.3)
    one, other = (run(method, [s * g for g in G])["W"] for s in (1, -1))
    return {
        r"\mathbbE[W_t]": (one[T] + other[T]) / 2, "W": one, r"\eta": 0.1, r"\delta": 0.3,
    }  # fmt: skip


def bounded() -> list[Case]:
    """Any gradients, and the worst, whose step is the bound but for the last digits."""
    worst = run(Adam(1.0, B1, B2, eps=1e-300, eps_root=0.0), [np.nan, *((B2 / B1) ** np.arange(T))])
    nearly = {**worst, r"\eta": 1 + 1e-12, "B": longest()["B"]}
    return [({**NOTE, "B": longest()["B"]}, True), (nearly, True)]


def between() -> list[Case]:
    pairs = [(9.0, 0.2), (0.2, 9.0), (2.0, 2.1), (0.3, 0.04)]
    return [({"v": v, r"\epsilon": epsilon}, True) for v, epsilon in pairs]


def first_step() -> Values:
    step = replay(Adam(0.1, B1, B2, eps=1e-300, eps_root=0.0), np.array([[3.0, 0, -0.2, 5, 1]]))
    return {r"\eta": 0.1, "n": 4.0, "it": float(np.linalg.norm(step))}


def noise_in_hat() -> Values:
    """As noise_left, corrected."""
    a = coefficients()["a"]
    square = sum(a(T, i) ** 2 for i in range(1, T + 1)) * 0.49
    return {
        r"\mathbbE[\hatm_t^2]": square, r"\gamma": gain()[r"\gamma"],
        r"\beta_1": B1, r"\sigma": 0.7,
    }  # fmt: skip


def lost(direction: int, stays: bool) -> list[Case]:
    """Whether a step from 1 stays unseen, or is seen, in float16, where the gaps change."""
    return [
        (
            {"s": s, "W": 1.0, "p": 11.0},
            bool(np.float16(1 - direction * s) == 1) == stays,
        )
        for s in np.array([0.4, 0.49, 0.51, 0.9, 0.99, 1.01, 1.9, 2.1, 4.1]) * 2.0**-11
    ]


def rare(every: int = 5) -> Values:
    """What the last of many occurrences moves, until the next."""
    g = np.tile([2.0, *[0.0] * (every - 1)], 200)
    made = replay(Adam(1.0, B1, B2, eps=1e-300, eps_root=0.0), g)
    return {
        "T_K": float(made[-every:].sum()), "K": float(every), r"\beta_1": B1, r"\beta_2": B2,
        r"\rho": made[-1] / made[-2],
    }  # fmt: skip


def true(values: Values) -> list[Case]:
    return [(values, True)]


THEOREMS: list[tuple[str, str, Callable[[], list[Case]]]] = [
    ("thm-average", r"\, g_i, \quad", lambda: true(coefficients())),
    ("thm-average", r"\sum_{i=1}^t", lambda: true(coefficients())),
    ("thm-unbiased", r"\mathbb{E} m_t", lambda: true(expected())),
    ("thm-kappa", r"m_t / ", lambda: true(uncorrected())),
    ("thm-bound", "|W_t", bounded),
    ("thm-bound", "r =", lambda: true(longest())),
    ("thm-bound-all", "B_1", lambda: true(longest())),
    ("thm-descent-factor", "^t", lambda: true(factor())),
    ("thm-descent-limit", "< 2/", lambda: [downhill(s) for s in (0.5, 0.99, 1.01, 1.5)]),
    ("thm-descent-best", r"\frac{2}", lambda: true(compromise())),
    ("thm-descent-best", "c-1", lambda: true(compromise())),
    ("thm-descent-floor", r"\frac", lambda: true(variance(SGD(0.1)))),
    ("thm-momentum-forms", r"\alpha", lambda: true(ball())),
    ("thm-momentum-gain", r"\gamma =", lambda: true(gain())),
    ("thm-momentum-noise", "Var", lambda: true(noise_left())),
    ("thm-momentum-regimes", r"\eta\lambda \le", lambda: [*swings(1)]),
    ("thm-momentum-regimes", r"< \eta\lambda <", lambda: [*swings(2)]),
    ("thm-momentum-regimes", r"\eta\lambda \ge", lambda: [*swings(3)]),
    ("thm-momentum-regimes", r"\frac{2}{\gamma}", lambda: [*swings(4)]),
    ("thm-momentum-floor", r"\frac", lambda: true(variance(Momentum(0.1, B1)))),
    ("thm-scale-adagrad", r"\eta/", lambda: true(steady())),
    ("thm-epsilon-maps", r"\hat\epsilon /", lambda: true(hat_epsilon())),
    ("thm-epsilon-maps", r"\alpha_t", lambda: true(note_step(outer=False))),
    ("thm-epsilon-maps", r"\epsilon / (", lambda: true(note_step(outer=True))),
    ("thm-epsilon-sandwich", r"\le", between),
    ("thm-rest-frozen", r"\lambda_D <", lambda: [edge(s) for s in (0.5, 0.99, 1.01, 1.5)]),
    ("thm-rest", "f =", lambda: true(floor())),
    ("thm-rest", r"\lambda <", lambda: [at_rest(s) for s in (0.5, 0.97, 1.03, 1.5)]),
    ("thm-rest", r"\lambda >", lambda: [at_rest(s, True) for s in (0.5, 0.97, 1.03, 1.5)]),
    ("thm-why-batch", r"\mathbb{E}", lambda: true(batch())),
    ("thm-why-batch", "d = q", lambda: true(batch())),
    ("thm-failure-decay", "W_0", lambda: true(either_sign())),
    ("thm-practice-first", r"\sqrt n", lambda: true(first_step())),
    ("thm-practice-first", r"\mathbb{E}", lambda: true(noise_in_hat())),
    ("thm-practice-first", r"\gamma = ", lambda: true(noise_in_hat())),
    ("thm-practice-lost", "|s| <", lambda: lost(1, stays=True)),
    ("thm-practice-lost", "|s| >", lambda: lost(-1, stays=False)),
    ("thm-practice-rare", "T_K =", lambda: true(rare())),
    ("thm-practice-rare", r"\rho =", lambda: true(rare())),
]


IN_WORDS = {  # or of matrices, sequences, the best: the cells of their pages hold them to account
    "thm-sum", "thm-backprop", "thm-agreement-amsgrad", "thm-failure", "thm-failure-amsgrad",
    "thm-failure-signs", "thm-momentum-best", "thm-scale", "thm-scale-units", "thm-epsilon-unit",
    "thm-epsilon-momentum", "thm-unrolled", "thm-rest-units",
    "thm-why-rows", "thm-why-steepest", "thm-practice-clip",
}  # fmt: skip


def test_each_theorem_is_evaluated_or_excused() -> None:
    labels = re.findall(r"^:label: (thm-[\w-]+|alg-[\w-]+)$", TEXT, re.MULTILINE)
    assert set(labels) == {label for label, *_ in THEOREMS} | IN_WORDS | ALGORITHMS.keys()


def stated(label: str, part: str) -> str:
    (tex,) = (tex for tex in formulas(label) if part in tex)
    return tex


def agrees(tex: str, cases: list[Case]) -> bool:
    """Whether it is true where it should be, and nowhere else."""
    try:
        return all(
            all(holds(claim, values, T) for claim in claims(tex)) == truth
            for values, truth in cases
        )
    except (KeyError, IndexError, TypeError, ValueError, LaTeXParsingError):
        return False


@pytest.mark.parametrize(("label", "part", "cases"), THEOREMS)
def test_a_theorem_is_true_and_changed_is_not(label, part, cases) -> None:
    tex, made = stated(label, part), cases()
    assert agrees(tex, made)
    assert missed([change for change in changed(tex) if agrees(change, made)]) == []
