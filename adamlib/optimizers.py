"""Optimizers: frozen hyperparameters; what one remembers is a separate state.

A method is its constants, its state and its formula, which is written in
`adamlib.formulas`; `update` and `step` are the same for all. Every method acts
on each coordinate alone, so arrays may have any shape.
"""

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Self,
    TypeVar,
    cast,
    get_type_hints,
)

import numpy as np

from adamlib import _checks, formulas
from adamlib._checks import Array
from adamlib._engines import Engine


@dataclass(eq=False)
class State:
    """What an optimizer remembers: nothing, for SGD.

    Its arrays have the parameters' shape and dtype. Save with
    ``np.savez("state.npz", **dataclasses.asdict(state))``;
    ``AdamState(**np.load("state.npz"))`` continues bit for bit. Used on the
    page *A network*.

    >>> state = Adam().init(np.zeros(2))
    >>> list(state.arrays), state.t
    (['m', 'v'], 0)
    """

    torn: ClassVar[bool] = False  # a step was interrupted; of the instance

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """The names of the arrays, in the order of the formula."""
        return tuple(f.name for f in fields(cls) if f.name != "t")

    @property
    def arrays(self) -> dict[str, Array]:
        """The arrays by name; not a copy."""
        return {name: getattr(self, name) for name in self.names()}


@dataclass(eq=False)
class MomentumState(State):
    """What Momentum remembers. Derived on the page *Momentum*.

    Args:
        m (array): The first moment, an average of gradients.

    >>> Momentum().init(np.zeros(2))
    MomentumState(m=array([0., 0.]))
    """

    m: Array


@dataclass(eq=False)
class AdagradState(State):
    """What Adagrad remembers. Derived on *A step size for each weight*.

    Args:
        v (array): The sum of squared gradients.

    >>> Adagrad().init(np.zeros(2))
    AdagradState(v=array([0., 0.]))
    """

    v: Array


@dataclass(eq=False)
class RMSPropState(State):
    """What RMSProp remembers. Derived on *A step size for each weight*.

    Args:
        v (array): The second moment, an average of squared gradients.

    >>> RMSProp().init(np.zeros(2))
    RMSPropState(v=array([0., 0.]))
    """

    v: Array


@dataclass(eq=False)
class AdadeltaState(State):
    """What Adadelta remembers. Derived on *A step size for each weight*.

    Args:
        v (array): The second moment of the gradients.
        u (array): The second moment of the steps.

    >>> Adadelta().init(np.zeros(2))
    AdadeltaState(v=array([0., 0.]), u=array([0., 0.]))
    """

    v: Array
    u: Array


@dataclass(eq=False)
class AdamState(State):
    """What Adam remembers. Derived on the page *The update*.

    Args:
        m (array): The first moment, not corrected.
        v (array): The second moment, not corrected.
        t (int, at least 0): The count of steps made.

    >>> Adam().init(np.zeros(2))
    AdamState(m=array([0., 0.]), v=array([0., 0.]), t=0)
    """

    m: Array
    v: Array
    t: int = 0

    def __post_init__(self) -> None:
        self.t = _checks.count("t", self.t, least=0)


@dataclass(eq=False)
class AMSGradState(AdamState):
    """What AMSGrad remembers. Derived on the page *Failure and repair*.

    Args:
        m (array): The first moment, not corrected.
        v (array): The second moment, not corrected.
        t (int, at least 0): The count of steps made.
        v_max (array): The largest v so far.

    >>> list(AMSGrad().init(np.zeros(2)).arrays)
    ['m', 'v', 'v_max']
    """

    v_max: Array = field(kw_only=True)


S = TypeVar("S", bound=State)

# What a hyperparameter is says which values it may have.
Rate = Annotated[float, _checks.non_negative]
Decay = Annotated[float, _checks.decay]
Floor = Annotated[float, _checks.floor]


@cache
def _hyperparameters(cls: type) -> dict[str, Callable[[str, Any], Any]]:
    """The check of each, by its name."""
    hints = get_type_hints(cls, include_extras=True)
    return {
        f.name: getattr(hints[f.name], "__metadata__", (_checks.number,))[0]
        for f in fields(cls)
    }


@cache
def _named(cls: type, check: Callable[[str, Any], Any]) -> tuple[str, ...]:
    return tuple(n for n, c in _hyperparameters(cls).items() if c is check)


def _made_of(decay: str) -> tuple[str, str]:
    number = decay.removeprefix("beta")
    return f"rest{number}", f"correction{number}"


