"""MNIST found, verified and read; fetched where it is not on the machine.

Published numbers hold for these 70,000 digits and no others. Source: Y. LeCun, C. Cortes,
C. J. C. Burges, "The MNIST database of handwritten digits".
"""

import errno
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from theano_tutorial.data.files import file_content, mirrors
from theano_tutorial.data.files.idx import IdxFile
from theano_tutorial.data.files.legacy_pickle import read_pickle
from theano_tutorial.data.splits import Bytes, Digits
from theano_tutorial.errors import BadFile, DataUnavailable, TutorialError, UsageError
from theano_tutorial.system.folders import cache_folder, is_there

PICKLE = "mnist.pkl.gz"
Report = Callable[[str], object]

# Name, rows, and SHA-256 of the content uncompressed.
_PUBLISHED = """\
train-images-idx3-ubyte 60000 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
train-labels-idx1-ubyte 60000 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
t10k-images-idx3-ubyte 10000 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
t10k-labels-idx1-ubyte 10000 ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
"""
FILES = tuple(
    IdxFile(name, int(rows), sha256)
    for name, rows, sha256 in map(str.split, _PUBLISHED.splitlines())
)


def load_digits(data_dir: str | None, report: Report) -> tuple[Digits, str]:
    """Return MNIST and where it was found.

    The package's docstring says where it is looked for. `report` is called with one line for
    each bad file found in the cache folder.

    Raises `UsageError` if `data_dir` is not a folder, `BadFile` if a folder that the user named
    holds a file that is not MNIST's, and `DataUnavailable` if no folder holds MNIST and no
    mirror delivers it.
    """
    if data_dir == "":
        raise UsageError("the folder has no name")
    looked_in = []
    for folder in _named_folders(data_dir):
        paths = find(Path(folder))
        if paths:
            return read(paths), str(folder)
        if folder == data_dir and not Path(folder).is_dir():
            raise UsageError(f"{folder} is not there")
        looked_in.append(str(folder))
    cache = cache_folder()
    try:
        return _from_cache(cache, report), str(cache)
    except DataUnavailable as error:
        also = f"not in {', '.join(looked_in)}; " if looked_in else ""
        raise DataUnavailable(f"{also}{error}") from error


def _named_folders(data_dir: str | None) -> list[str]:
    return [name for name in (data_dir, os.environ.get("THEANO_TUTORIAL_DATA")) if name]


_ahead: dict[Path, Future[Bytes]] = {}


@contextmanager
def reading_ahead(data_dir: str | None) -> Iterator[None]:
    """Read in the background what `load_digits` will need, if it is on this machine.

    Nothing is fetched or reported: `load_digits` meets whatever is wrong again.
    """
    threads = ThreadPoolExecutor(len(FILES))
    for name, path in _nearest(data_dir).items():
        if name != PICKLE:
            file = next(file for file in FILES if file.name == name)
            _ahead[path] = threads.submit(_read, path, file)
    threads.shutdown(wait=False)
    try:
        yield
    finally:
        _ahead.clear()


def _nearest(data_dir: str | None) -> dict[str, Path]:
    with suppress(TutorialError):
        for folder in (*map(Path, _named_folders(data_dir)), cache_folder()):
            if paths := find(folder):
                return paths
    return {}


def find(folder: Path) -> dict[str, Path]:
    """Return the paths of MNIST's files in a folder by name; none if it holds none.

    The keys are either the four IDX names or ``"mnist.pkl.gz"`` alone. Raises `BadFile` if the
    folder cannot be read, or holds some of the four files and not all.
    """
    try:
        there = set(os.listdir(folder))  # noqa: PTH208  (iterdir would be read lazily)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadFile(folder, f"cannot be read as a folder ({error.strerror})") from error
    paths = {
        file.name: folder / name
        for file in FILES
        for name in (f"{file.name}.gz", file.name)
        if name in there
    }
    if len(paths) == len(FILES):
        return paths
    if PICKLE in there:
        return {PICKLE: folder / PICKLE}
    if paths:
        missing = ", ".join(file.name for file in FILES if file.name not in paths)
        raise BadFile(folder, f"holds part of MNIST only; missing: {missing}")
    return {}


def read(paths: dict[str, Path]) -> Digits:
    """Read the files that `find` found; raise `BadFile` if one is not as MNIST published it."""
    if PICKLE in paths:
        digits = read_pickle(paths[PICKLE])
        for file, array in zip(FILES, digits, strict=True):
            file.verify(paths[PICKLE], file.header, array)
        return digits
    with ThreadPoolExecutor(len(FILES)) as threads:
        return Digits(*threads.map(lambda file: read_file(paths[file.name], file), FILES))


def read_file(path: Path, file: IdxFile) -> Bytes:
    """Read one IDX file; raise `BadFile` if it is not the one that MNIST published."""
    begun = _ahead.pop(path, None)
    return _read(path, file) if begun is None else begun.result()


def _read(path: Path, file: IdxFile) -> Bytes:
    return file.parse(path, file_content.read_content(path, file.content_length))


def _from_cache(folder: Path, report: Report) -> Digits:
    """Read MNIST from the cache folder; fetch what is missing or bad."""
    arrays = []
    problems: list[str] = []
    if is_there(folder / PICKLE):
        try:
            return read({PICKLE: folder / PICKLE})
        except BadFile as error:
            report(f"{error}; left unused")
    for file in FILES:
        path = folder / f"{file.name}.gz"
        if is_there(path):
            try:
                arrays.append(read_file(path, file))
                continue
            except BadFile as error:
                report(f"{error}; fetching it again")
                problems.append(f"{path.name} in the cache folder is bad")
        arrays.append(_fetch(path, file, problems))
    return Digits(*arrays)


def _fetch(path: Path, file: IdxFile, problems: list[str]) -> Bytes:
    def parse(arrived: bytes) -> Bytes:
        return file.parse(path, file_content.unpack(path, arrived, file.content_length))

    try:
        return mirrors.fetch(path, parse, file_content.longest(file.content_length))
    except DataUnavailable as error:
        reasons = "; ".join([*problems, str(error)])
        raise DataUnavailable(f"MNIST could not be fetched: {reasons}") from error
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        reason = "the disk is full" if full else error.strerror or str(error)
        raise DataUnavailable(f"MNIST cannot be stored in {path.parent}: {reason}") from error
