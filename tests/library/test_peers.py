"""adamlib follows PyTorch, Keras, optax and scikit-learn: their recorded paths, met step by step.

`make peers` compares with the libraries themselves.
"""

import re
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

import adamlib
from adamlib import Adam, AMSGrad, Momentum, MomentumState, Optimizer
from studies import peers
from studies.peers import numbers
from studies.peers.follow import SAME, Case, apart, follow

METHODS = {"SGD", "Momentum", "Adagrad", "RMSProp", "Adadelta", "Adam", "AMSGrad", "AdamW"}
SHARED = {
    "PyTorch": METHODS,
    "Keras": METHODS,
    "optax": METHODS,
    "scikit-learn": {"SGD", "Momentum", "Adam"},
}


GIVEN = peers.gradients()
LIBRARIES = peers.recorded()
CASES = [
    (name, row) for name, golden in LIBRARIES.items() for row in golden["cases"] + golden["falling"]
]


def met(library, row, **otherwise):
    """How far apart the recorded path and adamlib's are, at the steps that were recorded."""
    case = replace(Case(**row["case"]), **otherwise)
    steps = LIBRARIES[library]["steps"]
    return apart(numbers(row["path"], case.dtype), follow(case, *GIVEN[case.dtype])[steps])


@pytest.mark.parametrize(
    ("library", "row"), CASES, ids=[f"{name} {row['call']}" for name, row in CASES]
)
def test_the_paths_are_the_same(library, row):
    assert met(library, row).max() <= SAME[row["case"]["dtype"]]


def test_all_methods_are_compared_with_three_settings_or_more_in_both_precisions():
    for (library, methods), dtype in product(SHARED.items(), SAME):
        rows = [r["case"] for r in LIBRARIES[library]["cases"] if r["case"]["dtype"] == dtype]
        assert {case["method"] for case in rows} == methods
        for method in methods:
            settings = [case["settings"] for case in rows if case["method"] == method]
            assert len({str(s) for s in settings}) == len(settings) >= 3, (library, method)
            names = {name for s in settings for name in s}
            assert all(len({s[name] for s in settings}) > 1 for name in names - {"eps_root"})


def test_a_falling_rate_is_seen_before_and_after_it_falls():
    for library, golden in LIBRARIES.items():
        rows = [row["case"] for row in golden["falling"]]
        among = {(case["method"], case["dtype"]) for case in rows}
        assert among == set(product({"Momentum", "Adam", "AdamW"} & SHARED[library], SAME))
        assert all(case["falls"] in golden["steps"][1:-1] for case in rows)


def test_no_method_of_adamlib_is_left_out():
    made = {
        name
        for name in adamlib.__all__
        if isinstance(value := getattr(adamlib, name), type)
        and issubclass(value, Optimizer)
        and value is not Optimizer
    }
    assert made == METHODS


@pytest.mark.parametrize("dtype", SAME)
def test_the_gradients_are_of_all_kinds(dtype):
    _, rows = GIVEN[dtype]
    assert len(rows) == 200
    size = abs(rows).max(axis=0)
    assert size.min() < (1e-22 if dtype == "float32" else 1e-28)
    assert size.max() > 1e15
    assert (rows == 0).any()


# A difference of convention would be seen


@pytest.mark.parametrize(
    ("library", "method", "otherwise"),
    [
        ("Keras", "Adam", {"eps_hat": False}),
        ("Keras", "AMSGrad", {"eps_hat": False}),
        ("Keras", "AdamW", {"eps_hat": False}),
        ("scikit-learn", "Adam", {"eps_hat": False}),
        ("PyTorch", "Adam", {"eps_hat": True}),
        ("optax", "Adam", {"eps_hat": True}),
        ("optax", "AMSGrad", {"corrected_max": False}),
        ("PyTorch", "AMSGrad", {"corrected_max": True}),
        ("Keras", "Adagrad", {"start_v": 0.0}),
        ("optax", "Adagrad", {"start_v": 0.0}),
        ("Keras", "Momentum", {"rate_inside": False}),
        ("scikit-learn", "Momentum", {"rate_inside": False}),
        ("PyTorch", "Momentum", {"rate_inside": True}),
        ("optax", "Momentum", {"rate_inside": True}),
        ("PyTorch", "Adam", {"rate_inside": True}),
        ("Keras", "AdamW", {"rate_inside": True}),
    ],
)
def test_another_convention_parts(library, method, otherwise):
    rows = [r for name, r in CASES if name == library and r["case"]["method"] == method]
    assert max(met(library, row, **otherwise).max() for row in rows) > 1e-3


IN_FLOAT64 = [r for r in LIBRARIES["PyTorch"]["cases"] if r["case"]["dtype"] == "float64"]


