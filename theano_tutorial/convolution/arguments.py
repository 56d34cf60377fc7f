"""What users may say to `conv2d` and `pool_2d`: checked here, and brought into one form."""

from collections.abc import Sequence
from numbers import Integral

from theano_tutorial.convolution.windows import BORDER_MODES, POOL_MODES, Pair, Pooling

Border = str | int | Sequence[int | Sequence[int]]


def is_whole(value: object, least: int) -> bool:
    """Whether a value is a whole number, and not below `least`."""
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= least


def pair(value: object, name: str, least: int) -> Pair:
    """Return two whole numbers, for height and width; anything else is refused."""
    if is_whole(value, least):
        value = (value, value)
    try:
        first, second = value  # type: ignore[misc]
    except (TypeError, ValueError):
        first = second = None
    if not (is_whole(first, least) and is_whole(second, least)):
        raise ValueError(f"{name} must be whole numbers from {least}, as in (2, 2), got {value!r}")
    return int(first), int(second)


def border(value: Border) -> str | tuple[Pair, Pair]:
    """Return a border mode: its name, or the zeros before and after on both axes."""
    if isinstance(value, str) and value in BORDER_MODES:
        return value
    sides = (value, value) if is_whole(value, 0) else value
    try:
        if isinstance(sides, str):
            raise ValueError(sides)
        down, across = (pair(side, "a border", 0) for side in sides)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        raise ValueError(
            "border_mode must be valid, full, half, a whole number from 0, or two of them or "
            f"of pairs of them, got {value!r}"
        ) from None
    return down, across


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
