"""MNIST in the forms that people have it in: found, verified, or named with the reason."""

import gzip
import io
import os
import pickle
import time
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from faults import files

from theano_tutorial.data import mnist
from theano_tutorial.errors import BadFile, DataUnavailable

NAMES = files.NAMES
KERAS = ("x_train", "y_train", "x_test", "y_test")
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
PAGE = b"<!DOCTYPE html><title>403 Forbidden</title>"


@pytest.fixture(autouse=True)
def nothing_else(no_network, monkeypatch):
    """A small MNIST is expected, and none is there but what a test provides."""
    files.use_small_files(monkeypatch.setattr)


def raw():
    """The four files' contents by name."""
    pairs = zip(files.small_mnist(), files.small_digits(), strict=True)
    return {file.name: file.header + array.tobytes() for file, array in pairs}


def renamed(change, form=bytes):
    return {change(name): form(content) for name, content in raw().items()}


def put(folder, contents):
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return str(folder)


def assert_read(folder, source=None, report=pytest.fail):
    digits, where = mnist.load_digits(folder, report)
    for ours, right in zip(digits, files.small_digits(), strict=True):
        assert ours.dtype == np.uint8
        np.testing.assert_array_equal(ours, right)
    assert where == (source or folder)


def dotted(name):
    return name.replace("-idx", ".idx")


def npz(names=KERAS, form=np.array, save=np.savez):
    """An archive of the four arrays, in whatever form."""
    file = io.BytesIO()
    save(file, **dict(zip(names, map(form, files.small_digits()), strict=True)))
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def kaggle():
    macs = renamed(lambda name: f"__MACOSX/._{name}", lambda content: b"\0\5\x16\7")
    return renamed(dotted) | renamed(lambda name: f"{name}/{name}") | macs


gz = partial(gzip.compress, compresslevel=1, mtime=0)
NAMED = {
    "plain": lambda: raw(),
    "gzipped": lambda: renamed("{}.gz".format, gz),
    "dots, as 7-Zip has them": lambda: renamed(dotted),
    "dots and .gz": lambda: renamed(lambda name: f"{dotted(name)}.gz", gz),
    "dots everywhere": lambda: renamed(lambda name: name.replace("-", ".")),
    "underscores": lambda: renamed(lambda name: name.replace("-", "_")),
    ".ubyte": lambda: renamed(lambda name: name.replace("-ubyte", ".ubyte")),
    "no ubyte": lambda: renamed(lambda name: name.removesuffix("-ubyte")),
    "upper case": lambda: renamed(str.upper),
    "upper case, gzipped": lambda: renamed(lambda name: f"{name.upper()}.GZ", gz),
    "gzipped without .gz": lambda: renamed(str, gz),
    "not gzipped with .gz": lambda: renamed("{}.gz".format),
    "copies": lambda: renamed("{} (1).gz".format, gz),
    "a text editor's": lambda: renamed("{}.txt".format),
    "names that say nothing": lambda: renamed(lambda name: f"{NAMES.index(name)}.bin"),
    "names that lie": lambda: renamed(lambda name: NAMES[3 - NAMES.index(name)]),
    "a folder each": lambda: renamed(lambda name: f"{name}/{dotted(name)}"),
    "as on Kaggle": kaggle,
    "one folder down": lambda: renamed("digits/{}.gz".format, gz),
    "torchvision's root": lambda: renamed("MNIST/raw/{}".format),
    "a folder each in torchvision's": lambda: renamed(lambda name: f"MNIST/raw/{name}/{name}"),
    "two places": lambda: {
        f"{place}/{name}": content
        for place, (name, content) in zip("aabb", raw().items(), strict=True)
    },
}


@pytest.mark.parametrize("form", NAMED)
@pytest.mark.parametrize("place", ["data_dir", "THEANO_TUTORIAL_DATA"])
def test_names(form, place, tmp_path, monkeypatch):
    folder = put(tmp_path / "here", NAMED[form]())
    if place == "data_dir":
        assert_read(folder)
    else:
        monkeypatch.setenv(place, folder)
        assert_read(None, folder)


@pytest.mark.parametrize("form", [name for name in NAMED if "say nothing" not in name][:11])
def test_names_in_the_cache(form, tmp_path):
    put(tmp_path / "cache", NAMED[form]())
    try:
        assert_read(None, str(tmp_path / "cache"))
    except DataUnavailable:
        assert form == "no ubyte"  # there, nothing but MNIST's names is read


