"""Synthetic digits drawn from fonts, for machines without MNIST.

A seeded generator rotates, slants, stretches and moves the ten digits of Matplotlib's bundled
fonts and adds noise. No published number applies to them.
"""

import functools
import hashlib
import importlib.util
import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from theano_tutorial._text import one_line
from theano_tutorial.data.splits import IMAGE_SHAPE, N_CLASSES, N_PIXELS, Bytes, Digits
from theano_tutorial.errors import BadFile
from theano_tutorial.system.files import load_arrays, write_atomically
from theano_tutorial.system.folders import cache_folder, is_there

FONTS = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"),
    *("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic"),
    *("DejaVuSansMono", "DejaVuSansMono-Bold"),
    *("DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
    *("cmr10", "cmb10", "cmss10", "cmtt10"),
)
_COUNTS = (60_000, 10_000)
_FINE = 4  # glyphs are drawn this many times larger, then downsampled
_FORMAT = 2  # version of the cached file; increment it whenever the drawing changes

Floats = npt.NDArray[np.float32]


def load_digits(report: Callable[[str], object]) -> Digits:
    """Return the rendered digits from the cache, or draw them in seconds and save them there.

    `report` is called with one line if the cached file is bad or cannot be written.
    """
    path = cache_folder() / f"rendered-{_FORMAT}.npz"
    if is_there(path):
        try:
            return _read(path)
        except BadFile as error:
            report(f"{error}; drawing the digits again")
    digits = draw_digits(_COUNTS)
    try:
        _write(path, digits)
    except OSError as error:
        name = one_line(path)
        reason = f"{name}: cannot be kept ({error.strerror})"
        report(f"{reason}; drawn each time unless THEANO_TUTORIAL_CACHE names another folder")
    return digits


def draw_digits(counts: tuple[int, int], seed: int = 0) -> Digits:
    """Draw `counts` training and test digits, all ten equally likely; `seed` decides them."""
    rng = np.random.default_rng(seed)
    n = sum(counts)
    labels = rng.integers(0, N_CLASSES, n).astype(np.uint8)
    fonts = rng.integers(0, len(FONTS), n)
    grids = _random_grids(rng, n)
    images = np.empty((n, N_PIXELS), np.uint8)
    glyphs = [(font, digit) for font in range(len(FONTS)) for digit in range(N_CLASSES)]
    silent = None if sys.stderr else True  # None: silent unless standard error is a terminal
    for font, digit in tqdm(glyphs, "drawing digits", disable=silent, leave=False):
        rows = np.flatnonzero((fonts == font) & (labels == digit))
        images[rows] = _to_bytes(_sample(_glyph(FONTS[font], digit), grids[rows]), rng)
    cut = counts[0]
    return Digits(images[:cut], labels[:cut], images[cut:], labels[cut:])


def _glyph(font: str, digit: int) -> Floats:
    """Draw one digit, 20 pixels high as MNIST's are, at `_FINE` times its resolution."""
    from PIL import Image, ImageDraw, ImageFont
    from scipy.ndimage import gaussian_filter

    typeface = ImageFont.truetype(_fonts() / f"{font}.ttf", 26 * _FINE)
    height, width = (side * _FINE for side in IMAGE_SHAPE)
    canvas = Image.new("L", (width, height))
    left, top, right, bottom = typeface.getbbox(str(digit))
    corner = ((width - left - right) / 2, (height - top - bottom) / 2)
    ImageDraw.Draw(canvas).text(corner, str(digit), font=typeface, fill=255)
    blurred = gaussian_filter(np.asarray(canvas, np.float32) / 255, sigma=0.5 * _FINE)
    return np.asarray(blurred, np.float32)


@functools.cache
def _fonts() -> Path:
    """Return Matplotlib's font folder; importing it, which a bad backend breaks, comes last."""
    spec = importlib.util.find_spec("matplotlib")
    folder = Path(spec.origin if spec and spec.origin else __file__).with_name("mpl-data")
    if not folder.exists():  # some distributions keep it elsewhere
        import matplotlib

        folder = Path(matplotlib.get_data_path())
    return folder / "fonts" / "ttf"


def _random_grids(rng: np.random.Generator, n: int) -> Floats:
    """Draw `n` affine maps, ``(n, 2, 3)``, from centred pixel to centred glyph coordinates."""
    angle = rng.uniform(-0.2, 0.2, n)
    slant = rng.uniform(-0.25, 0.25, n)
    stretch = rng.uniform(0.75, 1.05, (2, n))
    cosine, sine = np.cos(angle), np.sin(angle)
    rotated = np.array([[cosine, -sine], [sine, cosine]])
    slanted = np.array([rotated[:, 0], rotated[:, 1] + slant * rotated[:, 0]])
    linear = np.moveaxis(slanted * stretch, -1, 0)
    shift = rng.uniform(-1, 1, (n, 2, 1))
    return np.concatenate([linear, shift], axis=2, dtype=np.float32)


def _sample(glyph: Floats, grids: Floats) -> Floats:
    """Sample a glyph at each grid's pixels, ``(n, 784)``; outside it is background."""
    from scipy.ndimage import map_coordinates

    height, width = IMAGE_SHAPE
    rows, columns = np.mgrid[:height, :width].reshape(2, -1)
    centred = np.stack([rows - (height - 1) / 2, columns - (width - 1) / 2, np.ones(N_PIXELS)])
    points = grids @ centred.astype(np.float32)
    centre = np.array([[height], [width]]) * _FINE / 2 - 0.5
    fine = points * np.float32(_FINE) + centre.astype(np.float32)
    return np.asarray(map_coordinates(glyph, np.moveaxis(fine, 1, 0), order=1, cval=0.0))


def _to_bytes(ink: Floats, rng: np.random.Generator) -> Bytes:
    """Add pen pressure and noise; most of the background stays 0, as in MNIST."""
    pressure = rng.uniform(0.8, 1.3, (len(ink), 1)).astype(np.float32)
    noise = rng.standard_normal(ink.shape, dtype=np.float32)
    noisy = pressure * ink + 0.1 * noise - 0.1
    return np.asarray(np.clip(255 * noisy, 0, 255), np.uint8)


def _checksum(digits: Digits) -> str:
    found = hashlib.sha256()
    for array in digits:
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def _write(path: Path, digits: Digits) -> None:
    file = io.BytesIO()
    np.savez(file, **digits._asdict(), sha256=np.array(_checksum(digits)))
    write_atomically(path, file.getvalue())


def _read(path: Path) -> Digits:
    arrays = load_arrays(path)
    if set(arrays) != {*Digits._fields, "sha256"}:
        raise BadFile(path, "does not hold rendered digits")
    digits = Digits(*(arrays[name] for name in Digits._fields))
    n_train, n_test = _COUNTS
    shapes = [(n_train, N_PIXELS), (n_train,), (n_test, N_PIXELS), (n_test,)]
    if [a.shape for a in digits] != shapes or any(a.dtype != np.uint8 for a in digits):
        raise BadFile(path, f"does not hold {n_train:,} and {n_test:,} rendered digits")
    if str(arrays["sha256"]) != _checksum(digits):
        raise BadFile(path, "does not match its own checksum")
    return digits
