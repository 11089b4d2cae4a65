"""The other libraries' side: the same method, called by their names; only here they are imported.

CALLS is the one table of what adamlib's constants are called, and are worth, elsewhere. `path`
gives the weights that a library makes of the given gradients, in their dtype.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from inspect import signature
from typing import Any

os.environ |= {"JAX_PLATFORMS": "cpu", "KERAS_BACKEND": "jax", "CUDA_VISIBLE_DEVICES": ""}
os.environ |= {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}

import jax
import keras
import numpy as np
import optax
import torch
from sklearn.neural_network import _stochastic_optimizers as sklearn

from studies.peers.follow import Case

torch.set_num_threads(1)

Arguments = dict[str, Any]


# For each method: the name there, and the arguments there for the optimizer `o` and the case `c`.


def heavy_ball(o: Any) -> float:
    """The learning rate of m = beta1 * m + g."""
    return float(o.learning_rate * (1 - o.beta1))


def _torch_adam(o: Any, c: Case) -> Arguments:
    return {"lr": o.learning_rate, "betas": (o.beta1, o.beta2), "eps": o.eps}


PYTORCH: dict[str, Any] = {
    "SGD": (torch.optim.SGD, lambda o, c: {"lr": o.learning_rate}),
    "Momentum": (torch.optim.SGD, lambda o, c: {"lr": heavy_ball(o), "momentum": o.beta1}),
    # The next two have no floor inside the root: see `case`.
    "Adagrad": (
        torch.optim.Adagrad,
        lambda o, c: {
            "lr": o.learning_rate,
            "eps": o.eps_root**0.5,
            "initial_accumulator_value": c.start_v,
        },
    ),
    "RMSProp": (
        torch.optim.RMSprop,
        lambda o, c: {"lr": o.learning_rate, "alpha": o.beta2, "eps": o.eps_root**0.5},
    ),
    "Adadelta": (
        torch.optim.Adadelta,
        lambda o, c: {"lr": o.learning_rate, "rho": o.beta2, "eps": o.eps_root},
    ),
    "Adam": (torch.optim.Adam, _torch_adam),
    "AMSGrad": (torch.optim.Adam, lambda o, c: _torch_adam(o, c) | {"amsgrad": True}),
    "AdamW": (
        torch.optim.AdamW,
        lambda o, c: _torch_adam(o, c) | {"weight_decay": o.weight_decay},
    ),
}


def _rate(o: Any, c: Case) -> Arguments:
    return {"learning_rate": o.learning_rate}


def _momentum(o: Any, c: Case) -> Arguments:
    return {"learning_rate": heavy_ball(o), "momentum": o.beta1}


def _keras_root(o: Any, c: Case) -> Arguments:
    return _rate(o, c) | {"rho": o.beta2, "epsilon": o.eps_root}


def _keras_adam(o: Any, c: Case) -> Arguments:
    return _rate(o, c) | {"beta_1": o.beta1, "beta_2": o.beta2, "epsilon": o.eps}


KERAS: dict[str, Any] = {
    "SGD": (keras.optimizers.SGD, _rate),
    "Momentum": (keras.optimizers.SGD, _momentum),
    "Adagrad": (
        keras.optimizers.Adagrad,
        lambda o, c: _rate(o, c) | {"epsilon": o.eps_root, "initial_accumulator_value": c.start_v},
    ),
    "RMSProp": (keras.optimizers.RMSprop, _keras_root),
    "Adadelta": (keras.optimizers.Adadelta, _keras_root),
    "Adam": (keras.optimizers.Adam, _keras_adam),
    "AMSGrad": (keras.optimizers.Adam, lambda o, c: _keras_adam(o, c) | {"amsgrad": True}),
    "AdamW": (
        keras.optimizers.AdamW,
        lambda o, c: _keras_adam(o, c) | {"weight_decay": o.weight_decay},
    ),
}


def _optax_adam(o: Any, c: Case) -> Arguments:
    return _rate(o, c) | {"b1": o.beta1, "b2": o.beta2, "eps": o.eps, "eps_root": o.eps_root}


OPTAX: dict[str, Any] = {
    "SGD": (optax.sgd, _rate),
    "Momentum": (optax.sgd, _momentum),
    "Adagrad": (
        optax.adagrad,
        lambda o, c: _rate(o, c) | {"eps": o.eps_root, "initial_accumulator_value": c.start_v},
    ),
    "RMSProp": (optax.rmsprop, lambda o, c: _rate(o, c) | {"decay": o.beta2, "eps": o.eps_root}),
    "Adadelta": (optax.adadelta, lambda o, c: _rate(o, c) | {"rho": o.beta2, "eps": o.eps_root}),
    "Adam": (optax.adam, _optax_adam),
    "AMSGrad": (optax.amsgrad, _optax_adam),
    "AdamW": (optax.adamw, lambda o, c: _optax_adam(o, c) | {"weight_decay": o.weight_decay}),
}


def _sklearn_sgd(rate: float, momentum: float) -> Arguments:
    return {"learning_rate_init": rate, "momentum": momentum, "nesterov": False}


SKLEARN: dict[str, Any] = {
    "SGD": (sklearn.SGDOptimizer, lambda o, c: _sklearn_sgd(o.learning_rate, 0)),
    "Momentum": (sklearn.SGDOptimizer, lambda o, c: _sklearn_sgd(heavy_ball(o), o.beta1)),
    "Adam": (
        sklearn.AdamOptimizer,
        lambda o, c: {
            "learning_rate_init": o.learning_rate,
            "beta_1": o.beta1,
            "beta_2": o.beta2,
            "epsilon": o.eps,
        },
    ),
}

CALLS = {"PyTorch": PYTORCH, "Keras": KERAS, "optax": OPTAX, "scikit-learn": SKLEARN}
PACKAGES = {
    "PyTorch": ["torch"],
    "Keras": ["keras", "jax"],
    "optax": ["optax", "jax"],
    "scikit-learn": ["scikit-learn"],
}


def versions(library: str) -> dict[str, str]:
    """Of the packages that the library runs on."""
    return {name: version(name) for name in [*PACKAGES[library], "numpy"]}


def call(library: str, case: Case) -> tuple[Any, Arguments]:
    """What to call there, and with which arguments."""
    make, arguments = CALLS[library][case.method]
    return make, arguments(case.optimizer, case)


def words(make: Any, arguments: Arguments) -> str:
    """The call as one would write it."""
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    return f"{make.__name__}({given})"


def path(library: str, case: Case, start: Any, gradients: Any) -> Any:
    """The weights W_0, W_1, ... there, one to a row."""
    assert start.dtype == gradients.dtype == case.dtype
    return run(library, *call(library, case), start, gradients, case.falls)


def run(
    library: str,
    make: Any,
    arguments: Arguments,
    start: Any,
    gradients: Any,
    falls: int = 0,
) -> Any:
    """The same as `path`, for any call. From step `falls` on the rate is a tenth."""
    runs = {"PyTorch": _torch, "Keras": _keras, "optax": _optax, "scikit-learn": _sklearn}
    with jax.enable_x64(start.dtype == np.float64):  # float32 as JAX does by default
        found = np.array(runs[library](make, arguments, start, gradients, falls))
    assert found.dtype == start.dtype
    return found


def _torch(make: Any, arguments: Arguments, start: Any, gradients: Any, falls: int) -> Any:
    params = torch.tensor(start)
    optimizer, seen = make([params], **arguments), [start]
    for t, grads in enumerate(gradients, start=1):
        if t == falls:
            optimizer.param_groups[0]["lr"] /= 10
        params.grad = torch.tensor(grads)
        optimizer.step()
        seen.append(params.numpy().copy())
    return seen


def _keras(make: Any, arguments: Arguments, start: Any, gradients: Any, falls: int) -> Any:
    keras.config.set_floatx(start.dtype.name)  # the learning rate's precision
    params = keras.Variable(start, dtype=start.dtype.name)
    optimizer, seen = make(**arguments), [start]
    for t, grads in enumerate(gradients, start=1):
        if t == falls:
            optimizer.learning_rate = arguments["learning_rate"] / 10
        optimizer.apply([keras.ops.convert_to_tensor(grads)], [params])
        seen.append(np.array(params))
    return seen


def _optax(make: Any, arguments: Arguments, start: Any, gradients: Any, falls: int) -> Any:
    if falls:  # a schedule counts from 0
        rate = optax.piecewise_constant_schedule(arguments["learning_rate"], {falls - 1: 0.1})
        arguments = arguments | {"learning_rate": rate}
    optimizer = make(**arguments)

    def step(carry: Any, grads: Any) -> Any:
        params, state = carry
        updates, state = optimizer.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        return (params, state), params

    params = jax.numpy.asarray(start)
    first = params, optimizer.init(params)
    _, seen = jax.lax.scan(step, first, jax.numpy.asarray(gradients))
    return np.concatenate([start[None], seen])


def _sklearn(make: Any, arguments: Arguments, start: Any, gradients: Any, falls: int) -> Any:
    params = start.copy()
    optimizer, seen = make([params], **arguments), [start]
    for t, grads in enumerate(gradients, start=1):
        if t == falls:
            optimizer.learning_rate /= 10  # SGD reads this one,
            optimizer.learning_rate_init /= 10  # and Adam this one
        optimizer.update_params([params], [grads])
        seen.append(params.copy())
    return seen


# The cases

AWKWARD: dict[str, list[dict[str, float]]] = {
    "SGD": [{"learning_rate": rate} for rate in (0.1, 0.7, 3e-5)],
    "Momentum": [
        {"learning_rate": 0.01, "beta1": 0.9},
        {"learning_rate": 0.37, "beta1": 0.53},
        {"learning_rate": 1e-4, "beta1": 0.987},
    ],
    "Adagrad": [
        {"learning_rate": 0.01, "eps_root": 1e-7},
        {"learning_rate": 1.7, "eps_root": 1e-2},
        {"learning_rate": 3e-4, "eps_root": 3e-13},
    ],
    "RMSProp": [
        {"learning_rate": 1e-3, "beta2": 0.9, "eps_root": 1e-8},
        {"learning_rate": 0.7, "beta2": 0.53, "eps_root": 1e-2},
        {"learning_rate": 3e-5, "beta2": 0.987, "eps_root": 3e-13},
    ],
    "Adadelta": [
        {"learning_rate": 1.0, "beta2": 0.9, "eps_root": 1e-6},
        {"learning_rate": 0.37, "beta2": 0.53, "eps_root": 1e-2},
        {"learning_rate": 7.0, "beta2": 0.987, "eps_root": 3e-10},
    ],
    "Adam": [
        {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "eps_root": 0.0},
        {"learning_rate": 0.7, "beta1": 0.53, "beta2": 0.87, "eps": 1e-2, "eps_root": 0.0},
        {"learning_rate": 3e-5, "beta1": 0.0, "beta2": 0.987, "eps": 3e-13, "eps_root": 0.0},
    ],
}
AWKWARD["AMSGrad"] = AWKWARD["Adam"]
AWKWARD["AdamW"] = [
    constants | {"weight_decay": decay}
    for constants, decay in zip(AWKWARD["Adam"], (1e-2, 0.3, 17.0), strict=True)
]
INSIDE = [  # the floor inside the root, or both: optax alone
    {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.99, "eps": 0.0, "eps_root": 1e-8},
    {"learning_rate": 0.1, "beta1": 0.6, "beta2": 0.93, "eps": 1e-3, "eps_root": 1e-5},
]
# Adagrad's v at the start, one for each of its constants. optax makes no step where v is zero.
START_V = {"PyTorch": (0.0, 0.1, 2.5), "Keras": (0.1, 0.0, 2.5), "optax": (0.1, 1e-6, 2.5)}

# In float32 Keras and optax also compute 1 - beta2**t in float32, where 0.999 is not 0.999: this
# case is kept apart. A beta2 that float32 holds exactly takes its place.
PAPER = AWKWARD["Adam"][0]
EXACT = 1 - 2**-10


def drawn(method: str, rng: np.random.Generator) -> dict[str, float]:
    """Constants by chance, of any size that is reasonable or nearly so."""
    powers = {"learning_rate": (-4, 0), "eps": (-12, -1), "eps_root": (-12, -1)}
    constants: dict[str, float] = {}
    for name in AWKWARD[method][0]:
        if name.startswith("beta"):
            constants[name] = float(1 - 10 ** rng.uniform(-2, 0))
        elif name == "weight_decay":
            # Of a share far below 1e-5 a step, float32 keeps or loses all by rounding.
            constants[name] = float(10 ** rng.uniform(-4, -1)) / constants["learning_rate"]
        else:
            constants[name] = float(10 ** rng.uniform(*powers[name]))
    return constants | ({"eps_root": 0.0} if "eps" in constants else {})


def cases(library: str, rng: np.random.Generator | None = None, more: int = 2) -> Iterator[Case]:
    """Every method that the library has, with awkward constants, in both precisions.

    With a generator also with `more` that are drawn.
    """
    for method in CALLS[library]:
        listed = AWKWARD[method] + INSIDE * (library == "optax" and method in ("Adam", "AMSGrad"))
        listed = listed + ([drawn(method, rng) for _ in range(more)] if rng else [])
        for number, settings in enumerate(listed):
            start_v = START_V[library][number % 3] if method == "Adagrad" else 0.0
            for dtype in ("float64", "float32"):
                if dtype == "float32" and settings.get("beta2") == PAPER["beta2"]:
                    settings = settings | {"beta2": EXACT}
                yield case(library, method, settings, dtype, start_v)


FALLS = 101  # halfway, and one of the steps that are recorded


def falling(library: str, rng: np.random.Generator | None = None, more: int = 2) -> Iterator[Case]:
    """Momentum, Adam and AdamW with a rate that falls to a tenth halfway, in both precisions."""
    for method in ("Momentum", "Adam", "AdamW"):
        if method in CALLS[library]:
            listed = AWKWARD[method][1:2] if "beta2" in AWKWARD[method][0] else AWKWARD[method][:2]
            listed = listed + ([drawn(method, rng) for _ in range(more)] if rng else [])
            for settings in listed:
                for dtype in ("float64", "float32"):
                    inside = method == "Momentum" and library in ("Keras", "scikit-learn")
                    constant = case(library, method, settings, dtype)
                    yield replace(constant, falls=FALLS, rate_inside=inside)


def case(
    library: str, method: str, settings: dict[str, float], dtype: str, start_v: float = 0.0
) -> Case:
    """The case with the conventions of the library."""
    if library == "PyTorch" and method in ("Adagrad", "RMSProp"):
        # Its floor is outside. The smallest normal number is no floor, in either place.
        settings = settings | {"eps_root": float(np.finfo(dtype).tiny)}
    return Case(
        method,
        settings,
        dtype,
        start_v,
        eps_hat=library in ("Keras", "scikit-learn") and "eps" in settings,
        corrected_max=library == "optax" and method == "AMSGrad",
    )


def gradients(rng: np.random.Generator, steps: int, dtype: str) -> tuple[Any, Any]:
    """A start; and gradients: noise, small, tiny, huge, mostly zero, zero at first and then a blow.

    The tiny ones have squares that float32 rounds to zero, but do not come near the subnormals,
    which JAX takes for zero.
    """
    tiny = 1e-30 if dtype == "float64" else 1e-24
    rows = rng.normal(size=(steps, 6)) * [1, 1e-4, tiny, 1e15, 1, 1] + [0.3, 0, 0, 0, 0, 1]
    rows[np.arange(steps) % 7 > 0, 4] = 0
    rows[: steps // 6, 5] = 0
    rows[steps // 2, 5] = -1e15
    start = np.array([-1.5, 0, 0, 2, 0, 1e-3])
    return start.astype(dtype), rows.astype(dtype)


# What the conventions are, by trial

ADAM = {"learning_rate": 1.0, "beta1": 0.5, "beta2": 0.75, "eps": 1.0, "eps_root": 0.0}
FLOOR = {"learning_rate": 1.0, "eps_root": 1.0}
# For each method: constants, gradients, a start, and what each outcome tells. The outcomes are
# worked out by hand; v is 1/4 after a first gradient of 1, and its root 1/2.
TRIALS: dict[str, Any] = {
    "Momentum": ({"learning_rate": 2.0, "beta1": 0.5}, [1, 1], 0, {-2.5: "heavy ball"}),
    "Adagrad": (FLOOR, [1], 0, {-(0.5**0.5): "inside", -0.5: "outside"}),
    "RMSProp": (FLOOR | {"beta2": 0.75}, [1], 0, {-(0.8**0.5): "inside", -2 / 3: "outside"}),
    "Adadelta": (FLOOR | {"beta2": 0.75}, [1], 0, {-(0.8**0.5): "inside", -2 / 3: "outside"}),
    "Adam": (ADAM, [1], 0, {-(0.5**0.5): "inside", -0.5: "outside", -1 / 3: "hat"}),
    # v is 0.19 after the second: the maximum is 1/4, which corrected is 4/7, or it is 1.
    "AMSGrad": (
        ADAM | {"beta1": 0.0, "eps": 1e-12},
        [1, 0.1],
        0,
        {-1 - 0.1 / (4 / 7) ** 0.5: "of v", -1.1: "of corrected v"},
    ),
    "AdamW": (
        ADAM | {"learning_rate": 0.5, "weight_decay": 0.5},
        [0],
        1,
        {0.75: "times the learning rate", 0.5: "alone"},
    ),
}


# The same, with a tenth of the rate in the second step.
FALLING: dict[str, Any] = {
    "Momentum": (TRIALS["Momentum"][0], [1, 1], 0, {-1.15: "outside", -1.6: "inside"}),
    "Adam": (ADAM | {"eps": 1e-12}, [1, 1], 0, {-1.1: "outside", -1.4: "inside"}),
    "AdamW": (TRIALS["AdamW"][0], [0, 0], 1, {0.73125: "in the decay", 0.5625: "not there"}),
}


OURS = {
    "lr": "learning_rate", "learning_rate_init": "learning_rate",
    "beta_1": "beta1", "b1": "beta1", "beta_2": "beta2", "b2": "beta2",
    "rho": "beta2", "alpha": "beta2", "decay": "beta2",
    "epsilon": "eps", "initial_accumulator_value": "start_v",
}  # fmt: skip
TOLD = {"learning_rate", "beta1", "beta2", "eps", "eps_root", "weight_decay", "start_v"}


def conventions(library: str) -> dict[str, Any]:
    """For each method its defaults there, by adamlib's names, and what a trial shows."""
    found: dict[str, Any] = {}
    for method, (make, _) in CALLS[library].items():
        given = {name: p.default for name, p in signature(make).parameters.items()}
        if "betas" in given:
            given["beta1"], given["beta2"] = given.pop("betas")
        given = {OURS.get(name, name): value for name, value in given.items()}
        found[method] = {
            name: float(value)
            for name, value in given.items()
            if name in TOLD and isinstance(value, float | int)
        }
        if method in TRIALS:
            found[method]["trial"] = trial(library, method, TRIALS[method])
        if method in FALLING:
            found[method]["new rate"] = trial(library, method, FALLING[method], falls=2)
    return found


def trial(library: str, method: str, tried: Any, falls: int = 0) -> str:
    """What the outcome of a trial tells."""
    constants, grads, start, outcomes = tried
    grads = np.array(grads, float)[:, None]
    case = Case(method, constants, falls=falls)
    end = path(library, case, np.array([start], float), grads)[-1, 0]
    told: str
    (told,) = (words for outcome, words in outcomes.items() if abs(outcome - end) < 1e-6)
    return told