@pytest.mark.parametrize("row", IN_FLOAT64, ids=lambda row: row["call"])
def test_any_other_constant_parts(row):
    settings = Case(**row["case"]).settings
    for name, value in settings.items():
        if value > 1e-9:  # and not a floor as good as zero
            assert met("PyTorch", row, settings=settings | {name: value * 0.99}).max() > 1e-9, name


def test_optax_takes_the_maximum_of_the_corrected_average_and_the_others_do_not():
    told = {
        name: golden["conventions"]["AMSGrad"]["trial"]
        for name, golden in LIBRARIES.items()
        if "AMSGrad" in golden["conventions"]
    }
    assert told == {"PyTorch": "of v", "Keras": "of v", "optax": "of corrected v"}


def test_two_keep_a_new_rate_outside_the_sum_of_momentum_and_two_inside():
    told = {
        name: {
            method: c["new rate"] for method, c in golden["conventions"].items() if "new rate" in c
        }
        for name, golden in LIBRARIES.items()
    }
    adam = {"Adam": "outside", "AdamW": "in the decay"}
    assert told == {
        "PyTorch": {"Momentum": "outside"} | adam,
        "Keras": {"Momentum": "inside"} | adam,
        "optax": {"Momentum": "outside"} | adam,
        "scikit-learn": {"Momentum": "inside", "Adam": "outside"},
    }


def test_momentum_with_the_rate_inside_its_sum_is_polyaks():
    """m_t = beta m_{t-1} + alpha_t g_t, and W_t = W_{t-1} - m_t, written out."""
    gradients = np.random.default_rng(2).normal(size=(20, 3))
    case = Case("Momentum", {"learning_rate": 0.3, "beta1": 0.8}, falls=11, rate_inside=True)
    move, w, path = np.zeros(3), np.zeros(3), [np.zeros(3)]
    for t, g in enumerate(gradients, start=1):
        move = 0.8 * move + (1 - 0.8) * (0.03 if t >= 11 else 0.3) * g
        w = w - move
        path.append(w)
    assert apart(follow(case, np.zeros(3), gradients), path).max() < 1e-14
    outside = follow(replace(case, rate_inside=False), np.zeros(3), gradients)
    assert (apart(outside, path) > 1e-3).tolist() == [False] * 11 + [True] * 10


def test_the_order_of_amsgrad_shows_when_the_corrected_average_falls():
    """Growing gradients: the two maxima are the same. Then, at the first fall, they are not."""
    grads = np.array([1.0, 2, 3, 4, 1, 1])[:, None]
    case = Case("AMSGrad", {"beta2": 0.9})
    ours = follow(case, np.zeros(1), grads)
    theirs = follow(replace(case, corrected_max=True), np.zeros(1), grads)
    assert (apart(ours, theirs) > 1e-12).tolist() == [False] * 5 + [True] * 2


# What the files say


@pytest.mark.parametrize("golden", LIBRARIES.values(), ids=LIBRARIES.keys())
def test_the_versions_are_those_of_the_requirements(golden):
    pins = dict(
        re.findall(r"^([\w.-]+)==(\S+)$", (peers.FOLDER / "requirements.txt").read_text(), re.M)
    )
    assert golden["versions"]
    for name, number in golden["versions"].items():
        assert pins[name] == number.partition("+")[0]


