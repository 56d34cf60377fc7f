"""A person's own images, made to look like MNIST's, one step a module.

`decoding` reads a file, `levels` makes it grey, `finding` finds the ink of a digit in it,
`cutting` cuts that out of the picture, `normalising` gives it MNIST's strokes, size and place.
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

_SHOWN = 320  # longest side of the picture that is kept to look at


@dataclass(frozen=True)
class Seen:
    """What became of an image, step by step.

    `photograph` is the grey picture, small, 0 for black to 1 for white; `ink` is what was found
    in it, of the same shape; `cut` is the digit as it was cut out, 0 for paper to 1 for ink.
    `pixels` are what a model sees: ``(784,)`` bytes. `remark` is a sentence for the user, or
    empty.
    """

    photograph: Grey
    ink: Mask
    cut: Grey
    pixels: Bytes
    remark: str


def load_image(path: Path | str) -> Bytes:
    """Read an image of one digit and normalise it the way MNIST was made.

    Ink is what is strongest, thinner than paper, and has paper around it: dark on light or
    light on dark, in black or in colours, also photographed, in uneven light, on ruled paper,
    with a desk or a shadow in view. Specks, lines and a frame are left out. Strokes much
    thinner than MNIST's are made as thick. The ink's bounding box is scaled to fit 20 x 20
    without distortion, and placed so that its centre of mass is the centre of 28 x 28.

    The file is a PNG, JPEG, WebP, BMP, GIF or TIFF of at most 89 million pixels and 256 MiB; of
    several pictures in it, the first counts. JPEGs that are not progressive may have 500
    million, as they are decoded at a fraction. A file that cannot be read as such, or shows no
    digit, raises `BadFile`.

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
    if found == finding.COVERED:  # a 1 that is cropped to its ink, unless it is none
        wider = levels.with_margin(picture)
        again = finding.find(wider)
        if not isinstance(again, str):
            picture, found = wider, again
    if isinstance(found, str):
        raise BadFile(path, found)
    cut = cutting.cut(picture, found)
    photograph = finding.reduced(picture, _SHOWN)
    ink = cutting.stretched(found.mask, photograph.shape, picture.size, (0, 0, *picture.size))
    return Seen(
        photograph, ink, cut, normalising.normalised(cut).ravel(), _remark(found, has_more)
    )


def _remark(found: finding.Found, has_more: bool) -> str:
    remarks = {
        "several digits side by side: only the largest is read": found.is_one_of_several,
        "several pictures in one file: only the first is read": has_more,
    }
    return "; ".join(remark for remark, applies in remarks.items() if applies)
