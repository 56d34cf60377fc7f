"""The classic Theano MNIST tutorials, alive again on PyTensor.

Theano taught a generation to build symbolic graphs: shared variables, ``givens``, ``updates``,
``T.grad``. Its tutorials can still be read, but Theano no longer runs, and the links to their
data are dead. Here the same graphs run on PyTensor and print the published numbers. Four
documents are reproduced, and are referred to by number throughout:

==========  ==============================================================================
document 1  "Training Neural Networks with Theano", an executed notebook: softmax regression
            on 50,000 images, then a network of 20 tanh units. Recipes `softmax`, `tanh`.
            https://github.com/ASIDataScience/training-neural-networks-notebook
document 2  A later version of document 1: the same softmax trace, another tanh trace.
document 3  "Classifying MNIST digits using Logistic Regression", from deeplearning.net:
            minibatches and early stopping. Recipes `sgd` and, its footnote, `cg`; `mlp`
            and `lenet` are the pages that follow it.
document 4  "Logistic Regression with Theano", an exercise notebook with blanks to fill and
            projects. Recipe `exercise`, and notebook 03.
==========  ==============================================================================

The modules follow the data: `data` loads digits, `models` and `objectives` build symbolic
graphs on them, `updates` defines how parameters change, `backends` compiles the graphs, and
`recipes` puts it all together. Each is imported on first use.

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
import os
from types import ModuleType

# After each product, OpenBLAS's threads busy-wait for the next one, by default for 2**26 cycles
# (some 20 ms), on cores that other threads need. It reads this when NumPy is imported.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")

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


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
