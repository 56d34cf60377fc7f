"""The IDX format of MNIST's files: a big-endian header, then one byte per pixel or label.

Source: "The MNIST database of handwritten digits", section "File formats".
"""

import hashlib
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

from theano_tutorial.data.splits import Bytes
from theano_tutorial.errors import BadFile

_IMAGES_MAGIC = 0x0803  # unsigned bytes, three dimensions
_LABELS_MAGIC = 0x0801  # unsigned bytes, one dimension


class IdxFile(NamedTuple):
    """One of MNIST's four files: its name, rows, and SHA-256 of its uncompressed content."""

    name: str
    rows: int
    sha256: str

    @property
    def holds_images(self) -> bool:
        """Whether it holds images rather than labels."""
        return "images" in self.name

    @property
    def header(self) -> bytes:
        """The header that the file's content begins with."""
        if self.holds_images:
            return struct.pack(">4I", _IMAGES_MAGIC, self.rows, 28, 28)
        return struct.pack(">2I", _LABELS_MAGIC, self.rows)

    @property
    def content_length(self) -> int:
        """Length of the uncompressed content in bytes."""
        return len(self.header) + self.rows * (784 if self.holds_images else 1)

    def parse(self, path: Path, content: bytes) -> Bytes:
        """Return the content as uint8 pixels ``(rows, 784)`` or labels ``(rows,)``.

        Content that is not what MNIST published raises `BadFile`, which names `path`.
        """
        size = len(self.header)
        if len(content) < size:
            raise BadFile(path, f"truncated: {len(content)} bytes, shorter than its header")
        magic, count, *sides = struct.unpack(f">{size // 4}I", content[:size])
        what = "images" if self.holds_images else "labels"
        expected = _IMAGES_MAGIC if self.holds_images else _LABELS_MAGIC
        if magic != expected:
            problem = f"not an IDX file of {what}: magic {magic}, expected {expected}"
            raise BadFile(path, problem)
        if sides not in ([], [28, 28]):
            height, width = sides
            raise BadFile(path, f"images are {height} x {width} pixels, expected 28 x 28")
        if count != self.rows:
            raise BadFile(path, f"holds {count:,} {what}, expected {self.rows:,}")
        if len(content) != self.content_length:
            problem = "truncated" if len(content) < self.content_length else "too long"
            lengths = f"{len(content):,} bytes, expected {self.content_length:,}"
            raise BadFile(path, f"{problem}: {lengths}")
        array: Bytes = np.frombuffer(content, np.uint8, offset=size)
        if self.holds_images:
            array = array.reshape(self.rows, 784)
        elif array.max() > 9:
            row = int(np.argmax(array > 9))
            raise BadFile(path, f"labels must be 0 to 9, found {array[row]} at row {row:,}")
        self.verify(path, content)
        return array

    def verify(self, path: Path, *content: bytes | Bytes) -> None:
        """Raise `BadFile` unless the parts of the content have the published SHA-256."""
        found = hashlib.sha256()
        for part in content:
            found.update(part if isinstance(part, bytes) else part.data)
        if found.hexdigest() != self.sha256:
            differs = f"is {found.hexdigest()[:12]}..., expected {self.sha256[:12]}..."
            raise BadFile(path, f"not MNIST: the SHA-256 of its {self.name} {differs}")
