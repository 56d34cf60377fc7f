"""Pictures of a run's results: traces, errors, weights, digits."""

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from theano_tutorial._arguments import array
from theano_tutorial._types import Array
from theano_tutorial.data.splits import check_labels
from theano_tutorial.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY

# One per epoch: numbers by name, with None for an error that was not measured.
Records = Sequence[Mapping[str, Any]]
_STYLES = ((ORANGE, "-"), (GREEN, "--"))  # of published traces


def log_likelihood_trace(
    ax: Axes, trace: Sequence[float], published: dict[str, Sequence[float]]
) -> Axes:
    """Draw a run's mean log-likelihood before each update, thin, over wide published lines."""
    for (name, values), (colour, line) in zip(published.items(), _STYLES, strict=False):
        steps = range(1, len(values) + 1)
        ax.plot(steps, values, line, color=colour, lw=5, alpha=0.5, label=name)
    ax.plot(range(1, len(trace) + 1), trace, ".-", color=BLUE, lw=1, ms=4, label="this run")
    _count(ax, "iteration")
    ax.set_ylabel("mean log-likelihood")
    ax.legend(loc="lower right")
    return ax


def differences(
    ax: Axes, trace: Sequence[float], published: dict[str, Sequence[float]]
) -> Axes:
    """Draw a run's trace minus published ones, as they may be too close to tell apart.

    Colours and lines are those of `log_likelihood_trace`.
    """
    for values, (colour, line) in zip(published.values(), _STYLES, strict=False):
        n = min(len(values), len(trace))
        above = np.asarray(trace[:n], np.float64) - values[:n]
        ax.plot(range(1, n + 1), above, line, color=colour, lw=1.5)
    ax.axhline(0, color=BLACK, lw=0.5)
    _count(ax, "iteration")
    ax.set_ylabel("this run\n- published")
    return ax


def _count(ax: Axes, what: str) -> None:
    """Label the x axis as a run's steps, which are counted from 1."""
    ax.set_xlabel(what)
    ax.set_xlim(left=0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=(1, 2, 5, 10)))
    ax.grid(alpha=0.3)


def epochs(ax: Axes, records: Records, best_epoch: int | None) -> Axes:
    """Draw validation and test errors by epoch, with the best validation marked.

    Each record has `epoch`, `validation_error` (a fraction, or None) and, where it was
    measured, `test_error`. If `best_epoch` is None, nothing is marked.
    """
    kinds = (
        ("validation_error", "validation", ".-", BLUE),
        ("test_error", "test, at each new best", "x", ORANGE),
    )
    for key, name, style, colour in kinds:
        seen = [record for record in records if record.get(key) is not None]
        points = [(record["epoch"], 100 * record[key]) for record in seen]
        ax.plot(*np.reshape(points, (-1, 2)).T, style, color=colour, lw=1, ms=5, label=name)
    if best_epoch is not None:
        best = 100 * records[best_epoch - 1]["validation_error"]
        ax.axvline(best_epoch, color=GREEN, ls="--", lw=1)
        label = f"best: {best:.2f} %"
        ax.plot(best_epoch, best, "o", ms=10, mfc="none", mec=GREEN, label=label)
    _count(ax, "epoch")
    ax.set_ylabel("wrong (%)")
    ax.legend()
    return ax


def weights(axes: Sequence[Axes], W: Array, titles: Sequence[str]) -> Sequence[Axes]:
    """Draw each column of a weight matrix as a square image, on axes of its own.

    The weights are ``(784, n)`` or ``(side * side, n)``; all columns share one colour scale, in
    which white is 0. Axes that are left over stay empty.
    """
    W = array(W, "W")
    largest = float(np.abs(W).max()) or 1.0
    return _images(axes, W.T, titles, cmap="RdBu_r", vmin=-largest, vmax=largest)


def digits(axes: Sequence[Axes], images: Array, titles: Sequence[str]) -> Sequence[Axes]:
    """Draw images ``(n, 784)`` as ink on paper, one on each of the first axes."""
    return _images(axes, images, titles, cmap="gray_r", vmin=0, vmax=1)


