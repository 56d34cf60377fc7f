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
from matplotlib.ticker import MaxNLocator

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
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel("mean log-likelihood")
    ax.grid(alpha=0.3)
    ax.legend(loc="lower right")
    return ax


def epochs(ax: Axes, records: Sequence[dict[str, Any]], best_epoch: int | None) -> Axes:
    """Draw validation and test errors by epoch, with the best validation marked.

    Parameters
    ----------
    ax
        Axes to draw on.
    records
        One an epoch: `epoch`, `validation_error` (a fraction, or None) and, where it was
        taken, `test_error`.
    best_epoch
        Of the best validation error; None marks nothing.
    """
    kinds = (
        ("validation_error", "validation", ".-", _BLUE),
        ("test_error", "test, at each new best", "x", _ORANGE),
    )
    for key, name, style, colour in kinds:
        seen = [record for record in records if record.get(key) is not None]
        ax.plot(
            [record["epoch"] for record in seen],
            [100 * record[key] for record in seen],
            style,
            color=colour,
            lw=1,
            ms=5,
            label=name,
        )
    if best_epoch is not None:
        best = 100 * records[best_epoch - 1]["validation_error"]
        ax.axvline(best_epoch, color=_GREEN, ls="--", lw=1)
        ax.plot(
            best_epoch, best, "o", ms=10, mfc="none", mec=_GREEN, label=f"best: {best:.6f} %"
        )
    ax.set_xlabel("epoch")
    ax.set_ylabel("wrong (%)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(alpha=0.3)
    ax.legend(loc="upper right")
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


def probabilities(ax: Axes, p_y_given_x: Array) -> Axes:
    """Draw the probabilities of the ten classes ``(10,)`` as bars, the largest darker."""
    bars = ax.bar(range(len(p_y_given_x)), p_y_given_x, color="#9ecae1")
    bars[int(np.argmax(p_y_given_x))].set_color(_BLUE)
    ax.set_xticks(range(len(p_y_given_x)))
    ax.set_ylim(0, 1)
    ax.set_ylabel("probability")
    return ax


def save_trace(
    path: Path, trace: Sequence[float], published: dict[str, Sequence[float]], title: str
) -> None:
    """Save the picture of `log_likelihood_trace`."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = log_likelihood_trace(figure.subplots(), trace, published)
    ax.set_title(title)
    figure.savefig(path, dpi=150)


def save_epochs(
    path: Path, records: Sequence[dict[str, Any]], best_epoch: int | None, title: str
) -> None:
    """Save the picture of `epochs`."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = epochs(figure.subplots(), records, best_epoch)
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


def save_seen(path: Path, names: Sequence[str], images: Array, p_y_given_x: Array) -> None:
    """Save a picture of images as the model saw them ``(n, 784)``, and its probabilities.

    At most 20 are drawn; the title says so if there are more.
    """
    n = min(len(images), 20)
    figure = Figure(figsize=(6, 1.9 * n + 0.5), layout="constrained")
    more = f" (the first {n} of {len(images)})" if len(images) > n else ""
    figure.suptitle(f"What the model saw, and what it made of it{more}")
    grid: Any = figure.subplots(n, 2, squeeze=False, width_ratios=(1, 2))
    labels = p_y_given_x.argmax(axis=1)
    titles = [f"{Path(name).name}: {label}" for name, label in zip(names, labels, strict=True)]
    digits(grid[:, 0], images[:n], titles[:n])
    for ax, row in zip(grid[:, 1], p_y_given_x, strict=False):
        probabilities(ax, row)
    figure.savefig(path, dpi=120)