@dataclass(frozen=True)
class Optimizer(ABC, Generic[S]):
    """What all methods share: `init`, `update`, `step`, and the checks.

    Hyperparameters are finite. Construction raises ValueError for any other,
    and for floors that are all zero (a gradient of zero would divide by zero).
    The methods raise TypeError for anything but plain arrays of one dtype,
    float32 or float64, and ValueError for shapes that differ; params and state
    are then as they were. None of them looks for NaN: that would cost a pass
    over memory. Used on the page *Using Adam*.

    Args:
        learning_rate (float, at least 0): The pace.

    >>> from dataclasses import replace
    >>> replace(Momentum(0.1), learning_rate=0.05)
    Momentum(learning_rate=0.05, beta1=0.9)
    """

    learning_rate: Rate = 1e-2

    state_type: ClassVar[type[State]] = State
    formula: ClassVar[Callable[..., tuple[Any, ...]]]

    def __post_init__(self) -> None:
        for name, check in _hyperparameters(type(self)).items():
            # A Python float, so that float32 arrays stay float32.
            value = float(check(name, getattr(self, name)))
            object.__setattr__(self, name, value)
        names = _named(type(self), _checks.floor)
        floors = {name: getattr(self, name) for name in names}
        if floors and not any(floors.values()):
            raise ValueError(
                f"one of {' and '.join(floors)} must be positive, got {floors}"
            )

    def __reduce__(self) -> tuple[Any, ...]:
        # Without what `step` keeps.
        return type(self), tuple(getattr(self, f.name) for f in fields(self))

    def constants(self, t: int) -> dict[str, float]:
        """What c has in the formula of step t, in double precision.

        The hyperparameters and, for each decay `beta1`, `rest1`, which is
        ``1 - beta1``, and `correction1`, which is ``1 - beta1**t``.

        Args:
            t (int, at least 1): Which step it is.
        """
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in _named(type(self), _checks.decay):
            rest, correction = _made_of(name)
            found[rest] = 1 - found[name]
            found[correction] = 1 - found[name] ** t
        return found

    def init(self, params: Array) -> S:
        """The state before the first step: zeros, shaped like `params`.

        Raises ValueError for a hyperparameter that is infinite in the dtype,
        or becomes zero, or a decay that becomes one.

        Args:
            params (array): The parameters W, of any shape.
        """
        _checks.array("params", params)
        for name, check in _hyperparameters(type(self)).items():
            value = getattr(self, name)
            _checks.held(name, value, params.dtype, check is _checks.decay)
        names = self.state_type.names()
        zeros = {name: np.zeros_like(params, subok=False) for name in names}
        return cast(S, self.state_type(**zeros))

    def update(self, params: Array, grads: Array, state: S) -> tuple[Array, S]:
        """The next params and state; the arguments stay as they were.

        Args:
            params (array): The parameters W.
            grads (array like `params`): The gradient g at W.
            state (as made by `init`): What the step before has left.
        """
        arrays = self._checked(params, grads, state)
        t = getattr(state, "t", 0) + 1
        c = self._engine.constants(params.dtype, t)
        params, *moments = type(self).formula(*arrays.values(), c)
        new: dict[str, Any] = dict(zip(state.names(), moments, strict=True))
        if hasattr(state, "t"):
            new["t"] = t
        return params, cast(S, self.state_type(**new))

    def step(self, params: Array, grads: Array, state: S) -> None:
        """The same as `update`, in place on `params` and `state`.

        Arrays are written into and never replaced, so views of them stay
        alive; overflow passes without NumPy's warning. Raises ValueError for
        arrays that are read-only or share memory. An interrupt in its middle
        leaves a torn state, which the next call refuses.

        Args:
            params (array, written): The parameters W.
            grads (array like `params`): The gradient g at W.
            state (as made by `init`, written): What the method remembers.
        """
        if self._engine.quick(params, grads, state):
            return
        arrays = self._checked(params, grads, state)
        _checks.writable(arrays, read_only=("grads",))
        self._engine.step([*arrays.values()], state)

    def _checked(
        self, params: Array, grads: Array, state: S
    ) -> dict[str, Array]:
        if type(state) is not self.state_type:
            expected, got = self.state_type.__name__, type(state).__name__
            raise TypeError(
                f"state must be {expected}, as made by init, got {got}"
            )
        if state.torn:
            raise ValueError(
                "state is torn: a step was interrupted, and its arrays and "
                "params are half made; go back to a copy"
            )
        _checks.count("t", getattr(state, "t", 0), least=0)
        arrays = {"params": params, "grads": grads, **state.arrays}
        _checks.alike(arrays)
        return arrays

    @cached_property
    def _engine(self) -> Engine:
        cls = type(self)
        made = {d: _made_of(d)[1] for d in _named(cls, _checks.decay)}
        idle = dict.fromkeys(_named(cls, _checks.floor), 0.0)
        idle |= dict.fromkeys(made.values(), 1.0)
        whole = cls.update is not Optimizer.update
        own = cls.constants is not Optimizer.constants
        return Engine(self, None if own else made, idle, whole)


