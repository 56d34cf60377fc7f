"""Restarted again and again in one process, a run leaves neither memory nor files behind."""

import gc
import os
import time
from pathlib import Path

import pytest

from faults.processes import DRAWN
from theano_tutorial.train import main

pytestmark = pytest.mark.one_python

WARM_UP = 4  # restarts in which caches fill
GROWTH = 40  # MB that the allocator may take more, now and then
SGD = ["sgd", "--train-size", "2000", "--batch-size", "500", *DRAWN, "--quiet", "--output"]


def used():
    """Return the memory in use, in MB, and the number of open files."""
    gc.collect()  # PyTensor's graphs are cycles
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, len(os.listdir("/proc/self/fd"))  # noqa: PTH208  (no paths are wanted)


def test_sgd_restarts(is_long, request, tmp_path, record_property):
    """A few; with --long for --soak-minutes. Every second one goes on with the one before."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("there is no /proc to read the memory in use from")
    minutes = request.config.getoption("--soak-minutes")
    seconds = 60 * minutes if is_long else 0
    end = time.monotonic() + seconds
    seen = []
    while len(seen) < 2 * WARM_UP or time.monotonic() < end:
        again = len(seen) % 2
        length = ["--epochs", str(2 + again), *(["--resume"] if again else [])]
        assert main([*SGD, str(tmp_path), *length]) == 0
        seen.append(used())
    memory, files = zip(*seen[WARM_UP:], strict=True)
    figures = {
        "restarts": len(seen),
        f"MB after {WARM_UP}": round(memory[0]),
        "MB at the end": round(memory[-1]),
        "MB at most": round(max(memory)),
        "open files": files[0],
        "at most": max(files),
    }
    record_property("soak", figures)
    assert max(memory) < memory[0] + GROWTH
    assert max(files) == files[0]
