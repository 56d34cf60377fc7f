"""Download one file from one server, in bounded time whatever the server does."""

import queue
import sys
import threading
import time
from collections.abc import Iterator

from theano_tutorial._text import shortened

# A download is abandoned if it averages fewer than `SLOWEST` bytes a second for `WAIT_SECONDS`,
# or has not ended after `MOST_SECONDS`. The largest of MNIST's files has 10 MB.
WAIT_SECONDS = 20.0
SLOWEST = 16_000
MOST_SECONDS = 900.0
_CONNECT = 5.0  # seconds to wait for each of a server's addresses
_PIECE = 1024  # bytes


class DownloadFailed(Exception):
    """A server did not deliver a file; `reason` says why in a few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = shortened(reason)


def download(url: str, longest: int) -> bytes:
    """Return the bytes that a server sends, at most `longest`; show progress on a terminal.

    `DownloadFailed` is raised if the server cannot be reached, refuses, breaks off, is too slow
    or sends more than `longest` bytes.
    """
    from tqdm import tqdm

    sender = _Sender(url)
    sender.start()
    received = bytearray()
    name = url.rpartition("/")[2]
    silent = None if sys.stderr else True  # None: silent unless standard error is a terminal
    with tqdm(desc=name, unit="B", unit_scale=True, leave=False, disable=silent) as bar:
        try:
            for piece in _in_time(sender):
                received += piece
                if len(received) > longest:
                    raise DownloadFailed(f"sends more than the {longest:,} bytes expected")
                bar.total = sender.length
                bar.update(len(piece))
        finally:
            sender.is_given_up = True
    return bytes(received)


class _Sender(threading.Thread):
    """Requests a file from a server and queues the pieces as they arrive.

    It runs in a thread of its own because no network call is certain to end in bounded time: a
    server that sends a byte every few seconds, even within a header, never triggers a timeout.
    A thread that hangs is abandoned; it does not keep the process from ending.
    """

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.pieces: queue.SimpleQueue[bytes | Exception | None] = queue.SimpleQueue()
        self.has_answered = False
        self.length: int | None = None  # as the server announces it
        self.is_given_up = False

    def run(self) -> None:
        """Put pieces into the queue, and at the end None or the exception that was raised."""
        import requests

        # `_in_time` gives up first; only an abandoned thread waits as long as this.
        try:
            limits = (_CONNECT, 2 * WAIT_SECONDS)
            with requests.get(self.url, timeout=limits, stream=True) as response:
                self.has_answered = True
                response.raise_for_status()
                length = response.headers.get("Content-Length", "")
                self.length = int(length) if length.isdecimal() else None
                for piece in response.iter_content(_PIECE):
                    if self.is_given_up:
                        return
                    self.pieces.put(piece)
            self.pieces.put(None)
        except Exception as error:  # noqa: BLE001  (`_in_time` raises it)
            self.pieces.put(error)


def _in_time(sender: _Sender) -> Iterator[bytes]:
    """Yield the pieces of a download as long as they arrive fast enough."""
    started = since = time.monotonic()
    n = n_before = 0
    while True:
        end = min(since + WAIT_SECONDS, started + MOST_SECONDS)
        try:
            piece = sender.pieces.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            seconds = f"{time.monotonic() - started:.0f} seconds"
            slow = f"too slow: fewer than {n + _PIECE:,} bytes in {seconds}"
            reason = slow if sender.has_answered else f"no answer in {seconds}"
            raise DownloadFailed(reason) from None
        if piece is None:
            return
        if isinstance(piece, Exception):
            raise DownloadFailed(_explained(piece)) from piece
        n += len(piece)
        if n - n_before >= WAIT_SECONDS * SLOWEST:
            since, n_before = time.monotonic(), n
        yield piece


def _explained(error: Exception) -> str:
    """Say in a few words why a request failed."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}"
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if type(cause).__name__ == "NameResolutionError":
        return "there is no host of this name"
    kinds = (
        (requests.exceptions.SSLError, "the certificate is not accepted"),
        (requests.exceptions.ProxyError, "the proxy cannot be reached"),
        (requests.Timeout, "no answer in time"),
        (requests.exceptions.ChunkedEncodingError, "cut off in the middle"),
        (requests.exceptions.ContentDecodingError, "compressed, and cannot be unpacked"),
        (requests.ConnectionError, "no connection"),
        (requests.TooManyRedirects, "too many redirects"),
        (requests.RequestException, str(error)),
    )
    named = (text for kind, text in kinds if isinstance(error, kind))
    return next(named, f"{type(error).__name__}: {error}")
