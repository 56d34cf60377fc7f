"""Draw PyTensor graphs, which show what is computed from what."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path
from pytensor.compile.executor import Function
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.traversal import toposort

from theano_tutorial._text import shortened
from theano_tutorial.plots.layered import Edge, Node, Point, layered
from theano_tutorial.plots.style import BLACK, GREEN, ORANGE, SKY

_LONGEST = 32  # characters; longer names of operations are drawn without their parameters

# Sizes in units of a character's width.
_HEIGHT = 4.4
_ROW = 7.5
_GAP = 2.0

_LETTER = 0.62  # average width of a letter at a font size of 1
_LARGEST = 9.0  # largest font size, in points

_INPUT, _OPERATION = "input", "PyTensor's operation"
_OURS, _OUTPUT = "operation of our own", "output"
_COLOURS = {_INPUT: SKY, _OPERATION: "0.92", _OURS: GREEN, _OUTPUT: ORANGE}


class _Box(NamedTuple):
    kind: str
    label: str


def graph(
    ax: Axes, outputs: Function | Variable | Mapping[str, Variable], *, legend: bool = True
) -> Axes:
    """Draw a graph from its inputs, at the top, to its outputs.

    `outputs` is a compiled function, a symbolic variable, or several variables, keyed by the
    names to write at them. Constants are written below the name of the operation that uses
    them. Operations that are not PyTensor's own have their own colour. The text is as large as
    the axes allow; the axes' frame is hidden.
    """
    if isinstance(outputs, Variable):
        outputs = {outputs.name or "output": outputs}
    named = outputs if isinstance(outputs, Mapping) else outputs_of(outputs)
    boxes, edges = _boxes(named)
    widths = {
        node: max(len(line) for line in box.label.split("\n")) + 2.6
        for node, box in boxes.items()
    }
    layout = layered(widths, edges, _GAP)
    places = {node: (x, y * _ROW) for node, (x, y) in layout.places.items()}
    routes = _with_ports(layout.routes, widths)
    ends = [x + side * widths[node] / 2 for node, (x, _) in places.items() for side in (-1, 1)]
    ends += [x for route in routes for x, _ in route]
    size = _set_limits(ax, ends, [y for _, y in places.values()])
    for route in routes:
        ax.add_patch(_arrow(route, size))
    for node, box in boxes.items():
        _draw_box(ax, box, places[node], widths[node], size)
    if legend:
        _draw_legend(ax, {box.kind for box in boxes.values()})
    return ax


def _draw_legend(ax: Axes, kinds: set[str]) -> None:
    shown = [Patch(fc=c, ec=BLACK, label=kind) for kind, c in _COLOURS.items() if kind in kinds]
    ax.legend(
        handles=shown,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        fontsize=8,
        ncols=len(shown),
        frameon=False,
    )


def outputs_of(function: Function) -> dict[str, Variable]:
    """Return a compiled function's outputs by name, with the new values of shared variables.

    >>> import pytensor, pytensor.tensor as pt
    >>> W = pytensor.shared(2.0, name="W")
    >>> x = pt.dscalar("x")
    >>> function = pytensor.function([x], x * W, updates=[(W, W + x)], mode="FAST_COMPILE")
    >>> list(outputs_of(function))
    ['output', 'new W']
    """
    if not isinstance(function, Function):
        got = shortened(repr(function))
        raise TypeError(f"a compiled function or a named variable is wanted; got {got}")
    fgraph = function.maker.fgraph
    names: dict[str, Variable] = {}
    for i, variable in enumerate(fgraph.outputs):
        updated = (fgraph.update_mapping or {}).get(i)
        name = variable.name or "output"
        if updated is not None:
            name = f"new {fgraph.inputs[updated].name or 'value'}"
        if name in names:
            name = f"{name} ({i})"
        names[name] = variable
    return names


def _boxes(outputs: Mapping[str, Variable]) -> tuple[dict[Node, _Box], list[Edge]]:
    """Return the box of each input, operation and output, and the edges between them."""
    boxes: dict[Node, _Box] = {}
    edges: dict[Edge, None] = {}  # an ordered set
    for node in toposort(outputs.values()):
        drawn = [v for v in node.inputs if not isinstance(v, Constant)]
        for v in drawn:
            if v.owner is None:
                boxes.setdefault(v, _Box(_INPUT, str(v)))
        is_ours = not type(node.op).__module__.startswith("pytensor.")
        boxes[node] = _Box(_OURS if is_ours else _OPERATION, _label(node))
        edges |= {(v.owner or v, node): None for v in drawn}
    for name, v in outputs.items():
        source = v.owner or v
        boxes.setdefault(source, _Box(_INPUT, str(v)))
        boxes[name] = _Box(_OUTPUT, name)
        edges[source, name] = None
    return boxes, list(edges)


def _label(node: Apply) -> str:
    """Return an operation's name, with its constants on a second line."""
    name = str(node.op)
    if len(name) > _LONGEST:
        name = name.partition("{")[0]
    constants = [_constant(v) for v in node.inputs if isinstance(v, Constant)]
    return "\n".join([name, ", ".join(constants)] if constants else [name])


