"""Types that the whole package shares."""

from typing import Any, Protocol

import numpy.typing as npt

Array = npt.NDArray[Any]
# A model's parameters by name, as plain arrays.
Parameters = dict[str, Array]


class DeviceArray(Protocol):
    """An array on a device, JAX's or PyTorch's: only its own library looks further inside."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return how long it is along each axis."""
