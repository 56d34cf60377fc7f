"""Digits read, split, scaled and drawn."""

import gzip
import socket
from pathlib import Path

import numpy as np
import pytest
from faults.files import python_2_pickle
from faults.processes import new_process

from theano_tutorial import data
from theano_tutorial.data import mnist as mnist_files
from theano_tutorial.data import rendered
from theano_tutorial.data.files import file_content, search
from theano_tutorial.errors import BadFile, DataUnavailable, UsageError
from theano_tutorial.system.folders import cache_folder


def test_splits_and_pixel_divisor(mnist):
    assert [len(split) for split in (mnist.train, mnist.valid, mnist.test)] == [
        50_000,
        10_000,
        10_000,
    ]
    assert mnist.train.x.shape == (50_000, 784)
    assert mnist.train.x.dtype == "float64"
    assert mnist.train.x.max() == 255 / 256
    assert list(mnist.train.y[:3]) == [5, 0, 4]  # document 1: its first three images
    assert mnist.train.y.dtype == "int32"


def test_dtype_and_the_other_pixel_divisor(mnist32):
    assert mnist32.train.x.dtype == "float32"
    assert mnist32.train.x.max() == np.float32(255 / 256)
    scaled = data.make_dataset(
        rendered.draw_digits((60, 10)), name="rendered", source="", pixel_divisor=255
    )
    assert scaled.test.x.max() == 1
    # Quotients by 255 are those of float32, as Pylearn2 gave them to document 4.
    quotients = np.arange(256, dtype=np.float32) / np.float32(255)
    assert np.isin(scaled.test.x, quotients.astype(np.float64)).all()


@pytest.fixture(scope="module")
def whole(mnist):
    return mnist_files.load_digits(None, print)[0]


