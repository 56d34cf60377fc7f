"""`theano.tensor.signal.downsample`: the older name of `pool`."""

from typing import Any

from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy.theano.tensor.signal.pool import Sizes, pool_2d


def max_pool_2d(
    input: TensorVariable, ds: Sizes, ignore_border: bool = False, *args: Any, **how: Any
) -> TensorVariable:
    """Return what windows of images hold; those beyond the border too, by default."""
    return pool_2d(input, ds, ignore_border, *args, **how)
