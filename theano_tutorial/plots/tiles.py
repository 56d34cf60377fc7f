"""Arrange many small images in one large one."""

import numpy as np

from theano_tutorial._arguments import array, numbers
from theano_tutorial._types import Array

Pair = tuple[int, ...]


def tile_raster_images(
    X: Array | tuple[Array | None, ...],
    img_shape: Pair,
    tile_shape: Pair,
    tile_spacing: Pair = (0, 0),
    scale_rows_to_unit_interval: bool = True,
    output_pixel_vals: bool = True,
) -> Array:
    """Lay the rows of a matrix out as a grid of images, such as filters or digits.

    `X` holds images ``(n, height * width)``, one per row, or is a tuple of four such matrices
    for red, green, blue and opacity; None instead of one stands for black or, for opacity, for
    opaque. `img_shape` is the ``(height, width)`` of an image, `tile_shape` the rows and
    columns of the grid. The grid is filled row by row: images beyond its last place are left
    out, places beyond the last image stay black. `tile_spacing` is the number of black pixels
    between rows and between columns.

    Each image is scaled so that its least value is black and its largest white; if
    `scale_rows_to_unit_interval` is false, values are taken to lie from 0 to 1 already. Floats
    are returned if `output_pixel_vals` is false, else bytes from 0 to 255, for an image file:
    ``(H, W)``, or ``(H, W, 4)`` for a tuple.

    A shape that is not positive, or rows without ``height * width`` values, raise `ValueError`.

    The result is that of the function of this name in the deep learning tutorials, which
    document 4 imports, including the 1e-8 in its scaling and its truncation to bytes. Differs
    from the tutorial: values below 0 or above 1, unscaled, are cut to 0 or 255 instead of
    wrapping round; images of integers become floats, not zeros.
    """
    shapes = (
        numbers(img_shape, "img_shape", 1, 2),
        numbers(tile_shape, "tile_shape", 1, 2),
        numbers(tile_spacing, "tile_spacing", 0, 2),
    )
    if not isinstance(X, tuple):
        unit = _tile(array(X, "X"), *shapes, scale=scale_rows_to_unit_interval)
    elif len(X) != 4:
        raise ValueError(f"a tuple must hold four channels, got {len(X)}")
    else:
        dtype = np.result_type(np.float32, *(np.asarray(c) for c in X if c is not None))
        channels = [
            np.full(_grid_size(*shapes), missing, dtype)
            if channel is None
            else _tile(array(channel, "X"), *shapes, scale=scale_rows_to_unit_interval)
            for channel, missing in zip(X, (0.0, 0.0, 0.0, 1.0), strict=True)
        ]
        unit = np.stack(channels, axis=-1)
    return (255 * unit.clip(0, 1)).astype(np.uint8) if output_pixel_vals else unit


def _grid_size(*shapes: Pair) -> Pair:
    """Return the grid's height and width, without spacing after the last row and column."""
    return tuple((side + space) * n - space for side, n, space in zip(*shapes, strict=True))


def _tile(X: Array, *shapes: Pair, scale: bool) -> Array:
    """Lay out the images of one channel, as floats."""
    (height, width), (rows, columns), (below, right) = shapes
    if X.ndim != 2 or X.shape[1] != height * width:
        raise ValueError(
            f"images of {height} x {width} need a matrix of rows of {height * width} values, "
            f"got an array of shape {X.shape}"
        )
    images = X[: rows * columns].astype(np.result_type(np.float32, X.dtype))
    if scale and len(images):
        images -= images.min(axis=1, keepdims=True)
        images *= 1 / (images.max(axis=1, keepdims=True) + 1e-8)
    # Every image has spacing below and to the right, which is cut off at the grid's edges.
    grid = np.zeros((rows * columns, height + below, width + right), images.dtype)
    grid[: len(images), :height, :width] = images.reshape(-1, height, width)
    grid = grid.reshape(rows, columns, height + below, width + right).swapaxes(1, 2)
    whole = grid.reshape(rows * (height + below), columns * (width + right))
    end_row, end_column = _grid_size(*shapes)
    return whole[:end_row, :end_column]
