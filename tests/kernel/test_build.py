"""Compiling the kernel: everything works without one, and nothing is left lying about."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from theano_tutorial import kernel, published
from theano_tutorial.kernel import build
from theano_tutorial.kernel.build import Build
from theano_tutorial.system.folders import cache_folder

pytestmark = pytest.mark.skipif(
    os.name != "posix" or build._compiler() is None, reason="it needs a C compiler"
)
DATA = os.environ.get("THEANO_TUTORIAL_DATA") or str(cache_folder())


def start(program, folder, **environment):
    """Start a Python program that keeps its libraries and temporary files in a folder."""
    cache = {"THEANO_TUTORIAL_CACHE": str(folder), "TMPDIR": str(folder)}
    given = {name: str(value) for name, value in environment.items()}
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"THEANO_TUTORIAL_DATA": DATA} | cache | given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, code=0):
    """Return what a program printed, and said of errors; it must have ended with that code."""
    with process:
        try:
            output, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == code, errors
    return output, errors


def left_in(folder):
    """Return the libraries in a folder, in which there is nothing of a build."""
    assert not list(folder.rglob("building-*"))
    return sorted(folder.rglob("*.so"))


def command(folder, body):
    """Return a program that may stand in for the compiler."""
    path = folder / "command"
    path.write_text(body)
    path.chmod(0o755)
    return path


TRAINING = """
from theano_tutorial import kernel
from theano_tutorial.train import main
code = main(["softmax", "--dataset", "mnist", "--iterations", "2"])
print(kernel.load("float64") is not None)
raise SystemExit(code)
"""
FAILS = "#!/bin/sh\nexit 1\n"
KNOWS_NO_NATIVE = """#!/bin/sh
for option in "$@"; do [ "$option" = -march=native ] && exit 1; done
exec cc "$@"
"""


@pytest.mark.parametrize(
    ("name", "value", "libraries"),
    [
        ("CC", "", 1),  # as usual
        ("CC", FAILS, 0),
        ("CC", KNOWS_NO_NATIVE, 1),
        ("PATH", "", 0),
        ("THEANO_TUTORIAL_CACHE", "", 1),  # a file where a folder should be
        ("THEANO_TUTORIAL_KERNEL", "numpy", 0),
    ],
    ids=["usual", "fails", "no native", "no compiler", "no cache", "turned off"],
)
def test_training_gives_the_published_numbers(name, value, libraries, tmp_path, mnist):
    if name != "THEANO_TUTORIAL_KERNEL" and (name, value) != ("CC", ""):
        value = command(tmp_path, value)
    output, _ = finish(start(TRAINING, tmp_path, **{name: value}))
    lines = [line for line in output.splitlines() if line.startswith("Log-likelihood = ")]
    numbers = [float(line.split("\t")[0].removeprefix("Log-likelihood = ")) for line in lines]
    assert numbers == pytest.approx(published.SOFTMAX_LOG_LIKELIHOOD[:2], abs=5e-12)
    assert len(left_in(tmp_path)) == libraries
    assert output.splitlines()[-1] == str(libraries == 1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder where this process keeps its libraries."""
    monkeypatch.setenv("THEANO_TUTORIAL_CACHE", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "kernels"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A good library, of float64."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THEANO_TUTORIAL_CACHE", str(tmp_path_factory.mktemp("good")))
        return Build("float64").wait()


def test_a_library_is_compiled_once(folder, library):
    folder.mkdir(mode=0o700)
    (folder / library.name).write_bytes(library.read_bytes())
    found = Build("float64")
    assert found._process is None
    assert found.wait() == folder / library.name


@pytest.mark.parametrize("body", ["\x7fELF, but not really", "", None])
def test_a_compiler_that_is_none(folder, tmp_path, monkeypatch, body):
    compiler = tmp_path / "nothing" if body is None else command(tmp_path, body)
    monkeypatch.setenv("CC", str(compiler))
    assert Build("float64").wait() is None
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("length", [0, 1000, 4096, 12288, -1])
@pytest.mark.parametrize("filler", [b"", b"\0"])
def test_a_damaged_library_is_compiled_again(folder, library, length, filler):
    """Cut off, or with zeros where the rest was: the linker would crash, or find nothing."""
    folder.mkdir(mode=0o700)
    whole = library.read_bytes()
    damaged = folder / library.name
    damaged.write_bytes(whole[:length] + filler * (len(whole) - len(whole[:length])))
    again = Build("float64").wait()
    assert again.read_bytes() != damaged.read_bytes() or again == damaged
    assert left_in(folder) == [again]
    assert kernel.Kernel(again, "float64")


