"""Files fetched from mirrors in turn: verified first, put in place in one step."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from theano_tutorial import console
from theano_tutorial.errors import BadFile, DataUnavailable

# yann.lecun.com and deeplearning.net, which the tutorials name, no longer serve the files.
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
_TIMEOUT = (5.0, 30.0)  # seconds: to connect, and between two pieces

T = TypeVar("T")


def mirrors() -> tuple[str, ...]:
    """Return the addresses to try, in turn; each ends in a slash.

    ``THEANO_TUTORIAL_MIRRORS``, addresses separated by spaces, names others: a school's
    own copy, say.
    """
    named = os.environ.get("THEANO_TUTORIAL_MIRRORS", "").split()
    return tuple(f"{url.rstrip('/')}/" for url in named) or MIRRORS


def fetch(path: Path, read: Callable[[Path], T]) -> T:
    """Download a file from the first mirror that gives a good one, and return it read.

    The file arrives in a temporary folder beside its place and is moved there only after
    `read` accepted it: `path` never holds anything unverified or half-written.

    Parameters
    ----------
    path
        Where the file goes; its name is what the mirrors are asked for.
    read
        Reads the file that arrived; raises `BadFile` if it is not the right one.

    Raises
    ------
    DataUnavailable
        If no mirror gave a good file; the message names each mirror and its reason.
    OSError
        If the file cannot be stored.
    """
    import pooch
    import requests

    path.parent.mkdir(parents=True, exist_ok=True)
    get = pooch.HTTPDownloader(
        progressbar=console.is_terminal(), chunk_size=2**16, timeout=_TIMEOUT
    )
    reasons = []
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=path.parent) as folder:
        arrived = Path(folder) / path.name
        for mirror in mirrors():
            try:
                get(mirror + path.name, str(arrived), None)
                content = read(arrived)
            except requests.RequestException as error:
                reasons.append(f"{mirror}: {_explain(error)}")
            except BadFile as error:
                reasons.append(f"{mirror}: {error.reason}")
            else:
                arrived.replace(path)
                return content
    raise DataUnavailable("; ".join(reasons))


def _explain(error: Exception) -> str:
    """Say in a few words why a request failed."""
    import requests

    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code} {response.reason}"
    kinds = (
        (requests.exceptions.SSLError, "the certificate is not accepted"),
        (requests.exceptions.ProxyError, "the proxy cannot be reached"),
        (requests.Timeout, "no answer in time"),
        (requests.exceptions.ChunkedEncodingError, "cut off in the middle"),
        (requests.ConnectionError, "no connection"),
        (requests.TooManyRedirects, "too many redirects"),
    )
    return next((text for kind, text in kinds if isinstance(error, kind)), str(error))
