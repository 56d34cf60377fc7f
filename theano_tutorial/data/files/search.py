"""Look for MNIST in a folder: first by its files' names, then by the content of any file.

Names only say where to look first: whatever is used has the published SHA-256.
"""

import functools
import io
import os
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from theano_tutorial._text import one_line
from theano_tutorial.data.files import arrays, names
from theano_tutorial.data.files.file_content import File, read_content, refusing
from theano_tutorial.data.files.idx import IdxFile
from theano_tutorial.data.files.other_kinds import what_it_is
from theano_tutorial.data.splits import Bytes
from theano_tutorial.errors import BadFile

# How much is looked at in a folder, which may hold anything:
_MOST_FOLDERS = 100
_DEEPEST = 3  # MNIST/raw/train-images-idx3-ubyte
_MOST_FILES = 10_000  # in each subfolder or archive
_MOST_OPENED = 500
_MOST_READ = 16  # files read to the end
_MOST_ALIKE = 8  # candidates tried for one file
_LONGEST_ARCHIVE = 2**27  # bytes, of an archive within an archive
_MOST_NAMED = 3  # files named in a message


class Search:
    """Looks for MNIST in a folder, one folder down, in ``MNIST/raw`` and in zip archives.

    It reads the files with MNIST's names at once, others in `by_content`. `arrays` has the
    arrays that were found, by the names of the published files. `refused` says what is wrong
    with files that have MNIST's names, and `others` with other files.
    """

    def __init__(self, folder: Path, files: Sequence[IdxFile]) -> None:
        self.folder = folder
        self.arrays: dict[str, Bytes] = {}
        self.refused: list[BadFile] = []
        self.others: list[BadFile] = []
        self._files = files
        self._lengths = arrays.lengths(files)
        self._opened = self._reads = 0
        self._here, self._folders = self._listed(folder)
        self._read_named(self._here)
        if self.missing:
            self._read_named(self._nested)

    @property
    def missing(self) -> list[IdxFile]:
        """The published files that were not found."""
        return [file for file in self._files if file.name not in self.arrays]

    @property
    def failure(self) -> BadFile | None:
        """What is wrong with the folder, if its content shows that it is meant for MNIST."""
        named = {file.path for file in self._here if names.has_name(file.path)}
        by_name = {*map(names.published_name, named)}
        for error in self.refused:
            around = {error.path, *error.path.parents}  # a parent may be its archive
            if self.arrays or error.path == self.folder or named & around:
                return self._part(by_name) or error
        return self._part(by_name) or self._part({*self.arrays})

    def _part(self, found: set[str]) -> BadFile | None:
        missing = [file.name for file in self._files if file.name not in found]
        if 0 < len(missing) < len(self._files):
            those = ", ".join(missing)
            refused = f"; refused: {said}" if (said := self._said) else ""
            return BadFile(self.folder, f"holds part of MNIST only; missing: {those}{refused}")
        return None

    @property
    def why(self) -> str:
        """Why the folder cannot be used, in a few words."""
        if not os.path.lexists(self.folder):
            return "no such folder"
        return f"no MNIST in it ({said})" if (said := self._said) else "no MNIST in it"

    @property
    def _said(self) -> str:
        """What is wrong with some of the files, or an empty text."""
        problems = [*{e.path: e for e in (*self.refused, *self.others)}.values()]
        said = [
            f"{one_line(os.path.relpath(error.path, self.folder))}: {error.reason}"
            for error in problems[:_MOST_NAMED]
        ]
        if len(problems) > len(said):
            said.append(f"{len(problems) - len(said):,} more")
        return "; ".join(said)

    def by_content(self, *, of_any_name: bool = True) -> None:
        """Look for missing files in files of any name, or only in those with MNIST's names."""
        if not self.missing:
            return
        named = [file for file in self._here if names.has_name(file.path)]
        self._look_into([*self._here, *self._nested] if of_any_name else named, self.folder)

    @functools.cached_property
    def _nested(self) -> list[File]:
        """The files one folder down, and deeper in folders called ``raw`` or as a file is."""
        found: list[File] = []
        folders = sorted(self._folders, key=names.unlikely_last)[:_MOST_FOLDERS]
        while folders:
            files, below = self._listed(folder := folders.pop(0), _MOST_FILES)
            found += files
            if len(folder.relative_to(self.folder).parts) < _DEEPEST:
                folders += [
                    each for each in below if each.name == "raw" or names.has_name(each)
                ]
        return found

    def _listed(self, folder: Path, most: int | None = None) -> tuple[list[File], list[Path]]:
        try:
            return names.listed(folder, most)
        except BadFile as error:
            (self.refused if folder == self.folder else self.others).append(error)
            return [], []

    def _refuse(self, error: BadFile) -> None:
        # The parent may be an archive.
        is_named = names.has_name(error.path) or names.has_name(error.path.parent)
        (self.refused if is_named else self.others).append(error)

    def _read_named(self, files: Iterable[File]) -> None:
        """Read the missing files by their names, in parallel."""
        named: dict[str, list[File]] = {}
        for file in files:
            named.setdefault(names.published_name(file.path), []).append(file)
        missing = self.missing

        def read(wanted: IdxFile) -> list[BadFile]:
            problems = []
            for file in named.get(wanted.name, [])[:_MOST_ALIKE]:
                try:
                    self._read(file, wanted)
                    break
                except BadFile as error:
                    problems.append(error)
            return problems

        with ThreadPoolExecutor(len(self._files)) as threads:
            for problems in threads.map(read, missing):
                self.refused += problems

    def _read(self, file: File, wanted: IdxFile) -> None:
        content = read_content(file, wanted.content_length)
        self.arrays[wanted.name] = wanted.parse(file.path, content)

    def _look_into(self, files: Iterable[File], place: Path) -> None:
        """Look into the files of a folder or an archive, likely ones first."""
        pool: list[Bytes] = []
        # Python may warn of a damaged text or header; here that means it cannot be read.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for file in sorted(files, key=lambda file: names.unlikely_last(file.path)):
                if not self.missing or self._has_seen_enough:
                    break
                self._opened += 1
                try:
                    self._look_at(file, pool)
                except BadFile as error:
                    self._refuse(error)
        if pool or names.has_name(place):
            self._take(pool, place)

    @property
    def _has_seen_enough(self) -> bool:
        return self._opened >= _MOST_OPENED or self._reads >= _MOST_READ

    def _look_at(self, file: File, pool: list[Bytes]) -> None:
        path, start = file.path, file.start()
        wanted = next((each for each in self.missing if start.startswith(each.header)), None)
        name = names.published_name(path)
        if name and (wanted is None or wanted.name == name):
            return  # it was tried by its name
        if not name and (other := what_it_is(path.name, start)):
            raise BadFile(path, other)
        if wanted:
            self._reads += 1
            self._read(file, wanted)
        elif start.startswith(arrays.NPY_MAGIC):
            length = arrays.npy_length(file, start, self._lengths)
            self._reads += 1
            pool += arrays.read_npy(file, length, self._lengths)
        elif start.startswith(b"PK\3\4") or path.suffix.lower() == ".npz":
            self._look_into_archive(file)
        elif re.match(b"\x80[\2-\5]", start) or re.search(r"\.(pkl|pickle)\b", path.name, re.I):
            self._reads += 1
            self._take(arrays.read_pickle(file, self._lengths), path)
        elif start.startswith(b"\0\0\x08"):
            rows = int.from_bytes(start[4:8])
            if rows not in self._lengths:  # not a copy of what was found
                raise BadFile(path, f"an IDX file of {rows:,} rows; MNIST's: 60,000 or 10,000")

    def _look_into_archive(self, file: File) -> None:
        source: Path | io.BytesIO = file.path
        if file.archive is not None:
            if file.archive.filename is None:
                raise BadFile(file.path, "is the third archive around one another: unpack it")
            self._reads += 1
            source = io.BytesIO(read_content(file, _LONGEST_ARCHIVE))
        with refusing(file.path), zipfile.ZipFile(source) as archive:
            members = [
                File(Path(f"{file.path}/{member.filename}"), archive, member)
                for member in archive.infolist()[:_MOST_FILES]
                if not (member.is_dir() or names.is_hidden(member.filename))
            ]
            self._read_named(members)
            self._look_into(members, file.path)

    def _take(self, pool: list[Bytes], place: Path) -> None:
        """Find missing files among the arrays of one file, or of all files in one folder."""
        for file in self.missing:
            problem = None
            for parts in islice(arrays.ways_to_make(file, pool), _MOST_ALIKE):
                try:
                    file.verify(place, file.header, *parts)
                except BadFile as error:
                    problem = problem or error
                else:
                    self.arrays[file.name] = np.concatenate(parts) if parts[1:] else parts[0]
                    break
            else:
                if problem or names.has_name(place):
                    self._refuse(problem or BadFile(place, f"holds nothing like {file.name}"))
