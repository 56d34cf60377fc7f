"""Folders that are taken, full, read-only or missing: said in a line, and nothing is lost."""

import contextlib
import errno
import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from faults.processes import COMMAND, DRAWN, end, environment, left, start, wait_for
from theano_tutorial import backends
from theano_tutorial.cli import output_folder as output
from theano_tutorial.errors import BackendUnavailable
from theano_tutorial.runs import resume
from theano_tutorial.system import folders, pytensor_setup
from theano_tutorial.system.files import load_arrays
from theano_tutorial.system.folders import cache_folder
from theano_tutorial.system.terminal import Console
from theano_tutorial.train import main

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("somewhere_else")]

SMALL = ["tanh", "--train-size", "50", "--hidden-units", "5", "--quiet", *DRAWN]
OUTPUT = ["--output", "out", "--iterations"]
NOBODY = 65534


def error_of(capsys):
    """Return what was said on standard error, which must be one line."""
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    return errors


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_two_trainings_into_one_folder(tmp_path, capsys):
    """The second is refused; after the first is killed, its folder is free at once."""
    folder = tmp_path / "out" / "tanh"
    with start(["tanh", "--train-size", "50", *DRAWN, *OUTPUT, "1000000"]) as process:
        wait_for(process, "Log-likelihood")
        assert main([*SMALL, *OUTPUT, "5"]) == 2
        expected = "--output: another run is writing to out/tanh; wait for its end"
        assert expected in error_of(capsys)
        softmax = ["softmax", "--train-size", "50", "--quiet", *DRAWN]
        assert main([*softmax, *OUTPUT, "2"]) == 0  # it has a folder of its own
        process.kill()
    assert names_in(folder) in ([".lock"], [".lock", "progress.npz"])
    assert main([*SMALL, *OUTPUT, "5"]) == 0
    assert names_in(folder)[0] != ".lock"
    assert len(left(folder)[0]["log_likelihood"]) == 5


def test_a_lock_that_its_owner_deletes_meanwhile(tmp_path, monkeypatch):
    """Who locks a file that has gone from its folder has locked nothing, and tries again."""
    lock, tries = output._lock, []

    def too_late(handle):
        lock(handle)
        tries.append(handle)
        if len(tries) == 1:
            (tmp_path / ".lock").unlink()

    monkeypatch.setattr(output, "_lock", too_late)
    with output.claim(tmp_path):
        assert len(tries) == 2
        assert (tmp_path / ".lock").exists()
    assert names_in(tmp_path) == []


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    """There runs go on as they did, and leave alone what may be another's."""

    def no_locks(handle):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(output, "_lock", no_locks)
    other = tmp_path / "out" / "tanh" / ".trace.json-abcdefgh.theano-tutorial"
    other.parent.mkdir(parents=True)
    other.write_text("")
    assert main([*SMALL, *OUTPUT, "2"]) == 0
    assert other.exists()


@pytest.mark.parametrize("fails", ["fstat", "samestat", "stat"])
def test_a_file_system_that_cannot_tell_files_apart(fails, tmp_path, monkeypatch):
    """As FAT32 with Python 3.12.0 on Windows: a few tries, then on without a lock."""
    lock, tries = output._lock, []

    def count(handle):
        tries.append(handle)
        assert len(tries) < 100
        lock(handle)

    def fail(*path, **options):
        if fails == "samestat":
            return False
        raise OSError(errno.EINVAL, "The parameter is incorrect")

    other = tmp_path / ".trace.json-abcdefgh.theano-tutorial"
    other.write_text("")
    output.make(tmp_path)
    monkeypatch.setattr(output, "_lock", count)
    with monkeypatch.context() as patched:
        if fails == "stat":
            patched.setattr(Path, "stat", fail)
        else:
            patched.setattr(os if fails == "fstat" else os.path, fails, fail)
        handle = output._open_locked(tmp_path)
    assert handle is None
    assert 1 < len(tries) < 20
    for closed in set(tries):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(closed)
    monkeypatch.setattr(output, "_open_locked", lambda folder: handle)
    with output.claim(tmp_path):
        assert other.exists()  # it may be another run's


