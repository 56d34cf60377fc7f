"""A stand-in for CUDA graphs, where there is no GPU, or a count of them; and for Ctrl-C."""

import gc
import signal
from contextlib import contextmanager

import numpy as np
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.db import RewriteDatabaseQuery

from theano_tutorial.rewrites.index_rewrites import add_rewrites


class Recorder:
    """Records a function as a graph of kernels does: it writes into the same tensors again.

    Attributes
    ----------
    count
        How many functions were recorded.
    """

    def __init__(self, on_gpu=None):
        self.count = 0
        self._record = on_gpu or stand_in

    def __call__(self, function, rehearsal, device):
        recorded = self._record(function, rehearsal, device)
        self.count += 1
        return recorded


def stand_in(function, rehearsal, device):
    """Record a function: the first replay is its run right now."""
    import torch

    results, replays = function(), []

    def replay():
        again = function() if replays else results
        if results:
            torch._foreach_copy_(results, again)
        replays.append(replay)

    return replay, results


def count_recordings(monkeypatch):
    """Have PyTorch's steps recorded, here or on a GPU; return the `Recorder`."""
    import torch

    from theano_tutorial.backends import cuda_graph

    # Unasked, cuDNN may add in another order each time.
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    recorder = Recorder(cuda_graph.record if torch.cuda.is_available() else None)
    monkeypatch.setattr(cuda_graph, "record", recorder)
    return recorder


def check_same(modes, make, calls):
    """Compare what functions give that are made for either mode, and called in turn."""
    found = []
    for mode in modes:
        functions, values = make(mode)
        found.append([functions[k](*given) for k, *given in calls] + [v() for v in values])
    for expected, got in zip(*found, strict=True):
        np.testing.assert_equal(got, expected)


class Alarm(BaseException):
    """Stands in for Ctrl-C, which would end all tests if one did not catch it."""


@contextmanager
def alarms():
    """Let `signal.setitimer` raise `Alarm` in the main thread."""

    def ring(number, frame):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    gc.disable()  # JAX's part in it would hear the alarm, and say so only
    try:
        yield
    finally:
        gc.enable()
        signal.signal(signal.SIGALRM, before)


def make_mode(records):
    """Return a mode of PyTorch that records steps as on a GPU, or none."""
    from theano_tutorial.backends.cuda_graph import Recorded
    from theano_tutorial.backends.pytorch_backend import ResidentPytorchLinker, find_device

    class Linker(ResidentPytorchLinker):
        def compile(self, step):
            exact = super().compile(step)
            exact = getattr(exact, "_step", exact)  # which is recorded on a GPU
            return Recorded(exact, self.device) if records else exact

        def fetch(self, value):
            return super().fetch(value).copy()  # as from a GPU

    linker = Linker(find_device(None))
    return add_rewrites(Mode(linker, RewriteDatabaseQuery(include=["fast_run"])))
