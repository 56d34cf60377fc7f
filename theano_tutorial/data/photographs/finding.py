"""Find the digit in a picture: collect hypotheses at several scales and choose the best.

The picture is reduced to several sizes. In each, ink is whatever is thinner than a square of 17
pixels and differs from the paper around it. A desk, a shadow's edge and uneven light are wider,
so they are not taken for ink.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from theano_tutorial._text import counted
from theano_tutorial.data.photographs import parts
from theano_tutorial.data.photographs.levels import Grey
from theano_tutorial.data.photographs.lines import Ruling, without_lines

SIZES = (40, 64, 125, 250, 500, 1_000)  # longest side of the reduced picture
SQUARE = 17
_THRESHOLDS = (0.65, 0.45, 0.2, 0.08)  # as shares of the strongest ink
_LEAST_CONTRAST = 0.015  # of the range from black to white
_FAINTEST = 0.005  # contrast that can be told from none, though not read
_CLEAR = 8.0  # contrast in multiples of the noise
_BLACK = 0.1  # brightness of a camera's black: anything darker is noise
_LEAST_NOISE = 0.001
_SOFT = 0.55  # share of its contrast by which an edge must rise within three pixels
_SHARP = 0.2  # share of the whole contrast by which neighbours differ at an edge
_PIECE = 0.6  # share of an outline where brightness rises; less means a piece of something
_WIDEST = 2.5  # width in terms of height; MNIST's widest digit is twice as wide as high
_LEAST_SCORE = 3e-4  # even faint digits score ten times as much
_MOST_PARTS = 20  # more than that are the remains of squared paper
COVERED = "ink covers most of it: leave a margin"
_TOO_FAINT = "too faint: ink and paper hardly differ"
_UNLIKE = "what is drawn on it does not look like a digit"
_TWO_LEVELS = 0.25  # difference between ink and paper where ink covers most of the picture
_DOT = 4  # pixels; anything smaller at its scale may be noise
_LARGE = 80  # pixels, where the longest side is 500
_LEAST_HEIGHT = 10  # pixels


@dataclass(frozen=True)
class Found:
    """A digit; its `mask` has the shape of the reduced picture it was found in."""

    digit: parts.Digit
    is_dark: bool  # on light
    score: float
    covers: bool  # whether there is more ink than paper around it


def hat(levels: Grey, is_dark: bool, square: int = SQUARE) -> Grey:
    """Return by how much thin parts are darker (or lighter) than the paper around them.

    Darkness is relative to the paper's brightness, so that a shadow does not change it. The
    area outside the picture counts as paper.
    """
    levels = levels if is_dark else -levels
    upper = ndimage.maximum_filter(levels, square, mode="constant", cval=np.inf)
    paper = ndimage.minimum_filter(upper, square, mode="constant", cval=np.inf)
    paper = np.minimum(paper, levels.max())
    darker: Grey = paper - levels
    return darker / (paper + _BLACK) if is_dark else darker


def reduced(picture: Image.Image, longest: int) -> Grey:
    """Return levels from 0 to 1, reduced so that the longest side is at most `longest`."""
    if max(picture.size) > longest:
        scale = longest / max(picture.size)
        width, height = (max(1, round(scale * side)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BOX)
    return np.asarray(picture, np.float32) / np.float32(255)


def find(picture: Image.Image) -> Found | str:
    """Return where a digit's ink is or, if none can be read, the reason."""
    found = _hypotheses(picture, _LEAST_CONTRAST)
    if not found and _hypotheses(picture, _FAINTEST):
        return _unread(picture)
    if not found and not _is_covered(reduced(picture, SIZES[0])):
        return "nothing is drawn on it"
    if not found or found[0].covers:
        return COVERED
    best = found[0]
    height = round(best.digit.box.extent * max(picture.size) / max(best.digit.mask.shape))
    if height < _LEAST_HEIGHT:
        return f"too small: {counted(height, 'pixels')} high"
    return best if best.score > _LEAST_SCORE else _unread(picture)


def _unread(picture: Image.Image) -> str:
    """Say why what is drawn on a picture cannot be read."""
    return _UNLIKE if _is_clear(reduced(picture, SIZES[0])) else _TOO_FAINT


def _is_clear(levels: Grey) -> bool:
    """Return whether the picture shows something with clear contrast and edges."""
    return bool(np.ptp(levels) >= _TWO_LEVELS) and _has_edges(levels)


def _is_covered(levels: Grey) -> bool:
    """Return whether something spans the picture and covers most of it except its corners."""
    if not _is_clear(levels):
        return False
    if max(levels.shape) > 3 * min(levels.shape):  # a digit 1 without any paper beside it
        return True
    light = levels > (levels.min() + levels.max()) / 2
    corners = light[[0, 0, -1, -1], [0, -1, 0, -1]]
    other = light != corners[0]
    sides = other[0].any(), other[-1].any(), other[:, 0].any(), other[:, -1].any()
    reaches = (sides[0] and sides[1]) or (sides[2] and sides[3])
    return bool((corners == corners[0]).all() and reaches and other.mean() > 0.5)


