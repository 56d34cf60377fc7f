"""Types that the whole package shares."""

from typing import Any, Protocol

import numpy.typing as npt

Array = npt.NDArray[Any]
# A model's parameters by name, as plain arrays.
Parameters = dict[str, Array]


class DeviceArray(Protocol):
    """An array of JAX's or PyTorch's on a device; only that library knows more about it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return its length along each axis."""