@dataclass(frozen=True)
class SGD(Optimizer[State]):
    """Gradient descent: one step size for all coordinates.

    A step makes, of the gradient g::

        W = W - learning_rate * g

    Derived on the page *Descent*.

    Args:
        learning_rate (float, at least 0): The pace.

    >>> SGD(0.1).update(np.array([1.0, -2.0]), np.array([1.0, 0.0]), State())
    (array([ 0.9, -2. ]), State())
    """

    formula = formulas.sgd


@dataclass(frozen=True)
class Momentum(Optimizer[MomentumState]):
    """A step along the average gradient.

    A step makes, of the gradient g::

        m = beta1 * m + (1 - beta1) * g
        W = W - learning_rate * m

    Polyak's heavy ball, ``m = beta1 * m + g``, is this method with the
    learning rate divided by ``1 - beta1``. Derived on the page *Momentum*.

    Args:
        learning_rate (float, at least 0): The pace.
        beta1 (float in [0, 1)): The decay of m.

    >>> descend(Momentum(0.5), lambda w: w, np.array(1.0), 3).round(4)
    array([1.    , 0.95  , 0.8575, 0.7314])
    """

    beta1: Decay = 0.9

    state_type = MomentumState
    formula = formulas.momentum


@dataclass(frozen=True)
class Adagrad(Optimizer[AdagradState]):
    """A step size per coordinate, from all squared gradients so far.

    A step makes, of the gradient g::

        v = v + g**2
        W = W - learning_rate * g / sqrt(v + eps_root)

    Derived on the page *A step size for each weight*; Duchi, Hazan and Singer
    (2011), with the floor inside the root.

    Args:
        learning_rate (float, at least 0): The pace.
        eps_root (float, positive): The floor inside the root.

    >>> replay(Adagrad(0.1), np.array([3.0, 3.0, 3.0])).round(4)
    array([0.1   , 0.0707, 0.0577])
    """

    eps_root: Floor = 1e-8

    state_type = AdagradState
    formula = formulas.adagrad


@dataclass(frozen=True)
class RMSProp(Optimizer[RMSPropState]):
    """A step size per coordinate, from an average of squared gradients.

    A step makes, of the gradient g::

        v = beta2 * v + (1 - beta2) * g**2
        W = W - learning_rate * g / sqrt(v + eps_root)

    Derived on the page *A step size for each weight*; Tieleman and Hinton
    (2012).

    Args:
        learning_rate (float, at least 0): The pace.
        beta2 (float in [0, 1)): The decay of v.
        eps_root (float, positive): The floor inside the root.

    >>> replay(RMSProp(0.1), np.array([3.0, 3.0, 3.0])).round(4)
    array([0.3162, 0.2294, 0.1921])
    """

    learning_rate: Rate = 1e-3
    beta2: Decay = 0.9
    eps_root: Floor = 1e-8

    state_type = RMSPropState
    formula = formulas.rmsprop


@dataclass(frozen=True)
class Adadelta(Optimizer[AdadeltaState]):
    """RMSProp with steps in the units of W, from the size of recent steps.

    A step makes, of the gradient g::

        v = beta2 * v + (1 - beta2) * g**2
        d = sqrt(u + eps_root) / sqrt(v + eps_root) * g
        u = beta2 * u + (1 - beta2) * d**2
        W = W - learning_rate * d

    Derived on the page *A step size for each weight*; Zeiler (2012), Algorithm
    1, where the rate is 1.

    Args:
        learning_rate (float, at least 0): The pace.
        beta2 (float in [0, 1)): The decay of v and of u.
        eps_root (float, positive): The floor inside both roots.

    >>> replay(Adadelta(), np.array([3.0, 3.0, 3.0])).round(4)
    array([0.0032, 0.0032, 0.0033])
    """

    learning_rate: Rate = 1.0
    beta2: Decay = 0.9
    eps_root: Floor = 1e-6

    state_type = AdadeltaState
    formula = formulas.adadelta


