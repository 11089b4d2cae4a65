"""Who takes part: ours, other libraries, and C. `python -m studies.speed.contenders NAME` is one.

It reads a case and a count of steps from each line, makes these steps and answers with the CPU
time and the time on the clock of one, in microseconds; or with null, for a case it does not know.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import adamlib
import numpy as np

OURS = "compiled", "NumPy", "as written"
LIMIT = "C"
TORCH: dict[str, dict[str, bool]] = {
    "torch": {},
    "torch foreach": {"foreach": True},
    "torch fused": {"fused": True},
}
PEERS = *TORCH, "optax", "Keras", "scikit-learn"

PAPER = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "eps_root": 0.0}
SETTINGS: dict[str, dict[str, float]] = {
    "SGD": {"learning_rate": 1e-3},
    "Momentum": {"learning_rate": 1e-3},
    "Adagrad": {"learning_rate": 1e-3},
    "RMSProp": {"learning_rate": 1e-3},
    "Adadelta": {},
    "Adam": PAPER,
    "AMSGrad": PAPER,
    "AdamW": PAPER,
}
LAYERS, OTHER_WORK, BATCH = 200, 64 * 2**20, 128
NETWORK = adamlib.MLP((784, 512, 512, 10))

Make = Callable[..., Any]  # makes a library's optimizer
Advance = Callable[[int], Any]  # makes so many steps


class Case(NamedTuple):
    """What is measured: step, cold, layers, zero, memory or train; and of what."""

    kind: str
    method: str
    dtype: str
    size: int


def contender(name: str, case: Case) -> Advance | None:
    """What makes steps of the case; None where the contender has no such thing."""
    if case.kind == "train" and name not in (*OURS, *TORCH):
        return None
    # To adamlib, and to C, a network is one vector.
    parts = LAYERS if case.kind == "layers" and name in PEERS else 1
    params, grads = data(case, parts)
    try:
        if name in OURS:
            advance = _ours(name, case, params[0], grads[0])
        elif name == LIMIT:
            advance = _limit(case, params[0], grads[0])
        else:
            make = partial(_theirs(name, case), **TORCH.get(name, {}))
            runs = {"optax": _optax, "Keras": _keras, "scikit-learn": _sklearn}
            advance = runs.get(name, _torch)(make, case, params, grads)
    except (LookupError, TypeError) as missing:
        print(f"{name} has no {case.method}: {missing!r:.90}", file=sys.stderr)
        return None
    if case.kind == "zero":  # from now on; a thousand steps later m is subnormal
        advance(1)
        for i in range(len(grads)):
            grads[i] *= 0
        advance(1000)
    return advance


def data(case: Case, parts: int) -> tuple[list[Any], list[Any]]:
    """Parameters and gradients, each array the owner of its memory."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(2, min(case.size, 100_003))) * [[1], [0.01]]
    both = (np.resize(row.astype(case.dtype), case.size) for row in drawn)
    params, grads = ([part.copy() for part in np.split(whole, parts)] for whole in both)
    return params, grads


def _repeat(step: Callable[..., Any], *arguments: Any) -> Advance:
    def advance(steps: int) -> None:
        for _ in range(steps):
            step(*arguments)

    return advance


def _ours(name: str, case: Case, params: Any, grads: Any) -> Advance:
    optimizer = getattr(adamlib, case.method)(**SETTINGS[case.method])
    if case.kind == "train":
        once: Any = {"epochs": 1, "batch_size": BATCH, "rng": np.random.default_rng(0)}
        return lambda steps: adamlib.train(NETWORK, optimizer, *_images(steps), **once)
    state = optimizer.init(params)
    if name != "as written":
        return _repeat(optimizer.step, params, grads, state)

    def step() -> None:
        nonlocal params, state
        params, state = optimizer.update(params, grads, state)

    return _repeat(step)