# Each call in the library's own names. `heavy_ball` is the rate of m = beta1 * m + g; `root` is the
# root of eps_root, where a library has no floor inside.
_TORCH_ADAM = "lr={learning_rate}, betas=({beta1}, {beta2}), eps={eps}"
_KERAS_ADAM = "learning_rate={learning_rate}, beta_1={beta1}, beta_2={beta2}, epsilon={eps}"
_OPTAX_ADAM = (
    "learning_rate={learning_rate}, b1={beta1}, b2={beta2}, eps={eps}, eps_root={eps_root}"
)
_KERAS_ROOT = "learning_rate={learning_rate}, rho={beta2}, epsilon={eps_root}"
WRITTEN = {
    "PyTorch": {
        "SGD": "SGD(lr={learning_rate})",
        "Momentum": "SGD(lr={heavy_ball}, momentum={beta1})",
        "Adagrad": "Adagrad(lr={learning_rate}, eps={root}, initial_accumulator_value={start_v})",
        "RMSProp": "RMSprop(lr={learning_rate}, alpha={beta2}, eps={root})",
        "Adadelta": "Adadelta(lr={learning_rate}, rho={beta2}, eps={eps_root})",
        "Adam": f"Adam({_TORCH_ADAM})",
        "AMSGrad": f"Adam({_TORCH_ADAM}, amsgrad=True)",
        "AdamW": f"AdamW({_TORCH_ADAM}, weight_decay={{weight_decay}})",
    },
    "Keras": {
        "SGD": "SGD(learning_rate={learning_rate})",
        "Momentum": "SGD(learning_rate={heavy_ball}, momentum={beta1})",
        "Adagrad": "Adagrad(learning_rate={learning_rate}, epsilon={eps_root}, "
        "initial_accumulator_value={start_v})",
        "RMSProp": f"RMSprop({_KERAS_ROOT})",
        "Adadelta": f"Adadelta({_KERAS_ROOT})",
        "Adam": f"Adam({_KERAS_ADAM})",
        "AMSGrad": f"Adam({_KERAS_ADAM}, amsgrad=True)",
        "AdamW": f"AdamW({_KERAS_ADAM}, weight_decay={{weight_decay}})",
    },
    "optax": {
        "SGD": "sgd(learning_rate={learning_rate})",
        "Momentum": "sgd(learning_rate={heavy_ball}, momentum={beta1})",
        "Adagrad": "adagrad(learning_rate={learning_rate}, eps={eps_root}, "
        "initial_accumulator_value={start_v})",
        "RMSProp": "rmsprop(learning_rate={learning_rate}, decay={beta2}, eps={eps_root})",
        "Adadelta": "adadelta(learning_rate={learning_rate}, rho={beta2}, eps={eps_root})",
        "Adam": f"adam({_OPTAX_ADAM})",
        "AMSGrad": f"amsgrad({_OPTAX_ADAM})",
        "AdamW": f"adamw({_OPTAX_ADAM}, weight_decay={{weight_decay}})",
    },
    "scikit-learn": {
        "SGD": "SGDOptimizer(learning_rate_init={learning_rate}, momentum=0, nesterov=False)",
        "Momentum": "SGDOptimizer(learning_rate_init={heavy_ball}, momentum={beta1}, "
        "nesterov=False)",
        "Adam": "AdamOptimizer(learning_rate_init={learning_rate}, beta_1={beta1}, "
        "beta_2={beta2}, epsilon={eps})",
    },
}
NEAR_ONE = [(name, golden["near_one"]) for name, golden in LIBRARIES.items()]


@pytest.mark.parametrize(
    ("library", "row"), CASES + NEAR_ONE, ids=[row["call"] for _, row in CASES + NEAR_ONE]
)
def test_the_calls_say_what_was_compared(library, row):
    """The call as written has each of the case's constants under its name there."""
    case = Case(**row["case"])
    worth = case.settings | {
        "start_v": case.start_v,
        "heavy_ball": case.settings["learning_rate"] * (1 - case.settings.get("beta1", 0)),
        "root": case.settings.get("eps_root", 0) ** 0.5,
    }
    assert row["call"] == WRITTEN[library][case.method].format(**worth)


def test_corrections_in_float32_part_near_one_and_by_how_much():
    """0.999 is not a float32. Who subtracts it from one in float32 has another 1 - beta2."""
    beta2 = LIBRARIES["Keras"]["near_one"]["case"]["settings"]["beta2"]
    shift = np.sqrt((1 - beta2) / (1 - float(np.float32(beta2)))) - 1
    for name, golden in LIBRARIES.items():
        first = met(name, golden["near_one"])[0]
        if name in ("Keras", "optax"):
            assert first == pytest.approx(abs(shift), rel=0.1)
        else:
            assert first < abs(shift) / 10


def test_dampening_is_an_average_that_starts_from_the_first_gradient():
    golden, (start, rows) = LIBRARIES["PyTorch"], GIVEN["float64"]
    assert golden["dampened"]["call"] == "SGD(lr=0.01, momentum=0.9, dampening=0.9)"
    steps = adamlib.replay(Momentum(0.01, 0.9), rows, MomentumState(rows[0]))
    path = np.concatenate([start[None], start - np.cumsum(steps, axis=0)])[golden["steps"]]
    assert apart(path, numbers(golden["dampened"]["path"], "float64")).max() < SAME["float64"]


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in peers.FOLDER.glob("*.json")) < 400_000


# The side that follows


def test_apart_is_relative_to_the_largest_so_far_and_takes_the_worst_coordinate():
    path = np.array([[0.0, 0], [2, 1e-30], [1, 1e-30]])
    other = path + np.array([[0, 0], [0, 1e-31], [1e-3, 0]])
    assert apart(path, other) == pytest.approx([0, 1e-1 / 1.1, 5e-4])
    assert np.isnan(apart(path, path + np.nan)).all()


def test_follow_is_replay_where_nothing_is_otherwise():
    gradients = np.random.default_rng(1).normal(size=(20, 3))
    methods: list[type[Optimizer[Any]]] = [Adam, AMSGrad]
    for make in methods:
        path = follow(Case(make.__name__), np.zeros(3), gradients)
        assert np.allclose(-np.diff(path, axis=0), adamlib.replay(make(), gradients), atol=1e-15)
