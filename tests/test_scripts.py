"""The two commands of the README: what they say when something is missing."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BASE_PYTHON = f"{sys.base_prefix}/bin/python3"  # the interpreter behind this environment


@pytest.fixture
def checkout(tmp_path):
    """A checkout without an environment, and a folder for stand-ins of Python."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(checkout, python, *arguments):
    return subprocess.run(
        [checkout / "scripts" / "train", *arguments],
        env=os.environ | {"PYTHON": str(python), "EXTRAS": ""},
        capture_output=True,
        text=True,
    )


def stand_in(checkout, body):
    """Make a program that answers as a Python of some kind would."""
    path = checkout / "python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_python_that_is_not_there(checkout):
    done = run(checkout, "no-such-python")
    assert done.returncode == 2
    assert done.stderr == "error: PYTHON=no-such-python cannot be run\n"


def test_python_too_old(checkout):
    body = 'case "$*" in -V) echo Python 3.9.2;; *version_info*) exit 1;; esac'
    done = run(checkout, stand_in(checkout, body))
    assert done.returncode == 2
    assert "is Python 3.9.2; Python 3.11 or newer is needed" in done.stderr
    assert done.stderr.count("\n") == 1


def test_python_without_venv(checkout):
    body = 'case "$*" in -V) echo Python 3.11.2;; *ensurepip*) exit 1;; esac'
    done = run(checkout, stand_in(checkout, body))
    assert done.returncode == 2
    assert "has no venv module; install it (Debian, Ubuntu: apt install python3-venv)" in (
        done.stderr
    )
    assert done.stderr.count("\n") == 1


def test_no_network_for_packages(checkout):
    """A real environment; pip is pointed at a port that refuses."""
    environment = os.environ | {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
    }
    done = subprocess.run(
        [checkout / "scripts" / "train"],
        env=environment | {"PYTHON": BASE_PYTHON},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    first, error, *rest = done.stderr.splitlines()
    assert first.startswith("Setting up .venv with Python 3")
    assert error.startswith("error: packages could not be fetched: is there a network?")
    assert rest == []


def test_second_call_adds_under_a_second(checkout):
    """With its stamp in place, the bootstrap does next to nothing before Python starts."""
    environment = checkout / ".venv"
    (environment / "bin").mkdir(parents=True)
    python = stand_in(checkout, "echo Python 3.11.2")
    shutil.copy(python, environment / "bin" / "python")
    with (checkout / "pyproject.toml").open("rb") as file:
        wanted = subprocess.run(["cksum"], stdin=file, capture_output=True, text=True).stdout
    (environment / "installed").write_text(f"{wanted.strip()} Python 3.11.2\n")
    started = time.perf_counter()
    done = run(checkout, python, "softmax")
    assert time.perf_counter() - started < 1
    assert (done.returncode, done.stdout, done.stderr) == (0, "Python 3.11.2\n", "")
