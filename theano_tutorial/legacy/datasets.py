"""The places where old code looks for MNIST, answered from this package's verified copy.

deeplearning.net's ``mnist.pkl.gz`` and the four IDX files are there, for reading, wherever a
script looks for them and has none, and come from the addresses where they were. What is served
is written from arrays that were verified, into a folder that lasts as long as the process: a
pickle that lies somewhere on this machine is never handed on.
"""

import atexit
import builtins
import gzip
import io
import os
import pickle
import shutil
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from theano_tutorial import data
from theano_tutorial.data import mnist
from theano_tutorial.data.files.names import published_name

_PICKLES = {"mnist.pkl.gz", "mnist_py3k.pkl.gz"}
_IDX_NAMES = tuple(file.name for file in mnist.FILES)

_data_dir: str | None = None

Named = str | bytes | os.PathLike[str] | os.PathLike[bytes] | int


def load(pixel_divisor: int = 256) -> data.Dataset:
    """Return MNIST in float32, or raise `DataUnavailable`."""
    return data.load("mnist", data_dir=_data_dir, dtype="float32", pixel_divisor=pixel_divisor)


class Places:
    """Files of MNIST that are wherever somebody looks for them."""

    def __init__(self) -> None:
        self.exists = os.path.exists
        self._written: dict[str, str] = {}
        self._folder = ""
        self._is_reading = False

    def has(self, path: Named) -> bool:
        """Return whether a path that is not there is served."""
        # What this package looks for itself, to serve it, is where it is.
        if self._is_reading or isinstance(path, int):
            return False
        return _served(os.fsdecode(path)) is not None and not self.exists(path)

    def of(self, path: Named) -> str | None:
        """Return the file that is served for a path; None if it is there, or not MNIST's."""
        return self._file(os.fsdecode(path)) if self.has(path) else None  # type: ignore[arg-type]

    def at(self, url: object) -> str | None:
        """Return the file that is served for an address; None if it is not MNIST's."""
        parts = urllib.parse.urlsplit(str(url))
        is_served = parts.scheme in {"http", "https", "ftp"} and _served(parts.path)
        return self._file(parts.path) if is_served else None

    def _file(self, path: str) -> str:
        name = str(_served(path))
        if name not in self._written:
            self._is_reading = True
            try:
                self._written[name] = self._write(name)
            finally:
                self._is_reading = False
        return self._written[name]

    def _write(self, name: str) -> str:
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="theano_tutorial-")
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        path = Path(self._folder, name)
        write = _write_pickle if name in _PICKLES else _write_idx
        write(path)
        return str(path)


def _served(path: str) -> str | None:
    """Return the name of MNIST's that a path ends in, if it is one that is served."""
    name = PurePosixPath(path.replace("\\", "/")).name
    if name in _PICKLES:
        return name
    plain, gz = (name.removesuffix(".gz"), ".gz") if name.endswith(".gz") else (name, "")
    known = published_name(Path(plain)) or next(filter(plain.endswith, _IDX_NAMES), None)
    return known and known + gz


def _write_pickle(path: Path) -> None:
    """Write what deeplearning.net's file holds: float32 pixels / 256, int64 labels."""
    digits = load()
    splits = digits.train, digits.valid, digits.test
    with gzip.open(path, "wb", compresslevel=1) as file:
        # Of the protocol that Python 2 wrote.
        pickle.dump([(split.x, split.y.astype(np.int64)) for split in splits], file, 2)


def _write_idx(path: Path) -> None:
    digits, _ = mnist.load_digits(_data_dir, lambda line: None)
    name = path.name.removesuffix(".gz")
    (index,) = (i for i, file in enumerate(mnist.FILES) if file.name == name)
    content = mnist.FILES[index].header + digits[index].tobytes()
    is_packed = path.suffix == ".gz"
    path.write_bytes(gzip.compress(content, compresslevel=1) if is_packed else content)


def answer(data_dir: str | None = None) -> None:
    """Have MNIST's old places and addresses answered, for the rest of this process.

    MNIST is looked for in the folder `data_dir` first.
    """
    global _data_dir
    _data_dir = data_dir
    places = Places()
    open_, urlopen = builtins.open, urllib.request.urlopen

    def opened(file: Named, mode: str = "r", *args: Any, **options: Any) -> IO[Any]:
        place = places.of(file) if mode.startswith("r") else None
        return open_(place or file, mode, *args, **options)

    def opened_url(url: Any, *args: Any, **options: Any) -> Any:
        place = places.at(getattr(url, "full_url", url))
        return open_(place, "rb") if place else urlopen(url, *args, **options)

    builtins.open = io.open = opened  # type: ignore[assignment]
    urllib.request.urlopen = opened_url
    urllib.request.urlretrieve = _retriever(places, urllib.request.urlretrieve)
    for name in ("exists", "isfile"):
        setattr(os.path, name, _or_served(places, getattr(os.path, name)))


def _or_served(places: Places, is_there: Callable[[Named], bool]) -> Callable[[Named], bool]:
    return lambda path: is_there(path) or places.has(path)


def _retriever(places: Places, urlretrieve: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that fetches a URL, and MNIST from this package.

    A folder that is not there is not made: what is looked for in it is served all the same.
    """

    def retrieve(url: str, filename: Any = None, *args: Any, **options: Any) -> Any:
        place = places.at(url)
        if place is None:
            return urlretrieve(url, filename, *args, **options)
        if filename and Path(filename).parent.is_dir():
            shutil.copyfile(place, filename)
        return filename or place, Message()

    return retrieve
