"""Convert pixels of any kind to grey levels in which ink and paper differ most."""

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from theano_tutorial._types import Array
from theano_tutorial.data.photographs.boxes import Box

Grey = npt.NDArray[np.float32]

_LARGEST = 4_096  # longest side; finer detail says nothing about a digit
_COARSE = 256  # longest side at which channels are compared
_SHAPES = 1_024  # longest side at which opaque parts are examined
# A colour channel, being noisier, must have this many times the contrast of brightness.
_CLEARER = 1.5
_OPAQUE = 127
# Opaque parts are paper if they are this wide somewhere, as a share of their extent, or cover
# this share of their box, and if they also hold this much contrast, out of 255.
_WIDE = 0.3
_FULL = 0.75
_OWN_CONTRAST = 16


def grey(picture: Image.Image) -> Image.Image:
    """Return a picture as grey levels from 0 to 255, in Pillow's mode F or L."""
    if picture.mode[0] in "IF":  # 10, 12, 14, 16 or 32 bits
        return _reduced(_in_range(picture))
    plain = "L" if picture.mode in ("1", "L") else "RGB"
    picture = _reduced(picture.convert("RGBA" if picture.has_transparency_data else plain))
    if picture.mode == "RGBA":
        picture = _opaque(picture)
    if picture.mode == "L":
        return picture
    small = picture.copy()
    small.thumbnail((_COARSE, _COARSE), Image.Resampling.BOX)
    shown = [_contrast(channel) for channel in (small.convert("L"), *small.split())]
    best = int(np.argmax(shown))
    if shown[best] > _CLEARER * shown[0]:
        return picture.getchannel(best - 1)
    return picture.convert("L")


def with_margin(picture: Image.Image) -> Image.Image:
    """Return a picture with a margin of its border's median level, which is usually paper."""
    levels = np.asarray(picture)
    paper = np.median(border_of(levels))
    return Image.fromarray(np.pad(levels, max(picture.size) // 4 + 1, constant_values=paper))


def border_of(levels: Array) -> Array:
    """Return the outermost pixels ``(n,)``, each corner twice."""
    return np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])


def _reduced(picture: Image.Image) -> Image.Image:
    factor = -(-max(picture.size) // _LARGEST)
    return picture.reduce(factor) if factor > 1 else picture


def _in_range(picture: Image.Image) -> Image.Image:
    """Scale levels to 255: integers by the bits used, floats in [0, 1] by 1, or by range."""
    levels = np.asarray(picture, np.float32)
    levels = np.where(np.isfinite(levels), levels, 0)
    low, high = float(levels.min()), float(levels.max())
    if low >= 0 and picture.mode != "F":
        low, high = 0.0, 2.0 ** max(8, int(high).bit_length()) - 1
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    return Image.fromarray((levels - low) * np.float32(255 / ((high - low) or 1)))


def _contrast(channel: Image.Image) -> float:
    """Return by how much a channel's small parts differ from their surroundings."""
    levels = ndimage.gaussian_filter(np.asarray(channel, np.float32), 0.7)
    square = _COARSE // 8
    darker = ndimage.grey_closing(levels, (square, square)) - levels
    lighter = levels - ndimage.grey_opening(levels, (square, square))
    return float(max(np.percentile(darker, 99.8), np.percentile(lighter, 99.8)))


def _opaque(picture: Image.Image) -> Image.Image:
    """Put paper behind transparent parts: the opaque paper's colour, or the ink's opposite."""
    clear = picture.getchannel("A").point(lambda level: level <= _OPAQUE and 255, "1")
    if clear.getbbox() is None:
        return picture.convert("RGB")
    small = picture.copy()
    small.thumbnail((_SHAPES, _SHAPES), Image.Resampling.NEAREST)
    opaque = np.asarray(small.getchannel("A")) > _OPAQUE
    paper = _own_paper(np.asarray(small)[..., :3], opaque)
    if paper is None:
        is_light = opaque.any() and np.asarray(small.convert("L"))[opaque].mean() > 127
        paper = (0, 0, 0) if is_light else (255, 255, 255)
    behind = Image.new("RGBA", picture.size, (*paper, 255))
    return Image.alpha_composite(behind, picture).convert("RGB")


def _own_paper(
    colours: npt.NDArray[np.uint8], opaque: npt.NDArray[np.bool_]
) -> tuple[int, int, int] | None:
    """Return the colour of the opaque paper; None if only the ink is opaque.

    Opaque paper is wide and has ink on it, so more than one colour; its own is the one along
    its edge. Ink is nowhere far from its edge.
    """
    if not opaque.any():
        return None
    box = Box.around(opaque)
    depth = ndimage.distance_transform_edt(np.pad(opaque, 1))[1:-1, 1:-1]
    is_wide = 2 * depth.max() > _WIDE * box.extent
    inside = colours[depth > 2]
    if len(inside) == 0 or not (is_wide or opaque.sum() > _FULL * box.height * box.width):
        return None
    if (inside.max(axis=0).astype(int) - inside.min(axis=0)).max() < _OWN_CONTRAST:
        return None
    edge = colours[(depth > 1) & (depth <= 4)]
    red, green, blue = (int(level) for level in np.median(edge, axis=0))
    return red, green, blue
