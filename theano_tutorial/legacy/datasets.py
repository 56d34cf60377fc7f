"""MNIST for old code wherever it looks: verified digits, in files written anew."""

import atexit
import builtins
import functools
import gzip
import io
import logging
import os
import pickle
import re
import shutil
import sys
import tempfile
import urllib.parse
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial import data
from theano_tutorial.data.mnist import FILES, load_digits
from theano_tutorial.legacy import stand_ins

_SERVED = re.compile(
    r"((?<![^/\\])mnist(_py3k)?\.pkl|(train|t10k)-(images|labels)[-.]idx[13]-ubyte)(\.gz)?$"
)
mnist = sys.modules[__name__]  # pylearn2.datasets.mnist is this module, too
_exists = os.path.exists
_data_dir: str | None = None
_is_reading = False  # while True, nothing is served: the digits are being read


@functools.cache
def _digits() -> tuple[data.Digits, str]:
    return load_digits(_data_dir, logging.getLogger("theano_tutorial").warning)


def load(pixel_divisor: int = 256) -> data.Dataset:
    """Return MNIST in float32, or raise `DataUnavailable`."""
    form = {"name": "mnist", "dtype": "float32", "source": _digits()[1]}
    return data.make_dataset(_digits()[0], pixel_divisor=pixel_divisor, **form)


class MNIST:
    """pylearn2's ``"train"`` (60,000) or ``"test"`` set: `X` float32 from 0 to 1, `y` int32."""

    def __init__(self, which_set: str, start: int | None = None, stop: int | None = None):
        digits = load(pixel_divisor=255)
        split = {"train": digits.all_train, "test": digits.test}[which_set]
        assert split is not None
        self.X, self.y = split.x[start:stop], split.y[start:stop]

    def get_test_set(self) -> "MNIST":
        return MNIST("test")


def served(path: str) -> str | None:
    """Return the name of the MNIST file that a path ends in, or None."""
    found = _SERVED.search(path)
    return found[0].replace(".idx", "-idx") if found else None


def _missing(path: Any) -> str | None:
    if _is_reading or isinstance(path, int):
        return None
    name = served(os.fsdecode(path))
    return name if name and not _exists(path) else None


@functools.cache
def _file(name: str) -> str:
    global _is_reading
    _is_reading = True
    try:
        idx = {f.name: f.header + v.tobytes() for f, v in zip(FILES, _digits()[0], strict=True)}
        content = idx.get(name.removesuffix(".gz"))
        if content is None:
            digits = load()
            splits = (digits.train, digits.valid, digits.test)
            pairs = tuple((split.x, split.y.astype(np.int64)) for split in splits)
            content = pickle.dumps(pairs, protocol=2)  # as Python 2 wrote it
    finally:
        _is_reading = False
    folder = tempfile.mkdtemp(prefix="theano_tutorial-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, name)
    path.write_bytes(gzip.compress(content, 1) if name.endswith(".gz") else content)
    return str(path)


def answer(data_dir: str | None = None) -> None:
    """Serve MNIST, from `data_dir` first, wherever old code looks for it from now on."""
    global _data_dir
    _data_dir = data_dir
    stand_ins.wrap(builtins, open=_open)
    stand_ins.wrap(io, open=_open)
    stand_ins.wrap(os.path, exists=_is_there, isfile=_is_there)
    stand_ins.wrap(urllib.request, urlopen=_urlopen, urlretrieve=_urlretrieve)


def _open(opened: Any, file: object, mode: str = "r", *args: object, **options: object) -> Any:
    name = _missing(file) if mode.startswith("r") else None
    return opened(_file(name) if name else file, mode, *args, **options)


def _is_there(is_there: Any, path: Any) -> bool:
    """Say that MNIST is there, unless the user's own is where the tutorials look next."""
    if _missing(path) is None:
        return bool(is_there(path))
    return not _exists(Path(sys.path[0], "../data", os.fsdecode(path)))


def _served_at(url: object) -> str | None:
    parts = urllib.parse.urlsplit(str(getattr(url, "full_url", url)))
    return served(parts.path) if parts.scheme in {"http", "https"} else None


def _urlopen(urlopen: Any, url: Any, *args: object, **options: object) -> Any:
    name = _served_at(url)
    return Path(_file(name)).open("rb") if name else urlopen(url, *args, **options)


def _urlretrieve(urlretrieve: Any, url: str, filename: Any = None, *args: Any) -> Any:
    """Fetch a file, but not into a missing folder: a file opened there is served anyway."""
    name = _served_at(url)
    if name is None:
        return urlretrieve(url, filename, *args)
    if filename and Path(filename).parent.is_dir():
        shutil.copyfile(_file(name), filename)
    return filename or _file(name), Message()
