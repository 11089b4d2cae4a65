"""A small network, with the gradient of each of its matrices written out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adamlib import _checks
from adamlib._checks import Array
from adamlib.layout import Layout

Loss = Callable[[Array, NDArray[Any]], tuple[float, Array]]


def softmax_cross_entropy(
    outputs: Array, labels: NDArray[Any]
) -> tuple[float, Array]:
    """Mean of ``-log(softmax(outputs)[label])``, and its gradient.

    The mean is in nats; the gradient in `outputs` is
    ``(softmax(outputs) - onehot(labels)) / n``. Derived on the page *The
    gradient of a network*.

    Args:
        outputs (array of shape (n, classes)): A score of each class.
        labels (n integers in [0, classes)): The right ones.
    """
    n, classes = _checks.shaped("outputs", outputs, "n", "classes").shape
    labels = _checks.plain("labels", labels, "iu")
    if labels.shape != (n,):
        raise ValueError(f"labels must have shape ({n},), got {labels.shape}")
    outside = labels[(labels < 0) | (labels >= classes)]
    if outside.size:
        raise ValueError(f"labels must be in [0, {classes}), got {outside[0]}")
    # A shift of a row leaves softmax as it is, and exp(0) cannot overflow.
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(n)
    gradient = np.exp(log_softmax)
    gradient[rows, labels] -= 1
    return float(-log_softmax[rows, labels].mean()), gradient / n


def mean_squared_error(
    outputs: Array, targets: NDArray[Any]
) -> tuple[float, Array]:
    """Mean of ``sum((outputs - targets)**2) / 2``, and its gradient.

    The sum is over a row and the mean over rows. The gradient in `outputs` is
    ``(outputs - targets) / n``. Derived on the page *The gradient of a
    network*.

    Args:
        outputs (array of shape (n, k)): What the network says.
        targets (numbers of that shape): What it should say.
    """
    _checks.shaped("outputs", outputs, "n", "k")
    targets = _checks.plain("targets", targets, "iuf").astype(outputs.dtype)
    if targets.shape != outputs.shape:
        raise ValueError(
            f"targets must have shape {outputs.shape}, got {targets.shape}"
        )
    difference = outputs - targets
    n = len(outputs)
    return float((difference**2).sum() / (2 * n)), difference / n


@dataclass(frozen=True)
class MLP:
    """A multilayer perceptron: maps ``x @ W + b`` with ReLU between them.

    The parameters are one vector with the matrices W1, b1, W2, b2, ... as
    views, see `layout`. Derived on the page *The gradient of a network*.

    Args:
        widths (two or more int, at least 1): The sizes of the layers, from
            input to output; memory can hold the parameters.
        loss (function): Maps outputs and targets to a value and its gradient
            in the outputs.

    >>> net = MLP((64, 8, 10))
    >>> net.depth, net.layout.size
    (2, 610)
    >>> net.init(np.random.default_rng(0)).shape
    (610,)
    """

    widths: Sequence[int]
    loss: Loss = softmax_cross_entropy

    def __post_init__(self) -> None:
        _checks.function("loss", self.loss)
        several = isinstance(self.widths, Sequence) and len(self.widths) > 1
        if not several or isinstance(self.widths, bytes | bytearray):
            raise ValueError(
                "widths must be two or more integers, "
                f"got {_checks.shown(self.widths)}"
            )
        widths = tuple(_checks.count("widths", n, 1) for n in self.widths)
        size = sum((a + 1) * b for a, b in pairwise(widths))
        _checks.count("the size of widths", size, 1)
        object.__setattr__(self, "widths", widths)

    @cached_property
    def depth(self) -> int:
        """The number of affine maps."""
        return len(self.widths) - 1

    @cached_property
    def layout(self) -> Layout:
        """Where W1, b1, W2, b2, ... lie in the vector of parameters."""
        shapes: dict[str, tuple[int, ...]] = {}
        for k in range(1, self.depth + 1):
            shapes[f"W{k}"] = (self.widths[k - 1], self.widths[k])
            shapes[f"b{k}"] = (self.widths[k],)
        return Layout(shapes)

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        """A vector of parameters: biases 0, weights N(0, 2 / inputs).

        He, Zhang, Ren and Sun (2015).

        Args:
            rng (Generator): Draws the weights.
            dtype (float32 or float64): That of the vector.
        """
        _checks.instance("rng", rng, np.random.Generator)
        params = np.zeros(self.layout.size, _checks.float_dtype(dtype))
        for name, w in self.layout.views(params).items():
            if name.startswith("W"):
                w[...] = rng.normal(0, np.sqrt(2 / len(w)), w.shape)
        return params

    def predict(self, params: Array, x: Array) -> Array:
        """The outputs, (n, widths[-1]): scores, for the cross-entropy.

        Args:
            params (array of shape (layout.size,)): The parameters.
            x (array of shape (n, widths[0])): The inputs.
        """
        self._check(params, x)
        return self._forward(params, x)[-1]

    def value_and_grad(
        self, params: Array, x: Array, y: NDArray[Any], out: Array
    ) -> float:
        """The mean loss; its gradient in `params` is written into `out`.

        Raises ValueError or TypeError for shapes and dtypes that do not fit;
        `out` is then as it was.

        Args:
            params (array of shape (layout.size,)): The parameters.
            x (array of shape (n, widths[0])): The inputs.
            y (n rows): The targets, as the loss wants them.
            out (array like `params`, written): Gets the gradient.
        """
        self._check(params, x)
        _checks.alike({"params": params, "out": out})
        _checks.writable(
            {"params": params, "out": out, "x": x}, read_only=("params", "x")
        )
        activations = self._forward(params, x)
        w, gradient = self.layout.views(params), self.layout.views(out)
        value, delta = self._loss(activations[-1], y)
        for k in range(self.depth, 0, -1):  # delta is dJ/dZ of layer k
            gradient[f"W{k}"][...] = activations[k - 1].T @ delta
            gradient[f"b{k}"][...] = delta.sum(axis=0)
            if k > 1:
                delta = (delta @ w[f"W{k}"].T) * (activations[k - 1] > 0)
        return value

    def _check(self, params: Array, x: Array) -> None:
        _checks.shaped("params", params, self.layout.size)
        _checks.shaped("x", x, "n", self.widths[0])
        if x.dtype != params.dtype:
            raise TypeError(
                f"x has dtype {x.dtype}, but params has {params.dtype}"
            )

    def _loss(self, outputs: Array, y: NDArray[Any]) -> tuple[float, Array]:
        value, delta = self.loss(outputs, y)
        _checks.scalar("the value of loss", value)
        _checks.alike({"outputs": outputs, "the gradient of loss": delta})
        return value, delta

    def _forward(self, params: Array, x: Array) -> list[Array]:
        """The activations of all layers: x first, the outputs last."""
        w = self.layout.views(params)
        activations = [x]
        for k in range(1, self.depth + 1):
            z = activations[-1] @ w[f"W{k}"] + w[f"b{k}"]
            activations.append(z if k == self.depth else np.maximum(z, 0))
        return activations
