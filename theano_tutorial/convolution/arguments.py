"""Check the arguments of `conv2d`, `pool_2d` and the like, and bring them into one form."""

from collections.abc import Sequence

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import entries, is_whole, numbers, plain
from theano_tutorial._text import shortened
from theano_tutorial.convolution.conv import as_images
from theano_tutorial.convolution.windows import (
    BORDER_MODES,
    POOL_MODES,
    Convolution,
    Padding,
    Pooling,
    Shape,
    written,
)

Border = str | int | Sequence[int | Sequence[int]]


def settings(
    border_mode: Border,
    subsample: object,
    flip: bool,
    dilation: object,
    groups: int,
    n: int = 2,
) -> Convolution:
    """Return a convolution of images, or of volumes if `n` is 3, from `conv2d`'s arguments."""
    name = f"conv{n}d"
    if not is_whole(groups, 1):
        raise ValueError(f"{name}: num_groups must be a whole number from 1, got {groups!r}")
    return Convolution(
        border(border_mode, n),
        numbers(subsample, f"{name}: subsample", 1, n),
        numbers(dilation, f"{name}: filter_dilation", 1, n),
        bool(flip),
        int(groups),
    )


def stated(
    how: Convolution, value: TensorVariable, what: str, shape: Shape | None
) -> TensorVariable:
    """Return "images" or "filters", of the shape that a user states, as far as it is known."""
    variable = as_images(value, what, how)
    if shape is None:
        return variable
    name = {"images": "input_shape", "filters": "filter_shape"}[what]
    known, n = variable.type.shape, variable.type.ndim
    told = [*map(plain, entries(shape, n))]
    if len(told) != n or not all(v is None or is_whole(v, 0) for v in told):
        got = shortened(shape)
        raise ValueError(
            f"{name} must have {n} entries, whole numbers from 0 or None, got {got}"
        )
    if any(None not in (a, b) and a != b for a, b in zip(told, known, strict=True)):
        raise ValueError(f"{name} is {written(told)}, but the variable's is {written(known)}")
    if all(a is None or a == b for a, b in zip(told, known, strict=True)):
        return variable
    return pt.specify_shape(variable, told)


def sized(how: Convolution, value: Shape, name: str) -> TensorVariable:
    """Return an array whose height and width (and depth) are those at the end of a shape."""
    n = len(how.stride) + 2
    found = entries(value, n)[2:]
    size = [v for v in found if isinstance(v, TensorVariable) or is_whole(v, 0)]
    if len(size) == n - 2:
        return pt.zeros((1, 1, *size))
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
