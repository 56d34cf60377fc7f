"""A person's own images, made to look like MNIST's."""

import io
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from theano_tutorial.data.files.file_content import read_file
from theano_tutorial.data.splits import IMAGE_SHAPE, Bytes
from theano_tutorial.errors import BadFile

FORMATS = ("PNG", "JPEG")
# MNIST's digits fit a box of 20 x 20, centred by mass on row 14, column 14 of 28 x 28, says
# "The MNIST database of handwritten digits".
_BOX = 20
_CENTRE = 14
# Larger images are reduced to this first: finer than needed, and the same speed for all.
_WORKING_SIZE = 200
_MAX_PIXELS = 60_000_000
_MAX_BYTES = 2**28
# A progressive JPEG draws its picture ten times or so. Each scan costs time, but hardly a byte.
_MAX_SCANS = 200
_JPEG_SCAN = b"\xff\xda"
_LEAST_CONTRAST = 0.08  # of the range from black to white; below it, nothing is drawn
_LEAST_INK = 0.15  # of the darkest ink; below it is dust and smear
_LEAST_PART = 0.04  # of the largest part; below it is a speck

Grey = npt.NDArray[np.float64]


def load_image(path: Path | str) -> Bytes:
    """Read an image of one digit and normalise it the way MNIST was made.

    The most common brightness is assumed to be the paper, so both dark on light and light on
    dark work; it may be lit unevenly, if the light changes smoothly. Specks and a frame around
    the digit are left out. The ink's bounding box is scaled to fit 20 x 20 without distortion,
    and placed so that its centre of mass is the centre of 28 x 28.

    The file is a PNG or JPEG of at most 60 million pixels and 256 MiB. One that cannot be read
    as such, or with nothing drawn on it, raises `BadFile`.

    Returns
    -------
    Pixels ``(784,)``, ``uint8``: 0 for paper, up to 255 for ink.
    """
    path = Path(path)
    ink = _ink(_read_grey(path))
    if ink is None:
        raise BadFile(path, "nothing is drawn on it")
    return _normalised(ink).ravel()


def _read_grey(path: Path) -> Grey:
    """Read an image file as grey levels from 0 (black) to 1 (white), at most 200 wide."""
    try:
        content = read_file(path, _MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise BadFile(path, f"too large: more than {_MAX_BYTES:,} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _decoded(path, content)
    except UnidentifiedImageError as error:
        raise BadFile(path, "not a PNG or JPEG image") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BadFile(path, "too large") from error
    except BadFile:
        raise
    except Exception as error:  # a broken image can raise nearly anything
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise BadFile(path, f"cannot be read as an image ({reason})") from error


def _decoded(path: Path, content: bytes) -> Grey:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if width * height > _MAX_PIXELS:
            raise BadFile(path, f"too large: {width:,} x {height:,} pixels")
        if image.format == "JPEG" and content.count(_JPEG_SCAN) > _MAX_SCANS:
            raise BadFile(path, "its picture is drawn over and over again")
        image.verify()  # the checksums of a PNG, which decoding ignores; leaves it unusable
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        # A JPEG can be decoded at a fraction of its size.
        image.draft(None, (_WORKING_SIZE, _WORKING_SIZE))
        image.load()
        upright = ImageOps.exif_transpose(image)
    return _grey(upright)


def _grey(image: Image.Image) -> Grey:
    """Return grey levels from 0 to 1; transparent parts become paper."""
    if image.mode.startswith("I"):  # 16 bits
        image = Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
    image = image.convert("RGBA" if image.has_transparency_data else "L")
    image.thumbnail((_WORKING_SIZE, _WORKING_SIZE), Image.Resampling.BOX)
    if image.mode == "RGBA":
        opaque = np.asarray(image)[..., 3] > 127
        is_light = opaque.any() and np.asarray(image.convert("L"))[opaque].mean() > 127
        paper = Image.new("RGBA", image.size, "black" if is_light else "white")
        image = Image.alpha_composite(paper, image).convert("L")
    return np.asarray(image, np.float64) / 255


def _ink(grey: Grey) -> Grey | None:
    """Return how much ink there is in each pixel, from 0 to 1; None if there is none."""
    darker = _paper(grey) - grey
    noise = 1.5 * np.median(np.abs(darker))
    low, high = np.percentile(darker, (0.5, 99.5))
    contrast = max(high, -low)
    if contrast < max(_LEAST_CONTRAST, 4 * noise):
        return None
    ink = (darker if high > -low else -darker) / contrast
    ink[ink < max(_LEAST_INK, 4 * noise / contrast)] = 0
    return _without_specks_and_frames(ink.clip(0, 1))


def _paper(grey: Grey) -> Grey:
    """Return how bright the paper is at each pixel: a smooth surface, as light is uneven.

    It is the quadratic surface with the least sum of absolute distances to the pixels, so that
    ink does not pull it towards itself as long as it covers less than half.
    """
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in grey.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    levels = grey.ravel()
    paper = np.full_like(levels, np.median(levels))
    for _ in range(20):
        weights = 1 / np.maximum(np.abs(levels - paper), 0.002)
        normal = terms.T @ (terms * weights[:, None]) + 1e-6 * np.eye(6)
        paper = terms @ np.linalg.solve(normal, terms.T @ (weights * levels))
    return paper.reshape(grey.shape)


def _without_specks_and_frames(ink: Grey) -> Grey | None:
    """Drop parts of the ink that are too small, and a frame around the others."""
    from scipy import ndimage

    parts, n = ndimage.label(ink, structure=np.ones((3, 3)))
    if n == 0:
        return None
    mass = ndimage.sum(ink, parts, range(1, n + 1))
    edges = [set(edge) for edge in (parts[0], parts[-1], parts[:, 0], parts[:, -1])]
    is_frame = np.array([sum(k in edge for edge in edges) >= 3 for k in range(1, n + 1)])
    if is_frame.all():
        is_frame[:] = False
    kept = ~is_frame & (mass >= _LEAST_PART * mass[~is_frame].max())
    return np.where(np.isin(parts, 1 + np.flatnonzero(kept)), ink, 0)


def _normalised(ink: Grey) -> Bytes:
    """Scale ink to a box of 20 x 20 and centre it by mass in 28 x 28 bytes."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _BOX / max(box.shape)
    height, width = (max(1, round(scale * side)) for side in box.shape)
    large = Image.fromarray(box.astype(np.float32))
    resized = large.resize((width, height), Image.Resampling.BICUBIC)
    digit = np.asarray(resized, np.float64).clip(0, None)
    digit /= digit.max()
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    top, left = (_offset(digit.sum(axis=axis)) for axis in (1, 0))
    image[top : top + height, left : left + width] = np.rint(255 * digit)
    return image


def _offset(mass: npt.NDArray[np.float64]) -> int:
    """Return where to begin so that the centre of mass lies in the centre."""
    centre = float(np.arange(len(mass)) @ mass / mass.sum())
    return int(np.clip(round(_CENTRE - centre), 0, IMAGE_SHAPE[0] - len(mass)))
