"""Check the arguments of `conv2d`, `pool_2d` and the like, and bring them into one form."""

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np

from theano_tutorial.convolution.windows import BORDER_MODES, POOL_MODES, Padding, Pair, Pooling

Border = str | int | Sequence[int | Sequence[int]]


def is_whole(value: object, least: int) -> TypeGuard[int]:
    """Return whether a value is a whole number that is not below `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return False
    return bool(value >= least)


def entries(value: object, n: int) -> tuple[object, ...]:
    """Return the entries of a sequence of length `n`; of anything else, none."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != n:
        return ()
    return tuple(value)


def numbers(value: object, name: str, least: int, n: int) -> tuple[int, ...]:
    """Return `n` whole numbers, one for each axis, or raise a `ValueError`."""
    found = (value,) * n if is_whole(value, least) else entries(value, n)
    whole = tuple(int(number) for number in found if is_whole(number, least))
    if len(whole) == n:
        return whole
    raise ValueError(
        f"{name} must be whole numbers from {least}, as in {(2,) * n}, got {value!r}"
    )


def pair(value: object, name: str, least: int) -> Pair:
    """Return two whole numbers, for height and width, or raise a `ValueError`."""
    first, second = numbers(value, name, least, 2)
    return first, second


def border(value: Border, n: int = 2) -> str | Padding:
    """Return a border mode: its name, or the zeros before and after on each of `n` axes."""
    if isinstance(value, str) and value in BORDER_MODES:
        return value
    try:
        sides = (value,) * n if is_whole(value, 0) else entries(value, n)
        if sides:
            return tuple(pair(side, "", 0) for side in sides)
    except ValueError:
        pass
    count = {2: "two", 3: "three"}[n]
    raise ValueError(
        f"conv{n}d: border_mode must be valid, full, half, a whole number from 0, or {count} "
        f"of them or of pairs of them, got {value!r}"
    )


def pooling(
    ws: object, ignore_border: bool | None, stride: object, pad: object, mode: str
) -> Pooling:
    """Return a `Pooling` from the arguments of `pool_2d`."""
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
