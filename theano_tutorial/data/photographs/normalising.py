"""Make ink look like MNIST's: the same stroke width and box, centred by mass."""

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from theano_tutorial.data.photographs.boxes import Box
from theano_tutorial.data.photographs.levels import Grey
from theano_tutorial.data.photographs.strokes import stroke_width
from theano_tutorial.data.splits import IMAGE_SHAPE, Bytes

# "The MNIST database of handwritten digits" says that digits fit a box of 20 x 20, and their
# centre of mass lies at row 14, column 14 of 28 x 28.
_BOX = 20
_CENTRE = 14
_FINE = 100  # longest side at which strokes are measured and thickened
_THIN = 0.085  # of the longest side; strokes that are thinner than this are thickened
_STROKE = 0.105  # of the longest side; the width that they get


def normalised(ink: Grey) -> Bytes:
    """Scale ink ``(h, w)``, from 0 to 1, to fit 20 x 20 and centre it in 28 x 28 bytes."""
    ink = _thickened(ink[Box.around(ink).within])
    height, width = _scaled(ink.shape, _BOX)
    resized = _resized(ink, (height, width))
    digit = resized.astype(np.float64).clip(0, None)
    digit /= digit.max()
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    top, left = (_offset(digit.sum(axis=axis)) for axis in (1, 0))
    image[top : top + height, left : left + width] = np.rint(255 * digit)
    return image


def _scaled(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    height, width = (max(1, round(longest * side / max(shape))) for side in shape)
    return height, width


def _resized(ink: Grey, shape: tuple[int, int]) -> Grey:
    large = Image.fromarray(ink.astype(np.float32))
    return np.asarray(large.resize(shape[::-1], Image.Resampling.BICUBIC))


def _thickened(ink: Grey) -> Grey:
    """Thicken strokes that are thinner than MNIST's until they are as thick."""
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
    """Return the first row or column that puts the centre of mass in the centre."""
    centre = float(np.arange(len(mass)) @ mass / mass.sum())
    return int(np.clip(round(_CENTRE - centre), 0, IMAGE_SHAPE[0] - len(mass)))
