"""Place the boxes and arrows of an acyclic graph in rows, with the sources on top.

The method is Sugiyama's: each box gets a row below all boxes that lead to it; an arrow that
crosses rows gets a small invisible box in each, so that it passes between the others; boxes are
ordered within the rows so that few arrows cross, and moved sideways to straighten the arrows.
"""

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

Node = Hashable
Edge = tuple[Node, Node]
Point = tuple[float, float]

_SWEEPS = 12


class Layout(NamedTuple):
    """Each node's centre, and the points of each edge, row by row; y grows downwards."""

    places: dict[Node, Point]
    routes: dict[Edge, list[Point]]


def layered(widths: Mapping[Node, float], edges: Sequence[Edge], gap: float) -> Layout:
    """Lay a graph out in rows.

    `widths` gives each node's width, in an order in which no edge leads back; `gap` is the
    space between neighbours in a row.

    >>> layout = layered({"x": 1, "exp": 3, "sum": 3}, [("x", "exp"), ("exp", "sum")], gap=1)
    >>> [y for _, y in layout.places.values()]
    [0.0, 1.0, 2.0]
    """
    row_of = _rows_of(list(widths), edges)
    paths: dict[Edge, list[Node]] = {
        (u, v): [u, *(("between", u, v, i) for i in range(row_of[u] + 1, row_of[v])), v]
        for u, v in edges
    }
    links = [link for path in paths.values() for link in pairwise(path)]
    rows: list[list[Node]] = [[] for _ in range(max(row_of.values(), default=-1) + 1)]
    for node in widths:
        rows[row_of[node]].append(node)
    for path in paths.values():
        for i, passed in enumerate(path[1:-1], start=row_of[path[0]] + 1):
            rows[i].append(passed)
    rows = _untangled(rows, links)
    x = _straightened(rows, links, widths, gap)
    places = {node: (x[node], float(i)) for i, row in enumerate(rows) for node in row}
    routes = {edge: [places[node] for node in path] for edge, path in paths.items()}
    return Layout({node: places[node] for node in widths}, routes)


def _rows_of(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[Node, int]:
    """Return each node's row, below all nodes that lead to it.

    A node with at least as many edges out as in moves down to just above its nearest successor.
    """
    before, after = _neighbours(edges), _neighbours([(v, u) for u, v in edges])
    row: dict[Node, int] = {}
    for node in nodes:
        row[node] = max((row[u] + 1 for u in before.get(node, ())), default=0)
    for node in reversed(nodes):
        if len(after.get(node, ())) >= len(before.get(node, ())) and node in after:
            row[node] = min(row[v] for v in after[node]) - 1
    return row


def _neighbours(links: Sequence[Edge]) -> dict[Node, list[Node]]:
    """Return a list of the first nodes of the pairs for each second node."""
    found: dict[Node, list[Node]] = {}
    for u, v in links:
        found.setdefault(v, []).append(u)
    return found


def _untangled(rows: list[list[Node]], links: Sequence[Edge]) -> list[list[Node]]:
    """Reorder the rows in several sweeps; return the order with the fewest crossings.

    Sweeps go down and up in turn. Each moves a node to the mean position of its neighbours in
    the row visited before; a node without neighbours there stays.
    """
    above, below = _neighbours(links), _neighbours([(v, u) for u, v in links])
    best, fewest = rows, _crossings(rows, above)
    for sweep in range(2 * _SWEEPS):
        rows = [list(row) for row in rows]
        neighbours, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for fixed, row in pairwise(order):
            place = {node: i for i, node in enumerate(fixed)}
            key = {
                node: float(np.mean([place.get(u, i) for u in neighbours.get(node, [node])]))
                for i, node in enumerate(row)
            }
            row.sort(key=key.__getitem__)
        crossings = _crossings(rows, above)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _crossings(rows: Sequence[Sequence[Node]], above: Mapping[Node, list[Node]]) -> int:
    """Return how many pairs of links between neighbouring rows cross."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {node: i for i, node in enumerate(upper)}
        ends = [i for node in lower for i in sorted(place[u] for u in above.get(node, ()))]
        total += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return total


def _straightened(
    rows: Sequence[Sequence[Node]],
    links: Sequence[Edge],
    widths: Mapping[Node, float],
    gap: float,
) -> dict[Node, float]:
    """Return each node's x: near its neighbours' mean, without overlaps in its row."""
    # Imported here: SciPy's optimizers take longer to import than all of `plots`.
    from scipy.optimize import isotonic_regression

    # The least distance of each node from the first of its row.
    half = {node: widths.get(node, 0) / 2 for row in rows for node in row}
    offsets = [
        np.cumsum([0.0, *(half[u] + half[v] + gap for u, v in pairwise(row))]) for row in rows
    ]
    x: dict[Node, float] = {}
    for row, offset in zip(rows, offsets, strict=True):
        x |= zip(row, map(float, offset - offset[-1] / 2), strict=True)
    near: dict[Node, list[Node]] = {}
    for u, v in links:
        # Straightness matters most for arrows that cross many rows.
        weight = (1, 3, 9)[sum(node not in widths for node in (u, v))]
        near.setdefault(u, []).extend([v] * weight)
        near.setdefault(v, []).extend([u] * weight)
    for sweep in range(4 * _SWEEPS):
        for row, offset in list(zip(rows, offsets, strict=True))[:: 1 - 2 * (sweep % 2)]:
            wanted = [np.mean([x[u] for u in near.get(node, [node])]) for node in row]
            weights = [float(len(near.get(node, [node]))) for node in row]
            # The least-squares fit to the wanted places that keeps the order and distances.
            places = isotonic_regression(wanted - offset, weights=weights).x + offset
            x |= zip(row, map(float, places), strict=True)
    return x
