"""Milliseconds a step: contestants whose numbers agree take the same step in turns."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarking import peers, tasks
from benchmarking.machine import spread

AIM = 0.25  # seconds of steps in a turn
PAUSE = 0.25  # seconds before a turn: some libraries' threads stay awake that long


def agree(costs, expected, task):
    """Return whether two contestants' first costs are the same.

    The first cost needs no gradient. Where maxima tie, as on blank paper, PyTorch's own pooling
    passes the gradient to one of them and Theano's to each, so that LeNet's later costs differ
    by some 2e-7.
    """
    accuracy = 1e-9 if task.x.dtype == np.float64 else 1e-4
    later = max(accuracy, 1e-6) if task.maps else accuracy
    return np.isclose(costs[0], expected[0], rtol=accuracy) and np.allclose(
        costs, expected, rtol=later
    )


def compare(task, contestants, rounds, report=print):
    """Measure every contestant that can do a task.

    `contestants` are commands by name (see `peers.Worker`). Each has `rounds` turns; whoever
    was first in a round is last in the next. `report` is called with lines of progress.

    Returns, by name, the median of milliseconds a step and the relative width of the middle
    half.
    """
    workers, counts, expected = {}, {}, None
    with tempfile.TemporaryDirectory() as folder:
        tasks.save(task, Path(folder))
        for name, command in contestants.items():
            started = time.perf_counter()
            worker = peers.Worker(command, folder)
            if worker.can == "cannot":
                worker.close()
                continue
            costs = [worker.run(index, index + 1)[0] for index in range(3)]
            expected = costs if expected is None else expected
            if not agree(costs, expected, task):
                sys.exit(f"{task.name}: {name} computes {costs}, others {expected}")
            workers[name] = worker
            one = min(worker.run(0, 1)[1] for _ in range(3))
            batches = len(task.y) // task.size if task.batch else 50
            counts[name] = max(1, min(batches, int(AIM / one)))
            report(f"{task.name}: {name}, ready after {time.perf_counter() - started:.1f} s")
    times = {name: [] for name in workers}
    names = list(workers)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            time.sleep(PAUSE)
            workers[name].run(0, max(1, counts[name] // 2))  # wakes its own threads
            times[name].append(1000 * workers[name].run(0, counts[name])[1] / counts[name])
    for worker in workers.values():
        worker.close()
    return {
        name: {"ms": statistics.median(values), "spread": spread(values)}
        for name, values in times.items()
    }
