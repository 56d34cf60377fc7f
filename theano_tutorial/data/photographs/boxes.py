"""The box around a part of a picture."""

from typing import NamedTuple, Self

import numpy as np

from theano_tutorial._types import Array


class Box(NamedTuple):
    """The rows and columns of a part; `bottom` and `right` are exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def around(cls, ink: Array) -> Self:
        """Return the smallest box around the nonzero entries, of which there is one or more."""
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        return cls(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.right - self.left

    @property
    def extent(self) -> int:
        """The longer side."""
        return max(self.height, self.width)

    @property
    def within(self) -> tuple[slice, slice]:
        """The index of the box in an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def encloses(self, other: "Box") -> bool:
        """Return whether another box lies within this one."""
        return (
            self.top <= other.top
            and other.bottom <= self.bottom
            and self.left <= other.left
            and other.right <= self.right
        )

    def gaps_to(self, other: "Box") -> tuple[int, int]:
        """Return the gaps along rows and along columns; negative where boxes overlap."""
        return (
            max(self.top, other.top) - min(self.bottom, other.bottom),
            max(self.left, other.left) - min(self.right, other.right),
        )
