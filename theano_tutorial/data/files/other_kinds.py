"""Recognise files of other kinds that people put in place of MNIST's, to say what they are."""

import re

_TEXT = re.compile(rb"[\t\r\n\x20-\x7e]*\Z")
_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)
_ARCHIVE = "is an archive of another kind than zip: unpack it"

# How the content begins, and what the message says of the file.
_STARTS = (
    (b"version https://git-lfs", "is a Git LFS pointer, not data: `git lfs pull` fetches it"),
    (b"PAR1", "is a Parquet table, which is not read"),
    (b"ARROW1", "is an Arrow table, which is not read"),
    (b"\xff\xff\xff\xff", "is an Arrow table, which is not read"),
    (b"\x89HDF\r\n", "is an HDF5 file, which is not read"),
    (b"MATLAB ", "is a MATLAB file, which is not read"),
    (b"\x89PNG\r\n", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    *((magic, _ARCHIVE) for magic in (b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ", b"BZh")),
    (b"\x28\xb5\x2f\xfd", _ARCHIVE),
)
# The name's extension, ignoring a final ".gz".
_ENDINGS = {
    **dict.fromkeys(("csv", "tsv"), "is a table of text, which is not read"),
    "arff": "is a table of text, which is not read",
    **dict.fromkeys(("pt", "pth"), "is a PyTorch file, which is not read"),
    "t7": "is a Torch7 file, which is not read",
    "mat": "is a MATLAB file, which is not read",
    **dict.fromkeys(("tfrecord", "tfrecords"), "is a TFRecord file, which is not read"),
}
_KAGGLE = ": Kaggle's has 42,000 digits in another order"


def what_it_is(name: str, start: bytes) -> str | None:
    """Say what a file is, from its name and the first bytes of its content; None if unknown."""
    if not start:
        return "is empty"
    if _PAGE.match(start[:256]):
        return "is a web page, not data: the download went wrong"
    for magic, said in _STARTS:
        if start.startswith(magic):
            return said
    if start[257:262] == b"ustar":
        return _ARCHIVE
    said = _ENDINGS.get(name.lower().removesuffix(".gz").rpartition(".")[2], "")
    first = start.splitlines()[0]
    if not said and first.count(b",") > 9 and _TEXT.match(start):
        said = _ENDINGS["csv"]
    if said and first.startswith(b"label,pixel"):
        said += _KAGGLE
    return said or None