def _images(
    axes: Sequence[Axes],
    images: Array,
    titles: Sequence[str],
    cmap: str,
    vmin: float,
    vmax: float,
) -> Sequence[Axes]:
    several = [axes] if isinstance(axes, Axes) else list(axes)
    images = array(images, "images")
    if images.ndim != 2 or not len(several) >= len(images) == len(titles):
        raise ValueError(
            f"each image needs axes and a title; got {len(several)} axes, {len(titles)} titles "
            f"and images {images.shape}"
        )
    for ax, image, title in zip(several, images, titles, strict=False):
        side = math.isqrt(image.size)
        ax.imshow(image.reshape(side, side), cmap=cmap, vmin=vmin, vmax=vmax)
        ax.set_title(title, fontsize=9)
    for ax in several:
        ax.set_axis_off()
    return axes


def probabilities(ax: Axes, p_y_given_x: Array) -> Axes:
    """Draw the probabilities of the ten classes ``(10,)`` as bars, the largest darker."""
    p_y_given_x = array(p_y_given_x, "p_y_given_x")
    if p_y_given_x.ndim != 1:
        raise ValueError(f"the probabilities of one image are wanted; got {p_y_given_x.shape}")
    bars = ax.bar(range(len(p_y_given_x)), p_y_given_x, color="#9ecae1")
    bars[int(np.argmax(p_y_given_x))].set_color(BLUE)
    ax.set(xticks=range(len(p_y_given_x)), ylim=(0, 1), xlabel="digit", ylabel="probability")
    return ax


def minibatches(axes: Sequence[Axes], cost: Array, accuracy: Array) -> Sequence[Axes]:
    """Draw each minibatch's cost on the first of two axes, its accuracy on the second."""
    named = {"cost": cost, "accuracy (%)": 100 * np.asarray(accuracy)}
    for ax, (name, values) in zip(axes, named.items(), strict=True):
        ax.plot(range(1, len(values) + 1), values, ".-", color=BLUE, lw=1, ms=4)
        _count(ax, "minibatch" if ax is axes[-1] else "")
        ax.set_ylabel(name)
    return axes


def confusion_matrix(ax: Axes, y: Array, y_pred: Array) -> Axes:
    """Draw how often each digit `y` is taken for each other one `y_pred`: labels ``(n,)``."""
    y, y_pred = array(y, "y"), array(y_pred, "y_pred")
    for labels in (y, y_pred):
        check_labels(labels, len(y))
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (y.astype(int), y_pred.astype(int)), 1)
    wrong = counts * (1 - np.eye(10, dtype=int))
    ax.imshow(wrong, cmap="Oranges")
    dark = 0.6 * wrong.max()
    for i, j in np.ndindex(10, 10):
        if counts[i, j]:
            text = ax.text(j, i, str(counts[i, j]), ha="center", va="center", size=8)
            text.set_color("white" if wrong[i, j] > dark else "black")
            text.set_fontweight("bold" if i == j else "normal")
    ax.set(xticks=range(10), yticks=range(10), xlabel="predicted digit", ylabel="true digit")
    return ax


def sweep(ax: Axes, curves: dict[str, Sequence[float]], ylabel: str) -> Axes:
    """Draw curves over minibatches, up to twelve with different colours and lines.

    `curves` holds their values, keyed by the setting that differs between them.
    """
    colours = (BLUE, ORANGE, GREEN, PURPLE, BLACK, SKY)
    styles = zip(cycle(colours), cycle(("-", "--", "-.", ":")), strict=True)
    for (name, values), (colour, line) in zip(curves.items(), styles, strict=False):
        ax.plot(range(1, len(values) + 1), values, line, color=colour, lw=1.5, label=name)
    ax.set(xlabel="minibatch", ylabel=ylabel, xlim=(0.5, None))
    ax.grid(alpha=0.3)
    ax.legend()
    return ax
