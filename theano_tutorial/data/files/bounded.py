"""Bytes read up to a limit, and with room for no more than there are."""

import io
import os
from pathlib import Path

_BLOCK = 2**20


def read_file(path: Path, limit: int) -> bytes:
    """Return a file's first `limit` bytes; what is no regular file appears to have one.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open(path, "rb", opener=_open) as file:
        # `read` makes room for as much as it is asked for.
        return file.read(min(limit, os.fstat(file.fileno()).st_size + 1))


def _open(path: str, flags: int) -> int:
    # A pipe that nobody writes to is then empty, rather than waited for.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_stream(stream: io.BufferedIOBase, limit: int) -> bytes:
    """Return the first `limit` bytes of a stream whose length is not known, or some more."""
    blocks: list[bytes] = []
    while len(blocks) * _BLOCK < limit and (block := stream.read(_BLOCK)):
        blocks.append(block)
    return b"".join(blocks)
