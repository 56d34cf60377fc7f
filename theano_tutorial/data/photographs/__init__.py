"""Make a user's own images look like MNIST's, with one module per step.

`decoding` reads a file, `levels` converts it to grey levels, `finding` finds the ink of a digit
in it, `cutting` cuts the digit out, and `normalising` gives it MNIST's stroke width, size and
position.
"""

from dataclasses import dataclass
from pathlib import Path

from theano_tutorial.data.photographs import cutting, finding, levels, normalising
from theano_tutorial.data.photographs.decoding import FORMATS, MAX_PIXELS, read_picture
from theano_tutorial.data.photographs.levels import Grey
from theano_tutorial.data.photographs.strokes import Mask
from theano_tutorial.data.splits import Bytes
from theano_tutorial.errors import BadFile

__all__ = ["FORMATS", "MAX_PIXELS", "Seen", "load_image", "see"]

_SHOWN = 320  # longest side of the picture that is kept for display


@dataclass(frozen=True)
class Seen:
    """What each step made of an image.

    `photograph` is the reduced grey picture, from 0 for black to 1 for white; `ink` is the mask
    of the ink found in it, of the same shape; `cut` is the digit as it was cut out, from 0 for
    paper to 1 for ink. `pixels` are what a model sees: ``(784,)`` bytes. `remark` is a sentence
    for the user, or empty.
    """

    photograph: Grey
    ink: Mask
    cut: Grey
    pixels: Bytes
    remark: str


def load_image(path: Path | str) -> Bytes:
    """Read an image of one digit and normalise it as MNIST's digits were.

    The digit may be dark on light or light on dark, in black or in colour, and photographed in
    uneven light, on ruled paper, with a desk or a shadow in view: ink is whatever consists of
    thin strokes, differs most from its surroundings, and has paper around it. Specks, lines, a
    frame and a circle around the digit are removed. Strokes much thinner than MNIST's are
    thickened. The ink's bounding box is scaled to fit 20 x 20 without distortion, and placed so
    that its centre of mass is the centre of 28 x 28.

    The file is a PNG, JPEG, WebP, BMP, GIF or TIFF (or AVIF, if Pillow can read it) of at most
    89 million pixels and 256 MiB; if it holds several pictures, the first that is not blank is
    used. JPEGs that are not progressive may have 500 million pixels, as they are decoded at
    reduced size. A file that cannot be read or shows no digit raises `BadFile`.

    Returns
    -------
    Pixels ``(784,)``, ``uint8``: 0 for paper, up to 255 for ink.
    """
    return see(path).pixels


def see(path: Path | str) -> Seen:
    """Read an image as `load_image` does, and keep what each step made of it."""
    path = Path(path)
    first, has_more = read_picture(path)
    picture = levels.grey(first)
    found = finding.find(picture)
    if found == finding.COVERED:  # this may be a 1 that is cropped to its ink
        wider = levels.with_margin(picture)
        again = finding.find(wider)
        if not isinstance(again, str):
            picture, found = wider, again
    if isinstance(found, str):
        raise BadFile(path, found)
    cut = cutting.cut(picture, found)
    photograph = finding.reduced(picture, _SHOWN)
    size = picture.size
    ink = cutting.stretched(found.digit.mask, photograph.shape, size, (0, 0, *size))
    return Seen(
        photograph, ink, cut, normalising.normalised(cut).ravel(), _remark(found, has_more)
    )


def _remark(found: finding.Found, has_more: bool) -> str:
    remarks = {
        "several digits: only the largest is read": found.digit.is_one_of_several,
        "several pictures in one file: only one is read": has_more,
    }
    return "; ".join(remark for remark, applies in remarks.items() if applies)
