"""Read the content of plain, gzipped or zipped files, within a limit on memory."""

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import IO

from theano_tutorial.data.files.other_kinds import what_it_is
from theano_tutorial.errors import BadFile

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_OVERHEAD = 2**16  # bytes by which a gzipped file can be longer than its content
_BLOCK = 2**20
_START = 4096  # bytes read to tell what a file is


@dataclass(frozen=True)
class File:
    """A file in a folder or a zip archive; `path` is its name in messages."""

    path: Path
    archive: zipfile.ZipFile | None = None
    member: zipfile.ZipInfo | None = None

    def open(self) -> IO[bytes]:
        """Open it; a pipe that nobody writes to reads as empty instead of blocking."""
        if self.archive is None or self.member is None:
            return open(self.path, "rb", opener=_open)
        if self.member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadFile(self.path, "is compressed in a way that few programs know")
        if self.member.flag_bits & 1:
            raise BadFile(self.path, "is encrypted")
        return self.archive.open(self.member)

    def read(self, limit: int) -> bytes:
        """Return its first `limit` bytes, but at most one of a device or pipe."""
        with self.open() as file:
            # `read` allocates as many bytes as it is asked for.
            size = self.member.file_size if self.member else os.fstat(file.fileno()).st_size
            return file.read(min(limit, size + 1))

    def start(self) -> bytes:
        """Return the first bytes of its content, gunzipped; `BadFile` if it cannot be read."""
        with refusing(self.path):
            start = self.read(_START)
            if start.startswith(_GZIP_MAGIC):
                return zlib.decompressobj(wbits=31).decompress(start, _START)
            return start

    @contextmanager
    def stream(self) -> Iterator[IO[bytes] | gzip.GzipFile]:
        """Open it as a stream of its content, gunzipped as it is read."""
        with self.open() as packed:
            is_gzipped = packed.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            packed.seek(0)
            if is_gzipped:
                with gzip.GzipFile(fileobj=packed) as unpacked:
                    yield unpacked
            else:
                yield packed


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


@contextmanager
def refusing(path: Path, what: str = "zip archive") -> Iterator[None]:
    """Turn any exception raised while reading a file into `BadFile`, except `MemoryError`."""
    try:
        yield
    except (BadFile, MemoryError):
        raise
    except EOFError as error:
        raise BadFile(path, "truncated: the gzip stream ends early") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise BadFile(path, f"not a readable gzip file ({error})") from error
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})") from error
    except UnpicklingError as error:
        raise BadFile(path, f"refused: {error}") from error
    except Exception as error:  # a broken pickle or archive can raise nearly anything
        reason = str(error) or type(error).__name__
        raise BadFile(path, f"not a readable {what} ({reason})") from error


def longest(length: int) -> int:
    """Return how long a file, gzipped or not, can be if its content has `length` bytes."""
    return length + _GZIP_OVERHEAD


def read_content(file: File, limit: int) -> bytes:
    """Return the uncompressed content of a plain or gzipped file.

    Reading is limited too, so that an endless file does no harm. A file that cannot be read, or
    that `unpack` rejects, raises `BadFile`.
    """
    with refusing(file.path):
        return unpack(file.path, file.read(longest(limit)), limit)


def unpack(path: Path, raw: bytes, limit: int) -> bytes:
    """Return the uncompressed content of a plain or gzipped file, given its bytes `raw`.

    The file's first bytes, not its name, tell whether it is compressed: some servers and
    browsers decompress a ``.gz`` on the way. Decompression stops after `limit` bytes, so that a
    small file that expands without end does no harm.

    Raises `BadFile`, which names `path`, if the content is empty, a broken gzip stream, longer
    than `limit`, or of a known kind without digits, such as a web page.
    """
    content = raw
    if raw.startswith(_GZIP_MAGIC):
        with refusing(path):
            content = _unzipped(raw, limit + 1)
    if other := what_it_is(path.name, content[:_START]):
        raise BadFile(path, other)
    if len(content) > limit:
        raise BadFile(path, f"holds more than the {limit:,} bytes expected")
    return content


def _unzipped(raw: bytes, limit: int) -> bytes:
    """Return at least the first `limit` bytes of a gzipped file's content, or all of it."""
    # One call, which releases the GIL: other threads can read the other files or import.
    member = zlib.decompressobj(wbits=31)
    content = member.decompress(raw, limit)
    if len(content) < limit and not member.eof:
        raise EOFError
    if member.unused_data.strip(b"\0"):  # further gzip members follow
        blocks: list[bytes] = []
        with gzip.open(io.BytesIO(raw)) as unzipped:
            while len(blocks) * _BLOCK < limit and (block := unzipped.read(_BLOCK)):
                blocks.append(block)
        return b"".join(blocks)
    return content
