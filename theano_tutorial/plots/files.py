"""Save pictures as files."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from theano_tutorial._types import Array
from theano_tutorial.plots.results import (
    Records,
    differences,
    digits,
    epochs,
    log_likelihood_trace,
    minibatches,
    weights,
)
from theano_tutorial.system.files import write_atomically

_MOST = 20  # images of a kind in one picture


def save_trace(
    path: Path, trace: Sequence[float], published: dict[str, Sequence[float]], title: str
) -> None:
    """Save `log_likelihood_trace`'s picture, with `differences` if traces are published."""
    figure = Figure(figsize=(7, 5.5 if published else 4.5), layout="constrained")
    heights = (3, 1) if published else (1,)
    axes: Array = figure.subplots(
        len(heights), 1, squeeze=False, sharex=True, height_ratios=heights
    )[:, 0]
    log_likelihood_trace(axes[0], trace, published).set_title(title)
    if published:
        axes[0].set_xlabel("")
        differences(axes[1], trace, published)
    save_figure(figure, path, dpi=150)


def save_epochs(path: Path, records: Records, best_epoch: int | None, title: str) -> None:
    """Save the picture of `epochs`."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    epochs(figure.subplots(), records, best_epoch).set_title(title)
    save_figure(figure, path, dpi=150)


def save_weights(path: Path, before: Array, after: Array, title: str, unit: str) -> None:
    """Save a picture of weights before and after training; at most 20 columns.

    They are ``(784, n)`` or, like flattened filters, ``(side * side, n)``. Unless they all
    began at zero, the weights before training and the change are drawn too.
    """
    columns = min(after.shape[1], 10)
    rows = -(-min(after.shape[1], _MOST) // columns)
    shown = {"after training": after}
    if before[:, :_MOST].any():
        shown = {"before training": before, **shown, "the change": after - before}
    size = (max(1.1 * columns + 0.4, 7), (1.3 * rows + 0.4) * len(shown) + 0.5)
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title)
    parts: Array = figure.subfigures(len(shown), 1, squeeze=False)[:, 0]
    for part, (when, W) in zip(parts, shown.items(), strict=True):
        _draw_weights(part, (rows, columns), when, W, unit)
    save_figure(figure, path, dpi=120)


def save_feature_maps(path: Path, image: Array, layers: dict[str, Array], title: str) -> None:
    """Save a picture of an image ``(784,)`` and of at most 20 of each layer's feature maps.

    `layers` holds the maps ``(n, height, width)`` by their title, the lowest layer first. They
    are outputs of tanh, from -1 to 1; the largest magnitude in a layer sets its colour scale.
    """
    rows = [-(-min(len(maps), _MOST) // 10) for maps in layers.values()]
    heights = [1.8, *(1.2 * n + 0.4 for n in rows)]
    figure = Figure(figsize=(11.4, sum(heights) + 0.5), layout="constrained")
    figure.suptitle(title)
    grid: Array = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)
    parts = grid[:, 0]
    digits([parts[0].subplots()], image[np.newaxis], [""])
    for part, n, (name, maps) in zip(parts[1:], rows, layers.items(), strict=True):
        _draw_weights(part, (n, 10), name, maps.reshape(len(maps), -1).T, "map")
    save_figure(figure, path, dpi=120)


def _draw_weights(
    part: SubFigure, grid: tuple[int, int], title: str, W: Array, unit: str
) -> None:
    """Draw the first columns of W in a grid, with a title that says what the colours mean."""
    n_all, W = W.shape[1], W[:, :_MOST]
    n = W.shape[1]
    more = f" (the first {n} of {n_all})" if n < n_all else ""
    largest = np.abs(W).max()
    part.suptitle(f"{title}{more} (blue < 0 < red, up to {largest:.2g})", fontsize=10)
    axes: list[Axes] = list(part.subplots(*grid, squeeze=False).flat)
    weights(axes, W, [f"{unit} {k}" for k in range(n)])


def save_wrong_digits(path: Path, images: Array, y: Array, y_pred: Array, title: str) -> None:
    """Save a picture of the first 20 images whose predicted label is wrong."""
    wrong = np.flatnonzero(y != y_pred)[:_MOST]
    figure = Figure(figsize=(11.4, 3.6), layout="constrained")
    figure.suptitle(title)
    titles = [f"#{i}: a {y[i]}\ncalled {y_pred[i]}" for i in wrong]
    digits(figure.subplots(2, 10).ravel(), images[wrong], titles)
    save_figure(figure, path, dpi=120)


def save_figure(figure: Figure, path: Path, dpi: int) -> None:
    """Save a figure in one step, as all files are written."""
    write_atomically(path, png(figure, dpi))


def png(figure: Figure, dpi: int = 100) -> bytes:
    """Return a figure as the content of a PNG file."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=dpi)
    return content.getvalue()


def save_minibatches(
    path: Path, cost: Sequence[float], accuracy: Sequence[float], title: str
) -> None:
    """Save the picture of `minibatches`."""
    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes: Sequence[Axes] = figure.subplots(2, 1, sharex=True)
    minibatches(axes, np.asarray(cost), np.asarray(accuracy))
    axes[0].set_title(title)
    save_figure(figure, path, dpi=150)
