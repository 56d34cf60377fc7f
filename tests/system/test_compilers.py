"""On a Mac without the command line tools, every compiler is a stub that opens a dialog."""

import os
import shutil
import subprocess
import sys

import pytest

from theano_tutorial.kernel import build
from theano_tutorial.system import compilers, pytensor_setup

STUBS = {"cc": "/usr/bin/cc", "gcc": "/usr/bin/gcc", "clang++": "/usr/bin/clang++"}


@pytest.fixture
def mac(monkeypatch):
    """A function that makes this a Mac with some compilers, with the tools or without."""
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("PYTENSOR_FLAGS", raising=False)

    def make(paths, *, has_tools):
        def run(command, **options):
            assert command == ["xcode-select", "-p"]
            return subprocess.CompletedProcess(command, 0 if has_tools else 2)

        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr(shutil, "which", paths.get)
        monkeypatch.setattr(subprocess, "run", run)

    return make


def test_stubs_are_not_called(mac):
    mac(STUBS, has_tools=False)
    assert build._compiler() is None
    assert compilers.find("clang++") is None
    pytensor_setup.find_room()
    assert os.environ["PYTENSOR_FLAGS"].split(",")[0] == "cxx="


def test_compilers_with_the_tools(mac):
    mac(STUBS, has_tools=True)
    assert build._compiler() == ["/usr/bin/cc"]
    pytensor_setup.find_room()
    assert "cxx" not in os.environ.get("PYTENSOR_FLAGS", "")


def test_compilers_of_somebody_else(mac, monkeypatch):
    mac(STUBS | {"gcc": "/opt/homebrew/bin/gcc"}, has_tools=False)
    assert build._compiler() == ["/opt/homebrew/bin/gcc"]
    monkeypatch.setenv("CC", "cc -O1")
    assert build._compiler() is None
    monkeypatch.setenv("PYTENSOR_FLAGS", "cxx=/opt/homebrew/bin/g++-15")
    pytensor_setup.find_room()
    assert os.environ["PYTENSOR_FLAGS"].split(",")[0] == "cxx=/opt/homebrew/bin/g++-15"


def test_elsewhere_nobody_is_asked(mac, monkeypatch):
    mac(STUBS, has_tools=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert build._compiler() == ["/usr/bin/cc"]
