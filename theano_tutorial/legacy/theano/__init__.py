"""`theano`, as old code imports it."""

from pytensor import function, grad, scan, shared

from . import tensor

__all__ = ["function", "grad", "scan", "shared", "tensor"]