@dataclass(frozen=True)
class Adam(Optimizer[AdamState]):
    """The average gradient over its size, both corrected for their zero start.

    Step t makes, of the gradient g::

        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        W = W - learning_rate * m_hat / (sqrt(v_hat + eps_root) + eps)

    The default floor is inside the root; `Adam.paper` has the paper's
    constants. The `epsilon` of Keras acts in step t as an `eps` of
    ``epsilon / sqrt(1 - beta2**t)``. Derived on the page *The update*; Kingma
    and Ba (2015), Algorithm 1.

    Args:
        learning_rate (float, at least 0): The pace.
        beta1 (float in [0, 1)): The decay of m.
        beta2 (float in [0, 1)): The decay of v.
        eps (float, at least 0): The floor outside the root.
        eps_root (float, at least 0): The floor inside the root.

    >>> adam, w = Adam(0.1), np.array([1.0, -2.0])
    >>> state = adam.init(w)
    >>> adam.step(w, 2 * w, state)
    >>> w, state.t
    (array([ 0.9, -1.9]), 1)
    """

    learning_rate: Rate = 1e-3
    beta1: Decay = 0.9
    beta2: Decay = 0.99
    eps: Floor = 0.0
    eps_root: Floor = 1e-8

    state_type: ClassVar[type[State]] = AdamState
    formula = formulas.adam

    @classmethod
    def paper(cls, learning_rate: float = 1e-3, **others: float) -> Self:
        """The paper's: beta2 = 0.999, and a floor of 1e-8 outside the root.

        Args:
            learning_rate (float, at least 0): The pace.
            **others (float): Any other hyperparameter, in the paper's place.
        """
        theirs = {"beta2": 0.999, "eps": 1e-8, "eps_root": 0.0}
        return cls(learning_rate, **theirs | others)


@dataclass(frozen=True)
class AMSGrad(Optimizer[AMSGradState]):
    """Adam with the largest v so far in the place of v.

    Step t makes, of the gradient g::

        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_max = maximum(v_max, v)
        m_hat = m / (1 - beta1**t)
        v_hat = v_max / (1 - beta2**t)
        W = W - learning_rate * m_hat / (sqrt(v_hat + eps_root) + eps)

    The maximum is taken of v as it is and then corrected, as in PyTorch and
    Keras; the paper corrects neither moment, and optax, unless told otherwise,
    takes the maximum of the corrected v. Derived on the page *Failure and
    repair*; Reddi, Kale and Kumar (2018), Algorithm 2.

    Args:
        learning_rate (float, at least 0): The pace.
        beta1 (float in [0, 1)): The decay of m.
        beta2 (float in [0, 1)): The decay of v.
        eps (float, at least 0): The floor outside the root.
        eps_root (float, at least 0): The floor inside the root.

    >>> amsgrad = AMSGrad(0.1, beta2=0.9)
    >>> replay(amsgrad, np.array([9.0, 1.0, 1.0, 1.0])).round(3)
    array([0.1  , 0.073, 0.062, 0.056])
    """

    learning_rate: Rate = 1e-3
    beta1: Decay = 0.9
    beta2: Decay = 0.99
    eps: Floor = 0.0
    eps_root: Floor = 1e-8

    state_type = AMSGradState
    formula = formulas.amsgrad


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam, and a decay of the weights that is not divided by their size.

    Before Adam's step a step makes::

        W = W - learning_rate * (weight_decay * W)

    The decay is multiplied by the learning rate, as in PyTorch, Keras and
    optax; the paper multiplies it by the schedule alone. Derived on the page
    *Failure and repair*; Loshchilov and Hutter (2019), Algorithm 2.

    Args:
        learning_rate (float, at least 0): The pace.
        beta1 (float in [0, 1)): The decay of m.
        beta2 (float in [0, 1)): The decay of v.
        eps (float, at least 0): The floor outside the root.
        eps_root (float, at least 0): The floor inside the root.
        weight_decay (float, at least 0): The decay of the weights.

    >>> adamw, w = AdamW(0.1, weight_decay=0.5), np.array([2.0])
    >>> adamw.update(w, np.array([0.0]), adamw.init(w))[0]
    array([1.9])
    """

    weight_decay: Rate = 1e-2

    formula = formulas.adamw
