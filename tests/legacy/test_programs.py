"""Whole programs in old Theano's idiom, through the door, beside what real Theano computed."""

import contextlib
import io
import json
import runpy
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

PROGRAMS = Path(__file__).parent / "programs"
GOLDEN = Path(__file__).parents[1] / "golden" / "legacy_programs"
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py"))
MODERN = [name for name in NAMES if not name.startswith("py2_")]
OLD = [name for name in NAMES if name.startswith("py2_")]

# What those on the compiler are chosen for: convolution, draws in a scan, a user's Op, ifelse.
ON_C = ["conv_dropout", "rbm_persistent", "own_op", "clone_ifelse"]
DRAWLESS = [
    "adam_by_hand",
    "adaptive_rates",
    "conjugate_gradient",
    "logistic_classes",
    "mlp_momentum",
]

# A process of its own, as a user's; then its `trace`, for the test.
THROUGH_THE_DOOR = """\
import json, sys
from theano_tutorial.legacy.__main__ import main

code = main(sys.argv[1:])
print(json.dumps(sys.modules["__main__"].trace, default=lambda value: value.tolist()))
sys.exit(code)
"""


def recorded(name):
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    return golden["trace"], golden["printed"]


def flat(trace):
    """Return a trace's numbers in one vector, and its nesting with zeros in their places."""
    if isinstance(trace, list):
        parts = [flat(part) for part in trace]
        return [n for numbers, _ in parts for n in numbers], [form for _, form in parts]
    return [float(trace)], 0


def assert_same(name, trace, printed):
    wanted, lines = recorded(name)
    assert printed == lines
    as_json = json.loads(json.dumps(trace, default=lambda value: value.tolist()))
    (ours, form), (theirs, their_form) = flat(as_json), flat(wanted)
    assert form == their_form
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


def run_here(name):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as the command line does
        warnings.simplefilter("ignore", FutureWarning)
        space = runpy.run_path(str(PROGRAMS / f"{name}.py"), run_name="__main__")
    return space["trace"], printed.getvalue().splitlines()


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("name", MODERN)
def test_a_program_computes_what_it_did(name):
    assert_same(name, *run_here(name))


@pytest.mark.parametrize("name", OLD)
def test_a_program_in_python_2(name):
    pytest.importorskip("fissix")
    command = [sys.executable, "-c", THROUGH_THE_DOOR, str(PROGRAMS / f"{name}.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *printed, trace = done.stdout.splitlines()
    assert_same(name, json.loads(trace), printed)


def pytest_generate_tests(metafunc):
    """Pair programs with backends: a few on C, all on all if `--long`."""
    if "other_backend" not in metafunc.fixturenames:
        return
    pairs = [("c", name) for name in ON_C]
    if metafunc.config.getoption("long"):
        pairs = [(backend, name) for backend in ("c", "numba") for name in MODERN]
        pairs += [(backend, name) for backend in ("jax", "pytorch") for name in DRAWLESS]
    metafunc.parametrize("other_backend, name", pairs)


@pytest.mark.usefixtures("door")
def test_a_program_on_another_backend(other_backend, name, require_backend):
    from theano_tutorial import legacy

    legacy.install(require_backend(other_backend))
    assert_same(name, *run_here(name))
