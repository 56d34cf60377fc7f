"""The `utils` of the deep learning tutorials, for scripts without one beside them."""

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.plots import tile_raster_images

__all__ = ["scale_to_unit_interval", "tile_raster_images"]


def scale_to_unit_interval(ndar: Array, eps: float = 1e-8) -> Array:
    """Return values stretched to lie from 0 to 1."""
    least = np.asarray(ndar) - np.min(ndar)
    return np.asarray(least * (1.0 / (least.max() + eps)))
