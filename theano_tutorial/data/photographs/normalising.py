"""Ink becomes an image like MNIST's: strokes as thick, a box as large, centred by mass."""

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from theano_tutorial.data.photographs.levels import Grey
from theano_tutorial.data.photographs.strokes import stroke_width
from theano_tutorial.data.splits import IMAGE_SHAPE, Bytes

# MNIST's digits fit a box of 20 x 20, centred by mass on row 14, column 14 of 28 x 28, says
# "The MNIST database of handwritten digits".
_BOX = 20
_CENTRE = 14
_FINE = 100  # longest side at which strokes are measured and made thicker
_THIN = 0.085  # of the longest side; thinner than that, strokes are made
_STROKE = 0.105  # so thick


def normalised(ink: Grey) -> Bytes:
    """Scale ink ``(h, w)`` from 0 to 1 to a box of 20 x 20 and centre it in 28 x 28 bytes."""
    ink = _thickened(_boxed(ink))
    height, width = _scaled(ink.shape, _BOX)
    resized = _resized(ink, (height, width))
    digit = resized.astype(np.float64).clip(0, None)
    digit /= digit.max()
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    top, left = (_offset(digit.sum(axis=axis)) for axis in (1, 0))
    image[top : top + height, left : left + width] = np.rint(255 * digit)
    return image


def _boxed(ink: Grey) -> Grey:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    height, width = (max(1, round(longest * side / max(shape))) for side in shape)
    return height, width


def _resized(ink: Grey, shape: tuple[int, int]) -> Grey:
    large = Image.fromarray(ink.astype(np.float32))
    return np.asarray(large.resize(shape[::-1], Image.Resampling.BICUBIC))


def _thickened(ink: Grey) -> Grey:
    """Make strokes that are thinner than MNIST's as thick as MNIST's."""
    fine = _resized(ink, _scaled(ink.shape, _FINE)).clip(0, 1)
    width = stroke_width(fine > 0.5) / _FINE if (fine > 0.5).any() else 0.0
    if width >= _THIN:
        return ink
    radius = _FINE * (_STROKE - width) / 2
    room = int(radius) + 1
    y, x = np.ogrid[-room : room + 1, -room : room + 1]
    disc = np.hypot(y, x) <= radius + 0.25
    thick: Grey = ndimage.grey_dilation(np.pad(fine, room), footprint=disc)
    return thick


def _offset(mass: npt.NDArray[np.float64]) -> int:
    """Return where to begin so that the centre of mass lies in the centre."""
    centre = float(np.arange(len(mass)) @ mass / mass.sum())
    return int(np.clip(round(_CENTRE - centre), 0, IMAGE_SHAPE[0] - len(mass)))
