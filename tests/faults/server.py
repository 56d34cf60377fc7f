"""A mirror on this machine that misbehaves in every way; the address says in which."""

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from faults.hostile import gzipped, zeros

PAGE = b"<!DOCTYPE html><html><body>Log in to the network first.</body></html>"
CERTIFICATE = Path(__file__).with_name("self_signed.pem")


class Mirror(ThreadingHTTPServer):
    """Serves ``/BEHAVIOUR/NAME``: the file NAME, in the way that BEHAVIOUR says.

    Attributes
    ----------
    files
        Content by name.
    asked
        The paths that were asked for, in turn.
    is_over
        Set when slow answers are to end.
    """

    daemon_threads = True

    def __init__(self, files: dict[str, bytes], *, tls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.asked: list[str] = []
        self.is_over = threading.Event()
        self.scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"

    def address(self, behaviour: str) -> str:
        """Return the address of this mirror with a behaviour."""
        return f"{self.scheme}://127.0.0.1:{self.server_port}/{behaviour}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what is tested."""


@contextlib.contextmanager
def serving(files: dict[str, bytes], *, tls: bool = False) -> Iterator[Mirror]:
    """Run a mirror in threads."""
    mirror = Mirror(files, tls=tls)
    thread = threading.Thread(target=mirror.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        mirror.is_over.set()
        mirror.shutdown()
        mirror.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def log_message(self, *anything: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer in the way that the address says."""
        self.close_connection = True
        self.server.asked.append(self.path)
        _, behaviour, name = self.path.split("/", 2)
        BEHAVIOURS[behaviour](self, self.server.files.get(name, b""))

    def start(self, length: object = None, status: str = "200 OK", **headers: str) -> None:
        """Send a status and headers."""
        lines = [f"HTTP/1.1 {status}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin1"))

    def drip(self, content: bytes) -> None:
        """Send a byte now and then."""
        for byte in content:
            if self.server.is_over.wait(0.05):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def stall(self) -> None:
        """Do nothing, for as long as it takes."""
        self.server.is_over.wait(60)


Behaviour = Callable[[_Handler, bytes], None]
BEHAVIOURS: dict[str, Behaviour] = {}


def _behaviour(function: Behaviour) -> Behaviour:
    BEHAVIOURS[function.__name__] = function
    return function


@_behaviour
def good(handler: _Handler, content: bytes) -> None:
    handler.start(len(content))
    handler.wfile.write(content)


@_behaviour
def lengthless(handler: _Handler, content: bytes) -> None:
    handler.start()
    handler.wfile.write(content)


@_behaviour
def chunked(handler: _Handler, content: bytes) -> None:
    handler.start(Transfer_Encoding="chunked")
    handler.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content))


@_behaviour
def encoded(handler: _Handler, content: bytes) -> None:
    """The file itself is taken for an encoding: the client unpacks it."""
    handler.start(len(content), Content_Encoding="gzip")
    handler.wfile.write(content)


@_behaviour
def encoded_twice(handler: _Handler, content: bytes) -> None:
    twice = gzip.compress(content)
    handler.start(len(twice), Content_Encoding="gzip")
    handler.wfile.write(twice)


@_behaviour
def steady(handler: _Handler, content: bytes) -> None:
    """Serve the test labels a twelfth at a time, and the other files at once."""
    if "t10k-labels" not in handler.path:
        good(handler, content)
        return
    handler.start(len(content))
    n = -(-len(content) // 12)
    for start in range(0, len(content), n):
        time.sleep(0.1)
        handler.wfile.write(content[start : start + n])
        handler.wfile.flush()


@_behaviour
def half_of_them(handler: _Handler, content: bytes) -> None:
    """Serve the training digits, and stop halfway through the test digits."""
    (good if "train" in handler.path else stalling)(handler, content)


@_behaviour
def missing(handler: _Handler, content: bytes) -> None:
    handler.start(len(PAGE), "404 Not Found")
    handler.wfile.write(PAGE)


@_behaviour
def broken(handler: _Handler, content: bytes) -> None:
    handler.start(0, "500 Internal Server Error")


@_behaviour
def rude(handler: _Handler, content: bytes) -> None:
    handler.start(0, "403 \x1b[2J" + 5_000 * "Go away! ")


@_behaviour
def loop(handler: _Handler, content: bytes) -> None:
    handler.start(0, "302 Found", Location=handler.path)


@_behaviour
def to_a_file(handler: _Handler, content: bytes) -> None:
    handler.start(0, "302 Found", Location="file:///etc/hostname")


@_behaviour
def to_nowhere(handler: _Handler, content: bytes) -> None:
    handler.start(0, "302 Found", Location=f"http://{'x' * 300}/")


@_behaviour
def dripping(handler: _Handler, content: bytes) -> None:
    handler.start(len(content))
    handler.drip(content)


@_behaviour
def dripping_chunks(handler: _Handler, content: bytes) -> None:
    handler.start(Transfer_Encoding="chunked")
    handler.drip(b"1\r\nx\r\n" * 1_000)


@_behaviour
def dripping_header(handler: _Handler, content: bytes) -> None:
    handler.drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000)


@_behaviour
def stalling(handler: _Handler, content: bytes) -> None:
    handler.start(len(content))
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    handler.stall()


@_behaviour
def mute(handler: _Handler, content: bytes) -> None:
    handler.stall()


@_behaviour
def cut(handler: _Handler, content: bytes) -> None:
    handler.start(len(content))
    handler.wfile.write(content[: len(content) // 2])


@_behaviour
def cut_chunk(handler: _Handler, content: bytes) -> None:
    handler.start(Transfer_Encoding="chunked")
    handler.wfile.write(b"%x\r\n%b" % (len(content), content[: len(content) // 2]))


@_behaviour
def reset(handler: _Handler, content: bytes) -> None:
    handler.start(len(content))
    handler.wfile.write(content[:100])
    at_once = struct.pack("ii", 1, 0)  # linger for no time: the connection is reset
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    handler.connection.close()


@_behaviour
def wrong(handler: _Handler, content: bytes) -> None:
    plain = bytearray(gzip.decompress(content))
    plain[-1] ^= 1
    good(handler, bytes(plain))


@_behaviour
def page(handler: _Handler, content: bytes) -> None:
    good(handler, PAGE)


@_behaviour
def nothing(handler: _Handler, content: bytes) -> None:
    handler.start(0)


@_behaviour
def endless(handler: _Handler, content: bytes) -> None:
    handler.start()
    while not handler.server.is_over.is_set():
        handler.wfile.write(bytes(2**16))


@_behaviour
def bomb(handler: _Handler, content: bytes) -> None:
    packed = gzipped(zeros(4096))
    handler.start(len(packed), Content_Encoding="gzip")
    handler.wfile.write(packed)


@_behaviour
def no_encoding(handler: _Handler, content: bytes) -> None:
    handler.start(len(PAGE), Content_Encoding="gzip")
    handler.wfile.write(PAGE)


@_behaviour
def length_too_short(handler: _Handler, content: bytes) -> None:
    handler.start(len(content) // 2)
    handler.wfile.write(content)


@_behaviour
def length_too_long(handler: _Handler, content: bytes) -> None:
    handler.start(len(content) + 1)
    handler.wfile.write(content)


@_behaviour
def length_in_words(handler: _Handler, content: bytes) -> None:
    handler.start("plenty")
    handler.wfile.write(content)


@_behaviour
def length_negative(handler: _Handler, content: bytes) -> None:
    handler.start(-1)
    handler.wfile.write(content)


@_behaviour
def length_huge(handler: _Handler, content: bytes) -> None:
    handler.start("9" * 5_000)
    handler.wfile.write(content)


@_behaviour
def no_http(handler: _Handler, content: bytes) -> None:
    handler.wfile.write(b"220 This is for mail\r\n")


@_behaviour
def long_header(handler: _Handler, content: bytes) -> None:
    handler.start(len(content), X="x" * 100_000)
    handler.wfile.write(content)


@_behaviour
def many_headers(handler: _Handler, content: bytes) -> None:
    handler.start(len(content), **{f"X{i}": "x" for i in range(200)})
    handler.wfile.write(content)


@_behaviour
def gone(handler: _Handler, content: bytes) -> None:
    """Hang up without a word."""