def _constant(v: Constant) -> str:
    if not isinstance(v.data, np.ndarray | np.generic | int | float):
        return str(v.data)
    data = np.asarray(v.data)
    return f"{data.item():.6g}" if data.size == 1 else f"array {data.shape}"


def _set_limits(ax: Axes, x: list[float], y: list[float]) -> float:
    """Make room for everything; return the font size in points for letters one unit wide."""
    ax.set_xlim(min(x) - 1, max(x) + 1)
    ax.set_ylim(max(y) + _HEIGHT, min(y) - _HEIGHT)
    ax.set_aspect("equal", anchor="N")
    ax.set_axis_off()
    figure = ax.figure.figure  # the whole figure, even if the axes are in a subfigure
    figure.draw_without_rendering()  # this determines the size of the axes
    (left, _), (right, _) = ax.transData.transform([(0, 0), (1, 0)])
    size = float(right - left) * 72 / figure.dpi / _LETTER
    if size > _LARGEST:
        for get_limits, set_limits in ((ax.get_xlim, ax.set_xlim), (ax.get_ylim, ax.set_ylim)):
            low, high = get_limits()
            more = (size / _LARGEST - 1) * (high - low) / 2
            set_limits(low - more, high + more)
    return min(size, _LARGEST)


def _with_ports(
    routes: Mapping[Edge, list[Point]], widths: Mapping[Node, float]
) -> list[list[Point]]:
    """Return each arrow's points, spreading the arrows of a box along its edge."""
    leaving, reaching = defaultdict[Node, list[Edge]](list), defaultdict[Node, list[Edge]](list)
    for edge in sorted(routes, key=lambda edge: routes[edge][1][0]):
        leaving[edge[0]].append(edge)
    for edge in sorted(routes, key=lambda edge: routes[edge][-2][0]):
        reaching[edge[1]].append(edge)

    def port(node: Node, edges: list[Edge], edge: Edge) -> float:
        apart = min(2.0, 0.7 * widths[node] / len(edges))
        return apart * (edges.index(edge) - (len(edges) - 1) / 2)

    drawn = []
    for edge, points in routes.items():
        (u, v), (x_first, first), (x_last, last) = edge, points[0], points[-1]
        route = [(x_first + port(u, leaving[u], edge), first * _ROW + _HEIGHT / 2)]
        for x, y in points[1:-1]:
            route += [(x, y * _ROW - _HEIGHT / 2), (x, y * _ROW + _HEIGHT / 2)]
        drawn.append([*route, (x_last + port(v, reaching[v], edge), last * _ROW - _HEIGHT / 2)])
    return drawn


def _arrow(route: list[Point], size: float) -> FancyArrowPatch:
    """Return an arrow that runs straight down through rows and bends between them."""
    points, codes = [route[0]], [Path.MOVETO]
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(route)):
        middle = (y0 + y1) / 2
        points += [(x1, y1)] if i % 2 else [(x0, middle), (x1, middle), (x1, y1)]
        codes += [Path.LINETO] if i % 2 else [Path.CURVE4] * 3
    arrow = FancyArrowPatch(path=Path(points, codes), arrowstyle="-|>", shrinkA=0, shrinkB=0)
    arrow.set(mutation_scale=0.9 * size, lw=0.08 * size, color="0.45", zorder=1)
    return arrow


def _draw_box(ax: Axes, box: _Box, place: Point, width: float, size: float) -> None:
    x, y = place
    corner = (x - width / 2, y - _HEIGHT / 2)
    frame = FancyBboxPatch(corner, width, _HEIGHT, boxstyle="round,pad=0,rounding_size=1")
    frame.set(fc=_COLOURS[box.kind], ec=BLACK, lw=0.06 * size, zorder=2)
    ax.add_patch(frame)
    ax.text(x, y, box.label, size=size, ha="center", va="center", linespacing=1.1, zorder=3)
