"""Cut the digit that was found out of the picture, in more detail than it was found in."""

import math

import numpy as np
from PIL import Image
from scipy import ndimage

from theano_tutorial.data.photographs.finding import Found, hat, reduced
from theano_tutorial.data.photographs.levels import Grey
from theano_tutorial.data.photographs.parts import Digit
from theano_tutorial.data.photographs.strokes import Mask

_DETAIL = 120  # longest side of the digit that is cut out, in pixels
_MARGIN = 0.25  # of paper around the digit, as a share of its longest side
_WIDER = 1.4  # width of `hat`'s square, in terms of the widest stroke
_SMALL = 60  # pixels; smaller pictures are not smoothed
_FAINTEST = 0.4  # ink strength of a digit's faintest part, as a share of its strongest
_LEAST_INK = 0.15  # as a share of the darkest ink; anything below is dust and smear

Corners = tuple[int, int, int, int]  # left, top, right, bottom


def cut(picture: Image.Image, found: Found) -> Grey:
    """Return the amount of ink ``(h, w)``, from 0 to 1, where the digit was found."""
    digit = found.digit
    corners, extent = _corners(picture, digit)
    part = picture.crop(corners)
    levels = reduced(part, math.ceil(_DETAIL * max(part.size) / extent))
    if max(levels.shape) > _SMALL:
        levels = ndimage.gaussian_filter(levels, 0.6)
    widest = digit.widest / digit.box.extent * extent * max(levels.shape) / max(part.size)
    darker = hat(levels, found.is_dark, 2 * math.ceil(_WIDER * widest / 2) + 3)
    wider = ndimage.binary_dilation(digit.mask, np.ones((3, 3), bool))
    mask = stretched(wider, levels.shape, picture.size, corners)
    if not mask.all():
        darker -= np.median(darker[~mask])
    strongest = np.maximum(np.percentile(darker[mask], 90), 1e-6)
    if max(levels.shape) > _SMALL:
        strongest = _strongest_near(np.where(mask, darker, 0), strongest)
    ink = (darker / strongest).clip(0, 1)
    ink = np.where(mask & (ink >= _LEAST_INK), ink, 0).astype(np.float32)
    # No ink is left if, in more detail, strokes are wider than the square of `hat`.
    return ink if ink.any() else mask.astype(np.float32)


def _strongest_near(darker: Grey, strongest: np.float64) -> Grey:
    """Return how strong ink is around each pixel, as uneven light makes it vary."""
    side = max(darker.shape) // 6
    near = ndimage.maximum_filter(darker, 2 * side + 1)
    smooth: Grey = ndimage.gaussian_filter(near, side / 2)
    return smooth.clip(_FAINTEST * strongest, strongest)


def _corners(picture: Image.Image, digit: Digit) -> tuple[Corners, float]:
    """Return the corners of a digit with paper around it, and its longest side, in pixels."""
    down, across = picture.height / digit.mask.shape[0], picture.width / digit.mask.shape[1]
    top, bottom = digit.box.top * down, digit.box.bottom * down
    left, right = digit.box.left * across, digit.box.right * across
    extent = max(bottom - top, right - left)
    margin = _MARGIN * extent
    corners = (
        max(0, math.floor(left - margin)),
        max(0, math.floor(top - margin)),
        min(picture.width, math.ceil(right + margin)),
        min(picture.height, math.ceil(bottom + margin)),
    )
    return corners, extent


def stretched(
    mask: Mask, shape: tuple[int, ...], size: tuple[int, int], corners: Corners
) -> Mask:
    """Return the part of a picture's mask between `corners`, resampled to `shape`.

    `size` is the width and height of the picture in the pixels in which `corners` are given.
    """
    places = []
    for axis, (first, last) in enumerate(((corners[1], corners[3]), (corners[0], corners[2]))):
        middles = first + (np.arange(shape[axis]) + 0.5) * (last - first) / shape[axis]
        scale = mask.shape[axis] / size[1 - axis]
        places.append((middles * scale).astype(int).clip(0, mask.shape[axis] - 1))
    return mask[np.ix_(*places)]
