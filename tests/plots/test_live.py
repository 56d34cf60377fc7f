"""Curves that grow in a notebook, and sliders where ipywidgets is there."""

import importlib.util
import sys
from types import SimpleNamespace

import pytest

from theano_tutorial import plots

module = sys.modules["theano_tutorial.plots.live"]


@pytest.fixture
def notebook(monkeypatch):
    """An IPython that keeps what it was asked to show, as pairs of a call and a PNG."""
    shown = []

    def display(image, display_id):
        assert display_id
        shown.append(("display", image))
        return SimpleNamespace(update=lambda image: shown.append(("update", image)))

    displays = SimpleNamespace(display=display, Image=lambda png: png)
    ipython = SimpleNamespace(
        get_ipython=lambda: "a shell", display=displays, version_info=(9, 0)
    )
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    return shown


def halved(event):
    return event / 2


def test_events_pass_through_and_the_picture_ends_complete(notebook, monkeypatch):
    drawn = []
    curve = module._curve
    monkeypatch.setattr(module, "_curve", lambda *given: drawn.append(given) or curve(*given))
    monkeypatch.setattr(module, "_PAUSE", 1e9)
    assert list(plots.live(iter([4, 6, 8]), 10, halved, "cost")) == [4, 6, 8]
    assert [kind for kind, _ in notebook] == ["display", "update"]  # one place, no picture each
    assert notebook[-1][1].startswith(b"\x89PNG")
    assert drawn[-1] == ([2, 3, 4], 10, "cost", "epoch")


def test_it_grows(notebook, monkeypatch):
    monkeypatch.setattr(module, "_PAUSE", 0)
    list(plots.live([1, 2, 3], 3, halved, "cost"))
    assert [kind for kind, _ in notebook] == ["display", *["update"] * 4]


def test_what_is_drawn():
    bar, ax = module._curve([0.5, 0.25], 8, "cost", "epoch").axes
    assert bar.get_title() == "epoch 2 of at most 8"
    assert bar.patches[0].get_width() == 2
    assert bar.get_xlim() == (0, 8)
    assert ax.lines[0].get_xydata().tolist() == [[1, 0.5], [2, 0.25]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "cost")


def test_training_that_fails_leaves_its_last_picture(notebook):
    def failing():
        yield 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(plots.live(failing(), 3, halved, "cost"))
    assert [kind for kind, _ in notebook] == ["display", "update"]


def test_outside_a_notebook_nothing_is_shown(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert list(plots.live([1, 2], 2, halved, "cost")) == [1, 2]


CHOICES = {"rate": [0.3, 0.1, 0.5], "units": [20, 5]}


def test_a_static_picture_without_widgets(notebook, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    drawn = []
    plots.slider(lambda ax, **chosen: drawn.append(chosen), **CHOICES)
    assert drawn == [{"rate": 0.3, "units": 20}]
    assert [image[:4] for _, image in notebook] == [b"\x89PNG"]


class Widget(SimpleNamespace):
    """A widget that calls what observes its value."""

    def observe(self, call, names):
        assert names == "value"
        self.call = call

    def move(self, value):
        self.value = value
        self.call("a change")


def test_sliders_with_widgets(notebook, monkeypatch):
    widgets = SimpleNamespace(SelectionSlider=Widget, Image=Widget, VBox=lambda made: made)
    monkeypatch.setitem(sys.modules, "ipywidgets", widgets)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "found")
    shown, drawn = [], []
    monkeypatch.setattr(sys.modules["IPython"].display, "display", shown.append)
    plots.slider(lambda ax, **chosen: drawn.append(chosen), **CHOICES)
    ((rate, units, picture),) = shown
    assert (rate.options, rate.value) == ([0.1, 0.3, 0.5], 0.3)
    assert (units.options, units.value) == ([5, 20], 20)
    first = picture.value
    rate.move(0.5)
    units.move(5)
    assert drawn == [{"rate": r, "units": u} for r, u in ((0.3, 20), (0.5, 20), (0.5, 5))]
    assert picture.value.startswith(b"\x89PNG")
    assert picture.value is not first
