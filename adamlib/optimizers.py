"""Optimizers: frozen hyperparameters; what one remembers is a separate state.

Every method acts on each coordinate alone, so arrays may have any shape. In
the formulas W is `params`, g is `grads`, and powers, roots and quotients are
taken element by element. Squares are `np.square`: the ``**2`` of a NumPy
scalar may differ from that of an array in the last bit.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import ClassVar, Generic, TypeVar, cast

import numpy as np

from adamlib import _checks, _kernels
from adamlib._checks import Array
from adamlib.averages import bias_correction, ema


@dataclass(eq=False)
class State:
    """What an optimizer remembers: nothing, for SGD.

    Its arrays have the parameters' shape and dtype. Save with ``np.savez(path,
    **dataclasses.asdict(state))``; ``AdamState(**np.load(path))`` continues
    bit for bit.
    """

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays by name; not a copy."""
        return {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if f.name != "t"
        }


@dataclass(eq=False)
class MomentumState(State):
    """The first moment m, an average of gradients."""

    m: Array


@dataclass(eq=False)
class AdagradState(State):
    """The sum v of squared gradients."""

    v: Array


@dataclass(eq=False)
class RMSPropState(State):
    """The second moment v, an average of squared gradients."""

    v: Array


@dataclass(eq=False)
class AdadeltaState(State):
    """The second moments v of the gradients and u of the steps."""

    v: Array
    u: Array


@dataclass(eq=False)
class AdamState(State):
    """The moments m and v, not corrected, and the count t of steps made."""

    m: Array
    v: Array
    t: int = 0

    def __post_init__(self) -> None:
        self.t = _checks.count("t", self.t, least=0)


@dataclass(eq=False)
class AMSGradState(AdamState):
    """Adam's state, and the largest v so far."""

    v_max: Array = field(kw_only=True)


S = TypeVar("S", bound=State)

HYPERPARAMETERS = {
    "learning_rate": _checks.positive,
    "beta1": _checks.decay,
    "beta2": _checks.decay,
    "eps": _checks.non_negative,
    "eps_root": _checks.non_negative,
    "weight_decay": _checks.non_negative,
}
FLOORS = ("eps", "eps_root")


@dataclass(frozen=True)
class Optimizer(ABC, Generic[S]):
    """What all methods share: `init`, `update`, `step`, and the checks.

    Construction raises ValueError for a learning rate that is not positive and
    finite, a decay outside [0, 1), a negative floor, or floors that are all
    zero (a gradient of zero would divide by zero). The methods raise TypeError
    for anything but plain arrays of one dtype, float32 or float64, and
    ValueError for shapes that differ; params and state are then as they were.
    None of them looks for NaN: that would cost a pass over memory.
    """

    learning_rate: float = 1e-2

    state_type: ClassVar[type[State]] = State

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self)):
            # A Python float, so that float32 arrays stay float32.
            value = float(HYPERPARAMETERS[name](name, getattr(self, name)))
            object.__setattr__(self, name, value)
        floors = {
            name: getattr(self, name) for name in FLOORS if hasattr(self, name)
        }
        if floors and not any(floors.values()):
            raise ValueError(
                f"one of {' and '.join(floors)} must be positive, got {floors}"
            )

    def init(self, params: Array) -> S:
        """The state before the first step: zeros, shaped like `params`.

        Raises ValueError for a floor that the dtype rounds to zero.
        """
        _checks.array("params", params)
        for name in FLOORS:
            floor = getattr(self, name, 0.0)
            if floor and not params.dtype.type(floor):
                raise ValueError(
                    f"{name} is zero in {params.dtype}, got {floor!r}"
                )
        names = [f.name for f in fields(self.state_type) if f.name != "t"]
        zeros = {name: np.zeros_like(params, subok=False) for name in names}
        return cast(S, self.state_type(**zeros))

    @abstractmethod
    def update(self, params: Array, grads: Array, state: S) -> tuple[Array, S]:
        """The next params and state, by the formula as printed.

        The arguments stay as they were.
        """

    def step(self, params: Array, grads: Array, state: S) -> None:
        """The same as `update`, in place on `params` and `state`.

        Arrays are written into and never replaced, so views of them stay
        alive. Raises ValueError for arrays that are read-only or share memory.
        Where they are contiguous, Adam's works a block at a time and lets an
        overflow pass without NumPy's warning.
        """
        self._check(params, grads, state)
        _checks.writable(
            {"params": params, "grads": grads, **state.arrays},
            read_only=("grads",),
        )
        self._in_place(params, grads, state)

    def _in_place(self, params: Array, grads: Array, state: S) -> None:
        new_params, new_state = self.update(params, grads, state)
        params[...] = new_params
        for name, value in vars(new_state).items():
            if name == "t":
                setattr(state, name, value)
            else:
                getattr(state, name)[...] = value

    def _check(self, params: Array, grads: Array, state: S) -> None:
        if type(state) is not self.state_type:
            expected, got = self.state_type.__name__, type(state).__name__
            raise TypeError(
                f"state must be {expected}, as made by init, got {got}"
            )
        _checks.alike({"params": params, "grads": grads, **state.arrays})


