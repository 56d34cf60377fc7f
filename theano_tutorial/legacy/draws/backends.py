"""Draws on each backend: Python code on numpy, c and numba; jax and pytorch refuse."""

import importlib

from pytensor.graph.op import Op

from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.legacy.draws.base import DrawOp


def prepare(backend: str) -> None:
    """Let a backend draw, or say in one sentence that it cannot."""
    if backend == "numba":
        importlib.import_module("theano_tutorial.legacy.draws.numba_ops")
    if backend in ("jax", "pytorch"):

        def refuse(op: Op, **kwargs: object) -> None:
            raise BackendUnavailable(
                f"backend {backend!r} cannot draw Theano's draws: use numpy, c or numba"
            )

        dispatch = importlib.import_module(f"pytensor.link.{backend}.dispatch")
        getattr(dispatch, f"{backend}_funcify").register(DrawOp, refuse)
