"""Several steps in one call: a device that needs microseconds for one need not wait for Python.

A compiled function with ``updates`` takes one step per call, as the tutorials show. Where the
backend allows it, `calls` takes many steps of the same function in one call, and fetches their
outputs only at the end. The numbers are the same to the last bit.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import numpy as np
from pytensor.compile.executor import Function
from pytensor.link.basic import Container

from theano_tutorial._types import Array

# How many images one call may process: less than a second's work even on a slow machine, so
# that a run can be stopped soon.
_IMAGES = 250_000


def most_steps(batch_size: int) -> int:
    """Return how many steps one call may take on minibatches of that many images."""
    return max(1, _IMAGES // batch_size)


def steps_at_once(function: Function, most: int) -> int:
    """Return how many steps one call of a compiled function takes: `most`, or one."""
    on_device = getattr(function.vm, "jit_fn", None)
    return most if getattr(on_device, "can_repeat", False) else 1


def calls(
    function: Function, rows: Iterable[Sequence[Array]], most: int = 1000
) -> Iterator[list[Any]]:
    """Call a compiled function with each row of inputs in turn, in as few calls as it allows.

    Yield what the function returned for the steps of one call, in order: on JAX and PyTorch up
    to `most` steps whose inputs have the same shapes, elsewhere one. Shared variables then have
    the values that the last of these steps left. If a minibatch of a call does not exist, none
    of the call's steps is taken. A call is made only when its outputs are asked for.
    """
    at_once = steps_at_once(function, most)
    if at_once == 1:
        yield from ([function(*row)] for row in rows)
        return
    for shapes, alike in groupby(_as_stored(function, rows), itemgetter(0)):
        while chunk := [row for _, row in islice(alike, at_once if shapes is not None else 1)]:
            if len(chunk) == 1:  # for one step, the function is already compiled
                yield [function(*chunk[0])]
                continue
            steps = function.vm.jit_fn.steps(chunk)
            yield [outputs[0] if function.unpack_single else list(outputs) for outputs in steps]


def _as_stored(
    function: Function, rows: Iterable[Sequence[Array]]
) -> Iterator[tuple[Sequence[tuple[int, ...]] | None, Sequence[Array]]]:
    """Yield the shapes and values of each row as stored; None for what cannot be stored."""
    inputs = zip(function.input_storage, function.maker.inputs, strict=True)
    cells = [cell for cell, given in inputs if not given.implicit]
    for row in rows:
        try:
            values = [_stored(*pair) for pair in zip(cells, row, strict=True)]
            shapes = [value.shape for value in values]
        except (TypeError, ValueError, AttributeError):
            yield None, row
        else:
            yield shapes, values


def _stored(cell: Container, value: Array) -> Array:
    """Return an input as a function's cell for it stores it."""
    # A value of that very type, such as a minibatch index, stays as it is: `filter` is slow.
    if (
        type(value) is np.ndarray
        and value.shape == cell.type.shape
        and value.dtype == cell.type.numpy_dtype
    ):
        return value
    stored: Array = cell.type.filter(
        value, strict=cell.strict, allow_downcast=cell.allow_downcast
    )
    return stored


def call_each(
    function: Function, rows: Iterable[Sequence[Array]], most: int = 1000
) -> list[Any]:
    """Return what a function returns for each row of inputs, in as few calls as it allows."""
    return [output for outputs in calls(function, rows, most) for output in outputs]


def indices(n: int) -> list[tuple[Array]]:
    """Return 0 to ``n - 1`` as rows of inputs, arrays of PyTensor's own ``lscalar`` dtype."""
    # A function takes an int, too, but checking its conversion costs a twentieth of a step.
    return [(np.array(index, np.int64),) for index in range(n)]
