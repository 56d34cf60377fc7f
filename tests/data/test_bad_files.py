"""Every kind of bad file, through the command line: one clear line, exit code 2."""

import gzip
import pickle
import struct
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from faults.files import python_2_pickle

from theano_tutorial import data
from theano_tutorial.data import mnist as mnist_files
from theano_tutorial.train import main

pytestmark = pytest.mark.one_python

PAGE = b"<!DOCTYPE html><html><body>404 Not Found</body></html>"
ONE_STEP = ["softmax", "--iterations", "1", "--train-size", "10", "--quiet"]


def images(rows, fill=0, magic=0x0803, shape=(28, 28)):
    return struct.pack(">4I", magic, rows, *shape) + bytes([fill]) * rows * 784


def labels(rows, fill=0):
    return struct.pack(">2I", 0x0801, rows) + bytes([fill]) * rows


@pytest.fixture
def folder(tmp_path):
    """Four files of the right form whose content is not MNIST's."""
    folder = tmp_path / "data"
    folder.mkdir()
    for file in mnist_files.FILES:
        make = images if file.holds_images else labels
        content = gzip.compress(make(file.rows), compresslevel=1)
        (folder / f"{file.name}.gz").write_bytes(content)
    return folder


@pytest.fixture
def refusal(one_line_error):
    """Return a function that runs the command and returns its one line of error."""
    return lambda *arguments: one_line_error(main, [*ONE_STEP, *arguments])


TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"


@pytest.mark.parametrize(
    ("name", "made", "message"),
    [
        (TRAIN_IMAGES, lambda: gzip.compress(images(60_000), mtime=0)[:-2000], "truncated"),
        (TRAIN_IMAGES, lambda: images(60_000)[:-5], "truncated: 47,040,011 bytes"),
        (TRAIN_IMAGES, lambda: images(60_000) + b"more", "more than the 47,040,016 bytes"),
        (TRAIN_IMAGES, lambda: images(60_000, magic=0x0801), "magic 2049, expected 2051"),
        (TRAIN_IMAGES, lambda: images(59_999), "holds 59,999 images, expected 60,000"),
        (
            TRAIN_IMAGES,
            lambda: images(60_000, shape=(14, 56)),
            "14 x 56 pixels, expected 28 x 28",
        ),
        (
            TRAIN_IMAGES,
            lambda: struct.pack(">4I", 0x0803, 2**31, 28, 28),
            "holds 2,147,483,648",
        ),
        (TRAIN_IMAGES, lambda: b"\x00\x00", "shorter than its header"),
        (TRAIN_IMAGES, lambda: b"", "is empty"),
        (TRAIN_IMAGES, lambda: PAGE, "a web page"),
        (TRAIN_IMAGES, lambda: gzip.compress(PAGE, mtime=0), "a web page"),
        (TRAIN_IMAGES, lambda: b"\x1f\x8b" + bytes(50), "not a readable gzip file"),
        (TRAIN_IMAGES, lambda: images(60_000, fill=1), "not MNIST: the SHA-256"),
        (
            TRAIN_LABELS,
            lambda: labels(60_000, fill=10),
            "labels must be 0 to 9, found 10 at row 0",
        ),
        (TRAIN_LABELS, lambda: labels(10_000), "holds 10,000 labels, expected 60,000"),
    ],
)
def test_bad_idx_file(no_network, folder, refusal, monkeypatch, name, made, message):
    # Images of zeros have no published hash: let them pass when the labels are tested.
    if name == TRAIN_LABELS:
        monkeypatch.setattr(mnist_files.IdxFile, "verify", lambda *anything: None)
    (folder / name).write_bytes(made())
    error = refusal("--data-dir", str(folder))
    assert str(folder / name) in error
    assert message in error


def test_missing_file_is_named(no_network, folder, refusal):
    (folder / TRAIN_LABELS).unlink()
    error = refusal("--data-dir", str(folder))
    assert "holds part of MNIST only; missing: train-labels-idx1-ubyte" in error


NOTHING = "holds nothing like train-images-idx3-ubyte"


class Malice:
    def __reduce__(self):
        return print, ("a pickle ran code",)


def three_splits(**changes):
    rows = (50_000, 10_000, 10_000)
    x = [np.zeros((n, 784), np.float32) for n in rows]
    y = [np.zeros(n, np.int64) for n in rows]
    if "pixel" in changes:
        x[0][3, 4] = changes["pixel"]
    if "label" in changes:
        y[0][5] = changes["label"]
    if "rows" in changes:
        x[0] = x[0][: changes["rows"]]
    return tuple(zip(x, y, strict=True))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: pickle.dumps(Malice(), protocol=2), "it asks for __builtin__.print"),
        (lambda: b"cos\nsystem\n(S'true'\ntR.", "it asks for os.system"),
        (lambda: pickle.dumps({"x": 1.5}, protocol=2), "it has BINFLOAT"),
        (lambda: pickle.dumps({"x": 1}, protocol=2), NOTHING),
        (lambda: pickle.dumps([1, 2], protocol=2), NOTHING),
        (lambda: pickle.dumps(((1, 2),) * 3, protocol=2), NOTHING),
        (
            lambda: three_splits(pixel=np.nan),
            "pixels that are NaN; MNIST's are bytes, or bytes / 255",
        ),
        (lambda: three_splits(pixel=256.0), "pixels from 0 to 256; MNIST's are bytes"),
        (lambda: three_splits(pixel=0.7), "not MNIST: the SHA-256"),
        (lambda: three_splits(label=256), "labels from 0 to 256; MNIST's are digits"),
        (lambda: three_splits(label=-1), "labels from -1 to 0; MNIST's are digits"),
        (lambda: three_splits(rows=7), NOTHING),
        (three_splits, "not MNIST: the SHA-256"),
        (lambda: b"nothing like a pickle", "pickle"),
        (lambda: pickle.dumps(list(range(100)), protocol=2)[:-9], "pickle"),
    ],
)
def test_bad_pickle(no_network, tmp_path, refusal, content, message):
    made = content()
    if not isinstance(made, bytes):
        made = python_2_pickle(made)
    (tmp_path / "mnist.pkl.gz").write_bytes(gzip.compress(made, compresslevel=1))
    error = refusal("--data-dir", str(tmp_path))
    assert "mnist.pkl.gz: " in error
    assert message in error


