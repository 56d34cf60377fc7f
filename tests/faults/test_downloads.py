"""Downloads from servers that misbehave: bounded, explained, and never kept if bad."""

import gzip
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from faults import files
from faults.server import BEHAVIOURS, serving
from theano_tutorial.data import mnist
from theano_tutorial.data.files import download
from theano_tutorial.errors import DataUnavailable

LATE = 10.0  # seconds after which a server would have held its user; on a busy machine
NAMES = [f"{file.name}.gz" for file in mnist.FILES]

GOOD = [
    *("good", "lengthless", "chunked", "encoded", "encoded_twice"),
    *("length_in_words", "length_negative"),
]
BAD = {
    "missing": "HTTP 404 Not Found",
    "broken": "HTTP 500 Internal Server Error",
    "rude": r"HTTP 403 \x1b[2JGo away!",
    "loop": "too many redirects",
    "to_a_file": "No connection adapters were found for 'file:///etc/hostname'",
    "to_nowhere": "",
    "dripping": "too slow: fewer than 1,024 bytes in ",
    "dripping_chunks": "too slow: fewer than 1,0",
    "dripping_header": "no answer in ",
    "stalling": "too slow: fewer than 3,072 bytes in ",
    "mute": "no answer in ",
    "cut": "cut off in the middle",
    "cut_chunk": "cut off in the middle",
    "reset": "",
    "wrong": "not MNIST: the SHA-256",
    "page": "is a web page",
    "nothing": "is empty",
    "endless": "sends more than the 71,040 bytes expected",
    "bomb": "sends more than the 71,040 bytes expected",
    "no_encoding": "compressed, and cannot be unpacked",
    "length_too_short": "truncated: the gzip stream ends early",
    "length_too_long": "cut off in the middle",
    "length_huge": "",
    "no_http": "no connection",
    "long_header": "",
    "many_headers": "",
    "gone": "no connection",
}


def test_every_behaviour_is_tested():
    assert {*GOOD, *BAD, "steady", "half_of_them"} == set(BEHAVIOURS)


@pytest.fixture(scope="module")
def contents():
    """The small MNIST's files, gzipped."""
    return {
        f"{file.name}.gz": gzip.compress(file.header + array.tobytes(), mtime=0)
        for file, array in zip(files.small_mnist(), files.small_digits(), strict=True)
    }


