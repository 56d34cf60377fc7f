"""One library on a GPU: our steps and the same by hand, a whole run of `sgd`, and memory.

Run as ``on_gpu.py {jax,pytorch} {float64,float32}``, in a process of its own, so that no other
library holds memory on the card; it prints JSON.
"""

import functools
import json
import operator
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarking import by_hand, peers
from benchmarking.machine import say
from benchmarking.steps import agree
from benchmarking.tasks import of_tutorials
from theano_tutorial import backends, data
from theano_tutorial.recipes import sgd

ROUNDS = 21  # short ones, as the machine's other load changes from second to second
SECONDS = 0.02  # of steps in a turn, at least
STEPS = 10, 83, 60, 100, 20  # in one call, by task
COMPARED = 7  # costs from one call
PUBLISHED = 0.075, 719 / 9600  # document 3's errors


def measure(task, n, makers):
    """Return everyone's milliseconds a step in both forms, and the ratios; they take turns.

    The forms are a call a step and `n` steps in one call. Exits if their costs differ.
    """
    steps, expected = {}, None
    for name, make in makers.items():
        step = make(task)
        costs = [float(step(index)) for index in range(3)]
        several = [float(cost) for cost in step.several(n)]
        # Where maxima tie, pooling's gradients differ, and the costs more with each step.
        costs += [] if task.maps else several[:COMPARED]
        expected = costs if expected is None else expected
        if not agree(costs, expected, task):
            sys.exit(f"{task.name}: {name} computes {costs}, others {expected}")
        steps[f"{name}, a call a step"] = functools.partial(one_by_one, step, n)
        steps[f"{name}, one call"] = functools.partial(step.several, n)
    for take in steps.values():
        take()  # compiles what is not compiled yet
    times = {name: [] for name in steps}
    for turn in range(ROUNDS):
        for name in list(steps)[:: -1 if turn % 2 else 1]:
            times[name].append(1000 * seconds_a_step(steps[name], n))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for form in ("a call a step", "one call"):  # turn by turn, as the pace changes
        ratios = map(operator.truediv, *(times[f"{name}, {form}"] for name in makers))
        medians[f"{' / '.join(makers)}, {form}"] = statistics.median(ratios)
    told = ", ".join(f"{name} {figure:.3f}" for name, figure in medians.items())
    say(f"  {task.name}, ms a step: {told}")
    return medians


def seconds_a_step(take, n):
    """Return the seconds that a step took, from calls of `n` steps repeated for one turn."""
    started, turns = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS:
        take()
        turns += 1
    return (time.perf_counter() - started) / turns / n


def one_by_one(step, n):
    """Take `n` steps with a call each, and fetch each cost."""
    for index in range(n):
        float(step(index))


def train(dtype, mode):
    """Train `sgd` to its end; return epochs a second, and whether it is as published."""
    import pytensor

    digits = data.load("mnist", dtype=dtype)
    with pytensor.config.change_flags(floatX=dtype):
        program = sgd.build(digits, mode=mode)
    start = sgd.start(program)
    sgd.fit(program)  # compiles, for calls of 83 steps and of 82
    run = sgd.fit(program, progress=start)
    best = run.progress.stopping.best_validation_error, run.progress.best_test_error
    return {
        "epochs": len(run.progress.epochs),
        "epochs_per_second": len(run.progress.epochs) / run.train_seconds,
        "as_published": bool(np.allclose(best, PUBLISHED, rtol=0, atol=1e-12)),
    }


def peak_memory(backend):
    """Return the peak number of bytes used on the device, or None if nothing counts them."""
    if backend == "jax":
        import jax

        return (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    import torch

    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None


def card(backend):
    """Return the device's own name, and the library's version."""
    if backend == "jax":
        import jax

        return f"{jax.devices()[0].device_kind} (JAX {jax.__version__})"
    import torch

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return f"{name} (PyTorch {torch.__version__})"


def main(backend, dtype):
    """Measure and print."""
    mode = backends.mode(backend)
    hand = by_hand.in_jax
    if backend == "pytorch":
        hand = functools.partial(by_hand.in_pytorch, device=backends.device_of(mode))
    makers = {"ours": lambda task: peers.ours(task, backend), "by hand": hand}
    trained = train(dtype, mode)
    memory = peak_memory(backend)
    tasks = of_tutorials(data.load("mnist", dtype=dtype).train)
    steps = {task.name: measure(task, n, makers) for task, n in zip(tasks, STEPS, strict=True)}
    found = {"card": card(backend), "sgd": trained, "memory": memory, "steps": steps}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
