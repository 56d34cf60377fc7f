"""C: the graph as C code that PyTensor compiles and caches, with our kernel."""

import contextlib
import functools
import io
import logging
import os
import re
import sys
import warnings
from pathlib import Path

import pytensor
import pytensor.scalar as ps
import pytensor.tensor as pt
from pytensor.compile.mode import Mode

from theano_tutorial._text import shortened
from theano_tutorial.backends.inline import add_inlining
from theano_tutorial.backends.modes import HostMode
from theano_tutorial.kernel.rewrite import add_layers
from theano_tutorial.rewrites.index_rewrites import add_rewrites
from theano_tutorial.rewrites.one_dtype import add_one_dtype
from theano_tutorial.system.folders import why_not_write


def make_mode(rewrites: bool) -> Mode:
    """Return PyTensor's mode for C, with or without our rewrites."""
    _silence_blas_warnings()
    mode = HostMode("cvm", "fast_run")
    return add_one_dtype(add_rewrites(add_layers(add_inlining(mode)), [])) if rewrites else mode


def why_it_cannot_compile() -> str | None:
    """Return why PyTensor's C++ compiler makes nothing that runs and how to mend it, or None.

    PyTensor caches the graph tried here, like any other: the compiler is called only once.
    """
    config = pytensor.config
    try:
        _silence_blas_warnings()
        reason = _why_not(config.cxx, config.gcc__cxxflags, config.blas__ldflags)
    except OSError as error:  # to look for a BLAS, PyTensor calls the compiler
        reason = f"{config.cxx} cannot be run ({error.strerror})"
    if reason is None:
        return None
    for place, variable in (
        (config.base_compiledir, "PYTENSOR_FLAGS=base_compiledir="),
        (os.environ.get("TMPDIR") or os.environ.get("TEMP") or "/tmp", "TMPDIR="),
    ):
        if why := why_not_write(Path(place)):
            return f"it needs room in {place} ({why}); {variable}FOLDER names another place"
    tools = "xcode-select --install" if sys.platform == "darwin" else "g++ and python3-dev"
    return f"{reason}; install it anew ({tools}), or mend what PYTENSOR_FLAGS says of it"


@functools.cache
def _why_not(cxx: str, flags: str, blas: str) -> str | None:
    """Return why a compiler with these flags fails on a small graph, or None."""
    x = pt.dmatrix("x") if blas else ps.int8("x")
    y, mode = (pt.dot(x, x), "fast_run") if blas else (x + x, None)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            pytensor.function([x], y, mode=Mode("cvm", mode))
    except Exception as error:  # noqa: BLE001  (PyTensor raises nearly anything there)
        lines = str(error).splitlines()
        telling = [line for line in lines if re.search(r"error: |cannot find", line)]
        said = telling[0].rpartition("error: ")[2] if telling else lines[0].rstrip(":")
        return f"{cxx} cannot compile ({shortened(said)})"
    return None


def _silence_blas_warnings() -> None:
    """Keep PyTensor from warning that it found no BLAS to link to.

    Wheels bring none; PyTensor then calls NumPy's, which is no slower here. The search for
    one warns once, and each compilation logs a line.
    """
    logging.getLogger("pytensor.tensor.blas").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        str(pytensor.config.blas__ldflags)  # reading it first is what searches and warns
