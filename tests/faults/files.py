"""Good files of every kind that the package reads, small, and how each is read."""

import gzip
import hashlib
import io
import pickle
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from theano_tutorial.data import mnist, photographs, rendered
from theano_tutorial.data.files.file_content import File, read_content
from theano_tutorial.data.files.search import Search
from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.errors import BadFile
from theano_tutorial.recipes import epochs, training
from theano_tutorial.runs import checkpoints, resume
from theano_tutorial.runs import saved_model as predictor

ROWS = (4, 3, 3)  # training, validation and test digits of the small MNIST
SETUP = {"recipe": "sgd", "dataset": "mnist", "dtype": "float64", "n_epochs": 9}
NOTHING = {"W": np.zeros((784, 10)), "b": np.zeros(10)}
NAMES = [file.name for file in mnist.FILES]
LIKE = {
    "progress": epochs.Progress(NOTHING, NOTHING, EarlyStopping(), 83),
    "steps": training.Progress(NOTHING, NOTHING, NOTHING, {"cost": [], "start_index": []}),
}


@dataclass(frozen=True)
class Kind:
    """A kind of file: a good one's bytes, and how one at a path is read into arrays."""

    content: bytes
    read: Callable[[Path], tuple[Any, ...]]


def small_digits() -> tuple[np.ndarray, ...]:
    """Return training images and labels, test images and labels."""
    rng = np.random.default_rng(0)
    n_train, n_test = ROWS[0] + ROWS[1], ROWS[2]
    return (
        rng.integers(0, 256, (n_train, 784)).astype(np.uint8),
        rng.integers(0, 10, n_train).astype(np.uint8),
        rng.integers(0, 256, (n_test, 784)).astype(np.uint8),
        rng.integers(0, 10, n_test).astype(np.uint8),
    )


def small_mnist() -> tuple[mnist.IdxFile, ...]:
    """Return the small digits' four IDX files, as `mnist.FILES` has the real ones."""
    files = []
    for file, array in zip(mnist.FILES, small_digits(), strict=True):
        unverified = file._replace(rows=len(array))
        sha256 = hashlib.sha256(unverified.header + array.tobytes()).hexdigest()
        files.append(unverified._replace(sha256=sha256))
    return tuple(files)


def use_small_files(set_attribute: Callable[[Any, str, Any], None]) -> None:
    """Make the package expect the small digits; `set_attribute` is `setattr`, or undoes it."""
    set_attribute(mnist, "FILES", small_mnist())
    set_attribute(rendered, "_COUNTS", (ROWS[0] + ROWS[1], ROWS[2]))


