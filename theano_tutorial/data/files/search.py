"""MNIST looked for in a folder: by the names that its files go by, then by what files hold.

Names only say where to look first. What is taken has the published SHA-256.
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

# Of a folder that may hold anything, so much is looked at:
_MOST_FOLDERS = 100
_DEEPEST = 3  # MNIST/raw/train-images-idx3-ubyte
_MOST_FILES = 10_000  # of each
_MOST_OPENED = 500
_MOST_READ = 16  # to the end
_MOST_ALIKE = 8  # tried for the same
_LONGEST_ARCHIVE = 2**27  # bytes, of one within an archive
_MOST_NAMED = 3  # files, to the user


class Search:
    """What a folder holds of MNIST: in it, one folder down, in ``MNIST/raw``, in zip archives.

    `arrays` has what was found, by the name of the file that MNIST published it in. `refused`
    says what is wrong with files whose names are MNIST's, and `others` with the rest.
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

    @property
    def missing(self) -> list[IdxFile]:
        """What was not found."""
        return [file for file in self._files if file.name not in self.arrays]

    @property
    def failure(self) -> BadFile | None:
        """What is wrong, if by what it holds the folder is meant to be MNIST's."""
        named = {file.path for file in self._here if names.has_name(file.path)}
        by_name = {*map(names.published_name, named)}
        for error in self.refused:
            around = {error.path, *error.path.parents}  # the archive that it is in
            if self.arrays or error.path == self.folder or named & around:
                return self._part(by_name) or error
        return self._part(by_name) or self._part({*self.arrays})

    def _part(self, found: set[str]) -> BadFile | None:
        missing = [file.name for file in self._files if file.name not in found]
        if 0 < len(missing) < len(self._files):
            those = ", ".join(missing)
            return BadFile(self.folder, f"holds part of MNIST only; missing: {those}")
        return None

    @property
    def why(self) -> str:
        """Why the folder does not do, in some words."""
        if not os.path.lexists(self.folder):
            return "no such folder"
        problems = [*{e.path: e for e in (*self.refused, *self.others)}.values()]
        said = [
            f"{one_line(os.path.relpath(error.path, self.folder))}: {error.reason}"
            for error in problems[:_MOST_NAMED]
        ]
        if len(problems) > len(said):
            said.append(f"{len(problems) - len(said):,} more")
        return f"no MNIST in it ({'; '.join(said)})" if said else "no MNIST in it"

    def by_name(self) -> None:
        """Read the four files where they have their names, all at once."""
        self._read_named(self._here)
        if self.missing:
            self._read_named(self._nested)

    def by_content(self, *, of_any_name: bool = True) -> None:
        """Look for what is missing in files of any name, or in those that have MNIST's."""
        if not self.missing:
            return
        if of_any_name:
            files = [*self._here, *self._nested]
        else:
            files = [file for file in self._here if names.has_name(file.path)]
        self._look_into(files, self.folder)

    @functools.cached_property
    def _nested(self) -> list[File]:
        """The files one folder down; more, if it is ``raw`` or a folder for each file."""
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
        is_named = names.has_name(error.path) or names.has_name(
            error.path.parent
        )  # an archive's
        (self.refused if is_named else self.others).append(error)

    def _read_named(self, files: Iterable[File]) -> None:
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
        """Look into files of a folder or an archive, likely ones first."""
        pool: list[Bytes] = []
        # A damaged text or header can make Python warn; all that matters is if it can be read.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            chosen = sorted(files, key=lambda file: names.unlikely_last(file.path))
            for file in chosen:
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
        if name := names.published_name(path):
            if wanted and wanted.name != name:
                self._reads += 1
                self._read(file, wanted)
            return  # the rest was tried by name
        if other := what_it_is(path.name, start):
            raise BadFile(path, other)
        if wanted:
            self._reads += 1
            self._read(file, wanted)
        elif start.startswith(arrays.NPY_MAGIC):
            self._reads += 1
            if not (found := arrays.read_npy(file, start, self._lengths)):
                self._reads -= 1  # only its header was
            pool += found
        elif start.startswith(b"PK\3\4") or path.suffix.lower() == ".npz":
            self._look_into_archive(file)
        elif re.match(b"\x80[\2-\5]", start) or re.search(r"\.(pkl|pickle)\b", path.name, re.I):
            self._reads += 1
            self._take(arrays.read_pickle(file, self._lengths), path)

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
        """Take what is missing out of arrays in a file, or in files of one folder."""
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
