"""Adam and its relatives in NumPy, derived in the book *Adam, Derived*."""

__version__ = "0.1.0"

from adamlib.averages import bias_correction, ema, ema_weights
from adamlib.descent import (
    Diverged,
    Training,
    batches,
    descend,
    replay,
    sweep,
    train,
)
from adamlib.digits import Digits, load_digits
from adamlib.layout import Layout
from adamlib.network import MLP, mean_squared_error, softmax_cross_entropy
from adamlib.optimizers import (
    SGD,
    Adadelta,
    AdadeltaState,
    Adagrad,
    AdagradState,
    Adam,
    AdamState,
    AdamW,
    AMSGrad,
    AMSGradState,
    Momentum,
    MomentumState,
    Optimizer,
    RMSProp,
    RMSPropState,
    State,
)
from adamlib.problems import Problem, noisy, quadratic, rosenbrock

__all__ = [
    "MLP",
    "SGD",
    "AMSGrad",
    "AMSGradState",
    "Adadelta",
    "AdadeltaState",
    "Adagrad",
    "AdagradState",
    "Adam",
    "AdamState",
    "AdamW",
    "Digits",
    "Diverged",
    "Layout",
    "Momentum",
    "MomentumState",
    "Optimizer",
    "Problem",
    "RMSProp",
    "RMSPropState",
    "State",
    "Training",
    "batches",
    "bias_correction",
    "descend",
    "ema",
    "ema_weights",
    "load_digits",
    "mean_squared_error",
    "noisy",
    "quadratic",
    "replay",
    "rosenbrock",
    "softmax_cross_entropy",
    "sweep",
    "train",
]