@pytest.mark.parametrize(
    "name", ["mnist.pkl.gz", "mnist.pkl", "mnist_py3k.pkl.gz", "mnist.npz"]
)
def test_bundles_in_the_cache(name, tmp_path):
    content = npz() if name.endswith("npz") else pickle.dumps(files.three_splits())
    put(tmp_path / "cache", {name: gz(content) if name.endswith("gz") else content})
    assert_read(None, str(tmp_path / "cache"))


def python_2_texts(protocol):
    """Pickle the three splits as Python 2 did in protocols 0 and 1: arrays are strings."""

    def number(value):
        return b"I%d\n" % value if protocol == 0 else b"J" + value.to_bytes(4, "little")

    def text(value):
        if protocol == 0:
            return b"S" + repr(value)[1:].encode() + b"\n"
        return b"T" + len(value).to_bytes(4, "little") + value

    def pickled(array):
        shape = b"(" + b"".join(map(number, array.shape)) + b"t"
        dtype = b"cnumpy\ndtype\n(" + text(array.dtype.str[1:].encode())
        dtype += number(0) + number(1) + b"tR(" + number(3) + text(b"<") + b"NNNI-1\nI-1\n"
        dtype += number(0) + b"tb"
        empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(" + number(0)
        empty += b"t" + text(b"b") + b"tR"
        return (
            empty + b"(" + number(1) + shape + dtype + b"I00\n" + text(array.tobytes()) + b"tb"
        )

    pairs = (b"(" + pickled(x) + pickled(y) + b"t" for x, y in files.three_splits())
    return b"(" + b"".join(pairs) + b"t."


def layouts():
    """What people pickle: name, object."""
    x, y, test_x, test_y = files.small_digits()
    three = files.three_splits()
    names = ("train_img", "train_label", "test_img", "test_label")
    return {
        "tuples": tuple(three),
        "lists": [list(pair) for pair in three],
        "dictionary": dict(zip(names, (x, y, test_x, test_y), strict=True)),
        "another order": {"b": test_y, "d": x, "a": test_x, "c": y},
        "two pairs": ((x, y), (test_x, test_y)),
        "by columns": [np.asfortranarray(each) for each in (x, y, test_x, test_y)],
        "words in other tongues": {"训练": (x, y), "тест": (test_x, test_y), "n": 7, None: "é"},
    }


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("layout", layouts())
def test_pickles_by_python_3(layout, protocol, tmp_path):
    content = pickle.dumps(layouts()[layout], protocol)
    assert_read(put(tmp_path / "plain", {"mnist.pkl": content}))
    older = content.replace(b"numpy._core", b"numpy.core")
    if protocol < 4:  # else the name's length stands before it
        assert_read(put(tmp_path / "older", {"mnist.pkl.gz": gz(older)}))


@pytest.mark.parametrize("protocol", [0, 1, 2])
def test_pickles_by_python_2(protocol, tmp_path):
    three = files.three_splits()
    content = files.python_2_pickle(three) if protocol == 2 else python_2_texts(protocol)
    loaded = pickle.loads(content, encoding="latin1")  # noqa: S301  (made here)
    np.testing.assert_array_equal(loaded[0][0], three[0][0])
    assert_read(put(tmp_path / "here", {"mnist.pkl.gz": gz(content)}))


VALUES = {
    "bytes": np.array,
    "int32": np.int32,
    "int64": np.int64,
    "raw float32": np.float32,
    "raw float64": np.float64,
    "other end": lambda array: array.astype(">f4"),
    "byte / 256": lambda array: array / 256 if array.ndim > 1 else array,
    "byte / 255": lambda array: array / 255 if array.ndim > 1 else array,
    "byte / 255 in float32": lambda array: (
        array / np.float32(255) if array.ndim > 1 else array.astype(">i4")
    ),
    "byte / 255 in float16": lambda array: (
        (array / 255).astype(np.float16) if array.ndim > 1 else array
    ),
    "pictures": lambda array: array.reshape(-1, 28, 28) if array.ndim > 1 else array,
    "channels": lambda array: (
        array.reshape(-1, 1, 28, 28) if array.ndim > 1 else array[:, None]
    ),
    "one hot": lambda array: array if array.ndim > 1 else np.eye(10)[array],
    "by columns": lambda array: array.T,
    "pictures last": lambda array: (
        array.T.reshape(28, 28, -1).copy() if array.ndim > 1 else array[None]
    ),
}


@pytest.mark.parametrize("value", VALUES)
def test_values(value, tmp_path):
    form = VALUES[value]
    assert_read(put(tmp_path / "npz", {"mnist.npz": npz(form=form)}))
    arrays = dict(zip("abcd", map(form, files.small_digits()), strict=True))
    assert_read(put(tmp_path / "pickle", {"mnist.pkl": pickle.dumps(arrays)}))


def zipped_npz():
    return files.zipped({"mnist.npz": npz(save=np.savez_compressed)})


def by_split():
    x, y, test_x, test_y = files.small_digits()
    n = files.ROWS[0]
    train = {"x_train": x[:n], "y_train": y[:n], "x_test": test_x, "y_test": test_y}
    return files.npz(train | {"x_valid": x[n:], "y_valid": y[n:]})


def all_in_one():
    x, y, test_x, test_y = files.small_digits()
    return files.npz({"data": np.concatenate([x, test_x]), "y": np.concatenate([y, test_y])})


def two_archives():
    x, y, test_x, test_y = files.small_digits()
    test = files.npz({"x": test_x, "y": test_y})
    return {"mnist_train.npz": files.npz({"x": x, "y": y}), "mnist_test.npz": test}


BUNDLES = {
    "Keras's": lambda: {"mnist.npz": npz(save=np.savez_compressed)},
    "upper case": lambda: {"MNIST.NPZ": npz()},
    "another name": lambda: {"digits.npz": npz(names="wxyz")},
    "gzipped tutorials' by another name": lambda: {"m": gz(pickle.dumps(files.three_splits()))},
    "one folder down": lambda: {"datasets/mnist.npz": npz()},
    "three splits": lambda: {"mnist.npz": by_split()},
    "70,000": lambda: {"mnist_784.npz": all_in_one()},
    "two archives": two_archives,
    "with more in it": lambda: {
        "mnist.npz": files.npz(
            {"a": np.zeros((5, 5)), "text": np.array("é"), "flag": np.array(True)}
            | files.keras_arrays()
        )
    },
    "arrays alone": lambda: {
        f"{i}.npy": npy(array) for i, array in enumerate(files.small_digits())
    },
    "Kaggle's archive": lambda: {"archive.zip": files.zipped(kaggle())},
    "a stored archive": lambda: {"mnist.zip": files.zipped(raw(), zipfile.ZIP_STORED)},
    "gzipped in an archive": lambda: {
        "mnist.zip": files.zipped(renamed("MNIST/raw/{}.gz".format, gz))
    },
    "an archive of a pickle": lambda: {
        "a.zip": files.zipped({"x/mnist.pkl.gz": gz(pickle.dumps(files.three_splits()))})
    },
    "an archive of an archive": lambda: {"archive.zip": zipped_npz()},
    "images here, labels there": lambda: {
        **{name: content for name, content in raw().items() if "images" in name},
        "labels.zip": files.zipped(
            {name: content for name, content in raw().items() if "labels" in name}
        ),
    },
}


@pytest.mark.parametrize("form", BUNDLES)
def test_bundles(form, tmp_path):
    assert_read(put(tmp_path / "here", BUNDLES[form]()))


def fashion():
    """Files like MNIST's with other digits."""
    return renamed(str, lambda content: content[:-5] + bytes(5))


def other_arrays():
    """An archive like Keras's with other digits."""
    return npz(form=lambda array: array ^ 1)


BAD = {
    "truncated": lambda: renamed(str, lambda content: content[:-9]),
    "truncated .gz": lambda: renamed("{}.gz".format, lambda content: gz(content)[:-9]),
    "empty": lambda: renamed(str, lambda content: b""),
    "pointers": lambda: renamed("{}.gz".format, lambda content: LFS),
    "pages": lambda: renamed("{}.gz".format, lambda content: PAGE),
    "other digits": fashion,
    "other digits within": lambda: {
        f"fashion/{name}": each for name, each in fashion().items()
    },
    "a bad pickle": lambda: {"mnist.pkl.gz": gz(b"\x80\x04cos\nsystem\n")},
    "another pickle": lambda: {"mnist.pkl": pickle.dumps(files.small_digits()[3:])},
    "a bad archive": lambda: {"mnist.npz": b"PK\3\4" + bytes(99)},
    "other arrays": lambda: {"mnist.npz": other_arrays()},
    "objects": lambda: {"mnist.npz": npz(form=lambda array: array.astype(object))},
    "CSV": lambda: {"mnist_train.csv": b"5," + b"0," * 783 + b"0\n"},
    "the user's own": lambda: {"model.npz": files.npz(files.parameters())},
}
GOOD = {
    "below": lambda: renamed("good/{}.gz".format, gz),
    "by another name": lambda: renamed("a copy of {}".format),
    "in an archive": lambda: {"archive.zip": files.zipped(raw())},
    "arrays": lambda: {"x.npz": npz()},
    "pickled": lambda: {"mnist_py3k.pkl.gz": gz(pickle.dumps(files.three_splits(), 3))},
}


@pytest.mark.parametrize("good", GOOD)
@pytest.mark.parametrize("bad", BAD)
def test_good_files_beside_bad_ones(bad, good, tmp_path):
    assert_read(put(tmp_path / "here", BAD[bad]() | GOOD[good]()))


@pytest.mark.parametrize(
    ("contents", "answer"),
    [
        (BAD["truncated"], "train-images-idx3-ubyte: truncated: "),
        (BAD["truncated .gz"], "train-images-idx3-ubyte.gz: truncated: the gzip stream ends"),
        (BAD["empty"], "train-images-idx3-ubyte: is empty"),
        (BAD["pointers"], "train-images-idx3-ubyte.gz: is a Git LFS pointer"),
        (BAD["pages"], "train-images-idx3-ubyte.gz: is a web page"),
        (BAD["other digits"], "train-images-idx3-ubyte: not MNIST: the SHA-256"),
        (BAD["a bad pickle"], "mnist.pkl.gz: refused: it asks for os.system"),
        (BAD["another pickle"], "mnist.pkl: holds nothing like train-images-idx3-ubyte"),
        (BAD["a bad archive"], "mnist.npz: not a readable zip archive"),
        (BAD["other arrays"], "mnist.npz: not MNIST: the SHA-256"),
        (BAD["objects"], "mnist.npz/x_test.npy: values of dtype object; MNIST's are numbers"),
        (lambda: {"mnist.npz": LFS}, "mnist.npz: is a Git LFS pointer"),
        (lambda: {"mnist.pkl.gz": PAGE}, "mnist.pkl.gz: is a web page"),
        (lambda: {"mnist.pkl.gz": b""}, "mnist.pkl.gz: is empty"),
        (lambda: {"mnist.pkl": b"\x89HDF\r\n\x1a\n"}, "mnist.pkl: is an HDF5 file"),
        (
            lambda: {name: raw()[name] for name in NAMES[1:]},
            "holds part of MNIST only; missing: train-images-idx3-ubyte",
        ),
        (
            lambda: {"mnist.npz": files.npz({"x": files.small_digits()[0]})},
            "mnist.npz: holds nothing like train-labels-idx1-ubyte",
        ),
        (
            lambda: {f"x/{name}": raw()[name] for name in NAMES[2:]},
            "missing: train-images-idx3-ubyte, train-labels-idx1-ubyte",
        ),
    ],
)
def test_what_has_a_name_of_mnists_and_does_not_do(contents, answer, tmp_path):
    """Also where the cache has it: who names such a folder would take it for that."""
    put(tmp_path / "cache", raw())
    with pytest.raises(BadFile) as caught:
        mnist.load_digits(put(tmp_path / "here", contents()), pytest.fail)
    assert answer in str(caught.value)
    assert str(tmp_path / "here") in str(caught.value)


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        (
            "x_train",
            lambda x: x.astype("f4") / 90 - 0.5,
            "/x_train.npy: pixels from -0.5 to 2.33",
        ),
        (
            "x_train",
            lambda x: np.where(x == 255, np.nan, x),
            "/x_train.npy: pixels that are NaN",
        ),
        (
            "y_train",
            lambda y: y.astype(object),
            "/y_train.npy: values of dtype object; MNIST's",
        ),
        (
            "y_train",
            lambda y: y.astype(str),
            "/y_train.npy: values of dtype <U3; MNIST's are num",
        ),
        ("y_train", lambda y: y - 99.0, "/y_train.npy: labels from -99 to "),
        ("x_train", lambda x: x[::-1], ": not MNIST: the SHA-256 of its train-images"),
        (
            "x_train",
            lambda x: np.pad(x.reshape(-1, 28, 28), ((0, 0), (2, 2), (2, 2))),
            "/x_train.npy: an array of shape (",
        ),
    ],
)
def test_why_arrays_are_refused_where_others_are_good(name, form, said, tmp_path):
    """A file may go by any name; the array that is there is not called missing alone."""
    arrays = dict(zip(KERAS, files.small_digits(), strict=True))
    arrays[name] = form(arrays[name])
    folder = put(tmp_path / "here", {"m.npz": files.npz(arrays)})
    with pytest.raises(BadFile, match="holds part of MNIST only; missing: train-") as caught:
        mnist.load_digits(folder, pytest.fail)
    assert f"; refused: m.npz{said}" in str(caught.value)


