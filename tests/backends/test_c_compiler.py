"""Backend `c` with a compiler that does not compile: one line, before data are loaded."""

import os
import subprocess
import sys

import pytest
from faults.processes import environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shell scripts stand in for g++")
NO_HEADER = "/tmp/mod.cpp:1:10: fatal error: Python.h: No such file or directory"


def answer(tmp_path, *flags, arguments=()):
    """Return the one line that the command says where there is no MNIST, nor a network."""
    settings = (f"base_compiledir={tmp_path / 'compiled'}", *flags)
    place = environment(
        PYTENSOR_FLAGS=",".join(settings),
        THEANO_TUTORIAL_DATA=None,
        THEANO_TUTORIAL_CACHE=str(tmp_path / "cache"),
        THEANO_TUTORIAL_MIRRORS="http://127.0.0.1:9/",
    )
    command = [sys.executable, "-m", "theano_tutorial.train", "tanh", "--backend", "c"]
    done = subprocess.run(
        [*command, *arguments], env=place, cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "; install it anew (" in done.stderr
    assert "; available: numpy" in done.stderr
    return done.stderr.partition("backend 'c' cannot run here: ")[2]


def test_a_compiler_without_pythons_header(tmp_path):
    """As Debian's without python3-dev."""
    stand_in = tmp_path / "g++"
    stand_in.write_text(
        '#!/bin/sh\ncase "$*" in *-shared*) echo "' + NO_HEADER + '" >&2; exit 1;; esac\n'
    )
    stand_in.chmod(0o755)
    said = answer(tmp_path, f"cxx={stand_in}")
    assert said.startswith(f"{stand_in} cannot compile (Python.h: No such file or directory); ")


@pytest.mark.parametrize("flag", ["cxx=/bin/false", "cxx=/no/such", "cxx=/etc/passwd"])
def test_a_compiler_that_is_none(flag, tmp_path):
    said = answer(tmp_path, flag)
    assert said.startswith(f"{flag.removeprefix('cxx=')} cannot ")
    assert "or mend what PYTENSOR_FLAGS says of it" in said


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("gcc__cxxflags=-nonsense", "unrecognized command-line option"),
        ("gcc__cxxflags=-fopenmp", "Do not use -fopenmp in PyTensor flag gcc__cxxflags"),
        ("blas__ldflags=-lnosuchblas", "-lnosuchblas"),
    ],
)
def test_flags_that_it_does_not_know(flag, reason, tmp_path, require_backend):
    require_backend("c")
    assert reason in answer(tmp_path, flag, arguments=["--no-rewrites"])


def test_the_compiler_is_not_to_blame_for_a_full_disk(tmp_path, require_backend):
    require_backend("c")
    place = environment(PYTENSOR_FLAGS=f"base_compiledir={tmp_path}")
    command = [sys.executable, "-m", "theano_tutorial.train", "tanh", "--backend", "c"]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 0 && exec "$@"', "sh", *command],
        env=place,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert f"it needs room in {tmp_path}" in done.stderr
    assert "(the disk is full); PYTENSOR_FLAGS=base_compiledir=FOLDER names" in done.stderr
    assert "install it anew" not in done.stderr


def test_a_temporary_folder_that_cannot_be_written(tmp_path, require_backend):
    """Python passes it over; compilers do not."""
    require_backend("c")
    place = environment(PYTENSOR_FLAGS=f"base_compiledir={tmp_path}", TMPDIR="/proc")
    command = [sys.executable, "-m", "theano_tutorial.train", "softmax", "--backend", "c"]
    arguments = ["--iterations", "1", "--train-size", "9", "--quiet", "--no-plots"]
    done = subprocess.run([*command, *arguments], env=place, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
