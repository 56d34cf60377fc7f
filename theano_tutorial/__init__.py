"""The classic Theano MNIST tutorials, alive again on PyTensor.

The modules follow the data: `data` gives digits, `models` and `objectives` build symbolic
graphs on them, `updates` say how parameters change, `backends` compile, and `recipes` put
it all together, one a tutorial. They are imported when first used.

A complete program: softmax regression on synthetic digits, as the tutorial trains it.

>>> import pytensor
>>> import pytensor.tensor as pt
>>> from theano_tutorial import backends, data, models, objectives, updates
>>> digits = data.load("rendered")
>>> train_x, train_y = data.shared_dataset(digits.train.first(5000), "train")
>>> x = pt.dmatrix("x")
>>> y = pt.ivector("y")
>>> model = models.SoftmaxRegression(x, n_in=28 * 28, n_out=10)
>>> log_likelihood = objectives.log_likelihood(model.p_y_given_x, y)
>>> train_model = pytensor.function(
...     inputs=[],
...     outputs=log_likelihood,
...     updates=updates.gradient_ascent(log_likelihood, model.params, learning_rate=0.5),
...     givens={x: train_x, y: train_y},
...     mode=backends.mode("auto"),
... )
>>> for _ in range(10):
...     last = train_model()
>>> -1 < last < -0.5
np.True_
"""

import importlib
from types import ModuleType

__all__ = [
    "backends",
    "data",
    "early_stopping",
    "errors",
    "exercise_checks",
    "guard",
    "models",
    "objectives",
    "plots",
    "published",
    "recipes",
    "runs",
    "updates",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
