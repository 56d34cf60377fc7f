"""`theano.tensor.signal.downsample`: the older name of `pool`."""

from pytensor.tensor.variable import TensorVariable

from theano_tutorial.legacy.theano.tensor.signal.pool import Sizes, pool_2d


def max_pool_2d(
    input: TensorVariable,
    ds: Sizes,
    ignore_border: bool = False,
    st: Sizes | None = None,
    padding: Sizes = (0, 0),
    mode: str = "max",
) -> TensorVariable:
    """Return what windows of images hold; those beyond the border too, by default."""
    return pool_2d(input, ds, ignore_border, st, padding, mode)