def python_2_pickle(arrays: Any) -> bytes:
    """Pickle three pairs of arrays as Python 2 did: the instructions of ``mnist.pkl.gz``."""

    def integer(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    def pickled(array: np.ndarray) -> bytes:
        code = array.dtype.str[1:].encode()
        dtype = b"cnumpy\ndtype\n(U" + bytes([len(code)]) + code + integer(0) + integer(1)
        dtype += b"tR(" + integer(3) + b"U\x01<NNN" + 2 * integer(-1) + integer(0) + b"tb"
        empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(" + integer(0) + b"t"
        shape = b"(" + b"".join(map(integer, array.shape)) + b"t"
        raw = array.tobytes()
        state = b"(" + integer(1) + shape + dtype + b"\x89T" + struct.pack("<i", len(raw)) + raw
        return empty + b"U\x01btR" + state + b"tb"

    pairs = (pickled(x) + pickled(y) + b"\x86" for x, y in arrays)
    return b"\x80\x02" + b"".join(pairs) + b"\x87."


def three_splits() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the small digits as ``mnist.pkl.gz`` has them: float32 and int64."""
    train_x, train_y, test_x, test_y = small_digits()
    n = ROWS[0]
    pairs = ((train_x[:n], train_y[:n]), (train_x[n:], train_y[n:]), (test_x, test_y))
    return [(x.astype(np.float32) / 256, y.astype(np.int64)) for x, y in pairs]


def parameters() -> dict[str, np.ndarray]:
    """Return parameters of a softmax regression."""
    rng = np.random.default_rng(1)
    return {"W": rng.normal(size=(784, 10)), "b": rng.normal(size=10)}


def npz(arrays: dict[str, np.ndarray]) -> bytes:
    """Return an archive of arrays."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def keras_arrays() -> dict[str, np.ndarray]:
    """Return the small digits as Keras's ``mnist.npz`` has them."""
    x, y, test_x, test_y = small_digits()
    images = {"x_train": x.reshape(-1, 28, 28), "x_test": test_x.reshape(-1, 28, 28)}
    return images | {"y_train": y, "y_test": test_y}


def zipped(contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def progress() -> epochs.Progress:
    """Return a run's progress after two epochs."""
    records = [
        {"epoch": epoch, "cost": 1 / epoch, "validation_error": 0.2, "test_error": 0.3}
        for epoch in (1, 2)
    ]
    stopping = EarlyStopping(best_validation_error=0.2)
    kept = parameters(), parameters()
    return epochs.Progress(*kept, stopping, 83, records, 1, 0.3, False, 1.5)


def progress_of_steps() -> training.Progress:
    """Return a run's progress after two steps."""
    records = {"cost": [2.5, 2.25], "start_index": [7, 0]}
    return training.Progress(NOTHING, parameters(), parameters(), records, 1.5)


def picture() -> Image.Image:
    """Return a drawing of a digit 4, 60 x 80 pixels in colour, dark on light."""
    image = Image.new("RGB", (60, 80), (240, 235, 220))
    draw = ImageDraw.Draw(image)
    draw.line([(35, 10), (12, 50), (50, 50)], fill=(20, 10, 60), width=5)
    draw.line([(38, 30), (38, 70)], fill=(20, 10, 60), width=5)
    return image


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    """Return an image file."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def png_chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """Take a PNG apart: kind and content of each chunk."""
    chunks, at = [], 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """Put a PNG together, with right checksums."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, body in chunks:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        parts.append(struct.pack(">I", len(body)) + kind + body + checksum)
    return b"".join(parts)


def _read_idx(which: int) -> Callable[[Path], tuple[Any, ...]]:
    def read(path: Path) -> tuple[Any, ...]:
        file = mnist.FILES[which]
        return (file.parse(path, read_content(File(path), file.content_length)),)

    return read


def _read_model(path: Path) -> tuple[Any, ...]:
    model, dataset, *_ = predictor.restore(path)
    return *(param.get_value() for param in model.params), dataset


def _load_progress(path: Path, kind: str) -> Any:
    path = path.rename(path.with_name(resume.FILE_NAME))
    return resume.load_progress(path.parent, SETUP, LIKE[kind])


def _read_progress(path: Path) -> tuple[Any, ...]:
    found = _load_progress(path, "progress")
    # What training does with it first: it must be able to.
    found.stopping.is_improved(100, 0.1)
    found.stopping.is_over(100)
    arrays = (*found.parameters.values(), *found.best_parameters.values())
    return *arrays, found.epochs, found.best_epoch, found.is_over


def _read_steps(path: Path) -> tuple[Any, ...]:
    found = _load_progress(path, "steps")
    records = [list(map(float, values)) for values in found.records.values()]
    # What becomes of it in the trace: JSON has no infinity.
    checkpoints.trace_content({"seconds": found.seconds, "records": records})
    arrays = (found.parameters, found.good_parameters, found.initial_parameters)
    return *(value for each in arrays for value in each.values()), *records, found.seconds


def good_files(folder: Path) -> dict[str, Kind]:
    """Return a good file of every kind, written by the package where it writes such."""
    digits = mnist.Digits(*small_digits())
    idx = [
        file.header + array.tobytes() for file, array in zip(small_mnist(), digits, strict=True)
    ]
    legacy = python_2_pickle(three_splits())
    checkpoints.save_model(
        folder / "model.npz", parameters(), {"dataset": "mnist", "pixel_divisor": 256}
    )
    rendered._write(folder / "rendered.npz", digits)
    drawn = picture()
    return {
        "images": Kind(idx[0], _read_idx(0)),
        "images.gz": Kind(gzip.compress(idx[0], mtime=0), _read_idx(0)),
        "labels": Kind(idx[1], _read_idx(1)),
        "labels.gz": Kind(gzip.compress(idx[1], mtime=0), _read_idx(1)),
        "pickle": Kind(legacy, _read_as("mnist.pkl")),
        "pickle.gz": Kind(gzip.compress(legacy, mtime=0), _read_as("mnist.pkl.gz")),
        **{
            f"pickle {protocol}": Kind(
                pickle.dumps(three_splits(), protocol), _read_as("mnist.pkl")
            )
            for protocol in range(6)
        },
        "npz": Kind(npz(keras_arrays()), _read_as("mnist.npz")),
        "zip": Kind(zipped(dict(zip(NAMES, idx, strict=True))), _read_as("archive.zip")),
        "model": Kind((folder / "model.npz").read_bytes(), _read_model),
        "progress": Kind(resume.progress_content(progress(), SETUP), _read_progress),
        "steps": Kind(resume.progress_content(progress_of_steps(), SETUP), _read_steps),
        "rendered": Kind((folder / "rendered.npz").read_bytes(), rendered._read),
        "png": Kind(encoded(drawn, "PNG"), _read_image),
        "palette": Kind(encoded(drawn.quantize(16), "PNG"), _read_image),
        "jpeg": Kind(encoded(drawn, "JPEG"), _read_image),
        "cmyk": Kind(encoded(drawn.convert("CMYK"), "JPEG"), _read_image),
        **{
            format.lower(): Kind(encoded(drawn, format), _read_image)
            for format in ("WEBP", "BMP", "GIF", "TIFF")
        },
    }


def _read_as(name: str) -> Callable[[Path], tuple[Any, ...]]:
    """Return how a file is read that is alone in its folder, by a name of MNIST's."""

    def read(path: Path) -> tuple[Any, ...]:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            path.rename(Path(folder) / name)
            search = Search(Path(folder), mnist.FILES)
            search.by_content()
            if search.missing:
                raise search.failure or BadFile(folder, search.why)
            return tuple(search.arrays[file.name] for file in mnist.FILES)

    return read


def _read_image(path: Path) -> tuple[Any, ...]:
    return (photographs.load_image(path),)