def test_unreadable_folder(no_network, tmp_path, refusal):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "cannot be read as a folder" in refusal("--data-dir", str(loop))
    file = tmp_path / "file"
    file.write_text("")
    assert "cannot be read as a folder" in refusal("--data-dir", str(file))
    missing = tmp_path / "missing"
    assert "is not there" in refusal("--data-dir", str(missing))


def test_mnist_asked_for_and_not_to_be_had(no_network, refusal):
    error = refusal("--dataset", "mnist")
    assert "http://127.0.0.1:9/: no connection" in error
    assert "--data-dir" in error
    assert "--dataset rendered" in error


def test_a_folder_passed_over_is_said(mnist, tmp_path, capsys):
    (tmp_path / "train.csv").write_text("label,pixel0")
    for quiet in ("--quiet", "--no-plots"):
        arguments = ["softmax", "--iterations", "1", "--train-size", "10", quiet]
        assert main([*arguments, "--data-dir", str(tmp_path)]) == 0
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"{tmp_path}: no MNIST in it (train.csv: is a table of text")
        assert line.endswith(f"; MNIST is read from {mnist.source}")


def test_rendered_digits_stand_in_with_a_banner(no_network, tmp_path, capsys):
    (tmp_path / "train.csv").write_text("label,pixel0")
    assert main(["softmax", "--iterations", "2", "--data-dir", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "SYNTHETIC DIGITS" in err
    said = " ".join(err.split())  # the banner's lines are wrapped
    assert f"Why: {tmp_path}: no MNIST in it (train.csv: is a table of text" in said
    assert "no connection" in said
    assert "published" not in out


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *anything):
        pass


@pytest.fixture
def mirror(no_network, tmp_path, monkeypatch):
    """A mirror on this machine; returns the folder that it serves."""
    served = tmp_path / "served"
    served.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    good = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("THEANO_TUTORIAL_MIRRORS", f"http://127.0.0.1:9 {good}")
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def real_files(mnist):
    """MNIST's four IDX files, gzipped again, by name."""
    whole = data.mnist.load_digits(None, print)[0]
    return {
        f"{file.name}.gz": gzip.compress(file.header + array.tobytes(), compresslevel=1)
        for file, array in zip(mnist_files.FILES, whole, strict=True)
    }


def test_download_verifies_and_bad_cached_file_is_fetched_again(
    real_files, mirror, tmp_path, capsys
):
    for name, content in real_files.items():
        (mirror / name).write_bytes(content)
    assert main([*ONE_STEP, "--dataset", "mnist"]) == 0
    capsys.readouterr()
    cache = tmp_path / "cache"
    assert sorted(path.name for path in cache.iterdir()) == sorted(real_files)

    bad = cache / TRAIN_LABELS
    bad.write_bytes(PAGE)
    assert main([*ONE_STEP, "--dataset", "mnist"]) == 0
    err = capsys.readouterr().err
    assert (
        err == f"{bad}: is a web page, not data: the download went wrong; fetching it again\n"
    )
    assert bad.read_bytes() == real_files[TRAIN_LABELS]

    # And a bad file is never put in the cache.
    bad.write_bytes(b"bad")
    (mirror / TRAIN_LABELS).write_bytes(PAGE)
    assert main([*ONE_STEP, "--dataset", "mnist"]) == 2
    err = capsys.readouterr().err
    assert f"{bad}: truncated" in err
    assert "is a web page" in err
    assert bad.read_bytes() == b"bad"
    assert sorted(path.name for path in cache.iterdir()) == sorted(real_files)


def test_full_disk_while_caching(real_files, mirror, tmp_path):
    for name, content in real_files.items():
        (mirror / name).write_bytes(content)
    command = [sys.executable, "-m", "theano_tutorial.train", *ONE_STEP, "--dataset", "mnist"]
    small_files_only = ["bash", "-c", 'ulimit -f 1024 && exec "$@"', "bash"]
    done = subprocess.run([*small_files_only, *command], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert "the disk is full (THEANO_TUTORIAL_CACHE names another folder)" in done.stderr
    there = [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert [name for name in there if not name.endswith(".so")] == []


def test_cache_folder_that_cannot_be_made(no_network, tmp_path, monkeypatch, capsys, refusal):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("THEANO_TUTORIAL_CACHE", str(tmp_path / "file" / "cache"))
    error = refusal("--dataset", "mnist")
    assert "MNIST cannot be stored in" in error
    assert "Not a directory" in error
    assert main([*ONE_STEP, "--dataset", "rendered"]) == 0
    assert "cannot be kept (Not a directory)" in capsys.readouterr().err


def test_bad_cached_drawing_is_named_and_drawn_again(no_network, tmp_path, capsys):
    cache = tmp_path / "cache"
    cache.mkdir()
    path = cache / "rendered-2.npz"
    path.write_bytes(b"PK\x03\x04 half a file")
    assert main([*ONE_STEP, "--dataset", "rendered"]) == 0
    err = capsys.readouterr().err
    assert err.startswith(str(path))
    assert "drawing the digits again" in err
    assert main([*ONE_STEP, "--dataset", "rendered"]) == 0
    assert capsys.readouterr().err == ""
