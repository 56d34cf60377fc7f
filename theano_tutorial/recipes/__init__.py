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
    The rule, one of `theano_tutorial.updates.RULES`, by which parameters change. Choosing
    one does not change the learning rate: see `theano_tutorial.updates.customary_rate`.
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

Where the programs and numbers differ from the tutorials:

- The network's 15.12 % is stale. Document 1 redefines its model and calls the function that it
  compiled for the first one. The true error is 14.22 % with seed 0, 13.33 % to 14.43 % for
  seeds 0 to 9. Here all functions are compiled together, for the model that was trained.
- Softmax is proportional to exp, not to the sigmoid of `x W + b` as document 1 introduces it;
  and the network and the exercise have a seed (`--seed`, default 0).
- Document 2 prints -2.302585093 first, where ln 0.1 rounds to -2.30258509299: Theano's C code
  summed 50,000 equal terms one by one, as ``--backend c`` does. NumPy sums in pairs.
- Pixels are byte / 256, as in the file that documents 1 to 3 read, so the brightest is
  0.99609375; document 4 divides by 255 in float32 (`data.load(pixel_divisor=255)`).
- Document 3 scores 9,600 of 10,000 images: whole minibatches. `sgd` and `cg` print both
  figures.
- Document 3 prints a test error for epoch 72 (7.510417 %) that its program does not give: real
  Theano finds new bests at epochs 70 and 73. It speaks of 75 epochs; its program stops in the
  74th.
- `patience` counts minibatches, whatever document 3's comment says: 5,000, extended to 6,140
  at epoch 37. It runs out in the 82nd minibatch of epoch 74, so that this epoch has no
  validation.
- `sgd` saves arrays, not a pickled class: unpickling runs code, and breaks when the class
  changes.
- A run stops at the first log-likelihood that is not finite, and keeps the last good
  parameters.
- `tile_raster_images` clips values where bytes wrapped round; `cg` runs in float32 too.
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


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
