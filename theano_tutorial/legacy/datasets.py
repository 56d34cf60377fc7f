"""The places where old code looks for MNIST, answered from this package's verified copy.

deeplearning.net's ``mnist.pkl.gz`` and the four IDX files are there, for reading, wherever a
script looks for them and has none, and come from any address. What is served is written from
arrays that were verified, into a folder that lasts as long as the process: a pickle that lies
somewhere on this machine is never handed on.
"""

import atexit
import builtins
import functools
import gzip
import io
import logging
import os
import pickle
import shutil
import tempfile
import urllib.parse
import urllib.request
import urllib.response
from collections.abc import Callable
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from theano_tutorial import data
from theano_tutorial.data import mnist
from theano_tutorial.data.files.names import published_name

_PICKLES = {"mnist.pkl", "mnist.pkl.gz", "mnist_py3k.pkl.gz"}

_data_dir: str | None = None


@functools.cache
def _digits() -> tuple[data.Digits, str]:
    return mnist.load_digits(_data_dir, logging.getLogger("theano_tutorial").warning)


def load(pixel_divisor: int = 256) -> data.Dataset:
    """Return MNIST in float32, or raise `DataUnavailable`."""
    digits, source = _digits()
    form = {"name": "mnist", "source": source, "dtype": "float32"}
    return data.make_dataset(digits, pixel_divisor=pixel_divisor, **form)


class Places:
    """Files of MNIST that are wherever somebody looks for them."""

    def __init__(self) -> None:
        self.exists = os.path.exists
        self._files: dict[str, str] = {}
        self._is_reading = False  # what it serves, where that is

    def has(self, path: Any) -> bool:
        """Return whether a path is served: a name of MNIST's that is not there."""
        if self._is_reading or isinstance(path, int):
            return False
        return _served(os.fsdecode(path)) is not None and not self.exists(path)

    def of(self, path: Any) -> str | None:
        """Return the file that is served for a path, or None."""
        return self._file(_served(os.fsdecode(path))) if self.has(path) else None

    def at(self, url: object) -> str | None:
        """Return the file that is served for an address, or None."""
        parts = urllib.parse.urlsplit(str(url))
        return self._file(_served(parts.path)) if parts.scheme in {"http", "https"} else None

    def _file(self, name: str | None) -> str | None:
        if name and name not in self._files:
            if not self._files:
                self._folder = tempfile.mkdtemp(prefix="theano_tutorial-")
                atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
            path = Path(self._folder, name)
            self._is_reading = True
            try:
                (_write_pickle if name in _PICKLES else _write_idx)(path)
            finally:
                self._is_reading = False
            self._files[name] = str(path)
        return self._files[name] if name else None


def _served(path: str) -> str | None:
    """Return the name of MNIST's that a path ends in, if it is one that is served."""
    name = PurePosixPath(path.replace("\\", "/")).name
    if name in _PICKLES:
        return name
    plain = name.removesuffix(".gz")
    ends = (file.name for file in mnist.FILES if plain.endswith(file.name))
    known = published_name(Path(plain)) or next(ends, None)
    return known and known + name.removeprefix(plain)


def _write_pickle(path: Path) -> None:
    """Write what deeplearning.net's file holds: float32 pixels / 256, int64 labels."""
    digits = load()
    splits = [(s.x, s.y.astype(np.int64)) for s in (digits.train, digits.valid, digits.test)]
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as file:
        pickle.dump(tuple(splits), file, protocol=2)  # which Python 2 wrote


def _write_idx(path: Path) -> None:
    for file, array in zip(mnist.FILES, _digits()[0], strict=True):
        if file.name == path.name.removesuffix(".gz"):
            content = file.header + array.tobytes()
            path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)


def answer(data_dir: str | None = None) -> None:
    """Have MNIST's old places and addresses answered, for the rest of this process.

    MNIST is looked for in the folder `data_dir` first.
    """
    global _data_dir
    _data_dir = data_dir
    places = Places()
    open_, urlopen = builtins.open, urllib.request.urlopen

    def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        place = places.of(file) if mode.startswith("r") else None
        return open_(place or file, mode, *args, **options)

    def opened_url(url: Any, *args: Any, **options: Any) -> Any:
        address = getattr(url, "full_url", url)
        if place := places.at(address):
            return urllib.response.addinfourl(open_(place, "rb"), _headers(place), address, 200)
        return urlopen(url, *args, **options)

    for module in (builtins, io):
        vars(module)["open"] = opened
    vars(urllib.request).update(
        urlopen=opened_url, urlretrieve=_retriever(places, urllib.request.urlretrieve)
    )
    vars(os.path).update(
        exists=_or_served(places, os.path.exists), isfile=_or_served(places, os.path.isfile)
    )


def _or_served(places: Places, is_there: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda path: is_there(path) or places.has(path)


def _retriever(places: Places, urlretrieve: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that fetches what is at an address, and MNIST from this package.

    A folder that is not there is not made: what is looked for in it is served all the same.
    """

    def retrieve(
        url: str, filename: Any = None, reporthook: Any = None, data: Any = None
    ) -> Any:
        place = places.at(url)
        if place is None:
            return urlretrieve(url, filename, reporthook, data)
        if filename and Path(filename).parent.is_dir():
            shutil.copyfile(place, filename)
        headers = _headers(place)
        if reporthook:
            reporthook(1, int(headers["Content-Length"]), int(headers["Content-Length"]))
        return filename or place, headers

    return retrieve


def _headers(path: str) -> Message:
    headers = Message()
    headers["Content-Length"] = str(Path(path).stat().st_size)
    return headers