@dataclass(frozen=True)
class SGD(Optimizer[State]):
    """Gradient descent: one step size for all coordinates.

    Derived on the page *Descent*.
    """

    def update(
        self, params: Array, grads: Array, state: State
    ) -> tuple[Array, State]:
        """W - learning_rate * g."""
        self._check(params, grads, state)
        return params - self.learning_rate * grads, State()


@dataclass(frozen=True)
class Momentum(Optimizer[MomentumState]):
    """A step along the average gradient. Derived on the page *Momentum*.

    Polyak's heavy ball, ``m = beta1 * m + g``, is this method with the
    learning rate divided by ``1 - beta1``.
    """

    beta1: float = 0.9

    state_type = MomentumState

    def update(
        self, params: Array, grads: Array, state: MomentumState
    ) -> tuple[Array, MomentumState]:
        """W - learning_rate * m, where m = beta1 * m + (1 - beta1) * g."""
        self._check(params, grads, state)
        m = ema(state.m, grads, self.beta1)
        return params - self.learning_rate * m, MomentumState(m)


@dataclass(frozen=True)
class Adagrad(Optimizer[AdagradState]):
    """A step size per coordinate, from all squared gradients so far.

    Derived on the page *A step size for each weight*; Duchi, Hazan and Singer
    (2011), with the floor inside the root.
    """

    eps_root: float = 1e-8

    state_type = AdagradState

    def update(
        self, params: Array, grads: Array, state: AdagradState
    ) -> tuple[Array, AdagradState]:
        """W - learning_rate * g / sqrt(v + eps_root), where v = v + g**2."""
        self._check(params, grads, state)
        v = state.v + np.square(grads)
        step = self.learning_rate * grads / np.sqrt(v + self.eps_root)
        return params - step, AdagradState(v)


@dataclass(frozen=True)
class RMSProp(Optimizer[RMSPropState]):
    """A step size per coordinate, from an average of squared gradients.

    Derived on the page *A step size for each weight*; Tieleman and Hinton
    (2012).
    """

    learning_rate: float = 1e-3
    beta2: float = 0.9
    eps_root: float = 1e-8

    state_type = RMSPropState

    def update(
        self, params: Array, grads: Array, state: RMSPropState
    ) -> tuple[Array, RMSPropState]:
        """W - learning_rate * g / sqrt(v + eps_root).

        Here v = beta2 * v + (1 - beta2) * g**2.
        """
        self._check(params, grads, state)
        v = ema(state.v, np.square(grads), self.beta2)
        step = self.learning_rate * grads / np.sqrt(v + self.eps_root)
        return params - step, RMSPropState(v)


@dataclass(frozen=True)
class Adadelta(Optimizer[AdadeltaState]):
    """RMSProp with steps in the units of W, from the size of recent steps.

    Derived on the page *A step size for each weight*; Zeiler (2012), Algorithm
    1, where the learning rate is 1.
    """

    learning_rate: float = 1.0
    beta2: float = 0.9
    eps_root: float = 1e-6

    state_type = AdadeltaState

    def update(
        self, params: Array, grads: Array, state: AdadeltaState
    ) -> tuple[Array, AdadeltaState]:
        """W - learning_rate * d, in the order

        v = beta2 * v + (1 - beta2) * g**2,
        d = sqrt(u + eps_root) / sqrt(v + eps_root) * g,
        u = beta2 * u + (1 - beta2) * d**2.
        """
        self._check(params, grads, state)
        v = ema(state.v, np.square(grads), self.beta2)
        floor = self.eps_root
        delta = np.sqrt(state.u + floor) / np.sqrt(v + floor) * grads
        u = ema(state.u, np.square(delta), self.beta2)
        return params - self.learning_rate * delta, AdadeltaState(v, u)


