"""The IDX format of MNIST's files: a big-endian header, then one byte a pixel or label.

Source: "The MNIST database of handwritten digits", section "File formats".
"""

import gzip
import io
import struct
import zlib
from pathlib import Path

import numpy as np

from theano_tutorial.data.files.bounded import read_file, read_stream
from theano_tutorial.data.splits import Bytes
from theano_tutorial.errors import BadFile

IMAGES_MAGIC = 0x0803  # unsigned bytes, three dimensions
LABELS_MAGIC = 0x0801  # unsigned bytes, one dimension
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_OVERHEAD = 2**16  # bytes by which a gzipped file can be longer than what it holds


def longest(length: int) -> int:
    """Return the most bytes that a file, gzipped or not, can have for content of a length."""
    return length + _GZIP_OVERHEAD


def read_content(path: Path, limit: int) -> bytes:
    """Return what a plain or gzipped file holds, uncompressed.

    Parameters
    ----------
    path
        The file.
    limit
        See `unpack`. Reading stops there too, so that a file without end does no harm.

    Raises
    ------
    BadFile
        If the file cannot be read, or `unpack` refuses it.
    """
    try:
        return unpack(path, read_file(path, longest(limit)), limit)
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})") from error


def unpack(path: Path, raw: bytes, limit: int) -> bytes:
    """Return the content of a plain or gzipped file that was read.

    Whether the file is compressed is read off its first bytes, not off its name: some
    servers and browsers uncompress a ``.gz`` on the way.

    Parameters
    ----------
    path
        Of the file; only named in messages.
    raw
        Its bytes.
    limit
        The largest content accepted, in bytes; unpacking stops there, so that a small file
        that unpacks without end does no harm.

    Raises
    ------
    BadFile
        If it is empty, a web page or a broken gzip stream, or holds more than `limit` bytes.
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
        with gzip.open(io.BytesIO(raw)) as unzipped:
            return read_stream(unzipped, limit)
    return content


def parse_images(path: Path, content: bytes, rows: int) -> Bytes:
    """Return ``(rows, 784)`` uint8 pixels from the content of an IDX image file.

    Raises
    ------
    BadFile
        If the header or the length is wrong; `path` is only named in the message.
    """
    count, height, width = _header(path, content, IMAGES_MAGIC, 3)
    if (height, width) != (28, 28):
        raise BadFile(path, f"images are {height} x {width} pixels, expected 28 x 28")
    return _body(path, content, count, rows, 28 * 28, "images").reshape(rows, 28 * 28)


def parse_labels(path: Path, content: bytes, rows: int) -> Bytes:
    """Return ``(rows,)`` uint8 labels from the content of an IDX label file.

    Raises
    ------
    BadFile
        If the header or the length is wrong, or a label is not 0 to 9.
    """
    (count,) = _header(path, content, LABELS_MAGIC, 1)
    labels = _body(path, content, count, rows, 1, "labels")
    if labels.max() > 9:
        row = int(np.argmax(labels > 9))
        raise BadFile(path, f"labels must be 0 to 9, found {labels[row]} at row {row:,}")
    return labels


def _header(path: Path, content: bytes, magic: int, dimensions: int) -> tuple[int, ...]:
    size = 4 + 4 * dimensions
    if len(content) < size:
        raise BadFile(path, f"truncated: {len(content)} bytes, shorter than its header")
    found, *shape = struct.unpack(f">{1 + dimensions}I", content[:size])
    if found != magic:
        what = "images" if magic == IMAGES_MAGIC else "labels"
        raise BadFile(path, f"not an IDX file of {what}: magic {found}, expected {magic}")
    return tuple(shape)


def _body(path: Path, content: bytes, count: int, rows: int, width: int, what: str) -> Bytes:
    if count != rows:
        raise BadFile(path, f"holds {count:,} {what}, expected {rows:,}")
    dimensions = 3 if width > 1 else 1
    offset = 4 + 4 * dimensions
    expected = offset + rows * width
    if len(content) != expected:
        problem = "truncated" if len(content) < expected else "too long"
        raise BadFile(path, f"{problem}: {len(content):,} bytes, expected {expected:,}")
    return np.frombuffer(content, np.uint8, offset=offset)
