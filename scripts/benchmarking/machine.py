"""The machine: what it is, what it can do at best, and whether something else keeps it busy."""

import ctypes
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_name("limits.c")


class Limits:
    """The machine's own limits, measured on request."""

    def __init__(self):
        folder = tempfile.mkdtemp()
        library = f"{folder}/limits.so"
        flags = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]
        subprocess.run(["cc", *flags, str(SOURCE), "-o", library], check=True)
        self._functions = ctypes.CDLL(library)
        self._functions.read_once.restype = ctypes.c_double
        self._functions.multiply_adds.restype = ctypes.c_double
        self._sum = ctypes.byref(ctypes.c_double())

    def read_ms(self, x):
        """Return the milliseconds that reading an array once takes, with all threads."""
        words = ctypes.c_ssize_t(x.nbytes // 8)
        return 1000 * self._functions.read_once(
            ctypes.c_void_p(x.ctypes.data), words, self._sum
        )

    def multiply_adds(self):
        """Return how many multiply-adds of float64 the machine does in a second."""
        return self._functions.multiply_adds(ctypes.c_ssize_t(2_000_000), self._sum)


def say(line):
    """Report progress on stderr."""
    print(line, file=sys.stderr, flush=True)


def description():
    """Return the number of cores, the processor and the system, in one line."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    python = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {name}, {python}"


def spread(values):
    """Return the width of the middle half of some values, relative to their median."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float((high - low) / middle)