@dataclass(frozen=True)
class Adam(Optimizer[AdamState]):
    """The average gradient over its size, both corrected for their zero start.

    The default floor is inside the root, as ``eps_root``; the paper's Adam is
    ``Adam(beta2=0.999, eps=1e-8, eps_root=0.0)``. The ``epsilon`` of Keras
    acts in step t as an `eps` of ``epsilon / sqrt(1 - beta2**t)``. Derived on
    the page *The update*; Kingma and Ba (2015), Algorithm 1.
    """

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.99
    eps: float = 0.0
    eps_root: float = 1e-8

    state_type: ClassVar[type[State]] = AdamState

    def update(
        self, params: Array, grads: Array, state: AdamState
    ) -> tuple[Array, AdamState]:
        """W - learning_rate * m_hat / (sqrt(v_hat + eps_root) + eps)."""
        self._check(params, grads, state)
        t = state.t + 1
        m = ema(state.m, grads, self.beta1)
        v = ema(state.v, np.square(grads), self.beta2)
        m_hat = bias_correction(m, self.beta1, t)
        v_hat = bias_correction(v, self.beta2, t)
        size = np.sqrt(v_hat + self.eps_root) + self.eps
        step = self.learning_rate * m_hat / size
        return params - step, AdamState(m, v, t)

    def _check(self, params: Array, grads: Array, state: AdamState) -> None:
        super()._check(params, grads, state)
        _checks.count("t", state.t, least=0)

    def _in_place(self, params: Array, grads: Array, state: AdamState) -> None:
        arrays = (params, grads, state.m, state.v)
        if all(a.flags.c_contiguous for a in arrays):
            flat = [a.reshape(-1) for a in arrays]
        elif all(a.flags.f_contiguous for a in arrays):
            flat = [a.T.reshape(-1) for a in arrays]
        else:
            super()._in_place(params, grads, state)
            return
        t = state.t + 1
        # A warning that is raised as an error would leave a step half made.
        with np.errstate(all="ignore"):
            _kernels.adam_step(
                *flat,
                learning_rate=self.learning_rate,
                beta1=self.beta1,
                beta2=self.beta2,
                correction1=1 - self.beta1**t,
                correction2=1 - self.beta2**t,
                eps=self.eps,
                eps_root=self.eps_root,
            )
        state.t = t


@dataclass(frozen=True)
class AMSGrad(Adam):
    """Adam with the largest v so far in the place of v.

    The maximum is taken of v as it is and then corrected, as in PyTorch and
    Keras; the paper corrects neither moment, and optax, unless told otherwise,
    takes the maximum of the corrected v. Derived on the page *Failure and
    repair*; Reddi, Kale and Kumar (2018), Algorithm 2.
    """

    state_type = AMSGradState

    def update(  # type: ignore[override]
        self, params: Array, grads: Array, state: AMSGradState
    ) -> tuple[Array, AMSGradState]:
        """As `Adam.update`, with v_max = max(v_max, v) in the place of v."""
        self._check(params, grads, state)
        t = state.t + 1
        m = ema(state.m, grads, self.beta1)
        v = ema(state.v, np.square(grads), self.beta2)
        v_max = np.maximum(state.v_max, v)
        m_hat = bias_correction(m, self.beta1, t)
        v_hat = bias_correction(v_max, self.beta2, t)
        size = np.sqrt(v_hat + self.eps_root) + self.eps
        step = self.learning_rate * m_hat / size
        return params - step, AMSGradState(m, v, t, v_max=v_max)

    _in_place = Optimizer._in_place


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam, and a decay of the weights that is not divided by their size.

    The decay is multiplied by the learning rate, as in PyTorch, Keras and
    optax; the paper multiplies it by the schedule alone. Derived on the page
    *Failure and repair*; Loshchilov and Hutter (2019), Algorithm 2.
    """

    weight_decay: float = 1e-2

    def update(
        self, params: Array, grads: Array, state: AdamState
    ) -> tuple[Array, AdamState]:
        """Adam's step from (1 - learning_rate * weight_decay) * W."""
        self._check(params, grads, state)
        decay = self.learning_rate * self.weight_decay
        return super().update(params - decay * params, grads, state)

    _in_place = Optimizer._in_place