def test_one_of_four_files_is_a_page(tmp_path):
    folder = put(tmp_path / "here", {f"{NAMES[0]}.gz": PAGE})
    with pytest.raises(BadFile, match=f"refused: {NAMES[0]}.gz: is a web page"):
        mnist.load_digits(folder, pytest.fail)


UNUSABLE = [
    ("train.csv", b"label," + b",".join(b"pixel%d" % i for i in range(784)), "42,000 digits"),
    ("mnist_test.csv", b"7," + b"0," * 783 + b"0\n", "is a table of text"),
    ("digits.txt", b"7, " + b"0.5, " * 783 + b"0\n", "is a table of text"),
    ("train.csv.gz", gz(b"label,pixel0"), "is a table of text"),
    ("train-00000-of-00001.parquet", b"PAR1\x15\4", "is a Parquet table"),
    ("data-00000-of-00001.arrow", b"\xff\xff\xff\xff\x20\0\0\0", "is an Arrow table"),
    ("mnist-original.mat", b"MATLAB 5.0 MAT-file", "is a MATLAB file"),
    ("mnist.mat", b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
    ("training.pt", b"PK\3\4", "is a PyTorch file"),
    ("train_32x32.t7", b"\3\0\0\0", "is a Torch7 file"),
    ("mnist.7z", b"7z\xbc\xaf\x27\x1c", "is an archive of another kind than zip"),
    ("mnist.tar", bytes(257) + b"ustar\x0000", "is an archive of another kind than zip"),
    ("mnist.tar.gz", gz(bytes(257) + b"ustar\x0000"), "is an archive of another kind than zip"),
    ("0.png", b"\x89PNG\r\n\x1a\n", "is a picture"),
    ("archive.zip", files.zipped({"mnist_train.csv": b"1,0"}), "mnist_train.csv: is a table"),
    ("data.pkl", pickle.dumps(Path()), "refused: it asks for"),
    ("part.pkl", pickle.dumps(np.zeros((5, 784))), "an array of shape (5, 784); MNIST's"),
    ("part.npy", npy(np.zeros((5, 784))), "an array of shape (5, 784); MNIST's"),
    ("emnist-train-images", bytes([0, 0, 8, 3, 0, 3, 0xA9, 0x80]), "an IDX file of 240,000"),
    ("MNIST/raw/train-images-idx3-ubyte", LFS, "is a Git LFS pointer"),
]


@pytest.mark.parametrize(
    ("name", "content", "answer"), UNUSABLE, ids=[case[0] for case in UNUSABLE]
)
def test_what_is_not_read_is_named(name, content, answer, tmp_path):
    folder = put(tmp_path / "here", {name: content})
    with pytest.raises(DataUnavailable) as caught:
        mnist.load_digits(folder, pytest.fail)
    message = str(caught.value)
    assert message.startswith(f"{folder}: no MNIST in it ({name}")
    assert answer in message
    assert message.endswith("; MNIST could not be fetched: http://127.0.0.1:9/: no connection")

    put(tmp_path / "cache", raw())
    said = []
    assert_read(folder, str(tmp_path / "cache"), said.append)
    (line,) = said
    assert line.startswith(f"{folder}: no MNIST in it ({name}")
    assert line.endswith(f"; MNIST is read from {tmp_path / 'cache'}")
    assert line.isprintable()


def test_a_copy_of_what_was_found_is_no_other_file(tmp_path):
    images, *_ = raw().items()
    folder = put(tmp_path, dict([images, ("copies/of images", images[1])]))
    with pytest.raises(BadFile, match="holds part of MNIST only") as caught:
        mnist.load_digits(folder, pytest.fail)
    assert "IDX" not in str(caught.value)


def test_folders_passed_over_are_said(tmp_path, monkeypatch):
    here, cache = tmp_path / "here", tmp_path / "cache"
    here.mkdir()
    (here / "notes.txt").write_text("to do")
    put(cache, raw())
    monkeypatch.setenv("THEANO_TUTORIAL_DATA", str(tmp_path / "typing error"))
    said = []
    assert_read(str(here), str(cache), said.append)
    assert said == [
        f"{here}: no MNIST in it; MNIST is read from {cache}",
        f"{tmp_path / 'typing error'}: no such folder; MNIST is read from {cache}",
    ]
    put(here, {f"{i}.csv": b"1,2" for i in range(99)})
    said.clear()
    assert_read(str(here), str(cache), said.append)
    assert said[0].count("is a table of text") == 3
    assert f"; 96 more); MNIST is read from {cache}" in said[0]


def test_harmless_in_odd_folders(tmp_path, monkeypatch):
    """Loops, pipes, folders without permission, thousands of files: soon, without an error."""
    here = tmp_path / "here"
    put(here, {f"{i:05}.png": b"\x89PNG\r\n\x1a\n" for i in range(3_000)})
    put(here, {f"folder {i}/a": b"" for i in range(300)})
    put(here, renamed("mnist/{}".format))
    for link, target in (("loop", "loop"), ("up", ".."), ("same", "."), ("train", "nowhere")):
        (here / link).symlink_to(target)
    os.mkfifo(here / "mnist.pipe")
    os.mkfifo(here / "mnist.npz")
    (here / "t10k-labels-idx1-ubyte").symlink_to("t10k-labels-idx1-ubyte")
    scandir = os.scandir

    def forbidding(folder):
        if Path(folder).name == "folder 0":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", forbidding)
    started = time.process_time()
    assert_read(str(here))
    for path in (here / "mnist").iterdir():
        path.unlink()
    with pytest.raises(BadFile, match="holds part of MNIST only"):
        mnist.load_digits(str(here), pytest.fail)
    (here / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(BadFile, match=r"mnist\.npz: is empty"):
        mnist.load_digits(str(here), pytest.fail)
    (here / "mnist.npz").unlink()
    with pytest.raises(DataUnavailable, match="no MNIST in it"):
        mnist.load_digits(str(here), pytest.fail)
    assert time.process_time() - started < 5


def test_large_files_are_not_read(tmp_path):
    """A file's beginning tells whether it can be MNIST."""
    here = tmp_path / "here"
    header = npy(np.zeros((9, 784), np.float32))[:128]
    beginnings = {
        "a.npy": header.replace(b"(9, 784)", b"(999999, 784)")[:128],
        "b.pkl": b"\x80\x04\x8e" + (2**33).to_bytes(8, "little"),
        "c.bin": files.small_mnist()[0].header,
        "train-images-idx3-ubyte": files.small_mnist()[0].header,
        "d": b"\0" * 16,
        "e.npz": b"PK\3\4",
        "f.pkl.gz": b"\x1f\x8b\x08\0\0\0\0\0\0\3",
        "g.pkl": b"V",
        "h.pkl": b"c",
    }
    put(here, beginnings)
    for name in beginnings:
        os.truncate(here / name, 2**33)
    put(here, renamed("mnist/{}".format))
    started = time.process_time()
    assert_read(str(here))
    (here / "mnist" / NAMES[0]).unlink()
    with pytest.raises(BadFile):
        mnist.load_digits(str(here), pytest.fail)
    assert time.process_time() - started < 5


def test_much_that_is_alike(tmp_path, monkeypatch):
    """Other datasets have MNIST's shape: of so many files some are tried, and no more."""
    here = tmp_path / "here"
    wrong = fashion()[NAMES[0]]
    put(here, {f"{i:03}/{NAMES[0]}": wrong for i in range(100)})
    put(here, {f"{i:03}.bin": wrong for i in range(100)})
    put(here, {f"{i:03}.npy": npy(np.full((7, 784), i, np.uint8)) for i in range(100)})
    put(here, {f"{i:03}.npz": other_arrays() for i in range(100)})
    tried = []
    verify = mnist.IdxFile.verify

    def counting(file, path, *content):
        tried.append(path)
        verify(file, path, *content)

    monkeypatch.setattr(mnist.IdxFile, "verify", counting)
    with pytest.raises(DataUnavailable, match="no MNIST in it"):
        mnist.load_digits(str(here), pytest.fail)
    assert 8 < len(tried) < 50


def test_what_is_looked_at_before_does_not_hide_it(tmp_path):
    """Archives and arrays of other things cost nothing that MNIST is in want of."""
    here = tmp_path / "here"
    put(here, {f"a{i:02}.npz": files.npz({"b": np.zeros(12)}) for i in range(50)})
    put(here, {f"b{i:02}.npy": npy(np.zeros((3, 3))) for i in range(50)})
    put(here, {f"train_{i:03}.png": b"\x89PNG\r\n\x1a\n" for i in range(600)})
    put(here, {"x.zip": files.zipped(raw())})
    assert_read(str(here))
