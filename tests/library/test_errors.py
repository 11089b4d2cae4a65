"""Bad input, one table: what is raised names the argument, shows the value, and changes nothing."""

import re
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adamlib import (
    MLP,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamState,
    AdamW,
    AMSGrad,
    AMSGradState,
    Diverged,
    Layout,
    Momentum,
    MomentumState,
    Problem,
    RMSProp,
    State,
    _checks,
    batches,
    bias_correction,
    descend,
    ema,
    ema_weights,
    load_digits,
    mean_squared_error,
    noisy,
    quadratic,
    replay,
    rosenbrock,
    softmax_cross_entropy,
    sweep,
    train,
)

nan, inf = float("nan"), float("inf")


def rng():
    return np.random.default_rng(0)


def call(function, *args, **kwargs):
    """A call to make, and the arguments to watch."""
    return lambda: (function, args, kwargs)


def adam(way, change):
    """Adam's update or step on good p, g, m, v and t, `change` aside; s would be a whole state."""

    def prepare():
        good = dict(zip("pgmv", map(np.copy, np.arange(1.0, 13.0).reshape(4, 3)), strict=True))
        bad = good | {"t": 2} | change(good)
        if "s" in bad:
            state = bad["s"]
        else:
            state = AdamState(bad["m"], bad["v"])
            state.t = bad["t"]  # by hand, as construction would refuse it
        return getattr(Adam(), way), (bad["p"], bad["g"], state), {}

    return prepare


def amsgrad(way, **change):
    """AMSGrad's update or step on good arrays, with fields of the state changed by hand."""

    def prepare():
        params, grads, m, v, v_max = np.arange(1.0, 16.0).reshape(5, 3)
        state = AMSGradState(m, v, 2, v_max=v_max.copy())
        for name, value in change.items():
            setattr(state, name, value(state))
        return getattr(AMSGrad(), way), (params, grads, state), {}

    return prepare


def both(case, error, name, shown, change):
    """Two rows: `update` and `step` refuse the same."""
    return [
        pytest.param(error, name, shown, adam(way, change), id=f"{way}: {case}")
        for way in ("update", "step")
    ]


def row(case, error, name, shown, prepare):
    return pytest.param(error, name, shown, prepare, id=case)


def in_step(case, error, name, shown, change):
    """One row: only `step` writes, so only it can mind."""
    return row(f"step: {case}", error, name, shown, adam("step", change))


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def overlapping(shape, strides):
    """An array whose elements share bytes."""
    return np.lib.stride_tricks.as_strided(np.arange(9.0), shape, strides)


def masked(a):
    return np.ma.masked_array(a, mask=[True, False, False])


def network():
    """A network, its parameters, two inputs and labels, and a place for the gradient."""
    model = MLP([3, 2])
    return model, model.init(rng()), np.ones((2, 3)), np.array([0, 1]), np.zeros(8)


def value_and_grad(**change):
    def prepare():
        model, params, x, y, out = network()
        arguments = {"params": params, "x": x, "y": y, "out": out}
        return model.value_and_grad, (), arguments | {k: f(arguments) for k, f in change.items()}

    return prepare


def x_in_out():
    model, params, _, y, out = network()
    out[:] = 1
    return model.value_and_grad, (params, out[:6].reshape(2, 3), y, out), {}


def own_loss(value, gradient):
    _, params, x, y, out = network()
    model = MLP([3, 2], lambda outputs, y: (value, gradient))
    return call(model.value_and_grad, params, x, y, out)


def training(**change):
    arguments = {"epochs": 1, "batch_size": 2, "rng": rng(), "x": np.ones((2, 3)), "y": [0, 1]}
    return call(train, MLP([3, 2]), SGD(), **(arguments | change))


