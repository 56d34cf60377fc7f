"""Sort out the connected parts of ink: the digit from specks, frames and edges."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from theano_tutorial.data.photographs.boxes import Box
from theano_tutorial.data.photographs.levels import Grey, border_of
from theano_tutorial.data.photographs.strokes import Mask, stroke_widths

Labels = npt.NDArray[np.int32]
_ALL_ROUND = np.ones((3, 3), bool)
_MOST_PARTS = 60
_SPECK = 0.04  # least mass of a part, as a share of the main part's
_PALE = 0.4  # least strength, as a share of the main part's
_NEAR = 0.25  # greatest distance from the main part, as a share of its extent
_NARROW, _WIDE = 0.45, 2.5  # limits of the stroke width, in terms of the main part's
_GAP = 0.08  # least distance from another digit, as a share of the main part's height
_BROAD = 1.5  # greatest width of another digit, as a share of its height
_RULED = 3  # at least this many parts that run from side to side are lines
_HAIR = 0.3  # half a hair's greatest width, as a share of the strokes' width
_AROUND = 0.35  # least share of its box that a circle goes around, in spite of gaps


@dataclass(frozen=True, eq=False)
class Part:
    """One connected part of ink; its mass is its area times its strength."""

    labels: Labels  # of the whole picture
    label: int
    box: Box
    area: int
    mass: float
    n_opposite: int  # pairs of opposite sides of the picture that it touches
    n_sides: int  # sides of the picture that it touches

    @property
    def is_within(self) -> bool:
        """Whether it touches no side of the picture."""
        return self.n_sides == 0

    @cached_property
    def mask(self) -> Mask:
        """Its ink, within its box."""
        ink: Mask = self.labels[self.box.within] == self.label
        return ink

    @cached_property
    def widths(self) -> npt.NDArray[np.float64]:
        """The widths of its strokes, as `stroke_widths` returns them."""
        return stroke_widths(self.mask)

    @property
    def strength(self) -> float:
        """How strong its ink is on average."""
        return self.mass / self.area

    @property
    def weight(self) -> float:
        """How likely it is to be the digit, to compare with other parts."""
        return self.mass * self.box.extent


@dataclass(frozen=True)
class Digit:
    """The parts of ink that make up a digit."""

    mask: Mask
    box: Box
    widest: float  # width of its widest stroke, in pixels
    ring: float  # share of ink in the ring around the box, cut off at the picture's edge
    is_frame: bool
    n_parts: int
    is_one_of_several: bool


def digit_of(mask: Mask, strength: Grey) -> Digit | None:
    """Choose the parts of a mask that are most likely a digit; None if there are none."""
    labels, n = ndimage.label(mask, structure=_ALL_ROUND)
    if n == 0:
        return None
    found = _unframed(_within(_parts(labels, n, strength)))
    if not found:
        return None
    main = max(found, key=lambda part: part.weight)
    width = float(np.median(main.widths))
    alike = [part for part in found if part is main or _is_alike(part, main, width)]
    others = [part for part in alike if _is_another(part, main)]
    chosen = [part for part in alike if part not in others and _is_near(part.box, main.box)]
    return _described(labels, chosen, is_one_of_several=bool(others))


def _parts(labels: Labels, n: int, strength: Grey) -> list[Part]:
    """Measure the `_MOST_PARTS` parts of most mass."""
    ink = labels > 0
    areas = np.bincount(labels[ink], minlength=n + 1)
    masses = np.bincount(labels[ink], weights=strength[ink], minlength=n + 1)
    boxes = ndimage.find_objects(labels)
    found = []
    for label in 1 + np.argsort(-masses[1:])[:_MOST_PARTS]:
        rows, columns = boxes[label - 1]
        box = Box(rows.start, rows.stop, columns.start, columns.stop)
        sides = np.equal(box, (0, labels.shape[0], 0, labels.shape[1]))
        opposite = int(sides[0] & sides[1]) + int(sides[2] & sides[3])
        area, mass = int(areas[label]), float(masses[label])
        found.append(Part(labels, int(label), box, area, mass, opposite, int(sides.sum())))
    return found


def _within(found: list[Part]) -> list[Part]:
    """Drop parts that reach the picture's edge, unless they are the drawing itself."""
    inside = [part for part in found if part.is_within]
    if not inside:
        ruled = sum(part.n_opposite == 1 for part in found) >= _RULED
        return [
            part for part in found if not (ruled and part.n_opposite) and not _is_strip(part)
        ]
    best = max(inside, key=lambda part: part.weight)
    return [part for part in found if part.is_within or not _is_at_the_edge(part, best)]


def _is_at_the_edge(part: Part, best: Part) -> bool:
    """Return whether a part at the edge is only a desk or a shadow, beside the digit `best`."""
    if part.n_opposite == 0:
        return best.box.extent > 0.15 * part.box.extent and best.mass > 0.1 * part.mass
    if best.box.extent > 0.05 * max(part.labels.shape) and _linked(part) > 0.85:
        return True
    large = best.box.extent > 0.3 * part.box.extent and best.mass > 0.3 * part.mass
    return large and not part.box.encloses(best.box)


