"""`theano.tensor.nnet.conv3d2d`: convolution of films, time first."""

from collections.abc import Sequence

from pytensor.tensor.variable import TensorVariable

from theano_tutorial import convolution


def conv3d(
    signals: TensorVariable,
    filters: TensorVariable,
    signals_shape: Sequence[int] | None = None,
    filters_shape: Sequence[int] | None = None,
    border_mode: str | Sequence[str] = "valid",
) -> TensorVariable:
    """Return the maps of films ``(batch, time, channels, height, width)`` under filters.

    Filters are ``(n, time, channels, height, width)``, the maps ``(batch, time, n, height,
    width)``. `border_mode` is ``"valid"``, ``"full"`` or ``"half"``, or three of them.
    """
    if not isinstance(border_mode, str):
        if len(set(border_mode)) != 1:
            raise NotImplementedError(
                f"conv3d2d: border modes that differ by axis are not offered, got {border_mode}"
            )
        border_mode = border_mode[0]
    order = (0, 2, 1, 3, 4)
    told = [s and tuple(s[i] for i in order) for s in (signals_shape, filters_shape)]
    films, kernels = signals.dimshuffle(order), filters.dimshuffle(order)
    maps = convolution.conv3d(films, kernels, told[0], told[1], border_mode)
    return maps.dimshuffle(order)
