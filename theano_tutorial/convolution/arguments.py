"""Check the arguments of `conv2d`, `pool_2d` and the like, and bring them into one form."""

from collections.abc import Sequence

from pytensor.graph.basic import Constant
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import entries, is_whole, numbers
from theano_tutorial._text import shortened
from theano_tutorial.convolution.windows import (
    BORDER_MODES,
    POOL_MODES,
    Length,
    Padding,
    Pooling,
)

Border = str | int | Sequence[int | Sequence[int]]


def told_shape(value: object, name: str, n: int) -> list[int | None]:
    """Return the `n` lengths of a shape as numbers, or None for those that are not known."""
    found = [v.data.item() if isinstance(v, Constant) else v for v in entries(value, n)]
    told = [v if v is None else int(v) for v in found if v is None or is_whole(v, 0)]
    if len(told) == n:
        return told
    raise ValueError(
        f"{name} must have {n} entries, whole numbers from 0 or None, got {shortened(value)}"
    )


def needed_size(value: object, name: str, n: int) -> list[Length]:
    """Return a shape's lengths from the third on; of its `n` lengths, these must be known."""
    found = entries(value, n)[2:]
    size = [v for v in found if isinstance(v, TensorVariable) or is_whole(v, 0)]
    if len(size) == n - 2:
        return size
    last = {4: "two", 5: "three"}[n]
    raise ValueError(
        f"{name} must have {n} entries, the last {last} known, got {shortened(value)}"
    )


def border(value: Border, n: int = 2) -> str | Padding:
    """Return a border mode: its name, or the zeros before and after on each of `n` axes."""
    if isinstance(value, str) and value in BORDER_MODES:
        return value
    try:
        sides = (value,) * n if is_whole(value, 0) else entries(value, n)
        if sides:
            pairs = (numbers(side, "", 0, 2) for side in sides)
            return tuple((before, after) for before, after in pairs)
    except ValueError:
        pass
    count = {2: "two", 3: "three"}[n]
    raise ValueError(
        f"conv{n}d: border_mode must be valid, full, half, a whole number from 0, or {count} "
        f"of them or of pairs of them, got {value!r}"
    )


def pooling(
    ws: object, ignore_border: bool | None, stride: object, pad: object, mode: str, n: int = 2
) -> Pooling:
    """Return a `Pooling` of `n` axes from the arguments of `pool_2d` or `pool_3d`."""
    name = f"pool_{n}d"
    if mode not in POOL_MODES:
        raise ValueError(f"{name}: mode must be {', '.join(POOL_MODES)}, got {mode!r}")
    size = numbers(ws, f"{name}: ws", 1, n)
    step = size if stride is None else numbers(stride, f"{name}: stride", 1, n)
    padding = numbers(pad, f"{name}: pad", 0, n)
    if any(padding) and not ignore_border:
        raise ValueError(f"{name}: padding needs ignore_border=True, got pad {padding}")
    if any(p >= length for p, length in zip(padding, size, strict=True)):
        raise ValueError(f"{name}: pad must be smaller than ws, got pad {padding}, ws {size}")
    return Pooling(mode, size, step, padding, bool(ignore_border))
