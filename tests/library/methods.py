"""Each method with usual and unusual constants: one list, driven through every property."""

from hypothesis import settings

from adamlib import SGD, Adadelta, Adagrad, Adam, AdamW, AMSGrad, Momentum, RMSProp

# The same examples on every run and machine, and no deadline on a busy one.
settings.register_profile("adamlib", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("adamlib")

METHODS = {
    "SGD": (SGD, {}),
    "Momentum": (Momentum, {}),
    "Adagrad": (Adagrad, {}),
    "RMSProp": (RMSProp, {}),
    "Adadelta": (Adadelta, {}),
    "Adadelta with a learning rate": (Adadelta, {"learning_rate": 0.1, "eps_root": 1e-2}),
    "Adam of the note": (Adam, {}),
    "AMSGrad": (AMSGrad, {}),
    "AMSGrad with both floors": (AMSGrad, {"eps": 1e-3, "eps_root": 1e-5}),
    "AdamW": (AdamW, {"weight_decay": 0.1}),
    "Adam of the paper": (Adam, {"beta2": 0.999, "eps": 1e-8, "eps_root": 0.0}),
    "Adam with both floors": (Adam, {"beta1": 0.5, "eps": 1e-3, "eps_root": 1e-5}),
}
