"""Read a pickle's instructions one by one, in memory enough for a few arrays and no more.

`pickletools` describes them, but would read a text of any length in one go; here, texts are
read block by block and converted to bytes. Pickles from Python 2, or in protocols 0 to 2, store
arrays as texts with a character for each byte.
"""

import codecs
import gzip
import pickletools
from collections.abc import Iterator
from pickle import UnpicklingError
from typing import IO, Any, cast

Stream = IO[bytes] | gzip.GzipFile

_MOST_INSTRUCTIONS = 1_000  # the tutorials' file has 149
_MOST_BYTES = 448 * 2**20  # of arrays and texts: 70,000 images in float64, and their labels
_LONGEST_LINE = 2**16
_LONGEST_TEXT = 1_000  # characters; a longer one is an array's bytes
_BLOCK = 2**20

NUMBERS = {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1"}
# Texts and bytes: how many bytes give the length (0: a newline ends it), and the encoding.
TEXTS = {
    "STRING": (0, "unicode_escape"),  # as Python 2 wrote it
    "BINSTRING": (4, "latin1"),
    "SHORT_BINSTRING": (1, "latin1"),
    "UNICODE": (0, "raw_unicode_escape"),
    "BINUNICODE": (4, "utf-8"),
    "SHORT_BINUNICODE": (1, "utf-8"),
    "BINUNICODE8": (8, "utf-8"),
    "BINBYTES": (4, None),
    "SHORT_BINBYTES": (1, None),
    "BINBYTES8": (8, None),
    "BYTEARRAY8": (8, None),
}
_WITH_ARGUMENT = {
    *NUMBERS,
    *("PROTO", "FRAME", "GLOBAL"),
    *("PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET"),
}
_OPCODES = {opcode.code.encode("latin1"): opcode for opcode in pickletools.opcodes}


def instructions(stream: Stream) -> Iterator[tuple[str, Any]]:
    """Yield each instruction's name and argument, which is None if it is not needed here.

    A pickle that breaks off or is too long raises `ValueError` or `UnpicklingError`.
    """
    file = _Reader(stream)
    for _ in range(_MOST_INSTRUCTIONS):
        opcode = _OPCODES.get(code := file.read(1))
        if opcode is None:
            raise ValueError(
                f"no instruction begins with {code!r}" if code else "it breaks off"
            )
        if opcode.name == "STOP":
            return
        argument = None
        if opcode.name in TEXTS:
            argument = file.text(*TEXTS[opcode.name])
        elif opcode.name in _WITH_ARGUMENT:
            argument = cast("pickletools.ArgumentDescriptor", opcode.arg).reader(file)  # type: ignore[arg-type]
        yield opcode.name, argument
    raise UnpicklingError("it is too long for a few arrays")


class _Reader:
    """A pickle's bytes, of which texts and arrays may take up `_MOST_BYTES` and no more."""

    def __init__(self, stream: Stream) -> None:
        self.read = stream.read
        self._stream = stream
        self._room = _MOST_BYTES

    def readline(self) -> bytes:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise ValueError("it breaks off in a line, or the line is too long")
        return line

    def text(self, prefix: int, encoding: str | None) -> str | bytes | bytearray:
        """Read bytes or a text; the characters of a long text are an array's bytes."""
        found = bytearray()
        decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
        for block in self._counted(prefix) if prefix else self._line():
            found += decoder.decode(block).encode("latin1", "replace") if decoder else block
            if len(found) > self._room:
                raise UnpicklingError(f"it holds more than {_MOST_BYTES:,} bytes of arrays")
        self._room -= len(found)
        if decoder:
            found += decoder.decode(b"", final=True).encode("latin1", "replace")
            if encoding == "unicode_escape":  # in quotes
                del found[-1:], found[:1]
        is_text = encoding and len(found) <= _LONGEST_TEXT
        return found.decode("latin1") if is_text else found

    def _counted(self, prefix: int) -> Iterator[bytes]:
        left = int.from_bytes(self.read(prefix), "little")
        if left > 2 * _MOST_BYTES:  # UTF-8 has up to two bytes for each of an array's
            raise UnpicklingError(f"it holds more than {_MOST_BYTES:,} bytes of arrays")
        while left:
            block = self.read(min(left, _BLOCK))
            if not block:
                raise ValueError("it breaks off")
            left -= len(block)
            yield block

    def _line(self) -> Iterator[bytes]:
        while not (block := self._stream.readline(_BLOCK)).endswith(b"\n"):
            if not block:
                raise ValueError("it breaks off")
            yield block
        yield block[:-1]
