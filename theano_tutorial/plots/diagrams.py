"""Diagrams of networks, of paths over a hilly surface, and of patience."""

from collections.abc import Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch

from theano_tutorial._types import Array
from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.plots.results import Records
from theano_tutorial.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY


class Layer(NamedTuple):
    """A column of units in a drawing.

    Its name, which may contain mathematics between dollar signs, is written above it, and its
    number of units `n` below. `drawn` units appear as circles; dots stand for the rest.
    """

    name: str
    n: int
    drawn: int


def network(ax: Axes, layers: Sequence[Layer], weights: Sequence[str]) -> Axes:
    """Draw a network from input to output, with the names of the weights between layers.

    Units are circles, with an arrow from each to every unit of the next layer. The axes' frame
    is hidden.
    """
    columns = [_places(layer, 3.0 * i) for i, layer in enumerate(layers)]
    for left, right in pairwise(columns):
        for start, end in product(left, right):
            arrow = FancyArrowPatch(start, end, arrowstyle="-|>", shrinkA=13, shrinkB=13)
            arrow.set(mutation_scale=7, lw=0.6, color="0.6")
            ax.add_patch(arrow)
    top = max(y for column in columns for _, y in column) + 0.75
    last = len(layers) - 1
    for i, (layer, column) in enumerate(zip(layers, columns, strict=True)):
        colour = ORANGE if i == last else GREEN if i else SKY
        for place in column:
            ax.add_patch(Circle(place, 0.3, fc=colour, ec=BLACK, alpha=0.9, zorder=3))
        if layer.drawn < layer.n:
            (x, above), (_, below) = column[-2], column[-1]
            for part in (0.38, 0.5, 0.62):
                ax.plot(x, above + part * (below - above), "o", ms=2.5, color=BLACK)
        ax.text(column[0][0], top, layer.name, ha="center", va="bottom", fontsize=12)
        ax.text(column[0][0], -top, f"{layer.n} units", ha="center", va="top", fontsize=10)
    for i, name in enumerate(weights):
        ax.text(3.0 * i + 1.5, top, name, ha="center", va="bottom", fontsize=12, color=BLUE)
    ax.set(xlim=(-0.9, 3.0 * len(layers) - 2.1), ylim=(-top - 0.7, top + 0.7), aspect="equal")
    ax.set_axis_off()
    return ax


def _places(layer: Layer, x: float) -> list[tuple[float, float]]:
    """Return the centres of a layer's circles; a gap before the last stands for the rest."""
    y = 0.8 * np.arange(layer.drawn)[::-1].astype(float)
    if layer.drawn < layer.n:
        y[:-1] += 0.8
    y -= (y[0] + y[-1]) / 2
    return [(x, float(value)) for value in y]


def paths(
    ax: Axes, x: Array, y: Array, height: Array, routes: Sequence[tuple[str, Array]]
) -> Axes:
    """Draw routes over a surface seen from above.

    `x` ``(m,)`` and `y` ``(n,)`` are a grid's coordinates, `height` ``(n, m)`` is the surface's
    height there. `routes` are up to four pairs of a name and points ``(steps + 1, 2)``; a ring
    marks where each route begins, a disc where it ends.
    """
    filled = ax.contourf(x, y, height, levels=18, cmap="Greys_r", alpha=0.75)
    ax.figure.colorbar(filled, ax=ax, label="$f(x, y)$")
    ax.contour(x, y, height, levels=18, colors="0.35", linewidths=0.4)
    styles = zip((BLUE, ORANGE, GREEN, PURPLE), ("-", "--", "-.", ":"), strict=True)
    for (name, points), (colour, line) in zip(routes, styles, strict=False):
        ax.plot(*points.T, line, color="white", lw=4)
        ax.plot(*points.T, line, marker=".", ms=4, color=colour, lw=1.8, label=name)
        ax.plot(*points[0], "o", ms=9, mfc="white", mec=colour, mew=2, zorder=3)
        ax.plot(*points[-1], "o", ms=9, color=colour, mec="white", zorder=3)
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xlabel="$x$", ylabel="$y$")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, frameon=False)
    return ax


def patience(ax: Axes, records: Records, n_train_batches: int) -> Axes:
    """Draw how many epochs early stopping allows, against the number of epochs done.

    The records are those of a run with the published patience and one validation at the end of
    each epoch, which has `n_train_batches` minibatches.
    """
    stopping = EarlyStopping()
    limits = []
    for record in records:
        if record["validation_error"] is not None:
            iteration = record["epoch"] * n_train_batches - 1
            stopping.is_improved(iteration, record["validation_error"])
        limits.append(stopping.patience / n_train_batches)
    numbers = [record["epoch"] for record in records]
    ax.step(numbers, limits, where="post", color=ORANGE, lw=2, label="patience")
    ax.plot(numbers, numbers, "--", color=BLUE, label="epochs done")
    if numbers and numbers[-1] >= limits[-1]:
        ax.plot(numbers[-1], limits[-1], "o", ms=9, mfc="none", mec=GREEN, mew=2, label="stop")
    ax.set(xlabel="epoch", ylabel="epochs")
    ax.grid(alpha=0.3)
    ax.legend(loc="lower right")
    return ax
