"""Whole commands: how soon they print, how long they take, how much memory they need."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarking.machine import spread

HERE = Path(__file__).parent
# Caches of compiled code; a cold start has each in an empty folder.
CACHES = {
    "PYTENSOR_FLAGS": "base_compiledir={}/pytensor",
    "THEANO_FLAGS": "base_compiledir={}/theano,device=cpu",
    "NUMBA_CACHE_DIR": "{}/numba",
    "THEANO_TUTORIAL_CACHE": "{}/ours",
    "TORCHINDUCTOR_CACHE_DIR": "{}/torch",
    "JAX_COMPILATION_CACHE_DIR": "{}/jax",
}


def environment(folder, **more):
    """Return the environment of a process whose caches are in a folder."""
    return os.environ | {key: value.format(folder) for key, value in CACHES.items()} | more


def run(command, folder, **more):
    """Run a command; return when its first result came, when it ended, peak memory and output.

    Times are seconds from the start of the process; memory is in bytes.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(folder, **more),
    )
    first, lines = None, []
    for line in process.stdout:
        if first is None and line.startswith(("Log-likelihood", "epoch")):
            first = time.perf_counter() - started
        lines.append(line)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        sys.exit(f"{command}: {process.stderr.read()[-2000:]}")
    if lines[0].startswith("Log-likelihood") and not lines[0].startswith(
        "Log-likelihood = -2.3025"
    ):
        sys.exit(f"{command} printed {lines[0]!r}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"first": first, "seconds": seconds, "peak": peak, "output": "".join(lines)}


def starts(mnist, theano=None, full=True):
    """Return, by name, the seconds to the first result, cold and warm, and peak memory."""
    from theano_tutorial import backends

    ours = [sys.executable, "-m", "theano_tutorial.train", "softmax", "--iterations", "10"]
    peers = [sys.executable, str(HERE / "first_line.py")]
    there = [name for name in backends.NAMES[1:] if not backends.why_unavailable(name)]
    backends_used = there if full else ["numpy"]
    commands = {f"ours, {name}": [*ours, "--backend", name] for name in backends_used}
    commands["NumPy by hand"] = [*peers, "numpy", mnist, "10"]
    if "pytorch" in there:
        commands["PyTorch"] = [*peers, "pytorch", mnist, "10"]
    if "jax" in there:
        commands["JAX, jit"] = [*peers, "jax", mnist, "10"]
    if full:
        commands["PyTensor as it comes"] = [*peers, "pytensor", mnist, "10"]
    if theano:
        commands["Theano 1.0.5"] = [theano, str(HERE / "theano_worker.py"), "first", mnist]
    return alternate(commands, 3)


def alternate(commands, warm_rounds):
    """Return, by name, each command's cold start and the median of its warm ones."""
    found = {}
    with tempfile.TemporaryDirectory() as root:
        folders = {name: f"{root}/{number}" for number, name in enumerate(commands)}
        for name, command in commands.items():
            Path(folders[name]).mkdir()
            found[name] = {"cold": run(command, folders[name])["first"], "warm": []}
        for _ in range(warm_rounds):
            for name, command in commands.items():
                result = run(command, folders[name])
                found[name]["warm"].append(result["first"])
                found[name]["peak"] = result["peak"]
    for result in found.values():
        result["warm"] = statistics.median(result["warm"])
    return found


def whole(mnist, theano=None, rounds=3):
    """Return the seconds that whole commands take, warm, by recipe and dtype, then by name."""
    from theano_tutorial import backends

    there = [name for name in ("numpy", "c") if not backends.why_unavailable(name)]
    commands = {}
    for dtype in ("float64", "float32"):
        for recipe in ("softmax", "tanh", "sgd"):
            ours = [sys.executable, "-m", "theano_tutorial.train", recipe, "--dtype", dtype]
            for backend in there:
                command = [*ours, "--backend", backend]
                commands[f"{recipe}, {dtype}", f"ours, {backend}"] = (command, {})
        if theano:
            worker = [theano, str(HERE / "theano_worker.py"), "sgd", mnist]
            flags = CACHES["THEANO_FLAGS"] + f",floatX={dtype}"
            commands[f"sgd, {dtype}", "Theano 1.0.5"] = (worker, {"THEANO_FLAGS": flags})
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for warm in range(1 + rounds):
            for (task, name), (command, flags) in commands.items():
                more = {key: value.format(folder) for key, value in flags.items()}
                result = run(command, folder, **more)
                if task.startswith("sgd"):
                    _check_sgd(result["output"])
                if warm:
                    found.setdefault(task, {}).setdefault(name, []).append(result["seconds"])
    return {
        task: {
            name: {"seconds": statistics.median(values), "spread": spread(values)}
            for name, values in names.items()
        }
        for task, names in found.items()
    }


def _check_sgd(output):
    if not re.search(r"7\.500000.*7\.489583", output, re.DOTALL):
        sys.exit(f"sgd ended otherwise than published: {output[-500:]}")
