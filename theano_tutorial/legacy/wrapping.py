"""Call PyTensor as Theano was called, without its advice on how to call PyTensor."""

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def as_before(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that PyTensor would replace, without the warning that says so."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            return function(*args, **kwargs)

    return call
