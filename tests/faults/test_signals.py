"""Signals, readers and terminals that leave: what was done is saved, without a traceback."""

import io
import json
import os
import pty
import signal
import sys
import time
from pathlib import Path

import pytest
import tqdm.std
from PIL import Image

import theano_tutorial
from faults.processes import (
    COMMAND,
    DRAWN,
    SAVING,
    check_whole,
    end,
    environment,
    left,
    start,
    wait_for,
)
from theano_tutorial.cli import interrupt
from theano_tutorial.cli import start as cli_start
from theano_tutorial.system import terminal
from theano_tutorial.train import main

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("somewhere_else")]

SMALL = {
    "tanh": ["tanh", "--train-size", "50", "--hidden-units", "5", *DRAWN],
    "sgd": ["sgd", "--train-size", "500", "--batch-size", "500", *DRAWN],
}
LENGTH = {"tanh": "--iterations", "sgd": "--epochs"}
ENDLESS = "1000000"


def endless(name, command=COMMAND, **options):
    """Start a run that has to be stopped; it has begun to train."""
    process = start(
        [*SMALL[name], LENGTH[name], ENDLESS, "--output", "part"], command, **options
    )
    if process.stdout is not None:
        wait_for(process, "epoch 2" if name == "sgd" else "Log-likelihood")
    return process


def check_resumed(name, tmp_path):
    """Check that a stopped run goes on to where one that was left alone comes."""
    trace, _ = left(tmp_path / "part" / name)
    assert trace["interrupted"]
    done = len(trace["epochs" if name == "sgd" else "log_likelihood"])
    length = [LENGTH[name], str(done + 5), "--quiet", "--output"]
    assert main([*SMALL[name], *length, "part", "--resume"]) == 0
    assert main([*SMALL[name], *length, "whole"]) == 0
    assert left(tmp_path / "part" / name) == left(tmp_path / "whole" / name)


@pytest.mark.parametrize("name", SMALL)
def test_sigterm_saves_and_exits_143(name, tmp_path):
    with endless(name) as process:
        process.terminate()
        code, errors = end(process)
    assert code == 143
    assert errors.startswith("Interrupted after ")
    assert errors.endswith(f"; saved in part/{name}.\n")
    check_resumed(name, tmp_path)


@pytest.mark.parametrize("presses", [2, 3])
def test_ctrl_c_again_stops_at_once_and_harms_nothing(presses, tmp_path):
    with endless("tanh", SAVING) as process:
        for _ in range(presses):
            process.send_signal(signal.SIGINT)
            time.sleep(0.002)  # or they would be one to the system
        code, _ = end(process)
    assert code in (130, -signal.SIGINT)
    folder = tmp_path / "part" / "tanh"
    check_whole(folder)
    again = [*SMALL["tanh"], "--quiet", "--output", "part", "--resume", "--iterations", "3000"]
    assert main(again) == 0
    trace, _ = left(folder)
    assert len(trace["log_likelihood"]) == 3000
    assert sorted(path.name for path in folder.iterdir()) == [
        "log.csv",
        "model.npz",
        "progress.npz",
        "trace.json",
    ]


def test_what_each_signal_does(monkeypatch):
    """Waited for, once; then not; the third, while cleaning up, ends the process."""
    exits = []
    monkeypatch.setattr(os, "_exit", exits.append)
    before = signal.getsignal(signal.SIGTERM)
    with interrupt.listening() as outer:
        with interrupt.between_steps() as stop:
            assert stop is outer
            assert not stop()
            signal.raise_signal(signal.SIGTERM)
            assert stop()
            with pytest.raises(interrupt.Interrupted):
                signal.raise_signal(signal.SIGTERM)
        with pytest.raises(interrupt.Interrupted):
            signal.raise_signal(signal.SIGINT)
    assert exits == [130]
    assert signal.getsignal(signal.SIGTERM) == before
    with interrupt.listening() as request:
        with pytest.raises(interrupt.Interrupted):  # nothing to wait for
            signal.raise_signal(signal.SIGTERM)
        assert request.exit_code == 143


def test_a_signal_where_no_exception_gets_out():
    """While an object is deleted: it is raised again, in a moment, and wakes who sleeps."""

    class Deleted:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    with interrupt.listening(), pytest.raises(interrupt.Interrupted):
        Deleted()
        started = time.monotonic()
        time.sleep(10)
    assert time.monotonic() - started < 5


