"""Milliseconds a step: everyone does the same step, in turns, once their numbers agree."""

import statistics
import sys
import time
import warnings

import numpy as np

from benchmarking.machine import spread

AIM = 0.15  # seconds of steps in a turn


def compare(task, contestants, rounds, report=print):
    """Measure everyone who can do a task.

    Parameters
    ----------
    task
        A `peers.Task`.
    contestants
        By name, functions that make a step.
    rounds
        How often everyone has a turn; who has had the first turn has the next one last.
    report
        Called with a line of progress.

    Returns
    -------
    By name: the median of milliseconds a step, and the spread of the middle half.
    """
    steps, counts = {}, {}
    expected = None
    for name, make in contestants.items():
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            step = make(task)
            if step is None:
                continue
            costs = [float(step(index)) for index in range(3)]
        if expected is None:
            expected = costs
        if not np.allclose(costs, expected, rtol=1e-9 if task.x.dtype == np.float64 else 1e-4):
            sys.exit(f"{task.name}: {name} computes {costs}, others {expected}")
        steps[name] = step
        batches = len(task.y) // task.size
        one = min(_seconds(step, 1) for _ in range(3))
        counts[name] = max(1, min(batches if task.batch else 50, int(AIM / one)))
        report(f"{task.name}: {name} is ready after {time.perf_counter() - started:.1f} s")
    times = {name: [] for name in steps}
    names = list(steps)
    for round_number in range(rounds):
        for name in names[round_number % len(names) :] + names[: round_number % len(names)]:
            time.sleep(0.02)  # until others' threads have gone to sleep
            _seconds(steps[name], 1)  # and one's own are awake
            ms = 1000 * _seconds(steps[name], counts[name]) / counts[name]
            times[name].append(ms)
    for step in steps.values():
        getattr(step, "close", lambda: None)()
    return {
        name: {"ms": statistics.median(values), "spread": spread(values)}
        for name, values in times.items()
    }


def _seconds(step, count):
    if hasattr(step, "seconds"):
        return step.seconds(count)
    started = time.perf_counter()
    for index in range(count):
        step(index)
    return time.perf_counter() - started
