"""The tutorials' programs, each in a file that can be read whole.

``softmax`` and ``tanh`` are documents 1 and 2, ``sgd`` is document 3, ``cg`` its footnote, and
``exercise`` document 4. ``mlp`` and ``lenet``, the multilayer perceptron and the convolutional
network, are the pages that follow document 3 on deeplearning.net. Each module has `build`,
which compiles a program, and `fit`, which trains it to the end; all but ``cg``, whose loop is
SciPy's, have that loop as `train`. The published hyper-parameters are the defaults. These
arguments mean the same to all that take them:

dataset
    From `theano_tutorial.data.load`; pixels in ``pytensor.config.floatX``.
learning_rate
    The step along the gradient, positive: a number, or a shared scalar that you change as you
    train.
rate_decay
    The fraction of it that is kept from epoch to epoch; None: all.
optimizer
    The rule, one of `theano_tutorial.updates.RULES`, by which parameters change. The learning
    rate is not the rule's own by that: see `theano_tutorial.updates.customary_rate`.
l1, l2
    How much the sum of the weights' absolute values or squares adds to the cost; 0: nothing.
train_size
    How many training images to use, from the first on.
batch_size
    Images in a minibatch.
mode
    How to compile: see `theano_tutorial.backends`.
iterations, n_epochs
    How long to train, steps done before included.
progress
    `Run.progress` of an earlier run, to resume from; it is not changed.
every
    How many steps one call may take, where the backend can take several.
stop
    Called between steps; True ends the run there.
"""

import importlib
from types import ModuleType

from theano_tutorial.recipes.catalogue import HYPER_PARAMETERS, RECIPES, Recipe

__all__ = ["HYPER_PARAMETERS", "RECIPES", "Recipe"]
__all__ += RECIPES


def __getattr__(name: str) -> ModuleType:
    if name in RECIPES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
