"""Datasets and goldens that the tests share."""

import functools
import gc
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import plain_environment  # noqa: F401  (before all that looks at the environment)
import pytest
from choice_of_tests import ENOUGH, SLOW, SLOW_BACKENDS

from theano_tutorial import backends, data
from theano_tutorial.errors import TutorialError

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption(
        "--long",
        action="store_true",
        help="all rules on all backends, 20,000 bad files, 200 kills: an hour; figures",
    )
    parser.addoption(
        "--soak-minutes", type=float, default=60, help="how long the soak of --long takes (60)"
    )
    parser.addoption(
        "--graphs", type=int, help="tests/rewrites: how many random graphs to compare"
    )


def _texts(item):
    """Return those of a test's parameters that are texts."""
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return {value for value in params if isinstance(value, str)}


def is_enough_without(item):
    """Whether a test is left out without --long: `ENOUGH` has others of its kind."""
    named = _texts(item) & {*backends.NAMES}
    name = getattr(item, "originalname", "")
    return bool(named) and not named & ENOUGH.get(name, named)


def is_slow(item):
    """Whether a test is one of `SLOW`, or runs on one of `SLOW_BACKENDS`."""
    return getattr(item, "originalname", "") in SLOW or bool(_texts(item) & SLOW_BACKENDS)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(config, items):
    """Mark the slow ones. Begin with a sign of life, then with what takes longest.

    So no process is left with that at the end.
    """
    if not config.getoption("long"):
        left_out = [item for item in items if is_enough_without(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not is_enough_without(item)]

    def place(item):
        if item.path.name == "test_early_stopping.py":  # milliseconds each
            return 0
        return 1 if "many_seeds" in getattr(item, "fixturenames", ()) else 2

    for item in items:
        if is_slow(item):
            item.add_marker("slow")
    items.sort(key=place)


_STATM = Path("/proc/self/statm")  # on Linux: sizes in pages, the second what is in memory
_held = 0  # bytes, after the last collection


def _in_memory():
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish():
    """Collect garbage that is large: a program and its images are in a cycle of references.

    Python counts objects, not bytes: two processes would hold twenty gigabytes of images.
    """
    global _held
    if _STATM.exists() and _in_memory() > _held + 500_000_000:
        gc.collect()
        _held = _in_memory()


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
        pytest.skip(f"MNIST is not available: {error}")


@pytest.fixture(scope="session")
def golden():
    """Return what real Theano 1.0.5 computed, by file name."""
    paths = [*GOLDEN.glob("*.json"), *GOLDEN.glob("theano_ops/*.json")]
    return {path.stem: json.loads(path.read_text()) for path in paths}


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
    whole = data.make_dataset(drawn, name="rendered", source="test")
    return replace(whole, valid=whole.test, all_train=None)


@pytest.fixture
def one_line_error(capsys):
    """Return a function that checks a command's answer: exit code 2, and one line of error."""

    def answer(main, arguments):
        assert main([str(argument) for argument in arguments]) == 2, arguments
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1, err
        assert err.rstrip("\n").isprintable()
        assert err.startswith("theano-tutorial: error: ")
        return err.removeprefix("theano-tutorial: error: ").rstrip("\n")

    return answer


@pytest.fixture
def somewhere_else(tmp_path, monkeypatch):
    """Be in an empty folder; return it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    """No MNIST but what a test provides: an empty cache, and a mirror that refuses."""
    monkeypatch.delenv("THEANO_TUTORIAL_DATA", raising=False)
    monkeypatch.setenv("THEANO_TUTORIAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("THEANO_TUTORIAL_MIRRORS", "http://127.0.0.1:9/")


_load = functools.lru_cache(maxsize=2)(data.load)


@pytest.fixture
def read_once(monkeypatch):
    """Let the command line read its digits once, for all tests that ask for this."""
    monkeypatch.setattr(data, "load", _load)


@pytest.fixture
def in_folder(somewhere_else, read_once):
    """Be in an empty folder, with digits that are read once; return it."""
    return somewhere_else
