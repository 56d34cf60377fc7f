"""Decode an image file, within limits on its size and on the cost of decoding it."""

import io
import warnings
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, ImageSequence, JpegImagePlugin, UnidentifiedImageError

from theano_tutorial.data.files.file_content import File
from theano_tutorial.data.photographs.file_kinds import what_it_is
from theano_tutorial.errors import BadFile

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")
MAX_PIXELS = 89_000_000  # once decoded; Pillow's own limit is slightly higher
_MAX_BYTES = 2**28
# Finer than anything that is looked for in a picture: a JPEG is decoded at a reduced size.
_ENOUGH = 1_500
_MAX_JPEG_PIXELS = 500_000_000  # before that reduction
# A progressive JPEG has about ten scans. A scan costs time to decode, but may take few bytes.
_MAX_SCANS = 200
_MOST_BLANK = 100  # pictures at a file's beginning
_JPEG_MAGIC = b"\xff\xd8\xff"
_JPEG_SCAN = b"\xff\xda"


def read_picture(path: Path) -> tuple[Image.Image, bool]:
    """Return a file's first picture that is not blank, upright, and whether there are more.

    The format is recognised by the content, not by the name. A file without a readable picture
    raises `BadFile` with the reason.
    """
    try:
        content = File(path).read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise BadFile(path, f"too large: more than {_MAX_BYTES:,} bytes")
        with warnings.catch_warnings():
            # Pillow warns of odd metadata, and of many pixels, which `_check_size` limits.
            warnings.simplefilter("ignore")
            return _decoded(path, content)
    except UnidentifiedImageError as error:
        raise BadFile(path, what_it_is(content)) from error
    except Image.DecompressionBombError as error:
        raise BadFile(path, f"too large: more than {MAX_PIXELS:,} pixels") from error
    except BadFile:
        raise
    except Exception as error:  # a broken image can raise nearly anything
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if isinstance(error, MemoryError):
            reason = "it needs more memory than there is"
        raise BadFile(path, f"cannot be read as an image ({reason})") from error


def _decoded(path: Path, content: bytes) -> tuple[Image.Image, bool]:
    with _opened(content) as image:
        _check_size(path, content, image)
        image.verify()  # checks a PNG's checksums, unlike decoding; ends the image's use
    with _opened(content) as image:
        image.draft(None, (_ENOUGH, _ENOUGH))
        image.load()
        has_more = getattr(image, "is_animated", False)  # a film, or several pages
        if has_more:
            _pass_over_blank(path, content, image)
        return ImageOps.exif_transpose(image), has_more


def _pass_over_blank(path: Path, content: bytes, image: Image.Image) -> None:
    """Go to a file's first picture that is not blank, or to the last that is worth the time."""
    left = MAX_PIXELS
    for _ in islice(ImageSequence.Iterator(image), _MOST_BLANK):
        _check_size(path, content, image)
        left -= image.width * image.height
        if left < 0 or not _is_blank(image):
            return


def _is_blank(image: Image.Image) -> bool:
    shown = image.convert("RGBA") if image.mode in ("P", "PA") else image
    return all(low == high for low, high in np.reshape(shown.getextrema(), (-1, 2)))


def _opened(content: bytes) -> Image.Image:
    """Open an image without decoding it; a JPEG bypasses Pillow's limit on pixels."""
    file = io.BytesIO(content)
    if content.startswith(_JPEG_MAGIC):
        try:
            return JpegImagePlugin.JpegImageFile(file)
        except SyntaxError as error:
            raise UnidentifiedImageError from error
    Image.init()
    return Image.open(file, formats=[name for name in FORMATS if name in Image.OPEN])


def _check_size(path: Path, content: bytes, image: Image.Image) -> None:
    """Refuse an image that would take too much memory or time; set a JPEG's reduced size."""
    width, height = image.size
    limit = MAX_PIXELS
    if image.format == "JPEG":
        if content.count(_JPEG_SCAN) > _MAX_SCANS:
            raise BadFile(path, "its picture is drawn over and over again")
        if not image.info.get("progressive"):  # progressive ones are decoded at full size
            image.draft(None, (_ENOUGH, _ENOUGH))
            limit = _MAX_JPEG_PIXELS
    decoded = image.size[0] * image.size[1]
    if decoded > MAX_PIXELS or width * height > limit:
        size = f"{width:,} x {height:,} pixels"
        raise BadFile(path, f"too large: {size}, and at most {limit:,} can be read")
