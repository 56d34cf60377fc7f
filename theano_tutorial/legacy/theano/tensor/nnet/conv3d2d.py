"""`theano.tensor.nnet.conv3d2d`: an older convolution, of films."""

from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial import convolution
from theano_tutorial.legacy.mode import by_position


def _conv3d(
    signals: Tensor, filters: Tensor, border_mode: str = "valid", **_: object
) -> Tensor:
    films, kernels = (v.dimshuffle(0, 2, 1, 3, 4) for v in (signals, filters))
    maps = convolution.conv3d(films, kernels, border_mode=border_mode)
    return maps.dimshuffle(0, 2, 1, 3, 4)  # as time came before channels


conv3d = by_position(_conv3d, "signals filters signals_shape filters_shape border_mode")
