"""A person's own images, made to look like MNIST's."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from theano_tutorial.data.splits import IMAGE_SHAPE, Bytes
from theano_tutorial.errors import BadFile

FORMATS = ("PNG", "JPEG")
# MNIST's digits fit a box of 20 x 20, centred by mass on row 14, column 14 of 28 x 28.
_BOX = 20
_CENTRE = 14
# Larger images are reduced to this first: finer than needed, and the same speed for all.
_WORKING_SIZE = 400
_MAX_PIXELS = 60_000_000
_LEAST_CONTRAST = 0.08  # of the range from black to white; below it, nothing is drawn
_LEAST_INK = 0.15  # of the darkest ink; below it is dust and smear

Grey = npt.NDArray[np.float64]


def load_image(path: Path | str) -> Bytes:
    """Read an image of one digit and normalise it the way MNIST was made.

    Ink is told from paper by the image's border, so dark on light and light on dark both
    do. The ink's bounding box is scaled to fit 20 x 20 with its shape kept, and placed so
    that its centre of mass is the centre of 28 x 28.

    Parameters
    ----------
    path
        A PNG or JPEG file of any size up to 60 million pixels.

    Returns
    -------
    Pixels ``(784,)``, ``uint8``: 0 for paper, up to 255 for ink.

    Raises
    ------
    BadFile
        If the file cannot be read as such an image, or nothing is drawn on it.

    References
    ----------
    Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
    """
    path = Path(path)
    ink = _ink(_read_grey(path))
    if ink is None:
        raise BadFile(path, "nothing is drawn on it")
    return _normalised(ink).ravel()


def _read_grey(path: Path) -> Grey:
    """Read an image file as grey levels from 0 (black) to 1 (white), at most 400 wide."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                width, height = image.size
                if width * height > _MAX_PIXELS:
                    raise BadFile(path, f"too large: {width:,} x {height:,} pixels")
                # A JPEG can be decoded at a fraction of its size.
                image.draft(None, (_WORKING_SIZE, _WORKING_SIZE))
                image.load()
                upright: Any = ImageOps.exif_transpose(image)
    except UnidentifiedImageError as error:
        raise BadFile(path, "not a PNG or JPEG image") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BadFile(path, "too large") from error
    except BadFile:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadFile(path, f"cannot be read as an image ({reason})") from error
    except Exception as error:  # a broken image can raise nearly anything
        raise BadFile(path, f"cannot be read as an image ({type(error).__name__})") from error
    return _grey(upright)


def _grey(image: Any) -> Grey:
    """Return grey levels from 0 to 1; transparent parts become paper."""
    if image.mode.startswith("I"):  # 16 bits
        levels = np.asarray(image, np.float64) / 65535
        image = Image.fromarray((255 * levels.clip(0, 1)).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        opaque = np.asarray(image)[..., 3] > 127
        is_light = opaque.any() and np.asarray(image.convert("L"))[opaque].mean() > 127
        paper = Image.new("RGBA", image.size, "black" if is_light else "white")
        image = Image.alpha_composite(paper, image)
    image = image.convert("L")
    image.thumbnail((_WORKING_SIZE, _WORKING_SIZE), Image.Resampling.BOX)
    return np.asarray(image, np.float64) / 255


def _ink(grey: Grey) -> Grey | None:
    """Return how much ink there is in each pixel, from 0 to 1; None if there is none."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = np.median(border)
    darker, lighter = paper - grey.min(), grey.max() - paper
    contrast = max(darker, lighter)
    if contrast < _LEAST_CONTRAST:
        return None
    ink = (paper - grey if darker > lighter else grey - paper) / contrast
    # Uneven paper shows at the border, where there is no ink: ignore what is as faint.
    unevenness = 3 * np.median(np.abs(border - paper)) / contrast
    ink[ink < max(_LEAST_INK, unevenness)] = 0
    return ink if ink.any() else None


def _normalised(ink: Grey) -> Bytes:
    """Scale ink to a box of 20 x 20 and centre it by mass in 28 x 28 bytes."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _BOX / max(box.shape)
    height, width = (max(1, round(scale * side)) for side in box.shape)
    resized = Image.fromarray(box.astype(np.float32)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    digit = np.asarray(resized, np.float64).clip(0, None)
    digit /= digit.max()
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    top, left = (_offset(digit.sum(axis=axis)) for axis in (1, 0))
    image[top : top + height, left : left + width] = np.rint(255 * digit)
    return image


def _offset(mass: npt.NDArray[np.float64]) -> int:
    """Return where to begin so that the centre of mass comes to lie in the centre."""
    centre = float(np.arange(len(mass)) @ mass / mass.sum())
    return int(np.clip(round(_CENTRE - centre), 0, IMAGE_SHAPE[0] - len(mass)))
