"""`tile_raster_images` against the classic function's rules, spelt out one tile at a time."""

import numpy as np
import pytest

from theano_tutorial.plots import tile_raster_images


def one_at_a_time(X, img_shape, tile_shape, spacing, scale, as_bytes):
    """Place tiles one by one, by the rules of the classic function."""
    (h, w), (rows, columns), (below, right) = img_shape, tile_shape, spacing
    out = np.zeros(
        (rows * (h + below) - below, columns * (w + right) - right),
        np.uint8 if as_bytes else X.dtype,
    )
    for i, image in enumerate(X[: rows * columns]):
        tile = image.reshape(h, w)
        if scale:
            tile = tile - tile.min()
            tile = tile * (1.0 / (tile.max() + 1e-8))
        top, left = i // columns * (h + below), i % columns * (w + right)
        out[top : top + h, left : left + w] = tile * (255 if as_bytes else 1)
    return out


@pytest.mark.parametrize("as_bytes", [True, False])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("n", "img_shape", "tile_shape", "spacing"),
    [
        (100, (28, 28), (10, 10), (2, 2)),
        (10, (28, 28), (1, 10), (2, 2)),
        (5, (3, 7), (2, 3), (1, 4)),  # too few images, odd sizes
        (0, (3, 7), (2, 3), (1, 4)),  # none
        (9, (3, 7), (2, 3), (0, 0)),  # too many
        (1, (1, 1), (1, 1), (5, 5)),
        (4, (2, 5), (4, 1), (0, 3)),
    ],
)
def test_classic_rules(n, img_shape, tile_shape, spacing, dtype, scale, as_bytes):
    X = np.random.default_rng(n).random((n, img_shape[0] * img_shape[1])).astype(dtype)
    ours = tile_raster_images(X, img_shape, tile_shape, spacing, scale, as_bytes)
    theirs = one_at_a_time(X, img_shape, tile_shape, spacing, scale, as_bytes)
    assert ours.dtype == theirs.dtype
    # Truncation may fall the other way where 255 * value is a whole number but for rounding.
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1 if as_bytes else 0)
    assert np.mean(ours != theirs) < 0.01


def test_the_input_is_not_changed():
    X = np.random.default_rng(0).normal(size=(4, 6))
    before = X.copy()
    tile_raster_images(X, (2, 3), (2, 2))
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("as_bytes", [True, False])
def test_channels(as_bytes):
    rng = np.random.default_rng(1)
    red, blue = rng.random((3, 6)), rng.random((3, 6))
    out = tile_raster_images((red, None, blue, None), (2, 3), (2, 2), (1, 1), True, as_bytes)
    assert out.shape == (5, 7, 4)
    assert out.dtype == (np.uint8 if as_bytes else np.float64)
    for channel, X in ((0, red), (2, blue)):
        alone = tile_raster_images(X, (2, 3), (2, 2), (1, 1), True, as_bytes)
        np.testing.assert_array_equal(out[..., channel], alone)
    assert not out[..., 1].any()
    assert (out[..., 3] == (255 if as_bytes else 1)).all()


def test_values_outside_the_unit_interval_are_cut():
    X = np.array([[-1.0, 0.5, 2.0]])
    out = tile_raster_images(X, (1, 3), (1, 1), scale_rows_to_unit_interval=False)
    assert out.tolist() == [[0, 127, 255]]


def test_a_constant_image_is_black_and_integers_do():
    assert not tile_raster_images(np.full((1, 6), 7), (2, 3), (1, 1)).any()
    ramp = tile_raster_images(np.arange(6)[None], (2, 3), (1, 1), output_pixel_vals=False)
    np.testing.assert_allclose(ramp.ravel(), np.arange(6) / 5, atol=1e-7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 5)), (2, 3), (1, 1)), "rows of 6 values, got an array of shape"),
        ((np.zeros(6), (2, 3), (1, 1)), "rows of 6 values, got an array of shape"),
        ((np.zeros((2, 6)), (2, 3), (0, 1)), "tile_shape must be whole numbers from 1"),
        ((np.zeros((2, 6)), (2, -3), (1, 1)), "img_shape must be whole numbers from 1"),
        ((np.zeros((2, 6)), (2, 3), (1, 1), (-1, 0)), "tile_spacing must be whole"),
        (((np.zeros((2, 6)),) * 3, (2, 3), (1, 1)), "must hold four channels, got 3"),
    ],
)
def test_mistakes(arguments, message):
    with pytest.raises(ValueError, match=message):
        tile_raster_images(*arguments)
