"""What can happen to a file's bytes, drawn by Hypothesis."""

import gzip
import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from faults.files import png, png_chunks

Edit = tuple[str, int, bytes]

# Numbers that sit at the edges of what headers can say.
EDGES = [
    bytes(value.to_bytes(size, order))
    for size in (1, 2, 4, 8)
    for value in (0, 1, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1)
    for order in ("big", "little")
]
STARTS = [
    b"\x1f\x8b\x08",
    b"PK\x03\x04",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"\x80\x02",
    b"<html>",
]
# What the headers of arrays may say instead.
TEXTS = [
    (
        rb"<f8",
        [b"<f4", b">f8", b"<i8", b"|O8", b"<c8", b"|V8", b"<U2", b"<M8", b"|u1", b"<f99"],
    ),
    (rb"<U(\d+)", [b"<U1", b">U9", b"<U0", b"|S9", b"|O8"]),
    (rb"\|u1", [b"|i1", b"|b1", b"|S1", b"<f8"]),
    (rb"False", [b"True ", b"None ", b"'a'  "]),
    (rb"\((\d*),", [b"(-1,", b"(0,", b"(2147483648,", b"(4611686018427387904,", b"((1,),"]),
    (rb", \d+\)", [b", -1)", b", 0)", b", 11)", b", 2147483648)"]),
    (rb"'descr'", [b"'shape'", b"'des'"]),
]

JSON_VALUES = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        3,
        0.5,
        -0.5,
        1e308,
        -1e308,
        1e-320,
        10**30,
        10**400,
        -(10**400),
    ),
    *(
        math.nan,
        math.inf,
        -math.inf,
        "",
        "x",
        "mnist",
        "\ud800",
        "x" * 10_000,
        [],
        [1],
        {},
        {"a": 1},
    ),
]


def edits(n: int) -> Any:
    """Return a strategy for one to three edits of `n` bytes, most near the start or the end."""
    last = max(n - 1, 0)
    place = st.one_of(
        st.integers(0, min(64, last)),
        st.integers(0, last),
        st.integers(max(0, last - 64), last),
    )
    values = st.one_of(st.binary(min_size=1, max_size=12), st.sampled_from(EDGES + STARTS))
    kinds = st.sampled_from(["cut", "flip", "insert", "delete", "repeat", "overwrite", "zeros"])
    return st.lists(st.tuples(kinds, place, values), min_size=1, max_size=3)


def edited(content: bytes, changes: list[Edit]) -> bytes:
    """Return bytes with edits made one after the other."""
    for kind, place, value in changes:
        at = min(place, len(content))
        before, after = content[:at], content[at:]
        n = len(value)
        match kind:
            case "cut":
                content = before
            case "flip" if after:
                content = before + bytes([after[0] ^ 1 << value[0] % 8]) + after[1:]
            case "insert":
                content = before + value + after
            case "delete":
                content = before + after[n * n :]
            case "repeat":
                content = before + after[: n * n] + after
            case "overwrite":
                content = before + value + after[n:]
            case "zeros":
                content = before + bytes(n * n) + after[n * n :]
    return content


def inside_gzip(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change what a gzipped file holds."""
    return gzip.compress(change(gzip.decompress(content)), compresslevel=1, mtime=0)


def inside_npz(content: bytes, which: int, change: Callable[[bytes], bytes]) -> bytes:
    """Change one member of an archive; its checksum is right."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        members = old.infolist()
        chosen = members[which % len(members)]
        for member in members:
            body = old.read(member)
            new.writestr(member.filename, change(body) if member is chosen else body)
    return file.getvalue()


def inside_png(content: bytes, which: int, change: Callable[[bytes], bytes]) -> bytes:
    """Change one chunk of a PNG; its checksum is right."""
    chunks = png_chunks(content)
    kind, body = chunks[which % len(chunks)]
    chunks[which % len(chunks)] = (kind, change(body))
    return png(chunks)


def reworded(content: bytes, which: int) -> bytes:
    """Replace one text of an array's header by another; the header keeps its length."""
    end = 10 + int.from_bytes(content[8:10], "little")
    header = content[10:end]
    found = [
        (match, text)
        for pattern, texts in TEXTS
        for match in re.finditer(pattern, header)
        for text in texts
    ]
    if not found:
        return content
    match, text = found[which % len(found)]
    changed = header[: match.start()] + text + header[match.end() :]
    return content[:10] + changed.rstrip().ljust(len(header) - 1) + b"\n" + content[end:]


def other_json(content: bytes, which: int, value: Any) -> bytes:
    """Put another value somewhere into the JSON of an array of text."""
    tree = [json.loads(str(np.load(io.BytesIO(content))))]
    places = list(_places(tree))
    holder, key = places[which % len(places)]
    holder[key] = value
    file = io.BytesIO()
    np.save(file, np.array(json.dumps(tree[0])))
    return file.getvalue()


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a tree of lists and dictionaries: what holds it, and its key."""
    for key in range(len(tree)) if isinstance(tree, list) else list(tree):
        yield tree, key
        if isinstance(tree[key], list | dict):
            yield from _places(tree[key])
