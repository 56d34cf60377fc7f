"""Pictures of traces, weights and digits.

Each function draws on axes that it is given and returns them; nothing global changes, and
no display is needed. Colours are of the Okabe-Ito palette, told apart by the colour-blind,
and lines differ in style as well, for print.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Array = npt.NDArray[Any]
_BLUE, _ORANGE, _GREEN = "#0072B2", "#D55E00", "#009E73"


def log_likelihood_trace(
    ax: Axes, trace: Sequence[float], published: dict[str, Sequence[float]]
) -> Axes:
    """Draw a run's mean log-likelihood at each iteration over published ones.

    Parameters
    ----------
    ax
        Axes to draw on.
    trace
        Mean log-likelihood before each update.
    published
        Published traces by name; they are drawn wide, the run thin and on top.
    """
    styles = zip((_ORANGE, _GREEN), ("-", "--"), strict=False)
    for (name, values), (colour, line) in zip(published.items(), styles, strict=False):
        ax.plot(
            range(1, len(values) + 1), values, line, color=colour, lw=5, alpha=0.5, label=name
        )
    ax.plot(range(1, len(trace) + 1), trace, ".-", color=_BLUE, lw=1, ms=4, label="this run")
    ax.set_xlabel("iteration")
    ax.set_ylabel("mean log-likelihood")
    ax.grid(alpha=0.3)
    ax.legend(loc="lower right")
    return ax


def weights(axes: Sequence[Axes], W: Array, titles: Sequence[str]) -> Sequence[Axes]:
    """Draw each column of a weight matrix as a 28 x 28 image, one on each of the axes.

    Parameters
    ----------
    axes
        As many axes as `W` has columns.
    W
        Weights ``(784, n)``. All columns share one scale, with white for 0.
    titles
        What each column stands for.
    """
    largest = float(np.abs(W).max()) or 1.0
    for ax, column, title in zip(axes, W.T, titles, strict=True):
        ax.imshow(column.reshape(28, 28), cmap="RdBu_r", vmin=-largest, vmax=largest)
        ax.set_title(title, fontsize=9)
        ax.set_axis_off()
    return axes


def digits(axes: Sequence[Axes], images: Array, titles: Sequence[str]) -> Sequence[Axes]:
    """Draw images ``(n, 784)`` as ink on paper, one on each of the axes."""
    for ax, image, title in zip(axes, images, titles, strict=True):
        ax.imshow(image.reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
        ax.set_title(title, fontsize=9)
        ax.set_axis_off()
    return axes


def save_trace(
    path: Path, trace: Sequence[float], published: dict[str, Sequence[float]], title: str
) -> None:
    """Save the picture of `log_likelihood_trace`."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = log_likelihood_trace(figure.subplots(), trace, published)
    ax.set_title(title)
    figure.savefig(path, dpi=150)


def save_weights(path: Path, before: Array, after: Array, title: str, unit: str) -> None:
    """Save a picture of weights ``(784, n)`` before and after training; at most 20 columns."""
    before, after = before[:, :20], after[:, :20]
    n = after.shape[1]
    columns = min(n, 10)
    rows = -(-n // columns)
    figure = Figure(
        figsize=(max(1.1 * columns + 0.4, 7), 2.6 * rows + 0.8), layout="constrained"
    )
    figure.suptitle(title)
    titles = [f"{unit} {k}" for k in range(n)]
    parts: Any = figure.subfigures(2, 1)
    for part, when, W in zip(parts, ("before", "after"), (before, after), strict=True):
        largest = np.abs(W).max()
        part.suptitle(f"{when} training (blue < 0 < red, up to {largest:.2g})", fontsize=10)
        axes = part.subplots(rows, columns, squeeze=False).ravel()
        weights(axes[:n], W, titles)
        for ax in axes[n:]:
            ax.set_axis_off()
    figure.savefig(path, dpi=120)


def save_wrong_digits(path: Path, images: Array, y: Array, y_pred: Array, title: str) -> None:
    """Save a picture of the first 20 test images whose predicted label is wrong."""
    wrong = np.flatnonzero(y != y_pred)[:20]
    figure = Figure(figsize=(11.4, 3.6), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(2, 10).ravel()
    titles = [f"#{i}: a {y[i]}\ncalled {y_pred[i]}" for i in wrong]
    digits(axes[: len(wrong)], images[wrong], titles)
    for ax in axes[len(wrong) :]:
        ax.set_axis_off()
    figure.savefig(path, dpi=120)