def _has_edges(levels: Grey) -> bool:
    """Return whether brightness somewhere changes in a step, not smoothly as light does."""
    steps = ndimage.maximum_filter(levels, 3) - ndimage.minimum_filter(levels, 3)
    return bool(steps.max() > _SHARP * np.ptp(levels))


def _hypotheses(picture: Image.Image, least: float) -> list[Found]:
    found: list[Found] = []
    for size in SIZES:
        if size > 1.5 * max(picture.size) and size != SIZES[0]:
            break
        if size == SIZES[-1] and found and _is_large(max(found, key=lambda f: f.score).digit):
            break
        levels = ndimage.gaussian_filter(reduced(picture, size), 0.7)
        for is_dark in (True, False):
            found += _at_scale(levels, is_dark, least)
    return sorted(found, key=lambda each: -each.score)


def _is_large(digit: parts.Digit) -> bool:
    """Return whether a digit is so large that no finer scale need be searched."""
    return bool(digit.box.extent * 500 > _LARGE * max(digit.mask.shape))


def _at_scale(levels: Grey, is_dark: bool, least: float) -> Iterator[Found]:
    """Yield hypotheses of the digit at one scale, for several thresholds."""
    darker = hat(levels, is_dark)
    lowest, low, middle, base = np.percentile(darker, (3, 5, 12, 25))
    noise = base - low
    if max(levels.shape) < SIZES[0]:  # in which ink's soft edges are a large share
        noise = min(noise, 1.4 * (middle - lowest))
    noise = max(noise, _LEAST_NOISE)
    if base > 0.3 * darker.max():  # that is ink
        base = low
    darker -= base
    peak = float(darker.max())
    least = max(least, 0.7 * _CLEAR * noise)
    ruling = Ruling()
    for threshold in sorted({max(least, share * peak) for share in _THRESHOLDS}):
        if threshold < peak:
            mask, ruling = without_lines(darker > threshold, ruling)
            digit = parts.digit_of(mask, darker)
            if digit is not None:
                found = _judged(digit, levels, darker, is_dark, noise)
                if found.score > 0:
                    yield found


def _judged(
    digit: parts.Digit, levels: Grey, darker: Grey, is_dark: bool, noise: float
) -> Found:
    """Score a hypothesis: ink should be strong, large, made of strokes and ringed by paper."""
    extent, longest = digit.box.extent, max(digit.mask.shape)
    contrast = float(np.percentile(darker[digit.mask], 75))
    area = float(digit.mask.sum())
    score = contrast * (area / longest**2 * extent / longest) ** 0.25
    rise, outlined = _outlined(digit, levels, is_dark)
    score *= outlined**3 * np.clip((rise / contrast - _SOFT) / 0.2, 0, 1)
    score *= np.clip((outlined - _PIECE) / 0.2, 0, 1)
    score *= np.clip((_WIDEST - digit.box.width / digit.box.height) / 0.4, 0, 1)
    score *= (1 - digit.widest / longest) ** 4
    score *= np.clip((0.5 - digit.widest / extent) / 0.2, 0.02, 1)
    score *= np.clip((0.65 - area / extent**2) / 0.2, 0.05, 1)
    if longest > SIZES[0]:  # at a coarser scale, the square may find more of it
        score *= np.clip((SQUARE - 2 - digit.widest) / 4, 0.05, 1)
    score *= min(1.0, extent / 24)  # too few pixels to tell
    score *= (1 - digit.ring) ** 2 * (0.1 if digit.is_frame else 1)
    score *= np.clip((contrast / noise - _CLEAR * (1 + 8 / extent)) / 4, 0, 1)
    score /= 1 + 0.15 * max(0, digit.n_parts - 3)
    score *= np.clip((_MOST_PARTS - digit.n_parts) / 10, 0, 1)
    covers = digit.ring > 0.6 or (digit.widest > 0.5 * extent > 0.35 * longest)
    return Found(digit, is_dark, float(score), covers)


def _outlined(digit: parts.Digit, levels: Grey, is_dark: bool) -> tuple[float, float]:
    """Return how much brightness rises across a digit's outline, and on what share of it.

    Where it does not rise, the chosen parts are only a piece of something darker. If it hardly
    rises anywhere, they are the darkest part of a shadow or of a smooth change of light.
    """
    top, bottom, left, right = digit.box
    around = slice(max(0, top - 4), bottom + 4), slice(max(0, left - 4), right + 4)
    mask, levels = digit.mask[around], levels[around] if is_dark else -levels[around]
    near, next_to_it = (ndimage.maximum_filter(mask, side, mode="constant") for side in (5, 3))
    outline = near & ~next_to_it
    if digit.box.extent < _DOT:
        return 0.0, 0.0
    if outline.sum() < 0.3 * mask.sum() and max(digit.mask.shape) <= SIZES[0]:  # cropped
        return (np.inf if _has_edges(levels) else 0.0), 1.0
    if not outline.any():
        return 0.0, 0.0
    inner = ndimage.minimum_filter(np.where(mask, levels, np.inf), 7, mode="nearest")[outline]
    rise = levels[outline] - inner
    if is_dark:
        rise /= levels[outline] + _BLACK
    usual = float(np.median(rise))
    return usual, float((rise > 0.4 * usual).mean())
