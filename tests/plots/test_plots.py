"""Pictures: drawn on the axes given, without touching anything global."""

import numpy as np
import pytest
from faults.processes import new_process
from matplotlib.figure import Figure

from theano_tutorial import plots


def test_trace_is_drawn_over_the_published_ones():
    ax = Figure().subplots()
    published = {"document 1": [-2.3, -2.0, -1.5], "document 2": [-2.3, -1.9, -1.4]}
    assert plots.log_likelihood_trace(ax, [-2.3, -1.95], published) is ax
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["document 1", "document 2", "this run"]
    *_, ours = ax.get_lines()
    assert list(ours.get_xdata()) == [1, 2]
    assert list(ours.get_ydata()) == [-2.3, -1.95]


def test_weights_share_one_scale_with_white_for_zero():
    W = np.zeros((784, 2))
    W[0, 1] = -3
    axes = Figure().subplots(1, 2)
    assert plots.weights(axes, W, ["a", "b"]) is axes
    pictures = [ax.get_images()[0] for ax in axes]
    assert all(picture.get_clim() == (-3, 3) for picture in pictures)
    assert pictures[1].get_array()[0, 0] == -3


def test_filters_are_drawn_as_squares():
    W = np.arange(50.0).reshape(25, 2)
    axes = Figure().subplots(1, 2)
    plots.weights(axes, W, ["a", "b"])
    np.testing.assert_array_equal(axes[1].get_images()[0].get_array(), W[:, 1].reshape(5, 5))


def test_digits_are_ink_on_paper(digits):
    axes = Figure().subplots(1, 3)
    assert plots.digits(axes, digits.test.x[:3], list("abc")) is axes
    np.testing.assert_array_equal(
        axes[2].get_images()[0].get_array(), digits.test.x[2].reshape(28, 28)
    )


def test_axes_without_an_image_stay_empty(digits):
    """As where a model makes fewer mistakes than a notebook has room for."""
    axes = Figure().subplots(1, 3)
    plots.digits(axes, digits.test.x[:1], ["a"])
    assert [len(ax.get_images()) for ax in axes] == [1, 0, 0]
    assert not any(ax.axison for ax in axes)
    with pytest.raises(ValueError, match="got 3 axes, 4 titles"):
        plots.digits(axes, digits.test.x[:4], list("abcd"))


def test_saved_pictures_for_odd_numbers_of_things(digits, tmp_path):
    test = digits.test
    plots.save_wrong_digits(tmp_path / "none.png", test.x, test.y, test.y, "nothing wrong")
    plots.save_wrong_digits(tmp_path / "all.png", test.x, test.y, test.y + 1, "all wrong")
    for n in (1, 7, 13, 40):
        W = np.ones((784, n))
        plots.save_weights(tmp_path / f"{n}.png", 0 * W, W, "W", "unit")
    image = test.x[0]
    for n, side in ((1, 1), (7, 12), (40, 4)):
        layers = {"one": np.zeros((3, 2, 2)), "other": np.ones((n, side, side))}
        plots.save_feature_maps(tmp_path / f"maps_{n}.png", image, layers, "maps")
    plots.save_trace(tmp_path / "trace.png", [-1.0], {}, "one iteration")
    for path in tmp_path.iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")


def test_drawing_needs_no_display_and_no_pyplot():
    program = "import sys, theano_tutorial.plots; print('matplotlib.pyplot' in sys.modules)"
    assert new_process(program) == "False\n"