def _is_strip(part: Part) -> bool:
    """Return whether a part lies only along the sides of the picture or in a corner."""
    box = part.box
    is_beside = box.left == 0 or box.right == part.labels.shape[1]
    is_flat = part.n_sides == 1 and (
        box.height > box.width if is_beside else box.width > box.height
    )
    in_corner = part.n_sides == 2 and part.n_opposite == 0
    return (is_flat or in_corner or part.n_sides == 3) and _linked(part) > 0.9


def _linked(part: Part) -> float:
    """Return the share of a part's pixels that it joins straight to the picture's edge."""
    mine = part.labels == part.label
    linked = np.zeros_like(mine)
    for turn in range(4):
        turned = np.rot90(mine, turn)
        linked |= np.rot90(np.logical_and.accumulate(turned, axis=0), -turn)
    return float(linked.sum() / part.area)


def _unframed(found: list[Part]) -> list[Part]:
    """Drop a frame: a part with other large ones in its box, around which it runs."""
    kept = list(found)
    for part in found:
        least = 0.15 * part.box.extent
        held = [p for p in kept if p.box.extent > least and part.box.encloses(p.box)]
        if len(held) > 1:  # it is one of them
            is_full = sum(p.mass for p in held) > 1.2 * part.mass
            if _is_frame(part.mask) or (is_full and _is_circle(part.mask)):
                kept.remove(part)
    return kept or found


def _is_circle(mine: Mask) -> bool:
    """Return whether much of a part's box has the part on all four sides."""
    turned = (np.logical_or.accumulate(np.rot90(mine, turn), axis=0) for turn in range(4))
    inside = np.logical_and.reduce([np.rot90(seen, -turn) for turn, seen in enumerate(turned)])
    return bool(inside.mean() > _AROUND)


def _is_frame(mine: Mask) -> bool:
    rows, columns = (max(2, round(0.12 * side)) for side in mine.shape)
    top, bottom = mine[:rows], mine[-rows:]
    corners = top[:, :columns], top[:, -columns:], bottom[:, :columns], bottom[:, -columns:]
    sides = top.any(0), bottom.any(0), mine[:, :columns].any(1), mine[:, -columns:].any(1)
    covered = min(float(side.mean()) for side in sides)
    return sum(bool(corner.any()) for corner in corners) >= 3 and covered > 0.8


def _is_alike(part: Part, main: Part, width: float) -> bool:
    """Return whether a part is drawn with the main one's pen, and no speck or shadow."""
    if part.mass < _SPECK * main.mass or part.strength < _PALE * main.strength:
        return False
    widest = part.widths.max()
    return bool(_NARROW * width <= widest + 1 and widest <= _WIDE * width + 2)


def _is_near(box: Box, main: Box) -> bool:
    return max(box.gaps_to(main)) <= _NEAR * main.extent


def _is_another(part: Part, main: Part) -> bool:
    """Return whether a part is another digit: about as high as the main one, and apart from it.

    Beside it, a narrow gap is enough; above or below, it may be the other loop of an 8.
    """
    box, height = part.box, main.box.height
    if not 0.5 * height < box.height < 2 * height:
        return False
    if not _is_near(box, main.box):
        is_ink = part.is_within and part.strength > 0.6 * main.strength
        return is_ink and box.width < _BROAD * box.height
    above, beside = box.gaps_to(main.box)
    width = max(box.width, main.box.width)
    # Two digits, one on the other, are higher than an 8 is for its width; two strokes are thin.
    is_tower = above > 0 and 0.3 * height < width < 0.5 * (box.height + height)
    return box.height > 0.6 * height and (beside > _GAP * height or is_tower)


def _shaved(cut: Mask, width: float) -> Mask:
    """Remove hairs, much thinner than the strokes, such as the remains of ruled lines."""
    radius = int(_HAIR * width)
    if radius < 1:
        return cut
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    padded = np.pad(cut, 2 * radius + 2)
    core = ndimage.binary_opening(padded, np.hypot(y, x) <= radius + 0.3)
    kept: Mask = ndimage.maximum_filter(core, 4 * radius + 1) & padded
    return kept[2 * radius + 2 : -2 * radius - 2, 2 * radius + 2 : -2 * radius - 2]


def _described(labels: Labels, chosen: list[Part], is_one_of_several: bool) -> Digit:
    picked = np.isin(labels, [part.label for part in chosen])
    box = Box.around(picked)
    cut = picked[box.within]
    widths = chosen[0].widths if len(chosen) == 1 else stroke_widths(cut)
    shaved = _shaved(cut, float(np.median(widths)))
    if not np.array_equal(shaved, cut):
        picked[box.within] = shaved
        box = Box.around(picked)
        cut = picked[box.within]
        widths = stroke_widths(cut)
    wider = picked[max(0, box.top - 2) : box.bottom + 2, max(0, box.left - 2) : box.right + 2]
    widest, ring = float(widths.max()), float(border_of(wider).mean())
    return Digit(picked, box, widest, ring, _is_frame(cut), len(chosen), is_one_of_several)
