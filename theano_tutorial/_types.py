"""Types that the whole package shares."""

from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]
# A model's parameters by name, as plain arrays.
Parameters = dict[str, Array]
