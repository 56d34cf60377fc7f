"""Compile `kernel.c` for this machine, and cache the library.

The machine's C compiler takes about half a second, in the background while the data are read.
A library's file name contains a digest of what it was compiled from and for, and a digest of
its bytes: a damaged library is compiled again, never loaded.
"""

import atexit
import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from theano_tutorial.system import compilers
from theano_tutorial.system.folders import cache_folder, can_write, private_folder

# The package may be imported from a zip archive, where no compiler finds them.
SOURCES = {name: resources.files(__package__) / name for name in ("kernel.h", "kernel.c")}
HEADER = SOURCES["kernel.h"]
_FLAGS = ("-O2", "-shared", "-fPIC", "-pthread")
# For this very processor or, if the compiler rejects that flag, for any of its architecture.
_ATTEMPTS = (("-march=native",), ())
PRECISION = {"float64": ("-DDOUBLE",), "float32": ()}


class Build:
    """A compiler at work, or the library that it or an earlier one made.

    The library is kept in the first suitable folder of `folders`; the default is the cache
    folder, or else a temporary one. `flags` are additional compiler flags.
    """

    def __init__(
        self, dtype: str, flags: Sequence[str] = (), folders: Sequence[Path] = ()
    ) -> None:
        self.library: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._program = os.getpid()
        compiler = _compiler()
        if compiler is None:
            return
        self._command = [*compiler, *_FLAGS, *PRECISION[dtype], *flags]
        self._key = _key(self._command)
        for folder in folders or _folders():
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                if not _is_ours(folder):
                    continue
                self.library = _kept(folder, self._key)
                if self.library is None:
                    if not can_write(folder):
                        continue
                    self._work = Path(tempfile.mkdtemp(dir=folder, prefix="building-"))
                    atexit.register(self._abandon)
                    for name, source in SOURCES.items():
                        (self._work / name).write_bytes(source.read_bytes())
                    self._start(0)
                return

    def _start(self, attempt: int) -> None:
        self._attempt = attempt
        source, output = str(self._work / "kernel.c"), str(self._work / "kernel.so")
        try:
            self._process = subprocess.Popen(
                [*self._command, *_ATTEMPTS[attempt], source, "-o", output, "-lm"],
                env=os.environ | {"TMPDIR": str(self._work)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is meant for us, not for it
            )
        except OSError:  # the compiler is not a program
            self._clean()

    def wait(self) -> Path | None:
        """Wait for the compiler; return the library's path, or None if it made none."""
        while self._process is not None:
            failed = self._process.wait() != 0
            self._process = None
            if failed and self._attempt + 1 < len(_ATTEMPTS):
                self._start(self._attempt + 1)
                continue
            made = self._work / "kernel.so"
            with contextlib.suppress(OSError):
                if not failed:
                    path = self._work.parent / f"{self._key}-{_digest(made)}.so"
                    # In one step, so that other processes never see a part of the file.
                    made.replace(path)
                    self.library = path
            self._clean()
        return self.library

    def _clean(self) -> None:
        shutil.rmtree(self._work, ignore_errors=True)

    def _abandon(self) -> None:
        """Leave nothing behind when the program ends before its compiler does."""
        if self._program != os.getpid():  # a forked child: it is its parent's compiler
            return
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        self._clean()


def _kept(folder: Path, key: str) -> Path | None:
    """Return the library with a key if it is intact, and remove damaged ones."""
    for path in folder.glob(f"{key}-*.so"):
        if path.stem == f"{key}-{_digest(path)}":
            return path
        path.unlink(missing_ok=True)
    return None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:20]


def _compiler() -> list[str] | None:
    """Return the command of the C compiler: ``CC``, or the first that is found."""
    named = os.environ.get("CC", "").split()
    path = compilers.find(*(named[:1] or ("cc", "gcc", "clang")))
    return None if path is None else [path, *named[1:]]


def _folders() -> Iterator[Path]:
    yield cache_folder() / "kernels"
    with contextlib.suppress(OSError):
        yield private_folder() / "kernels"  # made only if it is needed


def _is_ours(folder: Path) -> bool:
    """Return whether nobody else can put a library there for us to run."""
    if not hasattr(os, "getuid"):
        return True
    stat = folder.stat()
    return stat.st_uid in (0, os.getuid()) and not stat.st_mode & 0o022


def _key(command: Sequence[str]) -> str:
    """Return a digest of what the library is made from: source, compiler and machine."""
    stat = Path(command[0]).stat()
    parts = (*command, str(stat.st_size), str(stat.st_mtime_ns), _processor())
    code = b"".join(source.read_bytes() for source in SOURCES.values())
    code += "\n".join(parts).encode()
    return hashlib.sha256(code).hexdigest()[:20]


def _processor() -> str:
    """Return what ``-march=native`` depends on: several machines may share a cache."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
        for line in lines:
            if line.startswith(("flags", "Features")):
                return line
    return f"{platform.machine()} {platform.processor()}"