def test_idx_files_plain_or_gzipped(whole, tmp_path):
    for file, array in zip(mnist_files.FILES, whole, strict=True):
        content = file.header + array.tobytes()
        if file.holds_images:
            (tmp_path / file.name).write_bytes(content)
        else:
            (tmp_path / f"{file.name}.gz").write_bytes(gzip.compress(content))
    read, source = mnist_files.load_digits(str(tmp_path), print)
    assert source == str(tmp_path)
    for ours, theirs in zip(read, whole, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_tutorials_pickle_gives_the_same_digits(whole, tmp_path):
    folder = mnist_files.load_digits(None, print)[1]
    pickled = Path(folder) / "mnist.pkl.gz"
    alone = tmp_path / "mnist.pkl.gz"
    if pickled.exists():
        alone.symlink_to(pickled.resolve())
    else:
        scaled = data.make_dataset(whole, name="mnist", source="", dtype="float32")
        splits = [
            (split.x, split.y.astype("int64"))
            for split in (scaled.train, scaled.valid, scaled.test)
        ]
        alone.write_bytes(gzip.compress(python_2_pickle(splits), compresslevel=1))
    read, _ = mnist_files.load_digits(str(tmp_path), print)
    for ours, theirs in zip(read, whole, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_gzipped_in_several_parts(tmp_path):
    """As some programs write them, with zeros at the end."""
    path = tmp_path / "parts.gz"
    path.write_bytes(gzip.compress(b"one, ") + gzip.compress(b"two") + bytes(9))
    assert file_content.read_content(file_content.File(path), 8) == b"one, two"
    with pytest.raises(BadFile, match="holds more than the 7 bytes"):
        file_content.read_content(file_content.File(path), 7)


def test_read_ahead(whole, tmp_path, monkeypatch):
    """The files are read once: before they are asked for, and no longer than that."""
    for file, array in zip(mnist_files.FILES, whole, strict=True):
        (tmp_path / file.name).write_bytes(file.header + array.tobytes())
    reads = []

    def read_content(file, limit):
        reads.append(file.path)
        return read(file, limit)

    read = search.read_content
    monkeypatch.setattr(search, "read_content", read_content)
    with mnist_files.reading_ahead(str(tmp_path)):
        digits, _ = mnist_files.load_digits(str(tmp_path), print)
        assert len(reads) == len(set(reads)) == 4
        for ours, theirs in zip(digits, whole, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        mnist_files.load_digits(str(tmp_path), print)
        assert len(reads) == 8
    with mnist_files.reading_ahead(str(tmp_path)):
        pass
    assert not mnist_files._ahead


def test_what_cannot_be_read_ahead(tmp_path, monkeypatch, capsys):
    """Nothing is said or fetched: that is for who asks for the digits."""
    monkeypatch.delenv("THEANO_TUTORIAL_DATA", raising=False)
    monkeypatch.setenv("THEANO_TUTORIAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(socket, "socket", None)
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "train-images-idx3-ubyte").touch()
    for folder in (None, "", "part", "missing"):
        with mnist_files.reading_ahead(folder and str(tmp_path / folder)):
            assert not mnist_files._ahead[0].exception()
    with (
        mnist_files.reading_ahead(str(tmp_path / "part")),
        pytest.raises(BadFile, match="part"),
    ):
        mnist_files.load_digits(str(tmp_path / "part"), print)
    assert not any(capsys.readouterr())


def test_search_order(mnist, tmp_path, monkeypatch):
    """A folder given first wins; an empty one is passed over; a bad one is an error."""
    empty = tmp_path / "empty"
    empty.mkdir()
    good = mnist_files.load_digits(None, print)[1]
    monkeypatch.setenv("THEANO_TUTORIAL_DATA", good)
    assert mnist_files.load_digits(str(empty), print)[1] == good
    (empty / "train-labels-idx1-ubyte").write_bytes(b"x")
    with pytest.raises(BadFile, match="holds part of MNIST only"):
        mnist_files.load_digits(str(empty), print)


def test_the_home_folder_by_its_short_name(mnist, tmp_path, monkeypatch):
    """No shell expands it in a program, nor in a container's settings."""
    good = mnist_files.load_digits(None, print)[1]
    (tmp_path / "mine").symlink_to(good)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("THEANO_TUTORIAL_CACHE", "~/cache")
    assert mnist_files.load_digits("~/mine", print)[1] == str(tmp_path / "mine")
    assert cache_folder() == tmp_path / "cache"


def test_rendered_digits_are_deterministic_and_balanced():
    drawn = rendered.draw_digits((2000, 500))
    again = rendered.draw_digits((2000, 500))
    for a, b in zip(drawn, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert drawn.train_images.shape == (2000, 784)
    assert drawn.test_images.shape == (500, 784)
    assert drawn.train_images.dtype == np.uint8
    counts = np.bincount(drawn.train_labels, minlength=10)
    assert counts.min() > 150
    background = (drawn.train_images == 0).mean()
    assert 0.5 < background < 0.85
    other = rendered.draw_digits((2000, 500), seed=1)
    assert (other.train_images != drawn.train_images).any()


def test_rendered_dataset_has_mnists_shape():
    dataset = data.load("rendered", dtype="float32")
    assert (len(dataset.train), len(dataset.valid), len(dataset.test)) == (
        50_000,
        10_000,
        10_000,
    )
    assert dataset.train.x.dtype == "float32"
    assert dataset.instead_of is None


def test_the_library_logs_what_the_command_line_prints(tmp_path, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("THEANO_TUTORIAL_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(rendered, "_COUNTS", (60, 10))
    data.load("rendered")
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("theano_tutorial", "WARNING")
    assert "rendered-2.npz: cannot be kept (Not a directory)" in record.getMessage()


def test_errors_do_not_speak_of_flags(no_network, tmp_path):
    with pytest.raises(DataUnavailable) as caught:
        data.load("mnist")
    said = [str(caught.value), *caught.value.__notes__]
    assert "a folder with MNIST's four files as data_dir" in said[-1]
    with pytest.raises(UsageError) as missing:
        data.load("mnist", data_dir=str(tmp_path / "nowhere"))
    assert not any("--" in text for text in (*said, str(missing.value)))


def test_data_import_no_console():
    code = (
        "import sys\n"
        "from theano_tutorial import data, published\n"
        "from theano_tutorial.data import mnist, photographs, rendered\n"
        "print('theano_tutorial.system.terminal' in sys.modules)"
    )
    assert new_process(code) == "False\n"


def test_unknown_dataset():
    with pytest.raises(UsageError, match="unknown dataset 'cifar'; accepted: mnist, rendered"):
        data.load("cifar")


NO_DTYPES = [
    "int32",
    "float16",
    "longdouble",
    "complex64",
    "bool",
    "object",
    "f9",
    "",
    "nonsense",
]


@pytest.mark.parametrize("dtype", [*NO_DTYPES, None, 64, int, np.float16, [], "(,)f4", "f4,f4"])
@pytest.mark.parametrize("name", ["mnist", "rendered", None])
def test_what_is_no_dtype(dtype, name):
    with pytest.raises(UsageError, match="dtype must be 'float64' or 'float32', got") as caught:
        data.load(name, dtype=dtype)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "divisor",
    [0, -1, 0.5, -0.0, np.nan, np.inf, -np.inf, 1e300, 10**400, True, "256", None, 1j, [256]],
)
def test_what_is_no_divisor(divisor):
    with pytest.raises(
        UsageError, match=r"pixel_divisor must be from 1 to 65,535, got"
    ) as error:
        data.load("rendered", pixel_divisor=divisor)
    assert "\n" not in str(error.value)
    with pytest.raises(UsageError):
        data.make_dataset(None, name="", source="", pixel_divisor=divisor)


@pytest.mark.parametrize("divisor", [1, 255, 255.0, np.int64(256), np.float32(256), 65_535])
@pytest.mark.parametrize("dtype", ["float32", np.float64, np.dtype("float32"), float, "f8"])
def test_dtypes_and_divisors(divisor, dtype):
    drawn = rendered.draw_digits((60, 10))
    made = data.make_dataset(drawn, name="", source="", dtype=dtype, pixel_divisor=divisor)
    assert made.test.x.dtype == np.dtype(dtype)
    np.testing.assert_allclose(made.test.x, drawn.test_images / float(divisor), rtol=1e-6)


def test_splits_are_compared_as_objects(digits):
    assert digits.test != digits.train
    assert len({digits.test, digits.train, digits.valid}) == 2  # validation and test are one
