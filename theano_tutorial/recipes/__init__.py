"""The tutorials' programs, each in one file that reads from top to bottom.

``softmax`` and ``tanh`` are documents 1 and 2, ``sgd`` is document 3, ``cg`` its footnote, and
``exercise`` document 4. ``mlp`` and ``lenet``, the multilayer perceptron and the convolutional
network, are the pages that follow document 3 on deeplearning.net. Each module has `build`,
which compiles a program, and `fit`, which trains it to the end. All but ``cg``, whose loop is
SciPy's, also have the training loop as `train`. The published hyper-parameters are the
defaults. These arguments mean the same wherever they occur:

dataset
    From `theano_tutorial.data.load`; pixels in ``pytensor.config.floatX``.
learning_rate
    The step along the gradient, positive: a number, or a shared scalar that you change as you
    train.
rate_decay
    The factor by which the learning rate is multiplied after each epoch; None keeps the rate.
optimizer
    The update rule, one of `theano_tutorial.updates.RULES`. Choosing one does not change the
    learning rate: see `theano_tutorial.updates.customary_rate`.
l1, l2
    The factors with which the sums of the weights' absolute values and squares enter the cost.
train_size
    How many training images to use, counted from the first.
batch_size
    The number of images in a minibatch.
mode
    How to compile: see `theano_tutorial.backends`.
iterations, n_epochs
    How long to train in all; the steps of the run that is resumed count, too.
progress
    The `Run.progress` of an earlier run, to resume from; it is not changed.
every
    How many steps one call may take, where the backend can take several.
stop
    A function called between steps; the run ends when it returns True.

Where the programs and numbers differ from the tutorials:

- The network's 15.12 % is stale. Document 1 redefines its model but still calls the function
  compiled for the first one. The true error is 14.22 % with seed 0, 13.33 % to 14.43 % for
  seeds 0 to 9. Here all functions are compiled together, for the model that is trained.
- Softmax is proportional to the exponential of `x W + b`; document 1 says its sigmoid. The
  network and the exercise have a seed (`--seed`, default 0).
- Document 2 prints -2.302585093 first, where ln 0.1 rounds to -2.30258509299: Theano's C code
  summed 50,000 equal terms one by one, as ``--backend c`` does. NumPy sums pairwise.
- Pixels are byte / 256, as in the file that documents 1 to 3 read, so the brightest is
  0.99609375; document 4 divides by 255 in float32 (`data.load(pixel_divisor=255)`).
- Document 3 scores only whole minibatches, 9,600 of 10,000 images. `sgd` and `cg` print that
  score and the one on all images.
- Document 3 prints a test error for epoch 72 (7.510417 %) that its program does not produce:
  real Theano finds new bests at epochs 70 and 73. The text speaks of 75 epochs; the program
  stops in the 74th.
- `patience` counts minibatches, whatever document 3's comment says. It is 5,000, extended to
  6,140 at epoch 37, and runs out in the 82nd minibatch of epoch 74, so that this epoch has no
  validation.
- `sgd` saves arrays, not a pickled class: unpickling runs code, and breaks when the class
  changes.
- A run stops at the first log-likelihood that is not finite, and keeps the last good
  parameters.
- `tile_raster_images` clips values that the tutorial let wrap round a byte; `cg` also runs in
  float32.
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