TABLE = [
    # averages
    row("ema: beta of 1", ValueError, "beta", "1.0", call(ema, 0.0, 1.0, 1.0)),
    row("ema: beta below 0", ValueError, "beta", "-0.1", call(ema, 0.0, 1.0, -0.1)),
    row("ema: beta NaN", ValueError, "beta", "nan", call(ema, 0.0, 1.0, nan)),
    row("ema: beta a list", TypeError, "beta", "[0.9]", call(ema, 0.0, 1.0, [0.9])),
    row("ema: beta a bool", TypeError, "beta", "False", call(ema, 0.0, 1.0, False)),
    row("ema: beta complex", TypeError, "beta", "0.5j", call(ema, 0.0, 1.0, 0.5j)),
    row("weights: beta", ValueError, "beta", "1.5", call(ema_weights, 1.5, 3)),
    row("weights: Fraction", ValueError, "beta", "(3, 2)", call(ema_weights, Fraction(3, 2), 3)),
    row("weights: t below 0", ValueError, "t", "-1", call(ema_weights, 0.9, -1)),
    row("weights: t a float", TypeError, "t", "2.0", call(ema_weights, 0.9, 2.0)),
    row("weights: t a bool", TypeError, "t", "True", call(ema_weights, 0.9, True)),
    row("weights: t NumPy's bool", TypeError, "t", "True", call(ema_weights, 0.9, np.True_)),
    row("correction: beta", ValueError, "beta", "-1", call(bias_correction, 1.0, -1, 1)),
    row("correction: t of 0", ValueError, "t", "0", call(bias_correction, 1.0, 0.9, 0)),
    row("correction: t a string", TypeError, "t", "'1'", call(bias_correction, 1.0, 0.9, "1")),
    row(
        "correction: t beyond memory",
        ValueError,
        "t",
        "1000",
        call(bias_correction, 1.0, 0.9, 10**400),
    ),
    row(
        "ema: beta beyond floats",
        ValueError,
        "beta",
        "1000",
        call(ema, 0.0, 1.0, Fraction(10**400)),
    ),
    row("ema: x beyond floats", ValueError, "x", "1000", call(ema, 0.0, 10**400, 0.9)),
    row("ema: broadcast", ValueError, "x", "(3, 1)", call(ema, np.zeros(3), np.ones((3, 1)), 0.9)),
    row("ema: two dtypes", TypeError, "x", "float64", call(ema, np.float32([0]), np.ones(1), 0.9)),
    row(
        "ema: two scalars", TypeError, "x", "float64", call(ema, np.float32(0), np.float64(1), 0.9)
    ),
    row("ema: a list", TypeError, "x", "[1.0]", call(ema, 0.0, [1.0], 0.9)),
    row("ema: None", TypeError, "previous", "None", call(ema, None, 1.0, 0.9)),
    row("ema: integers", TypeError, "x", "int64", call(ema, 0.0, np.ones(2, np.int64), 0.9)),
    row("ema: masked", TypeError, "x", "Masked", call(ema, 0.0, masked(np.ones(3)), 0.9)),
    row("ema: a bool", TypeError, "x", "True", call(ema, 0.0, True, 0.9)),
    row("correction: a string", TypeError, "average", "'1'", call(bias_correction, "1", 0.9, 1)),
    row(
        "correction: Decimal",
        TypeError,
        "average",
        "'1'",
        call(bias_correction, Decimal(1), 0.9, 1),
    ),
    row("correction: a list", TypeError, "average", "[1]", call(bias_correction, [1], 0.9, 1)),
    row(
        "correction: dates",
        TypeError,
        "average",
        "2,",
        call(bias_correction, np.timedelta64(2, "D"), 0.9, 1),
    ),
    # construction
    row("learning rate below 0", ValueError, "learning_rate", "-0.1", call(SGD, -0.1)),
    row("learning rate NaN", ValueError, "learning_rate", "nan", call(Momentum, nan)),
    row("learning rate infinite", ValueError, "learning_rate", "inf", call(Adagrad, inf)),
    row("learning rate beyond floats", ValueError, "learning_rate", "1000", call(Adam, 10**400)),
    row("learning rate a string", TypeError, "learning_rate", "'fast'", call(Adam, "fast")),
    row("learning rate None", TypeError, "learning_rate", "None", call(Adam, None)),
    row("learning rate a bool", TypeError, "learning_rate", "True", call(RMSProp, True)),
    row("learning rate NumPy's bool", TypeError, "learning_rate", "True", call(SGD, np.True_)),
    row(
        "learning rate complex", TypeError, "learning_rate", "3j", call(SGD, np.complex128(1 + 3j))
    ),
    row("learning rate Decimal", TypeError, "learning_rate", "'0.1'", call(SGD, Decimal("0.1"))),
    row("learning rate an array", TypeError, "learning_rate", "[0.1]", call(SGD, np.array([0.1]))),
    row("beta1 of 1", ValueError, "beta1", "[0, 1), got 1", call(Momentum, beta1=1)),
    row("beta1 below 0", ValueError, "beta1", "-0.5", call(Adam, beta1=-0.5)),
    row("beta1 NaN", ValueError, "beta1", "nan", call(Adam, beta1=nan)),
    row("beta2 of 1", ValueError, "beta2", "1.0", call(RMSProp, beta2=1.0)),
    row("beta2 above 1", ValueError, "beta2", "99", call(Adadelta, beta2=99)),
    row("beta2 infinite", ValueError, "beta2", "inf", call(Adam, beta2=inf)),
    row(
        "beta2 rounds to 1",
        ValueError,
        "beta2",
        "Fraction",
        call(Adam, beta2=1 - Fraction(1, 10**20)),
    ),
    row("eps below 0", ValueError, "eps", "-1e-08", call(Adam, eps=-1e-8)),
    row("eps NaN", ValueError, "eps", "nan", call(Adam, eps=nan)),
    row("eps_root below 0", ValueError, "eps_root", "-1", call(Adadelta, eps_root=-1)),
    row("the only floor 0", ValueError, "eps_root", "0.0}", call(Adagrad, eps_root=0.0)),
    row(
        "both floors 0", ValueError, "eps and eps_root", "'eps_root': 0.0}", call(Adam, eps_root=0)
    ),
    row(
        "decay below 0",
        ValueError,
        "weight_decay",
        "negative, got -0.1",
        call(AdamW, weight_decay=-0.1),
    ),
    row("decay NaN", ValueError, "weight_decay", "nan", call(AdamW, weight_decay=nan)),
    row("decay infinite", ValueError, "weight_decay", "inf", call(AdamW, weight_decay=inf)),
    row("decay a string", TypeError, "weight_decay", "'1'", call(AdamW, weight_decay="1")),
    row("decay None", TypeError, "weight_decay", "None", call(AdamW, weight_decay=None)),
    row("AdamW: both floors 0", ValueError, "eps_root", "0.0}", call(AdamW, eps_root=0.0)),
    row("AMSGrad: beta2 of 1", ValueError, "beta2", "[0, 1), got 1", call(AMSGrad, beta2=1)),
    row("AMSGrad: both floors 0", ValueError, "eps_root", "0.0}", call(AMSGrad, eps_root=0.0)),
    row(
        "AMSGrad's state: t below 0",
        ValueError,
        "t",
        "-1",
        call(AMSGradState, np.ones(1), np.ones(1), -1, v_max=np.ones(1)),
    ),
    row("state: t below 0", ValueError, "t", "-1", call(AdamState, np.ones(1), np.ones(1), -1)),
    row("state: t a float", TypeError, "t", "1.5", call(AdamState, np.ones(1), np.ones(1), 1.5)),
    # init
    row("init: list", TypeError, "params", "list: [1.0]", call(Adam().init, [1.0])),
    row("init: Python float", TypeError, "params", "float: 1.0", call(SGD().init, 1.0)),
    row("init: integers", TypeError, "params", "int64", call(Adam().init, np.ones(2, np.int64))),
    row("init: masked", TypeError, "params", "MaskedArray", call(Adam().init, masked(np.ones(3)))),
    row(
        "init: eps vanishes",
        ValueError,
        "eps",
        "float32, got 1e-60",
        call(Adam(eps=1e-60).init, np.ones(2, np.float32)),
    ),
    row(
        "init: eps_root vanishes",
        ValueError,
        "eps_root",
        "float32, got 1e-50",
        call(RMSProp(eps_root=1e-50).init, np.ones(2, np.float32)),
    ),
    # update and step
    *both("params a list", TypeError, "params", "list: [1.0", lambda a: {"p": a["p"].tolist()}),
    *both("params None", TypeError, "params", "None", lambda a: {"p": None}),
    *both("params masked", TypeError, "params", "MaskedArray", lambda a: {"p": masked(a["p"])}),
    *both("grads a list", TypeError, "grads", "list: [4.0", lambda a: {"g": a["g"].tolist()}),
    *both("grads masked", TypeError, "grads", "MaskedArray", lambda a: {"g": masked(a["g"])}),
    *both("grads a matrix", TypeError, "grads", "matrix", lambda a: {"g": np.asmatrix(a["g"])}),
    *both("m None", TypeError, "m", "None", lambda a: {"m": None}),
    *both("v a list", TypeError, "v", "list: [10.0", lambda a: {"v": a["v"].tolist()}),
    *both(
        "float16",
        TypeError,
        "params",
        "got dtype float16",
        lambda a: {k: a[k].astype(np.float16) for k in "pgmv"},
    ),
    *both(
        "integers",
        TypeError,
        "params",
        "got dtype int64",
        lambda a: {k: a[k].astype(np.int64) for k in "pgmv"},
    ),
    *both("complex", TypeError, "grads", "complex128", lambda a: {"g": a["g"].astype(complex)}),
    *both("objects", TypeError, "grads", "object", lambda a: {"g": a["g"].astype(object)}),
    *both(
        "byte order",
        TypeError,
        "params",
        ">f8",
        lambda a: {k: a[k].astype(">f8") for k in "pgmv"},
    ),
    *both("grads float32", TypeError, "grads", "float32", lambda a: {"g": np.float32(a["g"])}),
    *both("m float32", TypeError, "m", "float32", lambda a: {"m": np.float32(a["m"])}),
    *both("v float32", TypeError, "v", "float32", lambda a: {"v": np.float32(a["v"])}),
    *both("params float32", TypeError, "grads", "float64", lambda a: {"p": np.float32(a["p"])}),
    *both("grads one short", ValueError, "grads", "(2,)", lambda a: {"g": a["g"][:2]}),
    *both("grads broadcast", ValueError, "grads", "(1,)", lambda a: {"g": a["g"][:1]}),
    *both("grads a column", ValueError, "grads", "(3, 1)", lambda a: {"g": a["g"][:, None]}),
    *both("grads a scalar", ValueError, "grads", "()", lambda a: {"g": np.array(1.0)}),
    *both("m broadcast", ValueError, "m", "(1, 3)", lambda a: {"m": a["m"][None]}),
    *both("v one short", ValueError, "v", "(2,)", lambda a: {"v": a["v"][1:]}),
    *both("state None", TypeError, "state", "NoneType", lambda a: {"s": None}),
    *both("state a dict", TypeError, "state", "dict", lambda a: {"s": {"m": a["m"], "v": a["v"]}}),
    *both(
        "another state", TypeError, "state", "MomentumState", lambda a: {"s": MomentumState(a["m"])}
    ),
    *both("an empty state", TypeError, "state", "State", lambda a: {"s": State()}),
    *both("t below 0", ValueError, "t", "-1", lambda a: {"t": -1}),
    *both("t a float", TypeError, "t", "2.0", lambda a: {"t": 2.0}),
    row(
        "update: state of a relative",
        TypeError,
        "state",
        "AdagradState",
        lambda: (RMSProp().update, (np.ones(2), np.ones(2), Adagrad().init(np.ones(2))), {}),
    ),
    row(
        "update: Adam's state in AMSGrad",
        TypeError,
        "state",
        "AMSGradState, as made by init, got AdamState",
        lambda: (AMSGrad().update, (np.ones(2), np.ones(2), Adam().init(np.ones(2))), {}),
    ),
    row(
        "step: AMSGrad's state in AdamW",
        TypeError,
        "state",
        "AdamState, as made by init, got AMSGradState",
        lambda: (AdamW().step, (np.ones(2), np.ones(2), AMSGrad().init(np.ones(2))), {}),
    ),
    *(
        row(f"{way}: {case}", error, name, shown, amsgrad(way, **{name: change}))
        for way in ("update", "step")
        for case, error, name, shown, change in (
            ("v_max None", TypeError, "v_max", "None", lambda s: None),
            ("v_max float32", TypeError, "v_max", "float32", lambda s: np.float32(s.v_max)),
            ("v_max one short", ValueError, "v_max", "(2,)", lambda s: s.v_max[:2]),
            ("AMSGrad's t below 0", ValueError, "t", "-1", lambda s: -1),
        )
    ),
    row(
        "step: v_max read-only",
        ValueError,
        "v_max",
        "[13., 14., 15.]",
        amsgrad("step", v_max=lambda s: read_only(s.v_max)),
    ),
    row(
        "step: v_max is v",
        ValueError,
        "v_max shares memory with v",
        "[10., 11., 12.]",
        amsgrad("step", v_max=lambda s: s.v),
    ),
    in_step(
        "params a scalar",
        TypeError,
        "params",
        "np.float64(1.0)",
        lambda a: {"p": np.float64(1), "g": np.float64(1), "m": np.array(1.0), "v": np.array(1.0)},
    ),
    in_step(
        "v a scalar",
        TypeError,
        "v",
        "np.float64(1.0)",
        lambda a: {"p": np.array(1.0), "g": np.float64(1), "m": np.array(1.0), "v": np.float64(1)},
    ),
    in_step(
        "params read-only", ValueError, "params", "[1., 2., 3.]", lambda a: {"p": read_only(a["p"])}
    ),
    in_step("m read-only", ValueError, "m", "[7., 8., 9.]", lambda a: {"m": read_only(a["m"])}),
    in_step("v read-only", ValueError, "v", "[10., 11., 12.]", lambda a: {"v": read_only(a["v"])}),
    in_step(
        "params are grads",
        ValueError,
        "grads shares memory with params",
        "[1., 2., 3.]",
        lambda a: {"g": a["p"]},
    ),
    in_step(
        "grads reversed params",
        ValueError,
        "grads shares memory with params",
        "[3., 2., 1.]",
        lambda a: {"g": a["p"][::-1]},
    ),
    in_step(
        "m is params",
        ValueError,
        "m shares memory with params",
        "[1., 2., 3.]",
        lambda a: {"m": a["p"]},
    ),
    in_step(
        "m is grads",
        ValueError,
        "m shares memory with grads",
        "[4., 5., 6.]",
        lambda a: {"m": a["g"]},
    ),
    in_step(
        "v is m", ValueError, "v shares memory with m", "[7., 8., 9.]", lambda a: {"v": a["m"]}
    ),
    in_step(
        "v is grads, read-only",
        ValueError,
        "v shares memory with grads",
        "[4., 5., 6.]",
        lambda a: {"v": a["g"], "g": a["g"].view()},
    ),
    in_step(
        "params by one element",
        ValueError,
        "grads shares memory with params",
        "[3., 4., 5.]",
        lambda a: {"p": (b := np.arange(1.0, 6.0))[:3], "g": b[2:]},
    ),
    in_step(
        "params one element thrice",
        ValueError,
        "params",
        "(0,)",
        lambda a: {"p": overlapping((3,), (0,))},
    ),
    in_step(
        "m at half a stride", ValueError, "m", "(4,)", lambda a: {"m": overlapping((3,), (4,))}
    ),
    in_step(
        "v backwards at half a stride",
        ValueError,
        "v",
        "(-4,)",
        lambda a: {"v": overlapping((3,), (4,))[::-1]},
    ),
    in_step(
        "params rows overlap",
        ValueError,
        "params",
        "(16, 8)",
        lambda a: {"p": overlapping((3, 3), (16, 8)), **{k: np.ones((3, 3)) for k in "gmv"}},
    ),
    in_step(
        "params half overlap",
        ValueError,
        "params",
        "(20, 16)",
        lambda a: {"p": overlapping((2, 2), (20, 16)), **{k: np.ones((2, 2)) for k in "gmv"}},
    ),
    in_step(
        "params anti-diagonals",
        ValueError,
        "params",
        "(16, 16)",
        lambda a: {"p": overlapping((2, 2), (16, 16)), **{k: np.ones((2, 2)) for k in "gmv"}},
    ),
    # layout and network
    row("Layout: empty", ValueError, "shapes", "{}", call(Layout, {})),
    row("Layout: a number", TypeError, "shapes", "3", call(Layout, 3)),
    row("Layout: name", TypeError, "shapes", "1", call(Layout, {1: (2,)})),
    row("Layout: shape a list", TypeError, "shapes['W']", "[2]", call(Layout, {"W": [2]})),
    row("Layout: size 0", ValueError, "shapes['W']", "0", call(Layout, {"W": (2, 0)})),
    row("Layout: no name", ValueError, "shapes", "''", call(Layout, {"": (2,)})),
    row("Layout: no memory", ValueError, "shapes", str(2**62), call(Layout, {"W": (2**31, 2**31)})),
    row("Layout: size a float", TypeError, "shapes['W']", "2.0", call(Layout, {"W": (2.0,)})),
    row("views: size", ValueError, "vector", "(4,)", call(Layout({"W": (5,)}).views, np.ones(4))),
    row("views: list", TypeError, "vector", "list", call(Layout({"W": (1,)}).views, [1.0])),
    row("MLP: one width", ValueError, "widths", "[3]", call(MLP, [3])),
    row("MLP: a number", ValueError, "widths", "5", call(MLP, 5)),
    row(
        "MLP: dtype",
        TypeError,
        "dtype",
        "int",
        call(MLP([2, 1]).init, np.random.default_rng(0), int),
    ),
    row("MLP: no memory", ValueError, "widths", "got", call(MLP, [2**31, 2**31])),
    row("MLP: bytes", ValueError, "widths", "b'ab'", call(MLP, b"ab")),
    row("MLP: loss", TypeError, "loss", "'squares'", call(MLP, [3, 2], "squares")),
    row(
        "MLP: loss's value", TypeError, "the value of loss", "None", own_loss(None, np.ones((2, 2)))
    ),
    row("MLP: loss's gradient", ValueError, "gradient of loss", "(2,)", own_loss(0, np.ones(2))),
    row("MLP: its dtype", TypeError, "gradient of loss", "int", own_loss(0, np.ones((2, 2), int))),
    row("MLP: no gradient", TypeError, "gradient of loss", "list", own_loss(0, [[0.0, 0.0]] * 2)),
    row("init: rng", TypeError, "rng", "0", call(MLP([3, 2]).init, 0)),
    row(
        "predict: params",
        ValueError,
        "params",
        "(7,)",
        call(MLP([3, 2]).predict, np.ones(7), np.ones((2, 3))),
    ),
    row(
        "predict: params a list",
        TypeError,
        "params",
        "list",
        call(MLP([3, 2]).predict, [1.0] * 8, np.ones((2, 3))),
    ),
    row("predict: x", ValueError, "x", "(3,)", call(MLP([3, 2]).predict, np.ones(8), np.ones(3))),
    row("MLP: x a list", TypeError, "x", "list", value_and_grad(x=lambda a: a["x"].tolist())),
    row(
        "MLP: out a list", TypeError, "out", "list", value_and_grad(out=lambda a: a["out"].tolist())
    ),
    row(
        "MLP: out read-only",
        ValueError,
        "out",
        "[0., 0.",
        value_and_grad(out=lambda a: read_only(a["out"])),
    ),
    row("MLP: x in out", ValueError, "x shares memory with out", "[[1., 1.", x_in_out),
    row("MLP: width 0", ValueError, "widths", "0", call(MLP, [3, 0, 2])),
    row("MLP: width a float", TypeError, "widths", "2.5", call(MLP, [3, 2.5])),
    row(
        "MLP: params",
        ValueError,
        "params",
        "(7,)",
        value_and_grad(params=lambda a: np.ones(7), out=lambda a: np.ones(7)),
    ),
    row("MLP: x width", ValueError, "x", "(2, 4)", value_and_grad(x=lambda a: np.ones((2, 4)))),
    row("MLP: x empty", ValueError, "x", "(0, 3)", value_and_grad(x=lambda a: np.ones((0, 3)))),
    row("MLP: x dtype", TypeError, "x", "float32", value_and_grad(x=lambda a: np.float32(a["x"]))),
    row("MLP: out shape", ValueError, "out", "(7,)", value_and_grad(out=lambda a: np.ones(7))),
    row(
        "MLP: out dtype",
        TypeError,
        "out",
        "float32",
        value_and_grad(out=lambda a: np.float32(a["out"])),
    ),
    row(
        "MLP: out is params",
        ValueError,
        "out",
        "[0., 0.",
        value_and_grad(params=lambda a: a["out"], out=lambda a: a["out"]),
    ),
    row(
        "MLP: labels of another length",
        ValueError,
        "labels",
        "(3,)",
        value_and_grad(y=lambda a: np.array([0, 1, 0])),
    ),
    row(
        "cross-entropy: floats",
        TypeError,
        "labels",
        "float64",
        call(softmax_cross_entropy, np.ones((1, 2)), [0.0]),
    ),
    row(
        "cross-entropy: range",
        ValueError,
        "labels",
        "2",
        call(softmax_cross_entropy, np.ones((1, 2)), [2]),
    ),
    row(
        "squared error: shapes",
        ValueError,
        "targets",
        "(2,)",
        call(mean_squared_error, np.ones((1, 2)), [0.0, 1.0]),
    ),
    row(
        "cross-entropy: no rows",
        ValueError,
        "outputs",
        "(0, 3)",
        call(softmax_cross_entropy, np.ones((0, 3)), np.ones(0, int)),
    ),
    row(
        "cross-entropy: no classes",
        ValueError,
        "outputs",
        "(2, 0)",
        call(softmax_cross_entropy, np.ones((2, 0)), [0, 0]),
    ),
    row(
        "cross-entropy: 1-d",
        ValueError,
        "outputs",
        "(2,)",
        call(softmax_cross_entropy, np.ones(2), [0]),
    ),
    row(
        "cross-entropy: a list",
        TypeError,
        "outputs",
        "list",
        call(softmax_cross_entropy, [[1.0, 2.0]], [0]),
    ),
    row(
        "cross-entropy: masked",
        TypeError,
        "labels",
        "masked",
        call(softmax_cross_entropy, np.ones((3, 2)), masked(np.zeros(3, int))),
    ),
    row(
        "cross-entropy: ragged",
        TypeError,
        "labels",
        "[[0], [0, 1]]",
        call(softmax_cross_entropy, np.ones((2, 2)), [[0], [0, 1]]),
    ),
    row(
        "cross-entropy: a bool",
        TypeError,
        "labels",
        "True",
        call(softmax_cross_entropy, np.ones((1, 2)), [True]),
    ),
    row(
        "squared error: no rows",
        ValueError,
        "outputs",
        "(0, 2)",
        call(mean_squared_error, np.ones((0, 2)), np.ones((0, 2))),
    ),
    row(
        "squared error: 3-d",
        ValueError,
        "outputs",
        "(1, 2, 2)",
        call(mean_squared_error, np.ones((1, 2, 2)), np.ones((1, 2, 2))),
    ),
    row(
        "squared error: integers",
        TypeError,
        "outputs",
        "int64",
        call(mean_squared_error, np.ones((1, 2), np.int64), np.ones((1, 2))),
    ),
    row(
        "squared error: strings",
        TypeError,
        "targets",
        "'a'",
        call(mean_squared_error, np.ones((1, 1)), [["a"]]),
    ),
    row(
        "squared error: masked",
        TypeError,
        "targets",
        "masked",
        call(mean_squared_error, np.ones((1, 3)), masked(np.ones(3))[None]),
    ),
    row(
        "squared error: complex",
        TypeError,
        "targets",
        "1j",
        call(mean_squared_error, np.ones((1, 1)), [[1j]]),
    ),
    # problems, descent, digits
    row(
        "Problem: value",
        TypeError,
        "value",
        "None",
        call(Problem, None, np.copy, np.ones(1), np.ones(1)),
    ),
    row("Problem: grad", TypeError, "grad", "3", call(Problem, np.sum, 3, np.ones(1), np.ones(1))),
    row(
        "Problem: start",
        TypeError,
        "start",
        "[1.0]",
        call(Problem, np.sum, np.copy, [1.0], np.ones(1)),
    ),
    row(
        "Problem: minimum",
        TypeError,
        "minimum",
        "int64",
        call(Problem, np.sum, np.copy, np.ones(1), np.ones(1, np.int64)),
    ),
    row("quadratic: complex", TypeError, "hessian", "1j", call(quadratic, [[1 + 1j]], [0])),
    row("quadratic: digits in words", TypeError, "hessian", "'1'", call(quadratic, [["1"]], [0])),
    row(
        "quadratic: masked",
        TypeError,
        "hessian",
        "masked",
        call(quadratic, np.ma.masked_array([[1.0]], [[True]]), [0]),
    ),
    row(
        "quadratic: start a date",
        TypeError,
        "start",
        "1970",
        call(quadratic, [[1]], [np.datetime64(0, "D")]),
    ),
    row(
        "quadratic: not quite symmetric",
        ValueError,
        "hessian",
        "1e-09",
        call(quadratic, [[1, 1e-9], [0, 1]], [0, 0]),
    ),
    row("quadratic: value", ValueError, "x", "(3,)", call(quadratic([[1]], [1]).value, np.ones(3))),
    row(
        "quadratic: grad",
        ValueError,
        "x",
        "(2, 1)",
        call(quadratic([[1]], [1]).grad, np.ones((2, 1))),
    ),
    row("rosenbrock: value", ValueError, "point", "(3,)", call(rosenbrock().value, np.ones(3))),
    row("rosenbrock: a number", ValueError, "point", "()", call(rosenbrock().value, np.array(1.0))),
    row("rosenbrock: grad", TypeError, "point", "list", call(rosenbrock().grad, [1.0, 1.0])),
    row("noisy: problem", TypeError, "problem", "None", call(noisy, None, 1, rng())),
    row("noisy: rng", TypeError, "rng", "0", call(noisy, rosenbrock(), 1, 0)),
    row("batches: n", ValueError, "n", "0", call(batches, 0, 2, rng())),
    row("batches: n a float", TypeError, "n", "2.0", call(batches, 2.0, 2, rng())),
    row("batches: size of 0", ValueError, "batch_size", "0", call(batches, 10, 0, rng())),
    row("batches: size below 0", ValueError, "batch_size", "-2", call(batches, 10, -2, rng())),
    row(
        "batches: rng",
        TypeError,
        "rng",
        "RandomState",
        call(batches, 10, 2, np.random.RandomState(0)),
    ),
    row(
        "descend: a class",
        TypeError,
        "optimizer",
        "SGD",
        call(descend, SGD, np.copy, np.ones(2), 3),
    ),
    row(
        "descend: no function", TypeError, "grad", "None", call(descend, SGD(), None, np.ones(2), 3)
    ),
    row("replay: a class", TypeError, "optimizer", "SGD", call(replay, SGD, np.ones((3, 2)))),
    row("replay: gradients", TypeError, "gradients", "list", call(replay, SGD(), [[1.0]])),
    row(
        "train: model",
        TypeError,
        "model",
        "None",
        call(train, None, SGD(), np.ones((2, 3)), [0, 1], epochs=1, batch_size=1, rng=rng()),
    ),
    row(
        "train: a class",
        TypeError,
        "optimizer",
        "Adam",
        call(train, MLP([3, 2]), Adam, np.ones((2, 3)), [0, 1], epochs=1, batch_size=1, rng=rng()),
    ),
    row("train: no rows", ValueError, "x", "(0, 3)", training(x=np.ones((0, 3)), y=[])),
    row("train: y a number", ValueError, "y", "()", training(y=1)),
    row("train: y masked", TypeError, "y", "masked", training(y=masked(np.zeros(3, int))[:2])),
    row("train: rng", TypeError, "rng", "7", training(rng=7)),
    row("sweep: a number", ValueError, "grid['a']", "3", call(sweep, dict, {"a": 3})),
    row("sweep: name", TypeError, "grid", "1", call(sweep, dict, {1: [2]})),
    row("sweep: function", TypeError, "function", "None", call(sweep, None, {"a": [3]})),
    row("sweep: executor", TypeError, "executor", "4", call(sweep, dict, {"a": [3]}, 4)),
    row(
        "quadratic: not square",
        ValueError,
        "hessian",
        "[[1, 2]]",
        call(quadratic, [[1, 2]], [0, 0]),
    ),
    row(
        "quadratic: not symmetric",
        ValueError,
        "hessian",
        "[1, 2]",
        call(quadratic, [[1, 2], [0, 1]], [0, 0]),
    ),
    row(
        "quadratic: indefinite",
        ValueError,
        "hessian",
        "-1",
        call(quadratic, [[1, 0], [0, -1]], [0, 0]),
    ),
    row("quadratic: NaN", ValueError, "hessian", "nan", call(quadratic, [[nan]], [0])),
    row("quadratic: words", TypeError, "hessian", "'a'", call(quadratic, [["a"]], [0])),
    row("quadratic: start NaN", ValueError, "start", "nan", call(quadratic, [[1]], [nan])),
    row("quadratic: start", ValueError, "start", "(2,)", call(quadratic, [[1]], [0, 0])),
    row("noisy: sigma", ValueError, "sigma", "-1", call(noisy, rosenbrock(), -1, rng())),
    row("noisy: sigma infinite", ValueError, "sigma", "inf", call(noisy, rosenbrock(), inf, rng())),
    row("descend: steps", ValueError, "steps", "-1", call(descend, SGD(), np.copy, np.ones(2), -1)),
    row(
        "descend: steps a float",
        TypeError,
        "steps",
        "3.0",
        call(descend, SGD(), np.copy, np.ones(2), 3.0),
    ),
    row("descend: start", TypeError, "start", "list", call(descend, SGD(), np.copy, [1.0], 3)),
    row(
        "descend: a NaN",
        ValueError,
        "start",
        "nan",
        call(descend, SGD(), np.copy, np.ones(1) * nan, 3),
    ),
    row(
        "descend: grad",
        ValueError,
        "grads",
        "(1,)",
        call(descend, SGD(), lambda w: w[:1], np.ones(2), 3),
    ),
    row(
        "descend: NaN",
        Diverged,
        "step 1",
        "not finite",
        call(descend, SGD(), lambda w: w * nan, np.ones(2), 3),
    ),
    row("train: epochs", ValueError, "epochs", "0", training(epochs=0)),
    row("train: batch_size", ValueError, "batch_size", "0", training(batch_size=0)),
    row("train: rows", ValueError, "y", "3", training(y=[0, 1, 0])),
    row("train: x", TypeError, "x", "int64", training(x=np.ones((2, 3), np.int64))),
    row("sweep: nothing", ValueError, "grid['beta']", "[]", call(sweep, dict, {"beta": []})),
    row("sweep: string", ValueError, "grid['beta']", "'ab'", call(sweep, dict, {"beta": "ab"})),
    row("sweep: no mapping", TypeError, "grid", "[1]", call(sweep, dict, [1])),
    row("load_digits: dtype", TypeError, "dtype", "int", call(load_digits, int)),
    row("load_digits: nonsense", TypeError, "dtype", "'nonsense'", call(load_digits, "nonsense")),
    row("load_digits: None", TypeError, "dtype", "None", call(load_digits, None)),
]


