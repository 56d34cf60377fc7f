"""Measure how wide a pen's strokes are."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Mask = npt.NDArray[np.bool_]


def stroke_widths(mask: Mask) -> npt.NDArray[np.float64]:
    """Return the widths of strokes in pixels, at points along their middle lines."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))
    middle = (depth == ndimage.maximum_filter(depth, 3)) & (depth > 0)
    widths: npt.NDArray[np.float64] = 2 * depth[middle] - 1
    return widths


def stroke_width(mask: Mask) -> float:
    """Return the median width of the strokes in pixels."""
    return float(np.median(stroke_widths(mask)))
