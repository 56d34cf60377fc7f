"""C: the graph as C code that PyTensor compiles and keeps, with our kernel."""

import logging
import warnings

import pytensor
from pytensor.compile.mode import Mode

from theano_tutorial.backends.inline import add_inlining
from theano_tutorial.kernel.rewrite import add_layers
from theano_tutorial.rewrites.index_rewrites import add_rewrites


def make_mode(rewrites: bool) -> Mode:
    """Return PyTensor's mode for C, with or without our rewrites."""
    _silence_blas_warnings()
    mode = Mode("cvm", "fast_run")
    return add_rewrites(add_layers(add_inlining(mode)), []) if rewrites else mode


def _silence_blas_warnings() -> None:
    """Keep PyTensor from warning that it found no BLAS to link to.

    Wheels bring none; PyTensor then calls NumPy's, which is no slower here. The search for
    one warns once, and each compilation logs a line.
    """
    logging.getLogger("pytensor.tensor.blas").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        str(pytensor.config.blas__ldflags)  # the first look is what searches and warns
