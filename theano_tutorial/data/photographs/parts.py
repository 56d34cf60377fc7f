"""Connected parts of ink: which are the digit, and which are specks, frames and edges."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from theano_tutorial.data.photographs.levels import Grey

Mask = npt.NDArray[np.bool_]
_ALL_ROUND = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Digit:
    """The parts of ink that make a digit."""

    mask: Mask
    box: tuple[slice, slice]
    stroke: float  # its width in pixels
    ring: float  # share of the box's border that is ink
    n_parts: int
    n_side_by_side: int

    @property
    def box_shape(self) -> tuple[int, int]:
        return self.box[0].stop - self.box[0].start, self.box[1].stop - self.box[1].start


@dataclass
class Part:
    """One connected part, with its box, area, mass (area times strength), sides touched."""

    label: int
    box: tuple[slice, slice]
    area: int
    mass: float
    sides: tuple[bool, bool, bool, bool]  # top, bottom, left, right

    @property
    def height(self) -> int:
        return self.box[0].stop - self.box[0].start

    @property
    def width(self) -> int:
        return self.box[1].stop - self.box[1].start

    @property
    def extent(self) -> int:
        return max(self.height, self.width)

    def encloses(self, other: "Part") -> bool:
        return all(
            mine.start <= its.start and its.stop <= mine.stop
            for mine, its in zip(self.box, other.box, strict=True)
        )


def digit_of(mask: Mask, strength: Grey) -> Digit | None:
    """Choose the parts of a mask that are most likely a digit; None if there are none."""
    labels, n = ndimage.label(mask, structure=_ALL_ROUND)
    if n == 0:
        return None
    found = _parts(labels, n, strength)
    found = _within(labels, found)
    found = _unframed(labels, found)
    main = max(found, key=lambda part: part.mass * part.extent)
    chosen = _together(main, found)
    picked = np.isin(labels, [part.label for part in chosen])
    return _described(picked, chosen)


def _parts(labels: npt.NDArray[np.int32], n: int, strength: Grey) -> list[Part]:
    """Measure the 60 largest parts."""
    areas = np.bincount(labels.ravel(), minlength=n + 1)
    masses = np.bincount(labels.ravel(), weights=strength.ravel(), minlength=n + 1)
    boxes = ndimage.find_objects(labels)
    height, width = labels.shape
    largest = 1 + np.argsort(-masses[1:])[:60]
    found = []
    for label in largest:
        rows, columns = boxes[label - 1]
        sides = (
            rows.start == 0,
            rows.stop == height,
            columns.start == 0,
            columns.stop == width,
        )
        found.append(
            Part(int(label), (rows, columns), int(areas[label]), float(masses[label]), sides)
        )
    return found


def _within(labels: npt.NDArray[np.int32], found: list[Part]) -> list[Part]:
    """Drop parts that reach the picture's edge, unless they are what is drawn."""
    inside = [part for part in found if not any(part.sides)]
    if not inside:
        return found
    best = max(inside, key=lambda part: part.mass * part.extent)
    kept = []
    for part in found:
        if not any(part.sides):
            kept.append(part)
            continue
        opposite = (part.sides[0] and part.sides[1]) or (part.sides[2] and part.sides[3])
        hugs = _hugging(labels, part)
        small = best.extent < 0.15 * part.extent or best.mass < 0.1 * part.mass
        if (not opposite and not small) or (
            hugs > 0.85 and best.extent > 0.05 * max(labels.shape)
        ):
            continue
        if (
            best.extent > 0.3 * part.extent
            and best.mass > 0.3 * part.mass
            and not part.encloses(best)
        ):
            continue
        kept.append(part)
    return kept


def _hugging(labels: npt.NDArray[np.int32], part: Part) -> float:
    """Return the share of a part's pixels that ink links straight to the picture's edge."""
    mine = labels == part.label
    linked = np.zeros_like(mine)
    for turn in range(4):
        turned = np.rot90(mine, turn)
        linked |= np.rot90(np.logical_and.accumulate(turned, axis=0), -turn)
    return float(linked.sum() / part.area)


def _unframed(labels: npt.NDArray[np.int32], found: list[Part]) -> list[Part]:
    """Drop a frame: it encloses another part of some size, and lies along its box all round."""
    kept = list(found)
    for part in found:
        others = [other for other in kept if other is not part and part.encloses(other)]
        if any(other.extent > 0.15 * part.extent for other in others) and _is_frame(
            labels, part
        ):
            kept.remove(part)
    return kept or found


def _is_frame(labels: npt.NDArray[np.int32], part: Part) -> bool:
    mine = labels[part.box] == part.label
    rows, columns = (max(2, round(0.12 * side)) for side in mine.shape)
    corners = (
        mine[:rows, :columns],
        mine[:rows, -columns:],
        mine[-rows:, :columns],
        mine[-rows:, -columns:],
    )
    sides = (
        mine[:rows].any(0),
        mine[-rows:].any(0),
        mine[:, :columns].any(1),
        mine[:, -columns:].any(1),
    )
    return (
        sum(corner.any() for corner in corners) >= 3
        and min(side.mean() for side in sides) > 0.8
    )


def _together(main: Part, found: list[Part]) -> list[Part]:
    """Return the main part and those near it that are no specks."""
    chosen = [main]
    near = 0.35 * main.extent
    for part in found:
        if part is main or part.mass < 0.04 * main.mass:
            continue
        gap = max(_gap(a, b) for a, b in zip(main.box, part.box, strict=True))
        if gap <= near:
            chosen.append(part)
    return chosen


def _gap(a: slice, b: slice) -> int:
    return max(a.start, b.start) - min(a.stop, b.stop)


def _described(picked: Mask, chosen: list[Part]) -> Digit:
    rows, columns = np.flatnonzero(picked.any(axis=1)), np.flatnonzero(picked.any(axis=0))
    box = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    cut = picked[box]
    border = np.concatenate([cut[0], cut[-1], cut[:, 0], cut[:, -1]])
    return Digit(
        picked, box, stroke_width(cut), float(border.mean()), len(chosen), _side_by_side(chosen)
    )


def _side_by_side(chosen: list[Part]) -> int:
    """Count parts that stand beside each other, of much the same height."""
    tallest = max(part.height for part in chosen)
    tall = sorted(
        (part for part in chosen if part.height > 0.6 * tallest),
        key=lambda part: part.box[1].start,
    )
    n = 1
    for left, right in pairwise(tall):
        n += right.box[1].start - left.box[1].stop > 0.08 * tallest
    return n


def stroke_width(mask: Mask) -> float:
    """Return how wide strokes are, in pixels: the median along their middle."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))
    middle = (depth == ndimage.maximum_filter(depth, 3)) & (depth > 0)
    return float(2 * np.median(depth[middle]) - 1)