@pytest.fixture(scope="module")
def mirror(contents):
    with serving(contents) as mirror:
        yield mirror


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder, and a user of less patience; a busy machine needs some."""
    monkeypatch.delenv("THEANO_TUTORIAL_DATA", raising=False)
    monkeypatch.setenv("THEANO_TUTORIAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(download, "WAIT_SECONDS", LATE)
    files.use_small_files(monkeypatch.setattr)
    return tmp_path / "cache"


@pytest.fixture
def use(monkeypatch):
    """Name mirrors."""
    return lambda *urls: monkeypatch.setenv("THEANO_TUTORIAL_MIRRORS", " ".join(urls))


def load():
    """Load the small MNIST as the command line does; reports of bad files are an error."""
    digits, _ = mnist.load_digits(None, pytest.fail)
    for found, right in zip(digits, files.small_digits(), strict=True):
        np.testing.assert_array_equal(found, right)


def refusal():
    """Try to load; return what the user is told, after checking that it was soon enough."""
    started = time.perf_counter()
    with warnings.catch_warnings(), pytest.raises(DataUnavailable) as caught:
        warnings.simplefilter("error")
        load()
    assert time.perf_counter() - started < LATE
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 1_000
    return message


def there(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("behaviour", GOOD)
def test_good_servers(behaviour, mirror, use, cache):
    use(mirror.address(behaviour))
    load()
    assert there(cache) == sorted(NAMES)
    use("http://127.0.0.1:9")  # and now from the cache
    load()


@pytest.mark.parametrize("behaviour", BAD)
def test_bad_servers(behaviour, mirror, use, cache, monkeypatch):
    """The reason is named, soon, and nothing is left behind."""
    bad = mirror.address(behaviour)
    use(bad)
    if not BAD[behaviour] or BAD[behaviour].startswith(("too slow", "no answer")):
        monkeypatch.setattr(download, "WAIT_SECONDS", 1.0)
    assert f"{bad}/: {BAD[behaviour]}" in refusal()
    assert there(cache) == []


def test_mirrors_are_asked_in_turn(mirror, use, cache):
    """Each file of each mirror, until there is a good one; the message names all."""
    bad = ["missing", "page", "cut", "length_too_long"]
    use("http://127.0.0.1:9", *map(mirror.address, bad))
    message = refusal()
    places = [message.index(f"{mirror.address(behaviour)}/: ") for behaviour in bad]
    assert places == sorted(places)
    assert "http://127.0.0.1:9/: no connection; " in message
    mirror.asked.clear()
    use(*map(mirror.address, [*bad, "good", "endless"]))
    load()
    assert mirror.asked == [
        f"/{behaviour}/{name}" for name in NAMES for behaviour in [*bad, "good"]
    ]
    assert there(cache) == sorted(NAMES)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://no-such-host.invalid", "there is no host of this name"),
        ("http://127.0.0.1:9", "no connection"),
        ("http://127.0.0.1:99999", ""),
        ("http://[::1", ""),
        ("http://" + "x" * 300, ""),
        ("http://%zz\x1b[2J", ""),
        ("ftp://127.0.0.1", "No connection adapters were found"),
        ("file:///etc", "No connection adapters were found"),
        ("nonsense", "Invalid URL"),
        ("\N{SNOWMAN}", ""),
    ],
)
def test_addresses_that_are_none(url, reason, use, cache):
    use(url)
    assert f"/: {reason}" in refusal()
    assert there(cache) == []


def test_a_certificate_that_nobody_signed(contents, use, cache):
    with serving(contents, tls=True) as mirror:
        use(mirror.address("good"))
        assert "the certificate is not accepted" in refusal()
    assert there(cache) == []


def test_a_slow_line_is_given_the_time_that_it_needs(mirror, use, monkeypatch):
    """What counts is the rate: one file takes longer than patience lasts, and never stops."""
    monkeypatch.setattr(download, "SLOWEST", 1)
    monkeypatch.setattr(download, "_PIECE", 4)
    monkeypatch.setattr(download, "WAIT_SECONDS", 1.0)
    use(mirror.address("steady"))
    started = time.perf_counter()
    load()
    assert time.perf_counter() - started > 1.0


def test_no_transfer_takes_for_ever(mirror, use, monkeypatch):
    monkeypatch.setattr(download, "SLOWEST", 1)
    monkeypatch.setattr(download, "_PIECE", 4)
    monkeypatch.setattr(download, "MOST_SECONDS", 1.0)
    use(mirror.address("dripping"))
    assert "too slow: fewer than" in refusal()


@pytest.fixture
def ctrl_c():
    """Heed Ctrl-C, also where whoever started the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_interrupted_and_begun_again(mirror, use, cache, ctrl_c):
    """Ctrl-C in the middle of a file ends at once, and leaves nothing of it."""
    use(mirror.address("stalling"))
    interrupt = threading.Timer(
        0.2, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)
    )
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        load()
    interrupt.join()
    assert there(cache) == []
    use(mirror.address("good"))
    load()


def test_killed_and_begun_again(mirror, use, cache):
    """Of a process that was killed stays what was whole, and nothing else."""
    program = (
        "from faults import files; from theano_tutorial.data import mnist;"
        "files.use_small_files(setattr); mnist.load_digits(None, print)"
    )
    use(mirror.address("half_of_them"))
    mirror.asked.clear()
    tests = Path(__file__).parent.parent
    with subprocess.Popen([sys.executable, "-c", program], cwd=tests) as process:
        while f"/half_of_them/{NAMES[2]}" not in mirror.asked:
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    assert there(cache) == sorted(NAMES[:2])
    use(mirror.address("good"))
    load()
    assert there(cache) == sorted(NAMES)
