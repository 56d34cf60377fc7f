"""Graphs drawn: laid out in rows without collisions, every operation there and readable."""

from itertools import pairwise

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from pytensor.graph.traversal import toposort

from theano_tutorial import backends, models, objectives, plots, updates
from theano_tutorial.plots.layered import layered
from theano_tutorial.plots.style import GREEN, ORANGE, SKY

GREY = to_hex("0.92").upper()


def random_graph(seed, n=25):
    """Return widths and edges; edges lead to each node but the first three."""
    rng = np.random.default_rng(seed)
    widths = {i: float(rng.integers(1, 20)) for i in range(n)}
    edges = {(int(rng.integers(v)), v) for v in range(3, n) for _ in range(rng.integers(1, 3))}
    return widths, sorted(edges, key=lambda edge: edge[::-1])


@pytest.mark.parametrize("seed", range(8))
def test_rows_have_no_collisions(seed):
    widths, edges = random_graph(seed)
    places, routes = layered(widths, edges, gap=2)
    assert all(places[u][1] < places[v][1] for u, v in edges)
    for row in {y for _, y in places.values()}:
        inside = sorted((places[v][0], widths[v]) for v in widths if places[v][1] == row)
        for (x, width), (next_x, next_width) in pairwise(inside):
            assert next_x - x >= (width + next_width) / 2 + 2 - 1e-9
    for (u, v), route in routes.items():
        assert (route[0], route[-1]) == (places[u], places[v])
        assert [y for _, y in route] == list(np.arange(places[u][1], places[v][1] + 1))
        for x, y in route[1:-1]:  # beside the boxes of the rows that it crosses
            beside = [
                abs(places[w][0] - x) - widths[w] / 2 for w in widths if places[w][1] == y
            ]
            assert min(beside, default=2) >= 2 - 1e-9


def test_arrows_cross_only_where_they_must():
    names = ["a", "b", "c", "f(c)", "f(b)", "f(a)"]
    edges = [("a", "f(a)"), ("b", "f(b)"), ("c", "f(c)")]
    places, _ = layered(dict.fromkeys(names, 4.0), edges, gap=1)
    for u, v in edges:
        assert places[u][0] == pytest.approx(places[v][0], abs=1e-6)


def test_sources_are_near_what_uses_them():
    edges = [("x", "exp"), ("exp", "log"), ("log", "add"), ("late", "add")]
    names = ["x", "late", "exp", "log", "add"]
    places, _ = layered(dict.fromkeys(names, 4.0), edges, gap=1)
    assert [places[name][1] for name in names] == [0, 2, 1, 2, 3]


def training_step():
    """Return the outputs of a training step by name, and a function of it with our rewrites."""
    x, y = pt.dmatrix("x"), pt.ivector("y")
    model = models.SoftmaxRegression(x, 784, 10)
    objective = objectives.log_likelihood(model.p_y_given_x, y)
    objective.name = "objective"
    step = updates.gradient_ascent(objective, model.params, 0.5)
    mode = backends.mode("numpy")
    function = pytensor.function([x, y], objective, updates=step, mode=mode)
    return {"objective": objective} | {f"new {v.name}": e for v, e in step}, function


def drawn(outputs, size=(6, 9)):
    """Return what was drawn: colours by label, and the axes."""
    ax = Figure(figsize=size, layout="constrained").subplots()
    assert plots.graph(ax, outputs) is ax
    frames = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    colours = [to_hex(frame.get_facecolor()).upper() for frame in frames]
    labels = [text.get_text() for text in ax.texts]
    return list(zip(labels, colours, strict=True)), ax


def test_every_operation_as_written_is_drawn():
    outputs, function = training_step()
    before, _ = drawn(outputs)
    assert sum(colour == GREY for _, colour in before) == len(list(toposort(outputs.values())))
    assert {label for label, colour in before if colour == SKY} == {"x", "y", "W", "b"}
    assert {label for label, colour in before if colour == ORANGE} == set(outputs)
    assert ("ExpandDims{axis=0}\n0.5", GREY) in before

    after, ax = drawn(function)
    ours = [label for label, colour in after if colour == GREEN]
    assert len(ours) == len(function.maker.fgraph.apply_nodes) == 5
    assert ours.count("LogLikelihood") == 1
    assert {label for label, colour in after if colour == ORANGE} == set(outputs)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["input", "operation of our own", "output"]


@pytest.mark.parametrize("size", [(3, 3), (6, 9), (20, 20)])
def test_labels_fit_into_their_boxes(size):
    outputs, _ = training_step()
    _, ax = drawn(outputs, size)
    ax.figure.draw_without_rendering()
    frames = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    for text, frame in zip(ax.texts, frames, strict=True):
        inner, outer = text.get_window_extent(), frame.get_window_extent()
        assert text.get_size() <= 9
        assert outer.width + 1 >= inner.width
        assert outer.height + 1 >= inner.height


def test_outputs_of_a_function_have_names_of_their_own():
    x, W = pt.dscalar("x"), pytensor.shared(1.0, name="W")
    mode = backends.mode("numpy")
    function = pytensor.function([x], [x * W, x + W], updates=[(W, x - W)], mode=mode)
    assert list(plots.outputs_of(function)) == ["output", "output (1)", "new W"]


def test_a_single_expression_and_one_that_is_an_input():
    x = pt.dvector("x")
    labels, _ = drawn(pt.exp(x) * np.arange(3.0))
    assert labels == [("x", SKY), ("Exp", GREY), ("Mul\narray (3,)", GREY), ("output", ORANGE)]
    labels, _ = drawn(x)
    assert labels == [("x", SKY), ("x", ORANGE)]