def snapshot(value):
    """All that a call could have changed."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        return id(value), type(value), value.shape, value.dtype, value.tobytes()
    if isinstance(value, State):
        held = vars(value) | {"torn": value.torn}
        return type(value), {name: snapshot(v) for name, v in held.items()}
    if isinstance(value, list | tuple):
        return [snapshot(v) for v in value]
    if isinstance(value, dict):
        return {k: snapshot(v) for k, v in value.items()}
    return repr(value)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize(("error", "name", "shown", "prepare"), TABLE)
def test_error_names_the_argument_shows_the_value_and_changes_nothing(error, name, shown, prepare):
    function, args, kwargs = prepare()
    before = snapshot([args, kwargs])
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    assert re.search(
        rf"(?<!\w){re.escape(name)}(?!\w).*{re.escape(shown)}", str(caught.value), re.S
    )
    assert type(caught.value) is error
    assert snapshot([args, kwargs]) == before


@pytest.mark.parametrize("way", ["update", "step"])
def test_every_method_refuses_a_gradient_that_would_broadcast(method, way):
    params = np.ones((2, 2))
    state = method.init(params)
    before = snapshot([params, state])
    with pytest.raises(ValueError, match=r"grads has shape \(2,\), but params has \(2, 2\)"):
        getattr(method, way)(params, np.ones(2), state)
    assert snapshot([params, state]) == before


@pytest.mark.parametrize("way", ["update", "step"])
def test_every_method_refuses_the_state_of_another(method, way):
    class OtherState(State):
        pass

    params = np.ones(2)
    with pytest.raises(
        TypeError, match=f"state must be {method.state_type.__name__}, .* OtherState"
    ):
        getattr(method, way)(params, np.ones(2), OtherState())
    assert params.tolist() == [1, 1]


@pytest.mark.parametrize("way", ["update", "step"])
def test_every_method_refuses_integers(method, way):
    state = method.init(np.ones(2))
    with pytest.raises(TypeError, match="params must be float32 or float64, got dtype int64"):
        getattr(method, way)(np.ones(2, np.int64), np.ones(2), state)


def test_amsgrads_state_is_not_made_without_its_maximum():
    with pytest.raises(TypeError, match="v_max"):
        AMSGradState(np.zeros(2), np.zeros(2))


def test_every_method_refuses_to_write_over_its_gradient(method):
    params = np.ones(2)
    state = method.init(params)
    before = snapshot([params, state])
    with pytest.raises(ValueError, match="grads shares memory with params"):
        method.step(params, params, state)
    assert snapshot([params, state]) == before


def test_views_that_interleave_without_overlap_are_accepted(method):
    memory = np.arange(1.0, 11.0)
    params, grads = memory[::2], memory[1::2]
    expected, _ = method.update(params, grads, method.init(params))
    method.step(params, grads, method.init(params))
    assert params.tolist() == expected.tolist()
    assert grads.tolist() == [2, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("shape", "strides"),
    [
        ((3,), (16,)),
        ((2, 3), (8, 16)),
        ((2, 2), (24, 16)),
        ((2, 2), (16, 24)),
        ((1, 3), (0, 16)),
        ((3, 1), (16, 0)),
        ((2, 1, 2), (40, 0, 16)),
        ((3, 2), (16, 24)),
        ((4, 3), (-8, 32)),
    ],
)
def test_strides_that_reach_each_element_once_are_accepted(shape, strides):
    params = np.lib.stride_tricks.as_strided(np.zeros(20)[4:], shape, strides)
    SGD(learning_rate=0.5).step(params, np.ones(shape), State())
    assert (params == -0.5).all()


@pytest.mark.parametrize(("shape", "strides"), [((3, 2), (16, 32)), ((10**9,), (0,))])
def test_strides_that_reach_an_element_twice_are_refused(shape, strides):
    params = np.lib.stride_tricks.as_strided(np.zeros(20), shape, strides)
    with pytest.raises(ValueError, match="params has elements that share memory"):
        _checks.writable({"params": params}, ())


def test_arrays_that_are_too_hard_to_tell_apart_are_refused():
    # To know whether they meet, NumPy would have to search through most of 6**12 sums.
    steps = (637324725634, 270516927050, 41932550412, 17511107895, 813456968961, 912842821700)
    others = (607029139991, 729767014548, 544081366348, 935137225363, 816037825567, 3735761544)
    memory = np.zeros(2)
    params, grads = (
        np.lib.stride_tricks.as_strided(start, (6,) * 6, [8 * n for n in strides])
        for start, strides in ((memory[:1], steps), (memory[1:], others))
    )
    told = _checks._meets(params, grads)
    assert told == "may share"  # without the arrays, which are in no memory


def test_a_message_shows_a_hundred_characters_of_a_value():
    assert _checks.shown("x" * 98) == repr("x" * 98)  # with its quotes, a hundred
    assert _checks.shown("x" * 99) == f"'{'x' * 99}..."


def test_maps_of_one_file_share_it_where_they_overlap(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(bytes(80))
    (tmp_path / "link").symlink_to(path)

    def mapped(name, offset):
        return np.memmap(f"{tmp_path}/{name}", float, "r+", offset, (3,))

    params = mapped("weights", 0)
    for grads in (mapped("weights", 16), mapped("link", 0), np.asarray(mapped("weights", 8))[:1]):
        with pytest.raises(ValueError, match="grads shares memory with params"):
            _checks.writable({"params": params, "grads": grads}, ("grads",))
    SGD(1.0).step(params, np.ones(3), State())
    SGD(1.0).step(params, mapped("weights", 24), State())
    assert params.tolist() == [-1, -1, -1]


def test_a_message_shows_even_what_has_no_repr_and_little_of_what_is_long():
    with pytest.raises(ValueError, match="x must be finite, got a int that has no repr"):
        ema(0.0, 10**5000, 0.9)
    zeros: Any = [0] * 10**5
    with pytest.raises(TypeError, match=r"x must be a real number, got \[0, 0.*\.\.\.$") as caught:
        ema(0.0, zeros, 0.9)
    assert len(str(caught.value)) < 200


def test_numbers_may_come_as_numpy_stores_them():
    whole: Any = np.array(3)
    part: Any = np.array(0.5)
    assert Adam(part, part, part, part, part) == Adam(0.5, 0.5, 0.5, 0.5, 0.5)
    assert ema(whole, part, part) == 1.75
    assert bias_correction(part, part, whole) == 0.5 / 0.875
    assert len(ema_weights(part, whole)) == 4
    assert MLP([whole, whole]) == MLP([3, 3])
    assert Layout({"W": (whole,)}).size == 3
    assert len(descend(Adam(), np.copy, np.ones(2), whole)) == 4
    assert len(list(batches(whole, np.array(2), rng()))) == 2
    assert noisy(rosenbrock(), part, rng()).grad(np.ones(2)).shape == (2,)


def test_read_only_gradients_are_accepted_and_shared_among_themselves(method):
    params = np.ones(3)
    grads = np.broadcast_to(np.array(2.0), (3,))
    expected, _ = method.update(params, grads, method.init(params))
    method.step(params, grads, method.init(params))
    assert params.tolist() == expected.tolist()


def test_update_writes_nothing_so_it_accepts_what_cannot_be_written(method):
    params = read_only(np.ones(3))
    state = method.init(params)
    for array in state.arrays.values():
        array.flags.writeable = False
    expected, _ = method.update(np.ones(3), np.ones(3), method.init(np.ones(3)))
    new_params, _ = method.update(params, params, state)
    assert new_params.tolist() == expected.tolist()


def test_an_optimizer_has_no_hyperparameter_without_a_check(method):
    # So that each one above is refused for every method, not just the one in the table.
    for field in fields(method):
        with pytest.raises(ValueError, match=rf"{field.name} must .* got nan"):
            type(method)(**{field.name: nan})


class Awkward:
    """It cannot be shown, and is no array."""

    def __repr__(self):
        raise RuntimeError("no repr")

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array")


def around(value):
    """A list inside itself."""
    value.append(value)
    return value


# Made anew for each call: some are used up by it.
KINDS = [
    *(lambda v=v: v for v in (None, True, 1j, nan, inf, -inf, 0, -1, 0.5, 2**63, ..., int, Adam)),
    *(lambda v=v: v for v in (10**400, -(10**400), 10**5000, Fraction(1, 3), Fraction(10**400))),
    *(lambda v=v: Decimal(v) for v in ("1", "NaN", "sNaN", "1e999")),
    *(lambda v=v: v for v in ("", "a", "0.5", b"ab", (), (1, 2), range(3), slice(3), {1, 2})),
    *(lambda v=v: v for v in (np.float16(1), np.longdouble(1), np.str_("a"), np.bytes_(b"a"))),
    *(
        lambda v=v: v
        for v in (np.datetime64("2014-12-22"), np.timedelta64(3), np.True_, np.ma.masked)
    ),
    *(
        lambda v=v: [*v]
        for v in ([], [1.0], [[1], [1, 2]], [None], ["a"], [[0.5, 0.5], [0.5, 0.5]])
    ),
    *(
        lambda v=v: {**v}
        for v in ({}, {"a": 1}, {"a": [1]}, {"": (1,)}, {"W": (10**400,)}, {None: 1})
    ),
    *(lambda v=v: np.array(v) for v in (None, "a", 1, 0.5, True, nan, 1j, [None], [[True, False]])),
    *(lambda s=s: np.ones(s) for s in ((), 0, 1, 2, (0, 3), (2, 3), (3, 2), (1, 1, 1), (2, 2))),
    *(lambda d=d: np.ones(2, d) for d in ("f2", "f4", "g", ">f8", "i8", "u1", "M8[s]", "U1", "V4")),
    lambda: np.ones(2, [("a", float)]),
    lambda: np.ma.masked_array(np.ones((2, 3)), True),
    lambda: np.asmatrix(np.ones((2, 3))),
    lambda: np.full((2, 3), nan),
    lambda: np.broadcast_to(1.0, (2, 3)),
    lambda: (i for i in range(3)),
    lambda: memoryview(b"ab"),
    lambda: np.random.RandomState(0),
    lambda: around([]),
    lambda: rng(),
    State,
    Awkward,
    object,
]
numbers = (
    st.integers(-1000, 1000)
    | st.integers(2**61)
    | st.floats()
    | st.fractions()
    | st.decimals()
    | st.complex_numbers()
)
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.text() | st.binary() | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=1) | st.floats(), inner, max_size=3)
    ),
    max_leaves=6,
) | hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_side=4, min_side=0))


def functions():
    """Each public function with good arguments, made anew."""
    model, params, x, y, out = network()
    p, g, q = np.ones(3), np.ones(3), np.ones(2)
    state, learned = Adam().init(p), {"params": params, "x": x, "y": y}
    several = {"epochs": 1, "batch_size": 2, "rng": rng()}
    noise, squares = np.ones((2, 3)), {"outputs": np.ones((2, 3)), "targets": np.ones((2, 3))}
    return {
        "ema": (ema, {"previous": 0.0, "x": 1.0, "beta": 0.9}),
        "ema of arrays": (ema, {"previous": p, "x": g, "beta": 0.9}),
        "ema_weights": (ema_weights, {"beta": 0.9, "t": 3}),
        "bias_correction": (bias_correction, {"average": p, "beta": 0.9, "t": 3}),
        "Adam": (Adam, {f.name: 0.5 for f in fields(Adam)}),
        "AdamW": (AdamW, {f.name: 0.5 for f in fields(AdamW)}),
        "AdamState": (AdamState, {"m": p, "v": g, "t": 2}),
        "init of Adam": (Adam().init, {"params": p}),
        "update": (Adam().update, {"params": p, "grads": g, "state": state}),
        "step": (Adam().step, {"params": p, "grads": g, "state": state}),
        "Layout": (Layout, {"shapes": {"W": (2, 3)}}),
        "views": (Layout({"W": (2, 3)}).views, {"vector": np.ones(6)}),
        "softmax_cross_entropy": (softmax_cross_entropy, {"outputs": noise, "labels": y}),
        "mean_squared_error": (mean_squared_error, squares),
        "MLP": (MLP, {"widths": (3, 2), "loss": mean_squared_error}),
        "init": (model.init, {"rng": rng(), "dtype": np.float32}),
        "predict": (model.predict, {"params": params, "x": x}),
        "value_and_grad": (model.value_and_grad, learned | {"out": out}),
        "Problem": (Problem, {"value": np.sum, "grad": np.copy, "start": q, "minimum": q}),
        "quadratic": (quadratic, {"hessian": [[2, 1], [1, 2]], "start": [1, 2]}),
        "value of a quadratic": (quadratic([[1, 0], [0, 1]], [1, 2]).value, {"x": q}),
        "grad of a quadratic": (quadratic([[1, 0], [0, 1]], [1, 2]).grad, {"x": q}),
        "value of rosenbrock": (rosenbrock().value, {"point": q}),
        "grad of rosenbrock": (rosenbrock().grad, {"point": q}),
        "noisy": (noisy, {"problem": rosenbrock(), "sigma": 0.5, "rng": rng()}),
        "descend": (descend, {"optimizer": SGD(), "grad": np.copy, "start": q, "steps": 2}),
        "replay": (replay, {"optimizer": Adam(), "gradients": noise, "state": state}),
        "train": (train, {"model": model, "optimizer": SGD(), "x": x, "y": y} | several),
        "batches": (batches, {"n": 5, "batch_size": 2, "rng": rng()}),
        "sweep": (sweep, {"function": dict, "grid": {"a": [1, 2]}, "executor": None}),
        "load_digits": (load_digits, {"dtype": np.float32}),
    }


# Where two arguments must fit, the other may be named; a network's labels are what its loss says.
ALSO = {
    "outputs": "labels|targets",
    "y": "labels",
    "hessian": "start",
    "grads": "params",
    "gradients": "params|m",
    "state": "m|v|t",
}


def replaced(case, name, value):
    """The call works, or names the argument and changes no other."""
    function, good = functions()[case]
    if callable(good[name]) and callable(value):
        return  # it may raise what it likes
    others = {k: v for k, v in good.items() if k != name}
    before = snapshot(others)
    try:
        with np.errstate(all="ignore"):
            function(**others, **{name: value})
    except Diverged:
        assert case in ("descend", "train")
        return
    except (TypeError, ValueError) as error:
        message = str(error)
    else:
        return
    assert re.search(rf"(?<!\w)({name}|{ALSO.get(name, name)})(?!\w)", message)
    assert len(message) < 300
    assert snapshot(others) == before


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("case", functions())
def test_an_argument_of_any_kind_works_or_is_named(case):
    for name in functions()[case][1]:
        for kind in KINDS:
            replaced(case, name, kind())


@pytest.mark.parametrize("case", functions())
@settings(max_examples=20)
@given(data=st.data())
def test_an_argument_of_any_value_works_or_is_named(case, data):
    name = data.draw(st.sampled_from([*functions()[case][1]]))
    replaced(case, name, data.draw(anything))
