"""Datasets and goldens that the tests share."""

import functools
import json
import os
from collections import Counter
from pathlib import Path

import plain_environment  # noqa: F401  (before all that looks at the environment)
import pytest

from theano_tutorial import backends, data
from theano_tutorial.errors import TutorialError

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption(
        "--long",
        action="store_true",
        help="tests/faults: twenty thousand bad files, 200 kills, an hour; and figures",
    )
    parser.addoption(
        "--soak-minutes", type=float, default=60, help="how long the soak of --long takes (60)"
    )


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, so that no test process is left with it at the end."""
    items.sort(key=lambda item: "many_seeds" not in getattr(item, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter, config):
    """Add up and print the figures that the long form of the fault tests recorded."""
    if not config.getoption("long"):
        return
    sums = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for title, figures in report.user_properties:
                if isinstance(figures, dict):
                    sums.setdefault(title, Counter()).update(figures)
    terminalreporter.section("figures")
    for title, figures in sums.items():
        parts = ", ".join(f"{n:,} {what}" for what, n in figures.items())
        terminalreporter.line(f"{title}: {parts}")


@pytest.fixture(scope="session")
def is_long(request):
    """Whether the long form of the fault tests was asked for."""
    return request.config.getoption("long")


@pytest.fixture(scope="session")
def mnist():
    """MNIST in float64, found or downloaded as the command line does; skips without it."""
    return _mnist("float64")


@pytest.fixture(scope="session")
def mnist32():
    return _mnist("float32")


def _mnist(dtype):
    try:
        return data.load("mnist", dtype=dtype)
    except TutorialError as error:
        if os.environ.get("THEANO_TUTORIAL_REQUIRE_MNIST"):
            pytest.fail(f"MNIST is required here: {error}")
        pytest.skip(f"MNIST cannot be had: {error}")


@pytest.fixture(scope="session")
def golden():
    """Return what real Theano 1.0.5 computed, by file name."""
    return {path.stem: json.loads(path.read_text()) for path in GOLDEN.glob("*.json")}


def _require(name):
    reason = backends.why_unavailable(name)
    if reason:  # an extra that is not installed, or no compiler; CI forbids all skips but one
        pytest.skip(f"{name}: {reason}")
    return name


@pytest.fixture(scope="session")
def require_backend():
    """Return a function that skips a test unless a backend can run, and returns its name."""
    return _require


@pytest.fixture(scope="session", params=[name for name in backends.NAMES if name != "auto"])
def backend(request):
    """Each backend in turn; skips one that cannot run here."""
    return _require(request.param)


@pytest.fixture(scope="session")
def digits():
    """A small rendered dataset for tests that need no particular digits."""
    from theano_tutorial.data import rendered

    drawn = rendered.draw_digits((600, 100), seed=1)
    split = drawn.train_images, drawn.train_labels
    test = data.make_dataset(drawn, name="rendered", source="test").test
    train = data.make_dataset(data.Digits(*split, *split), name="rendered", source="test").test
    return data.Dataset(train=train, valid=test, test=test, name="rendered", source="test")


_load = functools.lru_cache(maxsize=2)(data.load)


@pytest.fixture
def read_once(monkeypatch):
    """Let the command line read its digits once, for all tests that ask for this."""
    monkeypatch.setattr(data, "load", _load)
