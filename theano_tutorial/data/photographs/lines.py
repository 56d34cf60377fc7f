"""Remove from the ink the lines of ruled and squared paper, which run across a picture."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from theano_tutorial._types import Array
from theano_tutorial.data.photographs.strokes import Mask, stroke_width

_STEEPEST = 0.2  # slope of a line relative to the picture's edge
_SPREAD = 0.06  # of the slopes, in perspective, of lines that are parallel on paper
_THICKEST = 0.01  # thickness as a share of the picture's longest side, plus two pixels
_SMALLEST = 100  # pixels; in smaller pictures, strokes are as thin as lines
_NARROWEST = 6  # pixels; in fewer, a line may have too few for a parabola
_RULED = 3  # at least this many lines are taken for ruling, not for strokes of a digit
_LENGTH = 0.4  # least length of a line, as a share of the picture's width
_CLEARER = 1.8  # least votes of a line, in terms of the median of all heights
_FULL_LENGTH = 0.8  # least length of lines fewer than `_RULED`; they must also be thin:
_THINNER = 0.7  # greatest thickness of those, in terms of a stroke's width


@dataclass(frozen=True, eq=False)
class Line:
    """A line across a picture: its `middle` in each column, as a row, and its thickness."""

    middle: npt.NDArray[np.float64]
    thickness: float
    length: float  # share of the columns in which it is visible


@dataclass(frozen=True)
class Ruling:
    """The lines on paper that run from left to right and from top to bottom."""

    across: list[Line] = field(default_factory=list)
    down: list[Line] = field(default_factory=list)


def without_lines(ink: Mask, known: Ruling) -> tuple[Mask, Ruling]:
    """Return ink without long thin lines, and the lines; strokes that cross them stay whole.

    Lines that are `known` from ink at a lower threshold are not searched for again.
    """
    across = known.across or _lines(ink)
    down = known.down or _lines(ink.T)
    if not across and not down:
        return ink, Ruling()
    rest = _cleared(ink, across, down)
    width = stroke_width(rest) if rest.any() else 0.0
    ruling = Ruling(_sure(across, width), _sure(down, width))
    if ruling != Ruling(across, down):
        rest = _cleared(ink, ruling.across, ruling.down)
    kept = (lines if len(lines) >= _RULED else [] for lines in (ruling.across, ruling.down))
    return rest, Ruling(*kept)


def _sure(lines: list[Line], width: float) -> list[Line]:
    """Return the lines that cannot be strokes: three or more, or fewer if long and thin."""
    if len(lines) >= _RULED:
        return lines
    thickest = _THINNER * width
    return [each for each in lines if each.length > _FULL_LENGTH and each.thickness <= thickest]


def _lines(ink: Mask) -> list[Line]:
    """Find lines from left to right: at each slope, every thin pixel votes for one height."""
    height, width = ink.shape
    if max(ink.shape) < _SMALLEST or width < _NARROWEST or _is_short(ink):
        return []
    thickest = 2 + _THICKEST * max(ink.shape)
    thin = ink & ~_filtered(ink, ndimage.grey_opening, (int(thickest) + 1, 1))
    if _is_short(thin):
        return []
    y, x = np.nonzero(thin)
    across = x - width / 2
    slopes = np.arange(-_STEEPEST, _STEEPEST, 2 / width)
    room = int(_STEEPEST * width / 2) + 2
    heights = ((y - slope * across + room + 0.5).astype(int) for slope in slopes)
    votes = np.stack([np.bincount(each, minlength=height + 2 * room) for each in heights])
    main = slopes[np.argmax((votes.astype(float) ** 2).sum(axis=1))]
    votes[np.abs(slopes - main) > _SPREAD] = 0
    best = votes.max(axis=0)
    least = max(_LENGTH * width, _CLEARER * float(np.median(best[room:-room])))
    peaks = (best == ndimage.maximum_filter1d(best, 7)) & (best >= least)
    peaks[1:] &= ~peaks[:-1]  # keep one of each plateau
    found = []
    for place in np.flatnonzero(peaks):
        slope = slopes[np.argmax(votes[:, place])]
        found.append(
            _fitted(thickest, y, x, place - room + slope * (np.arange(width) - width / 2))
        )
    return found


def _is_short(ink: Mask) -> bool:
    """Return whether there is ink in fewer columns than a line has."""
    return bool(ink.any(axis=0).sum() < _LENGTH * ink.shape[1])


def _fitted(
    thickest: float,
    y: npt.NDArray[np.int64],
    x: npt.NDArray[np.int64],
    guess: npt.NDArray[np.float64],
) -> Line:
    """Fit a parabola to the ink near a straight line, since paper and lenses bend lines."""
    near = np.abs(y - guess[x]) <= 3
    middle = np.polynomial.Polynomial.fit(x[near], y[near], 2)(np.arange(len(guess)))
    on_it = np.abs(y - middle[x]) <= thickest / 2
    per_column = np.bincount(x[on_it], minlength=len(guess))
    seen = per_column > 0
    thickness = np.median(per_column[seen]) if seen.any() else 1.0
    return Line(middle, float(thickness), float(seen.mean()))


def _cleared(ink: Mask, across: list[Line], down: list[Line]) -> Mask:
    """Remove lines, and restore strokes where they continue on both sides of a line."""
    bands = _band(ink.shape, across), _band(ink.shape[::-1], down).T
    rest = ink & ~(bands[0] | bands[1])
    restored = rest
    for band, found, turned in ((bands[0], across, False), (bands[1], down, True)):
        if found:
            gap = 2 * int(max(line.thickness for line in found) / 2 + 0.75) + 1
            shape = (3, gap + 2) if turned else (gap + 2, 3)
            restored = restored | (band & ink & _filtered(rest, ndimage.grey_closing, shape))
    return restored


def _band(shape: tuple[int, ...], found: list[Line]) -> Mask:
    """Return the mask of some lines, drawn a little thicker than they are."""
    band = np.zeros(shape, bool)
    rows = np.arange(shape[0])[:, None]
    for line in found:
        band |= np.abs(rows - line.middle) <= line.thickness / 2 + 0.75
    return band


def _filtered(ink: Mask, morphology: Callable[..., Array], shape: tuple[int, int]) -> Mask:
    """Open or close ink by a rectangle; SciPy's grey filters do that faster."""
    room = max(shape)
    padded = morphology(np.pad(ink, room).view(np.uint8), shape)
    return padded[room:-room, room:-room].view(bool)