def test_a_library_that_another_may_have_put_there(folder, monkeypatch):
    """The temporary folder is everyone's: what lies there is run only if it is surely ours."""
    folder.write_text("not a folder")
    ours = Build("float64").wait()
    private = ours.parent
    assert private.parent.parent == folder.parent / "temporary"
    assert Build("float64").library == ours
    for ours_alone in (private, private.parent):
        ours_alone.chmod(0o777)
        assert Build("float64").wait() is None
        ours_alone.chmod(0o700)
    if os.getuid() == 0:
        os.chown(private, 12345, -1)
    else:
        monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert not build._is_ours(private)


BOTH = """
from theano_tutorial import kernel
for dtype in ("float64", "float32"):
    kernel.prepare(dtype)
assert kernel.load("float64") and kernel.load("float32")
"""


def test_two_programs_at_once(tmp_path):
    with start(BOTH, tmp_path) as one, start(BOTH, tmp_path) as other:
        finish(one)
        finish(other)
    assert len(left_in(tmp_path)) == 2


def test_the_end_before_the_compiler_s(tmp_path):
    """A program that ends early, and one that is stopped while it waits, clean up."""
    slow = command(tmp_path, "#!/bin/sh\nexec sleep 600\n")
    begin = "from theano_tutorial import kernel; kernel.prepare('float64'); "
    # Tests that are run in the background have Ctrl-C ignored, as have their children.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    wait = f"{listen}{begin}print('now', flush=True); kernel.load('float64')"
    with (
        start(begin, tmp_path / "1", CC=slow) as ends,
        start(wait, tmp_path / "2", CC=slow) as waits,
    ):
        assert waits.stdout.readline() == "now\n"
        assert list((tmp_path / "2").rglob("building-*"))
        time.sleep(0.1)
        waits.send_signal(signal.SIGINT)
        _, errors = finish(waits, -signal.SIGINT)
        assert "KeyboardInterrupt" in errors
        finish(ends)
    for folder in ("1", "2"):
        assert left_in(tmp_path / folder) == []


FORKING = """
import hashlib, multiprocessing
import numpy as np
from theano_tutorial.system import threads
from theano_tutorial import kernel

rng = np.random.default_rng(0)
x, W, y = rng.random((300, 784)), rng.normal(size=(784, 10)), rng.integers(10, size=300)

def call():
    return kernel.load("float64").log_likelihood(x, W, np.zeros(10), y, 1.0, False)

def child(queue):
    queue.put(call())

def in_child():
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    process = fork.Process(target=child, args=(queue,))
    process.start()
    arrays = queue.get(timeout=30)
    process.join(30)
    assert process.exitcode == 0
    return arrays

kernel.prepare("float64")
before = in_child()  # while the compiler is at work
first, second = call(), call()
for one, other in zip(first, second):
    assert one.tobytes() == other.tobytes()
for arrays in (before, in_child()):
    for one, other in zip(first, arrays):
        assert one.tobytes() == other.tobytes()
print(threads.count(), *(hashlib.sha256(a.tobytes()).hexdigest() for a in first))
"""


def test_the_same_bits_in_every_program_and_none_hangs_in_a_child(tmp_path):
    """With three threads; a forked child has none of its parent's, and starts its own."""
    printed = {
        finish(start(FORKING, tmp_path / name, OMP_NUM_THREADS=3))[0] for name in ("1", "2")
    }
    assert len(printed) == 1
    assert printed.pop().startswith("3 ")
    assert left_in(tmp_path)


AMIDST_A_CALL = """
import os, signal, threading
import numpy as np
from theano_tutorial import kernel

x, W, y = np.ones((31, 20000)), np.ones((20000, 10)), np.zeros(31, int)

def call():
    kernel.load("float64").log_likelihood(x, W, np.zeros(10), y, 1.0, False)

def forever():
    while True:
        call()

call()
threading.Thread(target=forever, daemon=True).start()
for _ in range(8):
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        call()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_fork_while_a_thread_is_in_the_kernel(tmp_path):
    """The child has not that thread, and does not wait for it."""
    finish(start(AMIDST_A_CALL, tmp_path, OMP_NUM_THREADS=1))


def test_arguments_that_are_no_dtype():
    assert kernel.load("float16") is None
    kernel.prepare("float16")


def test_it_is_compiled_from_a_zip_archive_too(tmp_path):
    """As `zipapp` and PEX make them; the compiler cannot read what is in there."""
    package = Path(build.__file__).parent.parent
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        for path in package.rglob("*.*"):
            if "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(package.parent))
    program = f"""
import sys
sys.path[0] = {str(tmp_path / "package.zip")!r}
from theano_tutorial import kernel
print(kernel.__file__, kernel.load("float64") is not None)
"""
    output, errors = finish(start(program, tmp_path))
    place = tmp_path / "package.zip" / "theano_tutorial" / "kernel" / "__init__.py"
    assert (output, errors) == (f"{place} True\n", "")
    assert len(left_in(tmp_path)) == 1
