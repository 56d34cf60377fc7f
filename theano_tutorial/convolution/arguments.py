"""What users may say to `conv2d` and `pool_2d`: checked here, and brought into one form."""

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np

from theano_tutorial.convolution.windows import BORDER_MODES, POOL_MODES, Padding, Pair, Pooling

Border = str | int | Sequence[int | Sequence[int]]


def is_whole(value: object, least: int) -> TypeGuard[int]:
    """Whether a value is a whole number, and not below `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return False
    return bool(value >= least)


def two(value: object) -> tuple[object, object] | None:
    """Return the two entries of a sequence, or None if it is something else."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        return None
    return value[0], value[1]


def pair(value: object, name: str, least: int) -> Pair:
    """Return two whole numbers, for height and width; anything else is refused."""
    first, second = (value, value) if is_whole(value, least) else two(value) or (None, None)
    if is_whole(first, least) and is_whole(second, least):
        return int(first), int(second)
    raise ValueError(f"{name} must be whole numbers from {least}, as in (2, 2), got {value!r}")


def border(value: Border) -> str | Padding:
    """Return a border mode: its name, or the zeros before and after on both axes."""
    if isinstance(value, str) and value in BORDER_MODES:
        return value
    try:
        down, across = (value, value) if is_whole(value, 0) else two(value) or (None, None)
        return pair(down, "height", 0), pair(across, "width", 0)
    except ValueError:
        raise ValueError(
            "conv2d: border_mode must be valid, full, half, a whole number from 0, or two of "
            f"them or of pairs of them, got {value!r}"
        ) from None


def pooling(
    ws: object, ignore_border: bool | None, stride: object, pad: object, mode: str
) -> Pooling:
    """Return how to pool, from `pool_2d`'s arguments."""
    if mode not in POOL_MODES:
        raise ValueError(f"pool_2d: mode must be {', '.join(POOL_MODES)}, got {mode!r}")
    size = pair(ws, "pool_2d: ws", 1)
    step = size if stride is None else pair(stride, "pool_2d: stride", 1)
    padding = pair(pad, "pool_2d: pad", 0)
    if padding != (0, 0) and not ignore_border:
        raise ValueError(f"pool_2d: padding needs ignore_border=True, got pad {padding}")
    if any(p >= n for p, n in zip(padding, size, strict=True)):
        raise ValueError(f"pool_2d: pad must be smaller than ws, got pad {padding}, ws {size}")
    return Pooling(mode, size, step, padding, bool(ignore_border))
