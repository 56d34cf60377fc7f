"""Find, verify and read MNIST, or fetch it if it is not on the machine.

Published numbers hold for these 70,000 digits and no others. Source: Y. LeCun, C. Cortes,
C. J. C. Burges, "The MNIST database of handwritten digits".
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from theano_tutorial._text import one_line
from theano_tutorial.data.files import file_content, mirrors
from theano_tutorial.data.files.idx import IdxFile
from theano_tutorial.data.files.names import published_name
from theano_tutorial.data.files.search import Search
from theano_tutorial.data.splits import Bytes, Digits
from theano_tutorial.errors import DataUnavailable, UsageError
from theano_tutorial.system.folders import at_home, cache_folder, why_not_written

Report = Callable[[str], object]

# Name, rows, and SHA-256 of the uncompressed content.
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
    each bad file in the cache folder and, if MNIST is found, for each folder that the user
    named and that does not have it.

    Raises `UsageError` if `data_dir` is empty or does not exist, `BadFile` if a folder that the
    user named cannot be read or has files of MNIST that are missing or altered, and
    `DataUnavailable` if no folder has MNIST and no mirror delivers it.
    """
    if data_dir == "":
        raise UsageError("the folder name is empty")
    *named, cache = _folders(data_dir)
    begun = _ahead.pop() if _ahead else None
    looked = begun.result() if begun else {}
    unused: list[str] = []
    for folder in named:
        search = looked.get(folder) or Search(folder, FILES)
        search.by_content()
        if not search.missing:
            for line in unused:
                report(f"{line}; MNIST is read from {one_line(folder)}")
            return _digits(search), str(folder)
        if search.failure:
            raise search.failure
        if folder == named[0] and data_dir and not folder.exists():
            raise UsageError(f"{folder} is not there")
        unused.append(f"{one_line(folder)}: {search.why}")
    try:
        digits = _from_cache(looked.get(cache) or Search(cache, FILES), report)
    except DataUnavailable as error:
        raise DataUnavailable("; ".join([*unused, str(error)])) from error
    for line in unused:
        report(f"{line}; MNIST is read from {one_line(cache)}")
    return digits, str(cache)


def _folders(data_dir: str | None) -> list[Path]:
    named = [name for name in (data_dir, os.environ.get("THEANO_TUTORIAL_DATA")) if name]
    return [*dict.fromkeys(map(at_home, named)), cache_folder()]


def _digits(search: Search) -> Digits:
    return Digits(*(search.arrays[file.name] for file in FILES))


_ahead: list[Future[dict[Path, Search]]] = []


@contextmanager
def reading_ahead(data_dir: str | None) -> Iterator[None]:
    """Read in a background thread what `load_digits` will need, if it is on this machine.

    Nothing is fetched or reported: `load_digits` does both later.
    """

    def look() -> dict[Path, Search]:
        looked = {}
        for folder in _folders(data_dir):
            looked[folder] = Search(folder, FILES)
            if not looked[folder].missing:
                break
        return looked

    thread = ThreadPoolExecutor(1)
    _ahead.append(thread.submit(look))
    thread.shutdown(wait=False)
    try:
        yield
    finally:
        _ahead.clear()


def _from_cache(search: Search, report: Report) -> Digits:
    """Return MNIST from the cache folder; fetch files that are missing or bad."""
    search.by_content(of_any_name=False)
    bad = {published_name(error.path): error for error in reversed(search.refused)}
    problems: list[str] = []
    if search.missing and "" in bad and bad[""].path != search.folder:
        report(f"{bad['']}; left unused")
    for file in search.missing:
        if error := bad.get(file.name):
            report(f"{error}; fetching it again")
            problems.append(f"{error.path.name} in the cache folder is bad")
        search.arrays[file.name] = _fetch(search.folder / f"{file.name}.gz", file, problems)
    return _digits(search)


def _fetch(path: Path, file: IdxFile, problems: list[str]) -> Bytes:
    def parse(arrived: bytes) -> Bytes:
        return file.parse(path, file_content.unpack(path, arrived, file.content_length))

    try:
        return mirrors.fetch(path, parse, file_content.longest(file.content_length))
    except DataUnavailable as error:
        reasons = "; ".join([*problems, str(error)])
        raise DataUnavailable(f"MNIST could not be fetched: {reasons}") from error
    except OSError as error:
        reason = why_not_written(error)
        raise DataUnavailable(
            f"MNIST cannot be stored in {one_line(path.parent)}: {reason} "
            "(THEANO_TUTORIAL_CACHE names another folder)"
        ) from error
