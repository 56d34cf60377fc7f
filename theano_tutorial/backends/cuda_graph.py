"""A step on a GPU as one CUDA graph: PyTorch's kernels, recorded once and started together.

Python needs some ten microseconds to start one of PyTorch's kernels, and a step of the
tutorials has tens of them that take two or three each. So the second step with values of the
same shapes is recorded: which kernels it starts, and where in memory they read and write. From
then on, values are copied to where the recording reads them, unless they are there already, and
all kernels start at once. The numbers are the same to the last bit.
"""

import time
import warnings
from _thread import start_new_thread
from collections.abc import Callable, Iterable, Sequence
from threading import Lock

import torch

Tensors = Sequence[torch.Tensor]
# A step: given the values that it changes, those that it only reads, and its inputs, it returns
# the new values and its outputs.
TensorStep = Callable[[Tensors, Tensors, Tensors], tuple[Tensors, Tensors]]

_one_at_a_time = Lock()  # the setting that forbids waiting applies to all threads
_DATA = 2**24  # bytes: a larger value is a dataset, not a parameter


class Recorded:
    """A step that records itself; until it has, it runs kernel by kernel.

    The next step overwrites the outputs. It also overwrites the new values, wherever they are
    stored: they are the recording's own tensors.
    """

    def __init__(self, step: TensorStep, device: torch.device) -> None:
        self._step, self._device = step, device
        self._recording: _Recording | None = None
        self._shapes: list[torch.Size] | None = None  # of the last step
        self._can_record = True

    def __call__(
        self, changed: Tensors, fixed: Tensors, row: Tensors
    ) -> tuple[Tensors, Tensors]:
        values = (*changed, *fixed, *row)
        if self._recording is None or not self._recording.take(values):
            shapes = [value.shape for value in values]
            seen, self._shapes = self._shapes, shapes
            if seen != shapes or not self._record(changed, fixed, row):
                return _apart(self._step(changed, fixed, row), values)
        assert self._recording is not None
        self._recording.replay()
        return self._recording.changed, self._recording.outputs

    def _record(self, changed: Tensors, fixed: Tensors, row: Tensors) -> bool:
        """Record a step without taking it; return False if it cannot be recorded."""
        self._recording = None
        if self._can_record:
            try:
                self._recording = _Recording(self._step, self._device, changed, fixed, row)
            except RuntimeError:  # Python reads a value, such as a slice's start
                self._can_record = False
        return self._can_record


class _Recording:
    """The kernels of a step, and the tensors that they read and write."""

    def __init__(
        self,
        step: TensorStep,
        device: torch.device,
        changed: Tensors,
        fixed: Tensors,
        row: Tensors,
    ) -> None:
        # The recording has its own tensors for the values that a step changes and its inputs.
        self.changed = [value.clone() for value in changed]
        # Values that it only reads stay where they are; new ones are copied there, if small.
        still = [value if value.nbytes > _DATA else value.contiguous() for value in fixed]
        inputs = [value.clone() for value in row]
        self._read = [*self.changed, *still, *inputs]
        self._data = [value for value in still if value.nbytes > _DATA]

        def take_step() -> Tensors:
            new, outputs = _apart(step(self.changed, still, inputs), self._read)
            _copy(zip(self.changed, new, strict=True))
            return outputs

        self.replay, self.outputs = record(
            take_step, lambda: step(self.changed, still, inputs), device
        )

    def take(self, values: Tensors) -> bool:
        """Put values where the kernels read them; return whether they fit there."""
        pairs = zip(self._read, values, strict=True)
        moved = [(mine, value) for mine, value in pairs if mine is not value]
        if any(mine.shape != value.shape for mine, value in moved):
            return False
        # For a new dataset, record again: a copy would cost memory, and time at every step.
        if any(mine is data for mine, _ in moved for data in self._data):
            return False
        _copy(moved)
        return True


def record(
    function: Callable[[], Tensors], rehearsal: Callable[[], object], device: torch.device
) -> tuple[Callable[[], None], Tensors]:
    """Record the kernels that a function starts; return what starts them, and its results.

    The rehearsal starts them, too, but changes nothing. If it waits for the GPU, raise a
    `RuntimeError` before anything is recorded: a recording that fails leaves PyTorch's random
    generators in a broken state.
    """
    found: list[tuple[Callable[[], None], Tensors]] = []
    errors: list[Exception] = []
    done = Lock()
    done.acquire()

    def find() -> None:
        try:
            found.append(_record(function, rehearsal, device))
        except Exception as error:  # noqa: BLE001 (raised below)
            errors.append(error)
        finally:
            done.release()

    # Record in a separate thread, which Ctrl-C does not reach: an interrupted recording would
    # leave PyTorch unable to use the GPU.
    try:
        start_new_thread(find, ())
        done.acquire()
    except RuntimeError:  # there are too many threads
        raise
    except BaseException:  # Ctrl-C
        while not (found or errors):
            time.sleep(1e-3)
        raise
    if errors:
        raise errors[0]
    return found[0]


def _record(
    function: Callable[[], Tensors], rehearsal: Callable[[], object], device: torch.device
) -> tuple[Callable[[], None], Tensors]:
    with _one_at_a_time, torch.cuda.device(device):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that not every wait may be detected
            before = torch.cuda.get_sync_debug_mode()
            torch.cuda.set_sync_debug_mode("error")
            try:
                rehearsal()
            finally:
                torch.cuda.set_sync_debug_mode(before)
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the GPU during the recording.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            results = function()
    return graph.replay, results


def _copy(pairs: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> None:
    """Copy the second tensor of each pair into the first, all in one kernel."""
    if pairs := list(pairs):
        torch._foreach_copy_(*map(list, zip(*pairs, strict=True)))


def _apart(results: tuple[Tensors, Tensors], values: Tensors) -> tuple[Tensors, Tensors]:
    """Return a step's results, copying any that shares memory with `values` or another."""
    taken = {value.untyped_storage()._cdata for value in values}

    def own(value: torch.Tensor) -> torch.Tensor:
        if value.untyped_storage()._cdata in taken:
            value = value.clone()
        taken.add(value.untyped_storage()._cdata)
        return value

    new, outputs = results
    return [own(value) for value in new], [own(value) for value in outputs]
