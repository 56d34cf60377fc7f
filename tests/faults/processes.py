"""Trainings in processes of their own, and what they leave behind."""

import json
import os
import signal
import subprocess
import sys
import time

from theano_tutorial.system.files import load_arrays

COMMAND = [sys.executable, "-m", "theano_tutorial.train"]
# The same, which saves its progress after every step.
SAVING = [
    sys.executable,
    "-c",
    "import sys\n"
    "from theano_tutorial.runs import resume\n"
    "resume.EVERY = resume.TIMES = 0\n"
    "from theano_tutorial.train import main\n"
    "sys.exit(main())",
]
# Short steps, so that much can be killed; on the digits that are read fastest.
FULL_BATCH = ["--train-size", "50", "--iterations", "2000"]
RUNS = {
    "softmax": ["softmax", *FULL_BATCH, "--learning-rate", "0.05"],
    "tanh": ["tanh", *FULL_BATCH, "--hidden-units", "5", "--seed", "7"],
    "sgd": ["sgd", "--train-size", "1000", "--batch-size", "500", "--epochs", "60"],
    "exercise": ["exercise", "--batch-size", "20", "--momentum", "0.5", "--iterations", "900"],
}
DRAWN = ["--dataset", "rendered", "--no-plots"]


def new_process(program, *arguments, **changes):
    """Run a program in a new process, with changes to the environment; return what it prints.

    It fails in nothing, and says nothing on standard error.
    """
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment(**changes),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


class Training(subprocess.Popen):
    """A process that ends with the test that started it, also with one that fails."""

    def __exit__(self, kind, error, traceback):
        if kind is not None:
            self.kill()
        super().__exit__(kind, error, traceback)


def start(arguments, command=COMMAND, **options):
    """Start a training with its output in pipes."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return Training([*command, *arguments], text=True, **(pipes | options))


def wait_for(process, text):
    """Read a process's lines until one has a text in it."""
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"it ended without {text!r}: {process.stderr.read()}")


def end(process):
    """Wait for a process; return its exit code and what it said on standard error."""
    _, errors = process.communicate(timeout=120)
    assert "Traceback" not in errors
    return process.returncode, errors


def left(folder):
    """Return all that a run leaves behind but times: its trace and the bytes of its model."""
    trace = json.loads((folder / "trace.json").read_text())
    del trace["seconds"]
    return trace, (folder / "model.npz").read_bytes()


def check_whole(folder):
    """Check that whatever is there can be read; return whether a save was cut short."""
    for path in folder.glob("[!.]*.npz"):
        load_arrays(path)
    if (folder / "trace.json").exists():
        left(folder)
    return any(folder.glob(".*.theano-tutorial"))


def killed_until_done(name, folder, kills, rng):
    """Kill a run several times, then let it end; return how many kills cut a save short.

    One kill in six comes while the process starts, the others while it trains. A run may end
    before its kills are used up; then another begins.
    """
    arguments = [*RUNS[name], *DRAWN, "--output", str(folder), "--resume"]
    in_saves = done = 0
    while done < kills:
        with start(arguments, SAVING) as process:
            if rng.random() < 1 / 6:
                time.sleep(rng.uniform(0, 1))
            else:
                process.stdout.readline()
                if name == "sgd":
                    wait_for(process, "epoch ")
                time.sleep(rng.uniform(0, 0.5))
            process.kill()
        if process.returncode == 0:  # it was faster
            break
        assert process.returncode == -signal.SIGKILL
        done += 1
        in_saves += check_whole(folder / name)
    code, _ = end(start(arguments))
    assert code == 0
    return done, in_saves


def environment(**changes):
    """Return this process's environment with changes; None removes a variable."""
    merged = os.environ | changes
    return {name: value for name, value in merged.items() if value is not None}