def test_what_a_kill_left_is_cleared_and_nothing_else(tmp_path):
    folder = tmp_path / "out" / "tanh"
    folder.mkdir(parents=True)
    ours = [".progress.npz-abcd_123.theano-tutorial", ".trace.json-00000000.theano-tutorial"]
    theirs = [".trace.json-abcdefgh", "notes.theano-tutorial", ".theano-tutorial", "x.npz"]
    for name in [*ours, *theirs]:
        (folder / name).write_text("")
    assert main([*SMALL, *OUTPUT, "2"]) == 0
    assert names_in(folder) == sorted(
        [*theirs, "log.csv", "model.npz", "progress.npz", "trace.json"]
    )


@contextlib.contextmanager
def room_for(size):
    """Let no file become longer, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 1000, 20_000])
def test_a_full_disk_keeps_the_last_good_files(size, tmp_path, capsys):
    """Files of an earlier run, whole and together, not the new one's model with its trace."""
    folder = tmp_path / "out" / "tanh"
    assert main([*SMALL, *OUTPUT, "5"]) == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    capsys.readouterr()
    with room_for(size):
        assert main([*SMALL, *OUTPUT, "9", "--resume"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert errors[0].startswith("Resuming the run in ")
    assert errors[1:] == ["theano-tutorial: error: cannot write to out/tanh: File too large"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert main([*SMALL, *OUTPUT, "9", "--resume"]) == 0
    assert main([*SMALL, "--output", "whole", "--iterations", "9"]) == 0
    assert left(folder) == left(tmp_path / "whole" / "tanh")


@pytest.mark.parametrize("name", ["tanh", "sgd"])
def test_a_disk_that_is_full_for_a_while(name, tmp_path, capsys, monkeypatch):
    """The run goes on and says so once; at its end there is room again."""
    monkeypatch.setattr(resume, "EVERY", 0)
    monkeypatch.setattr(resume, "TIMES", 0)
    length, full = 6, room_for(1000)
    advance_to, done_before = Console.advance_to, [0]

    def count(bar, done):
        if done != done_before[-1]:
            done_before.append(done)
            if done == 2:
                full.__enter__()
            elif done == length:
                full.__exit__(None, None, None)
        advance_to(bar, done)

    monkeypatch.setattr(Console, "advance_to", count)
    recipe = {
        "tanh": [*SMALL, "--iterations"],
        "sgd": ["sgd", "--train-size", "500", "--batch-size", "500", *DRAWN, "--epochs"],
    }[name]
    assert main([*recipe, str(length), "--output", "out"]) == 0
    assert error_of(capsys) == "The progress cannot be saved (File too large).\n"
    monkeypatch.setattr(Console, "advance_to", advance_to)
    assert main([*recipe, str(length), "--output", "whole"]) == 0
    assert left(tmp_path / "out" / name) == left(tmp_path / "whole" / name)


@pytest.fixture(params=["", "tanh"])
def read_only(request, monkeypatch):
    """A folder, or one below it, where nobody may write; permissions do not concern root."""
    folder, temporary = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    for each in (folder, temporary):
        each.chmod(0o777)
    # Where nobody, who has no home, keeps things; or root would find them where its own go.
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    below = folder / request.param
    below.mkdir(exist_ok=True)
    below.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield folder, below
    finally:
        if is_root:
            os.seteuid(0)
        below.chmod(0o700)
        shutil.rmtree(folder)
        shutil.rmtree(temporary)


def test_a_read_only_folder_is_told_before_training(read_only, capsys):
    folder, below = read_only
    assert main([*SMALL, "--output", str(folder)]) == 2
    expected = f"--output: cannot write to {below}: Permission denied"
    assert expected in error_of(capsys)


def test_trainings_at_once_into_one_empty_cache(is_long, tmp_path):
    """Two, with --long four, draw digits and compile the kernel into it together."""
    n = 4 if is_long else 2
    place = environment(
        THEANO_TUTORIAL_CACHE=str(tmp_path / "cache"), THEANO_TUTORIAL_DATA=None
    )

    def run(number):
        named = ["--iterations", "5", "--output", f"out-{number}"]
        return end(start([*SMALL, *named], env=place))

    with ThreadPoolExecutor(n) as threads:
        assert list(threads.map(run, range(n))) == [(0, "")] * n
    first, *others = (left(tmp_path / f"out-{number}" / "tanh") for number in range(n))
    assert others == [first] * (n - 1)
    assert {path.suffix for path in (tmp_path / "cache").rglob("*.*")} <= {".npz", ".so"}


PLACES = """
from theano_tutorial.system import folders, pytensor_setup
pytensor_setup.find_room()
import matplotlib, pytensor
print(pytensor.config.compiledir)
print(matplotlib.get_configdir())
"""


def test_no_home(tmp_path):
    """Compiled code and digits go to a temporary folder; nothing is said about it."""
    place = environment(HOME="/dev/null", TMPDIR=str(tmp_path), THEANO_TUTORIAL_CACHE=None)
    place = {k: v for k, v in place.items() if k not in {"PYTENSOR_FLAGS", "MPLCONFIGDIR"}}
    (tmp_path / f"theano_tutorial-{os.getuid()}").mkdir(mode=0o700)
    digits = cache_folder() / "rendered-2.npz"
    if digits.exists():  # or they would be drawn for seconds
        shutil.copy(digits, tmp_path / f"theano_tutorial-{os.getuid()}")
    arguments = ["softmax", "--dataset", "rendered", "--train-size", "50", "--quiet"]
    code, errors = end(start([*arguments, "--plots", "--output", "out"], env=place))
    assert (code, errors) == (0, "")
    private = tmp_path / f"theano_tutorial-{os.getuid()}"
    assert any((private / "kernels").glob("*.so"))
    found = subprocess.run(
        [sys.executable, "-c", PLACES], env=place, capture_output=True, text=True, check=True
    )
    for line in found.stdout.splitlines():
        assert private in Path(line).parents


IN_FULL_HOME = """
mount -t tmpfs -o size=4k none "$HOME"
head -c 9999 /dev/zero > "$HOME/x" 2> /dev/null
exec "$@"
"""
# Numba compiles a recipe for ten seconds; this, too, is kept on the disk.
ON_NUMBA = """
from theano_tutorial.system import pytensor_setup
pytensor_setup.find_room()
import pytensor, pytensor.tensor as pt
from theano_tutorial import backends
x = pt.dvector()
pytensor.function([x], pt.exp(x), mode=backends.mode("numba"))([1.0])
"""
MOUNT = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", tempfile.gettempdir()]
CAN_MOUNT = shutil.which(MOUNT[0]) and not subprocess.run(MOUNT, capture_output=True).returncode


@pytest.fixture
def with_full_home(tmp_path):
    """Return a function that computes where the home is full; and its temporary folder."""
    (tmp_path / "home").mkdir()
    (tmp_path / "temporary").mkdir()
    others = ("PYTENSOR_FLAGS", "MPLCONFIGDIR", "THEANO_TUTORIAL_CACHE", "XDG_CACHE_HOME")
    home = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "temporary")}
    in_full_home = ["unshare", "-rm", "sh", "-c", IN_FULL_HOME, "sh"]
    arguments = ["softmax", "--iterations", "1", "--quiet", "--no-plots", "--backend"]

    def run(backend, **changes):
        place = environment(**dict.fromkeys(others) | home | changes)
        command = [*COMMAND, *arguments, backend]
        if backend == "numba":
            command = [sys.executable, "-c", ON_NUMBA]
        return end(start(command, in_full_home, env=place))

    return run, tmp_path / "temporary" / "theano_tutorial-0"


def test_a_home_without_room(tmp_path, monkeypatch):
    """As `test_a_full_home`, but with a stand-in for the disk, which any system allows."""
    home, make = tmp_path / "home", tempfile.TemporaryFile

    def no_room(dir=None, **how):
        if Path(dir) == home:
            raise OSError(errno.ENOSPC, "No space left on device")
        return make(dir=dir, **how)

    home.mkdir()
    monkeypatch.setattr(tempfile, "TemporaryFile", no_room)
    monkeypatch.setattr(os, "environ", {"HOME": str(home)})
    assert folders.why_not_write(home / ".pytensor") == "the disk is full"
    assert folders.cache_folder() == folders.private_folder()
    pytensor_setup.find_room()
    private = str(folders.private_folder())
    assert private in os.environ["PYTENSOR_FLAGS"]
    assert private in os.environ["MPLCONFIGDIR"]


if CAN_MOUNT:  # a small disk of its own

    @pytest.mark.parametrize("backend", ["numpy", "c", "numba"])
    def test_a_full_home(backend, with_full_home, require_backend):
        """It is as one that is read-only: what is compiled goes to a temporary folder."""
        require_backend(backend)
        run, private = with_full_home
        assert run(backend) == (0, "")
        assert backend == "numba" or any((private / "kernels").glob("*.so"))
        assert backend == "numpy" or any((private / "pytensor").iterdir())

    def test_a_full_folder_that_is_named(with_full_home, tmp_path, require_backend):
        """Numba keeps nothing there; C says that the disk is full, not that g++ is broken."""
        run, _ = with_full_home
        flags = {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path / 'home'}"}
        code, errors = run("c", **flags)
        assert (code, errors.count("\n")) == (2, 1)
        assert "(the disk is full); PYTENSOR_FLAGS=base_compiledir=FOLDER names" in errors
        require_backend("numba")
        assert run("numba", **flags) == (0, "")


@pytest.mark.parametrize("backend", ["c", "numba"])
def test_no_folder_for_compiled_code(backend, require_backend):
    require_backend(backend)
    place = environment(PYTENSOR_FLAGS=f"base_compiledir={os.devnull}")
    code, errors = end(start(["softmax", "--backend", backend, *DRAWN], env=place))
    assert (code, errors.count("\n")) == (2, 1)
    assert f"error: backend '{backend}'" in errors
    assert os.devnull in errors
    assert "PYTENSOR_FLAGS=base_compiledir=FOLDER names another place" in errors


@pytest.mark.parametrize("backend", ["numba", "jax", "pytorch"])
def test_no_temporary_folder(backend, require_backend, monkeypatch):
    """PyTensor writes its Python code there, and tells of its lack by a traceback."""
    require_backend(backend)

    def none():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(BackendUnavailable, match=r"No usable .*; TMPDIR=FOLDER names another"):
        backends.mode(backend)


@pytest.mark.parametrize("name", ["it's", "a,b", "back\\slash", "two words", "#'\",\\="])
def test_no_home_and_an_odd_name_of_the_temporary_folder(name, tmp_path):
    """PyTensor splits its flags at commas and takes quotes off them."""
    temporary = tmp_path / name
    temporary.mkdir()
    flags = "floatX=float32"
    place = environment(HOME=os.devnull, TMPDIR=str(temporary), PYTENSOR_FLAGS=flags)
    program = f"{PLACES}print(pytensor.config.floatX)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=place,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    compiled, _, dtype = done.stdout.splitlines()
    private = temporary / f"theano_tutorial-{os.getuid()}"
    assert private / "pytensor" in Path(compiled).parents
    assert dtype == "float32"


def test_a_temporary_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    """What is loaded from there would run."""
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    folder = folders.private_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        folders.private_folder()
    monkeypatch.setenv("HOME", os.devnull)
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    pytensor_setup.find_room()  # finds none
    assert "MPLCONFIGDIR" not in os.environ


def test_progress_of_a_longer_run_is_not_cut(tmp_path, capsys):
    assert main([*SMALL, *OUTPUT, "5"]) == 0
    before = load_arrays(tmp_path / "out" / "tanh" / "progress.npz")
    capsys.readouterr()
    assert main([*SMALL, *OUTPUT, "4", "--resume"]) == 2
    assert "has already done 5 iterations, more than 4" in error_of(capsys)
    after = load_arrays(tmp_path / "out" / "tanh" / "progress.npz")
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value)
