"""Tests pass whatever the user's environment holds."""

import os
import subprocess
import sys
from pathlib import Path

import plain_environment
import pytest

from theano_tutorial.system.folders import cache_folder

pytestmark = pytest.mark.one_python

ROOT = Path(__file__).parent.parent
HOSTILE = {
    "PYTHONWARNINGS": "always",
    "PYTHONIOENCODING": "ascii",
    "PYTHONUNBUFFERED": "1",
    "PYTENSOR_FLAGS": "floatX=float32,mode=FAST_COMPILE,device=cuda,cxx=",
    "MPLBACKEND": "module://no_such_backend",
    "OMP_NUM_THREADS": "many",
    "OPENBLAS_NUM_THREADS": "3",
    "NPROC": "7",
    "NUMBA_DISABLE_JIT": "1",
    "JAX_ENABLE_X64": "0",
    "LANG": "de_DE.ISO-8859-1",
    "LC_ALL": "tr_TR.ISO-8859-9",
    "LANGUAGE": "de:fr",
    "NO_COLOR": "",
    "FORCE_COLOR": "3",
    "COLUMNS": "20",
    "LINES": "3",
    "TERM": "xterm-256color",
    "THEANO_TUTORIAL_KERNEL": "numpy",
    "GIT_DIR": "/nowhere",
}
# Of each kind that has depended on one of these, a quick one.
SOME = (
    "tests/faults/test_places.py::test_no_home",
    "tests/faults/test_options.py::test_threads_of_every_level",
    "tests/faults/test_options.py::test_settings_that_pytensor_refuses",
    "tests/cli/test_train.py::test_plots_alone_and_none",
    "tests/cli/test_train.py::test_ctrl_c_saves_and_exits_130",
    "tests/cli/test_like.py::test_options_that_agree_may_be_given",
    "tests/kernel/test_build.py::test_a_library_is_compiled_once",
    "tests/test_version.py",
)


def test_hostile_environment(tmp_path):
    """Settings of every kind, folders that hold others' settings, and no home."""
    config = tmp_path / "config"
    (config / "matplotlib").mkdir(parents=True)
    (config / "matplotlib" / "matplotlibrc").write_text("figure.dpi: 7\nbackend: none\n")
    (tmp_path / ".pytensorrc").write_text("[global]\nfloatX = float32\nmode = DEBUG_MODE\n")
    environment = os.environ | HOSTILE
    for name in ("CONFIG", "DATA", "STATE", "RUNTIME", "CACHE"):
        environment[f"XDG_{name}_HOME"] = str(config)
    environment |= {"PYTENSORRC": str(tmp_path / ".pytensorrc"), "HOME": "/dev/null"}
    environment["TMPDIR"] = str(tmp_path)
    environment["THEANO_TUTORIAL_CACHE"] = str(cache_folder())  # or digits would be drawn
    for name in ("MATPLOTLIBRC", "PYTEST_XDIST_WORKER"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *SOME]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_what_stays():
    """What says where things are, and a number of threads that the machine has."""
    places = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "HTTPS_PROXY": "http://proxy",
        "THEANO_TUTORIAL_DATA": "/data",
        "PYTHON": "python3.13",
        "CC": "clang",
        "OMP_NUM_THREADS": "1",
    }
    environment = {**places, "PYTENSOR_FLAGS": "floatX=float32, base_compiledir=/x"}
    plain_environment.clean(environment)
    assert places.items() <= environment.items()
    assert environment["PYTENSOR_FLAGS"].strip() == "base_compiledir=/x"


@pytest.mark.parametrize(
    ("given", "worker", "left"),
    [("0", False, None), ("10000", False, None), ("2,1", True, "1"), ("", True, "1")],
)
def test_threads(given, worker, left):
    environment = {"OMP_NUM_THREADS": given} | (
        {"PYTEST_XDIST_WORKER": "gw0"} if worker else {}
    )
    plain_environment.clean(environment)
    assert environment.get("OMP_NUM_THREADS") == left


def test_the_cache_with_mnist_is_kept():
    environment = {"XDG_CACHE_HOME": "/cache", "HOME": ""}
    plain_environment.clean(environment)
    assert environment["THEANO_TUTORIAL_CACHE"] == str(Path("/cache/theano_tutorial"))
    assert "XDG_CACHE_HOME" not in environment
    assert "HOME" not in environment
