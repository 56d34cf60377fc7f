"""Pictures that grow while a notebook trains, and pictures that follow a slider.

IPython's `display` shows one picture and redraws it in place, which works in JupyterLab, Colab,
VS Code and nbconvert alike. Outside a notebook nothing is shown. Sliders redraw an image widget
rather than use ipywidgets' `interact`, which captures output and so sometimes stalls nbclient.
"""

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from matplotlib.figure import Figure

from theano_tutorial.plots.files import png
from theano_tutorial.plots.style import BLUE

Event = TypeVar("Event")

_PAUSE = 0.5  # seconds between pictures; drawing one takes 0.1 to 0.2


class Handle(Protocol):
    """What `IPython.display.display` returns."""

    def update(self, shown: object) -> None:
        """Show something else in the same place."""


def live(
    events: Iterable[Event],
    n: int,
    value: Callable[[Event], float],
    label: str,
    what: str = "epoch",
) -> Iterator[Event]:
    """Yield events, such as the validations of `sgd.train`, and draw a curve that grows.

    `value` returns an event's number to draw, which `label` names; `what` is the word for an
    event. A bar above shows how many of at most `n` there have been. The picture is redrawn at
    most twice a second, and at the end, even if training was interrupted or failed.
    """
    values: list[float] = []
    handle, drawn = _shown(_curve(values, n, label, what)), time.perf_counter()
    try:
        for event in events:
            values.append(value(event))
            if handle and time.perf_counter() - drawn > _PAUSE:
                handle.update(_image(_curve(values, n, label, what)))
                drawn = time.perf_counter()
            yield event
    finally:
        if handle:
            handle.update(_image(_curve(values, n, label, what)))


def _curve(values: Sequence[float], n: int, label: str, what: str) -> Figure:
    figure = Figure(figsize=(6.5, 3), layout="constrained")
    bar, ax = figure.subplots(2, 1, height_ratios=(1, 14))
    bar.barh(0, len(values), color=BLUE)
    bar.set(xlim=(0, n), xticks=[], yticks=[])
    bar.set_title(f"{what} {len(values)} of at most {n}", fontsize=9)
    ax.plot(range(1, len(values) + 1), values, ".-", color=BLUE, lw=1, ms=4)
    ax.set(xlabel=what, ylabel=label)
    ax.grid(alpha=0.3)
    return figure


def _image(figure: Figure) -> object:
    """Return a figure as an image that IPython can show, whatever Matplotlib's backend is."""
    return sys.modules["IPython"].display.Image(png(figure))


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _shown(figure: Figure) -> Handle | None:
    """Show a figure and return its handle; do nothing outside a notebook."""
    if not _in_notebook():
        return None
    display = sys.modules["IPython"].display.display
    handle: Handle = display(_image(figure), display_id=True)
    return handle


def slider(draw: Callable[..., object], **values: Sequence[float]) -> None:
    """Show what `draw` draws for the values of sliders; redraw when a slider has moved.

    Each of `values` is a keyword argument of `draw` with the values to choose from; its slider
    starts at the first. `draw` gets the axes to draw on as its positional argument. Without
    ipywidgets, one picture is shown, for the first values.
    """

    def drawn(chosen: Mapping[str, float]) -> Figure:
        figure = Figure(figsize=(6, 4.4), layout="constrained")
        draw(figure.subplots(), **chosen)
        return figure

    first = drawn({name: several[0] for name, several in values.items()})
    if not (_in_notebook() and importlib.util.find_spec("ipywidgets")):
        _shown(first)
        return
    widgets = importlib.import_module("ipywidgets")
    picture = widgets.Image(value=png(first), layout={"max_width": "600px"})
    sliders = {
        name: widgets.SelectionSlider(
            description=name,
            options=sorted(several),
            value=several[0],
            continuous_update=False,  # `draw` may train a model
        )
        for name, several in values.items()
    }

    def redraw(_: object) -> None:
        chosen = {name: each.value for name, each in sliders.items()}
        picture.value = png(drawn(chosen))

    for each in sliders.values():
        each.observe(redraw, names="value")
    sys.modules["IPython"].display.display(widgets.VBox([*sliders.values(), picture]))
