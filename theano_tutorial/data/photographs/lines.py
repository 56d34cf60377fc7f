"""Ruled and squared paper: lines that run across a picture are taken out of the ink."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from theano_tutorial.data.photographs.strokes import Mask, stroke_width

_STEEPEST = 0.2  # slope of a line to the picture's edge
_SPREAD = 0.06  # of the slopes of lines that are parallel on paper, in perspective
_THICKEST = 9  # pixels
_RULED = 3  # so many lines are no strokes of a digit
_LENGTH = 0.4  # of the picture's width, for these
_FULL_LENGTH = 0.8  # for fewer, which must be thinner than strokes, too
_THINNER = 0.7


@dataclass(frozen=True)
class Line:
    """A line across a picture: its `middle` at each column, in rows, and how thick it is."""

    middle: npt.NDArray[np.float64]
    thickness: float
    length: float  # share of the columns in which it is seen


def without_lines(ink: Mask) -> Mask:
    """Return ink without long thin straight lines; strokes that cross them stay whole."""
    across, down = _lines(ink), _lines(ink.T)
    few = [found for found in (across, down) if len(found) < _RULED]
    rest = _cleared(ink, across, down)
    width = stroke_width(rest) if rest.any() else 0.0
    for found in few:
        found[:] = [
            line
            for line in found
            if line.length > _FULL_LENGTH and line.thickness <= _THINNER * width
        ]
    return _cleared(ink, across, down) if few else rest


def _lines(ink: Mask) -> list[Line]:
    """Find lines that run from left to right, by votes for each slope and height."""
    height, width = ink.shape
    thin = ink & (_run_lengths(ink) <= _THICKEST)
    y, x = np.nonzero(thin)
    if len(x) < _LENGTH * width:
        return []
    across = x - width / 2
    slopes = np.arange(-_STEEPEST, _STEEPEST, 2 / width)
    room = int(_STEEPEST * width / 2) + 2
    votes = np.stack(
        [
            np.bincount(
                (y - slope * across + room + 0.5).astype(int), minlength=height + 2 * room
            )
            for slope in slopes
        ]
    )
    main = slopes[np.argmax((votes.astype(float) ** 2).sum(axis=1))]
    votes[np.abs(slopes - main) > _SPREAD] = 0
    best = votes.max(axis=0)
    peaks = (best == ndimage.maximum_filter1d(best, 7)) & (best >= _LENGTH * width)
    found = []
    for place in np.flatnonzero(peaks):
        slope = slopes[np.argmax(votes[:, place])]
        found.append(_fitted(thin, y, x, place - room + slope * (np.arange(width) - width / 2)))
    return found


def _run_lengths(ink: Mask) -> npt.NDArray[np.int32]:
    """Return for each pixel of ink how many there are without a gap in its column."""
    rows = np.arange(1, len(ink) + 1, dtype=np.int32)[:, None]
    above = np.maximum.accumulate(np.where(ink, 0, rows), axis=0)
    below = np.minimum.accumulate(np.where(ink, len(ink) + 1, rows)[::-1], axis=0)[::-1]
    return np.where(ink, below - above - 1, 0)


def _fitted(
    thin: Mask,
    y: npt.NDArray[np.int64],
    x: npt.NDArray[np.int64],
    guess: npt.NDArray[np.float64],
) -> Line:
    """Bend a straight line to the ink near it, as paper and lenses do."""
    near = np.abs(y - guess[x]) <= 3
    columns = np.arange(thin.shape[1])
    curve = np.polynomial.Polynomial.fit(x[near], y[near], 2)
    middle = curve(columns)
    on_it = np.abs(y - middle[x]) <= _THICKEST / 2
    per_column = np.bincount(x[on_it], minlength=len(columns))
    seen = per_column > 0
    return Line(
        middle, float(np.median(per_column[seen])) if seen.any() else 1.0, float(seen.mean())
    )


def _cleared(ink: Mask, across: list[Line], down: list[Line]) -> Mask:
    """Take lines out, and put strokes back where they go on at both sides of a line."""
    bands = _band(ink.shape, across), _band(ink.shape[::-1], down).T
    rest = ink & ~(bands[0] | bands[1])
    restored = rest
    for band, found, turned in ((bands[0], across, False), (bands[1], down, True)):
        if found:
            gap = 2 * int(max(line.thickness for line in found) / 2 + 0.75) + 1
            shape = (3, gap + 2) if turned else (gap + 2, 3)
            restored = restored | (band & ink & _bridged(rest, shape))
    return restored


def _band(shape: tuple[int, ...], found: list[Line]) -> Mask:
    """Return where lines are, a little thicker than they are."""
    band = np.zeros(shape, bool)
    rows = np.arange(shape[0])[:, None]
    for line in found:
        band |= np.abs(rows - line.middle) <= line.thickness / 2 + 0.75
    return band


def _bridged(rest: Mask, shape: tuple[int, int]) -> Mask:
    """Close gaps of a shape: dilate and erode."""
    size = max(shape)
    padded = np.pad(rest, size).astype(np.uint8)
    closed = ndimage.grey_closing(padded, shape)[size:-size, size:-size]
    return closed.astype(bool)