@cache
def _compiled_c(dtype: str) -> Any:
    compiler = shutil.which("cc")
    if compiler is None:
        raise LookupError("there is no cc on this machine")
    how = ["-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]
    how += (
        ["-Dreal=float", "-Droot=sqrtf"] if dtype == "float32" else ["-Dreal=double", "-Droot=sqrt"]
    )
    source = Path(__file__).with_name("limit.c")
    with tempfile.TemporaryDirectory() as folder:
        made = f"{folder}/limit.so"
        subprocess.run([compiler, *how, source, "-lm", "-o", made], check=True)
        return ctypes.CDLL(made).steps


def _limit(case: Case, params: Any, grads: Any) -> Advance:
    if case.method != "Adam":
        raise LookupError("it is not written")
    run, made = _compiled_c(case.dtype), 0
    moments = np.zeros_like(params), np.zeros_like(params)
    arrays = params, grads, *moments, np.array([*PAPER.values()])

    def advance(steps: int) -> None:
        nonlocal made
        counts = [ctypes.c_long(n) for n in (params.size, made, steps)]
        run(*[a.ctypes.data_as(ctypes.c_void_p) for a in arrays], *counts)
        made += steps

    return advance


def _theirs(name: str, case: Case) -> Make:
    from studies.peers.calls import CALLS, call  # which imports all of them
    from studies.peers.follow import Case as Settings

    library = name if name in CALLS else "PyTorch"
    made, arguments = call(library, Settings(case.method, SETTINGS[case.method], case.dtype))
    return partial(made, **arguments)


def _torch(make: Make, case: Case, params: list[Any], grads: list[Any]) -> Advance:
    import torch

    if case.kind == "train":
        return partial(_torch_train, make)
    tensors = [*map(torch.from_numpy, params)]
    for tensor, g in zip(tensors, grads, strict=True):
        tensor.grad = torch.from_numpy(g)
    return _repeat(make(tensors).step)


def _torch_train(make: Make, steps: int) -> None:
    import torch
    from torch import nn

    layers = [layer for pair in pairwise(NETWORK.widths) for layer in (nn.Linear(*pair), nn.ReLU())]
    model = nn.Sequential(*layers[:-1])
    optimizer, loss_of, losses = make(model.parameters()), nn.CrossEntropyLoss(), []
    x, y = map(torch.from_numpy, _images(steps))
    for batch in torch.randperm(len(x)).split(BATCH):
        optimizer.zero_grad()
        loss = loss_of(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())


@cache
def _images(batches: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.random((BATCH * batches, NETWORK.widths[0]), np.float32)
    return x, rng.integers(NETWORK.widths[-1], size=len(x))


def _jax(step: Callable[..., Any], grads: list[Any], carry: Any) -> Advance:
    """The step compiled, its arguments reused for its results, and made to finish."""
    import jax

    compiled = jax.jit(step, donate_argnums=0)

    def advance(steps: int) -> None:
        nonlocal carry
        for _ in range(steps):
            carry = compiled(carry, grads)
        jax.block_until_ready(carry)

    return advance


def _to_jax(case: Case, *lists: list[Any]) -> None:
    import jax

    jax.config.update("jax_cpu_enable_async_dispatch", False)
    jax.config.update("jax_enable_x64", case.dtype == "float64")
    for arrays in lists:
        arrays[:] = map(jax.numpy.array, arrays)


def _optax(make: Make, case: Case, params: list[Any], grads: list[Any]) -> Advance:
    import optax

    _to_jax(case, params, grads)
    optimizer = make()

    def step(carry: Any, grads: Any) -> Any:
        updates, state = optimizer.update(grads, carry[1], carry[0])
        return optax.apply_updates(carry[0], updates), state

    return _jax(step, grads, (params, optimizer.init(params)))


def _keras(make: Make, case: Case, params: list[Any], grads: list[Any]) -> Advance:
    import keras

    _to_jax(case, params, grads)
    keras.config.set_floatx(case.dtype)
    optimizer = make()
    optimizer.build([keras.Variable(p, dtype=case.dtype) for p in params])

    def step(carry: Any, grads: Any) -> Any:
        return optimizer.stateless_apply(carry[1], grads, carry[0])

    return _jax(step, grads, (params, [v.value for v in optimizer.variables]))


def _sklearn(make: Make, case: Case, params: list[Any], grads: list[Any]) -> Advance:
    return _repeat(make(params).update_params, params, grads)


def measured(advance: Advance, case: Case, steps: int) -> tuple[float, float]:
    """The CPU time of a step and its time on the clock, in microseconds; or bytes."""
    if case.kind == "memory":
        tracemalloc.start()
        advance(1)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak, 0
    at_once = 1 if case.kind == "cold" else steps
    spent = np.zeros(2)
    for _ in range(steps // at_once):
        if case.kind == "cold":
            _other_work()[...] += 1
        start = time.process_time_ns(), time.perf_counter_ns()
        advance(at_once)
        end = time.process_time_ns(), time.perf_counter_ns()
        spent += np.subtract(end, start)
    cpu, wall = spent / steps / 1000
    return float(cpu), float(wall)


@cache
def _other_work() -> Any:
    return np.zeros(OTHER_WORK // 8)


def main() -> None:
    """Answer line by line."""
    name, held, advance = sys.argv[1], None, None
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed
    for line in sys.stdin:
        *asked, steps = json.loads(line)
        case = Case(*asked)
        if case != held:
            advance = None  # its memory first
            held, advance = case, contender(name, case)
        print(json.dumps(advance and measured(advance, case, steps)), file=answers, flush=True)


if __name__ == "__main__":
    main()
