"""What files hold, gzipped or not, read up to a limit and with room for no more than that."""

import gzip
import io
import os
import zlib
from pathlib import Path

from theano_tutorial.errors import BadFile

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_OVERHEAD = 2**16  # bytes by which a gzipped file can be longer than what it holds
_BLOCK = 2**20


def read_file(path: Path, limit: int) -> bytes:
    """Return a file's first `limit` bytes; what is no regular file appears to have one."""
    with open(path, "rb", opener=_open) as file:
        # `read` makes room for as much as it is asked for.
        return file.read(min(limit, os.fstat(file.fileno()).st_size + 1))


def _open(path: str, flags: int) -> int:
    # A pipe that nobody writes to is then empty, rather than waited for.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def longest(length: int) -> int:
    """Return the most bytes that a file, gzipped or not, can have for content of a length."""
    return length + _GZIP_OVERHEAD


def read_content(path: Path, limit: int) -> bytes:
    """Return what a plain or gzipped file holds, uncompressed.

    Reading stops at `limit` too, so that a file without end does no harm. A file that cannot be
    read, or that `unpack` refuses, raises `BadFile`.
    """
    try:
        return unpack(path, read_file(path, longest(limit)), limit)
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})") from error


def unpack(path: Path, raw: bytes, limit: int) -> bytes:
    """Return the content of a plain or gzipped file that was read.

    Whether the file is compressed is read off its first bytes, not off its name: some servers
    and browsers uncompress a ``.gz`` on the way. Unpacking stops after `limit` bytes, so that a
    small file that unpacks without end does no harm.

    Raises `BadFile`, which names `path`, if the content is empty, a web page or a broken gzip
    stream, or longer than `limit`.
    """
    content = raw
    if raw.startswith(_GZIP_MAGIC):
        try:
            content = _unzipped(raw, limit + 1)
        except EOFError as error:
            raise BadFile(path, "truncated: the gzip stream ends early") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise BadFile(path, f"not a readable gzip file ({error})") from error
    if not content:
        raise BadFile(path, "is empty")
    if content[:256].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise BadFile(path, "is a web page, not data: the download went wrong")
    if len(content) > limit:
        raise BadFile(path, f"holds more than the {limit:,} bytes expected")
    return content


def _unzipped(raw: bytes, limit: int) -> bytes:
    """Return the first `limit` bytes that a gzipped file holds, or some more."""
    # In one call, without Python's lock: so the files are read at once, and others import.
    member = zlib.decompressobj(wbits=31)
    content = member.decompress(raw, limit)
    if len(content) < limit and not member.eof:
        raise EOFError
    if member.unused_data.strip(b"\0"):  # there are several, one after the other
        blocks: list[bytes] = []
        with gzip.open(io.BytesIO(raw)) as unzipped:
            while len(blocks) * _BLOCK < limit and (block := unzipped.read(_BLOCK)):
                blocks.append(block)
        return b"".join(blocks)
    return content
