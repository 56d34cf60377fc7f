"""Fetch files from mirrors in turn; verify each before it is put in place in one step."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from theano_tutorial._text import one_line
from theano_tutorial.data.files.download import DownloadFailed, download
from theano_tutorial.errors import BadFile, DataUnavailable
from theano_tutorial.system.files import write_atomically

# yann.lecun.com and deeplearning.net, which the tutorials name, no longer serve the files.
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)

T = TypeVar("T")


def mirrors() -> tuple[str, ...]:
    """Return the addresses to try in turn; each ends in a slash.

    ``THEANO_TUTORIAL_MIRRORS``, addresses separated by spaces, replaces them, for example by
    that of a school's own copy.
    """
    named = os.environ.get("THEANO_TUTORIAL_MIRRORS", "").split()
    return tuple(f"{url.rstrip('/')}/" for url in named) or MIRRORS


def fetch(path: Path, parse: Callable[[bytes], T], longest: int) -> T:
    """Download a file from the first mirror that has a good copy; save it, return it parsed.

    The mirrors are asked for a file with the name of `path`, of at most `longest` bytes. `path`
    is written in one step, and only after `parse` has accepted the bytes; it raises `BadFile`
    if they are bad. So `path` never holds an unverified or partial file, and a killed download
    leaves nothing behind.

    Raises `DataUnavailable`, with each mirror and its reason, if none has a good copy, and
    `OSError` if the file cannot be stored.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for mirror in mirrors():
        try:
            arrived = download(mirror + path.name, longest)
            content = parse(arrived)
        except (DownloadFailed, BadFile) as error:
            reasons.append(f"{one_line(mirror)}: {error.reason}")
        else:
            write_atomically(path, arrived)
            return content
    raise DataUnavailable("; ".join(reasons))
