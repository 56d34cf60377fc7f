"""A picture of users' own images, and of what each step made of them."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from theano_tutorial._text import one_line
from theano_tutorial._types import Array
from theano_tutorial.data.photographs import Seen
from theano_tutorial.plots.files import save_figure
from theano_tutorial.plots.results import probabilities
from theano_tutorial.plots.style import ORANGE
from theano_tutorial.runs.saved_model import SURE

_MOST = 40  # images in one picture
_SIDE = 120  # of a panel, in pixels
_GAP = 8
_STEPS = ("the image", "ink found", "cut out", "28 x 28")


def save_seen(
    path: Path, names: Sequence[str], seen: Sequence[Seen], p_y_given_x: Array
) -> None:
    """Save a picture of images, what each step made of them, and probabilities ``(n, 10)``.

    At most 40 images are drawn; if there are more, the title says so.
    """
    n = min(len(seen), _MOST)
    blocks = 1 if n <= 4 else 2
    rows = -(-n // blocks)
    figure = Figure(figsize=(6.6 * blocks, 1.25 * rows + 0.7), layout="constrained")
    more = f" (the first {n} of {len(seen)})" if len(seen) > n else ""
    figure.suptitle(f"What the model saw, and what it made of it{more}")
    widths = (len(_STEPS), 1.8) * blocks
    grid: Array = figure.subplots(rows, 2 * blocks, squeeze=False, width_ratios=widths)
    for ax in grid.ravel():
        ax.set_axis_off()
    for k in range(n):
        block, row = divmod(k, rows)
        steps, bars = grid[row, 2 * block : 2 * block + 2]
        _draw_steps(steps, seen[k], is_first=row == 0)
        _draw_probabilities(bars, names[k], p_y_given_x[k])
    with warnings.catch_warnings():
        # A file's name may be in a script that the font lacks; boxes replace its characters.
        warnings.filterwarnings("ignore", "Glyph")
        save_figure(figure, path, dpi=110)


def _draw_steps(ax: Axes, seen: Seen, is_first: bool) -> None:
    ink = np.where(seen.ink[..., None], to_rgb(ORANGE), 0.4 * _coloured(seen.photograph) + 0.6)
    pixels = 1 - seen.pixels.reshape(28, 28) / 255
    panels = [_coloured(seen.photograph), ink, _coloured(1 - seen.cut), _coloured(pixels)]
    gap = np.ones((_SIDE, _GAP, 3))
    ax.imshow(np.hstack([part for panel in panels for part in (_panel(panel), gap)]))
    if is_first:
        for k, step in enumerate(_STEPS):
            ax.text(k * (_SIDE + _GAP) + _SIDE / 2, -6, step, ha="center", fontsize=8)


def _coloured(grey: Array) -> Array:
    return np.repeat(np.asarray(grey, np.float64)[..., None], 3, axis=-1).clip(0, 1)


def _panel(colours: Array) -> Array:
    """Fit an image into a square with a light background."""
    picture = Image.fromarray(np.rint(255 * colours).astype(np.uint8))
    scale = _SIDE / max(picture.size)
    size = max(1, round(scale * picture.width)), max(1, round(scale * picture.height))
    how = Image.Resampling.NEAREST if scale >= 4 else Image.Resampling.BOX
    ground = Image.new("RGB", (_SIDE, _SIDE), (225, 225, 225))
    left, top = ((_SIDE - side) // 2 for side in size)
    ground.paste(picture.resize(size, how), (left, top))
    return np.asarray(ground) / 255


def _draw_probabilities(ax: Axes, name: str, row: Array) -> None:
    ax.set_axis_on()
    probabilities(ax, row)
    ax.set(xlabel="", ylabel="", yticks=())
    ax.tick_params(labelsize=7, length=0, pad=1)
    ax.spines[["top", "left", "right"]].set_visible(False)
    said = f"{row.argmax()}{'' if row.max() >= SURE else '?'} ({100 * row.max():.0f} %)"
    ax.set_title(f"{_short(name)}: {said}", fontsize=8)


def _short(name: str) -> str:
    """Return a file's name, without the middle if it is long."""
    name = one_line(Path(name).name).replace("$", r"\$")  # so that it starts no formula
    return name if len(name) <= 20 else f"{name[:9]}...{name[-8:]}"
