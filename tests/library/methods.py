"""Each method with usual and unusual constants: one list, driven through every property."""

from adamlib import SGD, Adadelta, Adagrad, Adam, AdamW, AMSGrad, Momentum, RMSProp

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