def test_a_signal_that_a_library_takes_for_something_else(capsys):
    def command():
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            raise ImportError("initialization failed") from None

    assert cli_start.run(command, is_program=False) == 143
    assert capsys.readouterr().err == "Interrupted.\n"
    with pytest.raises(ZeroDivisionError):
        cli_start.run(lambda: 1 // 0, is_program=False)


SCRIPT = "import sys; from theano_tutorial.train import main; sys.exit(main())"  # as pip's


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "command",
    [["-m", "theano_tutorial.train"], ["-m", "theano_tutorial.predict"], ["-c", SCRIPT]],
    ids=["train", "predict", "script"],
)
def test_a_signal_while_the_program_is_imported(command, signum, tmp_path):
    """It comes when argparse, which each command needs, is looked for."""
    comes = f"import os; os.kill(os.getpid(), {int(signum)}); import time; time.sleep(60)\n"
    (tmp_path / "argparse.py").write_text(comes)
    paths = os.pathsep.join(map(str, (tmp_path, Path(theano_tutorial.__file__).parents[1])))
    options = {"env": environment(PYTHONPATH=paths), "cwd": tmp_path}
    code, errors = end(start([], [sys.executable, "-P", *command], **options))
    assert (code, errors) == (128 + signum, "")


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_a_signal_that_was_ignored_from_the_beginning(name, tmp_path):
    """As a script's shell has it for what it starts in the background."""
    ignoring = ["sh", "-c", f'trap "" {name}; exec "$@"', "sh", *COMMAND]
    arguments = [*SMALL["tanh"], "--iterations", "3000", "--output", "part"]
    with start(arguments, ignoring) as process:
        wait_for(process, "Log-likelihood")
        process.send_signal(signal.Signals[f"SIG{name}"])
        assert end(process) == (0, "")
    trace, _ = left(tmp_path / "part" / "tanh")
    assert len(trace["log_likelihood"]) == 3000


# Prepares a terminal of its own for the command that follows.
TERMINAL = """
import fcntl, os, signal, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[1] == "nohup" else signal.SIG_DFL)
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize("how", ["nohup", "plain"])
def test_a_terminal_that_goes_away(how, tmp_path):
    """The run ends as SIGTERM ends it; under nohup it goes on to its end."""
    mine, theirs = pty.openpty()
    command = [sys.executable, "-c", TERMINAL, how, *COMMAND]
    length = ["--iterations", "3000" if how == "nohup" else ENDLESS, "--output", "part"]
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with start([*SMALL["tanh"], *length], command, **streams) as process:
        os.close(theirs)
        seen = b""
        while b"Log-likelihood" not in seen:
            seen += os.read(mine, 4096)
        os.close(mine)
        assert process.wait(120) == (0 if how == "nohup" else 129)
    trace, _ = left(tmp_path / "part" / "tanh")
    assert trace["interrupted"] == (how != "nohup")


CLOSED = ["<&- >&- 2>&-", "2>&1 | head -1"]
if os.path.exists("/dev/full"):  # noqa: PTH110  (a path has no other use here)
    CLOSED.append(">/dev/full")


@pytest.mark.parametrize("streams", CLOSED)
def test_nobody_reads_what_is_printed(streams, tmp_path):
    arguments = [*SMALL["tanh"], "--iterations", "300", "--output", "part"]
    shell = ["bash", "-o", "pipefail", "-c", f'"$@" {streams}', "bash"]
    code, errors = end(start(arguments, [*shell, *COMMAND]))
    full = "Standard output cannot be written (No space left on device).\n"
    assert (code, errors) == ((2, full) if "full" in streams else (0, ""))
    trace, _ = left(tmp_path / "part" / "tanh")
    assert len(trace["log_likelihood"]) == 300


if ">/dev/full" in CLOSED:

    @pytest.mark.parametrize("module", ["train", "predict", "legacy"])
    def test_help_that_is_lost_is_an_error(module):
        shell = ["bash", "-c", '"$@" >/dev/full', "bash"]
        command = [*shell, sys.executable, "-m", f"theano_tutorial.{module}"]
        code, errors = end(start(["--help"], command))
        assert code == 2
        assert errors == "Standard output cannot be written (No space left on device).\n"

    @pytest.mark.parametrize("images", [[], ["one.png"]])
    def test_labels_that_are_lost_are_an_error(images):
        image = Image.new("L", (60, 80), 255)
        image.paste(0, (26, 16, 33, 64))
        image.save("one.png")
        assert end(start([*SMALL["tanh"], "--iterations", "2", "--output", "part"])) == (0, "")
        arguments = [
            "part/tanh/model.npz",
            *(images or ["--dataset", "rendered"]),
            "--no-plots",
        ]
        shell = ["bash", "-c", '"$@" >/dev/full', "bash"]
        predict = [sys.executable, "-m", "theano_tutorial.predict"]
        code, errors = end(start(arguments, [*shell, *predict]))
        assert code == 2
        assert errors == "Standard output cannot be written (No space left on device).\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_clock_that_goes_backwards(tmp_path, monkeypatch):
    """Neither the run nor its progress bar looks at it."""
    now = iter(range(10**9, 0, -1000))
    for module in (time, tqdm.std):
        monkeypatch.setattr(module, "time", lambda: float(next(now)), raising=True)
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.Console(50, "steps") as bar:
        for done in range(50):
            time.sleep(0.01)
            bar.advance_to(done + 1)
    shown = [text for text in screen.getvalue().split("\r") if "steps/s" in text]
    assert int(shown[-1].split("/")[0].split()[-1]) > 0  # it moved
    assert "-" not in shown[-1]  # a speed, or a time, below 0
    length = ["--iterations", "20", "--output", "part"]
    assert main([*SMALL["tanh"], *length]) == 0
    trace = json.loads((tmp_path / "part" / "tanh" / "trace.json").read_text())
    assert all(0 <= seconds < 60 for seconds in trace["seconds"].values())
