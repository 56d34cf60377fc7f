"""Files made to do harm: to run code, to take all memory, to take for ever, to be misread."""

import bz2
import gzip
import json
import lzma
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from faults.files import encoded, npz, parameters, picture, png, png_chunks, small_digits

MB = 2**20


@dataclass(frozen=True)
class Hostile:
    """A bad file: what it pretends to be, what is wrong, its bytes, and words of the answer."""

    kind: str
    name: str
    content: Callable[[], bytes]
    answer: str


def zeros(mega: int, byte: bytes = b"\0") -> bytes:
    """Return a deflate stream, a thousandth as long, of so many MiB of one byte."""
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = block.compress(byte * MB) + block.flush(zlib.Z_FULL_FLUSH)
    return megabyte * mega + b"\x03\0"


def gzipped(stream: bytes, flags: int = 0) -> bytes:
    """Return a gzip file of a deflate stream; its checksum is wrong."""
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + stream + bytes(8)


def archive(*members: tuple[bytes, bytes, int, int], flags: int = 0) -> bytes:
    """Return a zip archive: of each member the name, bytes, method, and claimed length."""
    local, central = b"", b""
    for name, body, method, length in members:
        fields = (flags, method, 0, 0, zlib.crc32(body), len(body), length, len(name), 0)
        central += b"PK\1\2\x14\0" + struct.pack("<HHHHHIIIHH", 20, *fields)
        central += struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name
        local += b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, *fields) + name + body
    n = len(members)
    end = struct.pack("<HHHHIIH", 0, 0, n, n, len(central), len(local), 0)
    return local + central + b"PK\5\6" + end


def npy(dtype: str = "<f8", shape: str = "(2,)", body: bytes = bytes(16)) -> bytes:
    """Return a file of one array, whatever its header says."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return npy_with(header, body)


def npy_with(header: bytes, body: bytes = bytes(16)) -> bytes:
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + body


def one_array(content: bytes) -> bytes:
    return archive((b"W.npy", content, zipfile.ZIP_STORED, len(content)))


def model(metadata: object = None, **arrays: np.ndarray) -> bytes:
    """Return a model; its metadata is text or what becomes JSON."""
    if metadata is None:
        metadata = {"dataset": "mnist", "pixel_divisor": 256}
    text = metadata if isinstance(metadata, str) else json.dumps(metadata)
    return npz(parameters() | arrays | {"metadata": np.array(text)})


class _Runs:
    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle ran code')",)


def doubled(n: int) -> bytes:
    """Return a pickle's instructions for a tuple of 2 ** n empty ones, of 4 n bytes."""
    return b")" + b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(n))


NOTHING = "holds nothing like train-images-idx3-ubyte"
ARRAY = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tU\1btR"
FLOATS = b"cnumpy\ndtype\n(U\2f4K\0K\1tR"


def pickles() -> Iterator[tuple[str, bytes, str]]:
    """Yield pickles: what is wrong, bytes, answer."""
    for protocol in (0, 1, 2, 3, 4, 5):
        yield f"exec {protocol}", pickle.dumps(_Runs(), protocol), "exec; only NumPy arrays"
    yield "system", b"cos\nsystem\n(S'true'\ntR.", "it asks for os.system"
    yield "instance", b"(S'true'\nios\nsystem\n.", "it has INST"
    yield "object", b"\x80\2(cos\nsystem\nU\4trueo.", "it asks for os.system"
    yield "new object", b"\x80\2cnumpy\nndarray\n)\x81.", "it has NEWOBJ"
    yield "extension", b"\x80\2\x82\1.", "it has EXT1"
    yield "persistent", b"Pname\n.", "it has PERSID"
    yield "attribute", b"cnumpy\ncore.multiarray\n.", "it asks for numpy.core.multiarray"
    yield "long name", b"c" + b"x" * 9_999 + b"\ny\n.", "asks for xxxx"
    yield "name of terminal", b"c\x1b[2J\nx\n.", r"it asks for \x1b[2J"
    yield "nameless", b"\x80\4" + doubled(60) + b"\x8c\1x\x93.", "without a name"


def endless_pickles() -> Iterator[tuple[str, bytes, str]]:
    """Yield pickles that claim much, or break off: what is wrong, bytes, answer."""
    nothing = NOTHING
    much = "it holds more than 469,762,048 bytes of arrays"
    yield "bytes", b"\x80\4\x8e" + struct.pack("<Q", 2**62) + b"x.", much
    yield "bytes 4", b"\x80\3B" + struct.pack("<I", 2**32 - 1) + b"x.", much
    yield "fewer bytes", b"\x80\3B" + struct.pack("<I", 2**28) + b"x.", "it breaks off"
    yield "array", b"\x80\5\x96" + struct.pack("<Q", 2**40) + b"x.", much
    yield "text", b"\x80\4\x8d" + struct.pack("<Q", 2**62) + b"x.", much
    yield "half a character", b"\x80\4\x8c\1\xc3.", "not a readable pickle"
    yield "line", b"V" + b"x" * MB, "it breaks off"
    yield "integer", b"\x80\2\x8b" + struct.pack("<i", 2**31 - 1) + b"x.", "it has LONG4"
    yield "digits", b"I" + b"9" * MB + b"\n.", "not a readable pickle"
    yield "frame", b"\x80\4\x95" + struct.pack("<Q", 2**62) + b"N.", nothing
    yield "memo", b"\x80\2Nr\xff\xff\xff\xff.", nothing
    yield "deep", b"\x80\2" + b")" + b"\x85" * 900 + b".", nothing
    yield "deeper", b"\x80\2" + b")" + b"\x85" * MB + b".", "too long for a few arrays"
    yield "doubled", b"\x80\2" + doubled(200) + b".", nothing
    yield "doubled dtype", b"\x80\2cnumpy\ndtype\n(" + doubled(90) + b"tR.", "something else"


def wrong_pickles() -> Iterator[tuple[str, bytes, str]]:
    """Yield pickles of arrays that are none: what is wrong, bytes, answer."""
    nothing = NOTHING
    yield "no arguments", b"\x80\2cnumpy\ndtype\nNR.", "it makes something else"
    yield "dtype of objects", b"\x80\2cnumpy\ndtype\n(U\1Ot\x52.", "dtype 'O' are not accepted"
    yield "other end", b"\x80\2" + FLOATS + b"(K\3U\1=NNNK\0K\0K\0tb.", "kind that is not"
    yield "codec", b"c_codecs\nencode\n(Vx\nVzip\ntR.", "it makes something else"
    buffer = b"\x80\4cnumpy.core.numeric\n_frombuffer\n("
    yield "buffer", buffer + b"N" + FLOATS + b")U\1CtR.", "arrays of a kind that is not"
    keys = b"\x80\2}" + doubled(90) + b"Ns."  # to hash the key would take for ever
    yield "key", keys, nothing
    length = b"\x80\2" + ARRAY + b"(K\1(K\5t" + FLOATS + b"\x89\x8a\5\0\0\0\0\x40tb."
    yield "length for bytes", length, "arrays of a kind that is not accepted"
    shape = ARRAY + b"(K\1(M\xff\xffJ\xff\xff\xff\x7ft" + FLOATS + b"\x89U\4abcdtb"
    too_long = "an array of shape (65535, 2147483647); MNIST's"
    yield "shape", b"\x80\2" + 3 * (shape + shape + b"\x86") + b"\x87.", too_long
    shape = ARRAY + b"(K\1(K\4M\x10\3t" + FLOATS + b"\x89U\4abcdtb"
    yield "short", b"\x80\2" + 3 * (shape + shape + b"\x86") + b"\x87.", "4 bytes are not what"
    none = "an array of shape (); MNIST's"
    yield "empty array", b"\x80\2" + 3 * (ARRAY + ARRAY + b"\x86") + b"\x87.", none
    yield "no stack", b"\x80\2\x87.", "not a readable pickle"
    yield "no mark", b"\x80\2NNt.", "not a readable pickle"
    yield "no memo", b"\x80\2h\x05.", "not a readable pickle"
    yield "nothing", b".", "not a readable pickle"
    yield "no end", b"\x80\2N", "not a readable pickle"


def archives() -> Iterator[tuple[str, bytes, str]]:
    """Yield archives in the place of a model: what is wrong, bytes, answer."""
    good = npy()
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    twice = archive(*((b"W.npy", good, stored, len(good)) for _ in range(2)))
    yield "one name twice", twice, "two of its arrays have one name"
    encrypted = archive((b"W.npy", good, stored, len(good)), flags=1)
    yield "encrypted", encrypted, "not a readable .npz file"
    bomb = zeros(4096)
    yield "honest bomb", archive((b"W.npy", bomb, deflated, 2**32 - 1)), "it would unpack"
    yield "bomb", archive((b"W.npy", bomb, deflated, 200)), "not a readable .npz file"
    squeezed = bz2.compress(bytes(16 * MB))
    yield "bz2", archive((b"W.npy", squeezed, zipfile.ZIP_BZIP2, 99)), "NumPy does not use"
    squeezed = lzma.compress(bytes(16 * MB), lzma.FORMAT_ALONE, preset=0)
    yield "lzma", archive((b"W.npy", squeezed, zipfile.ZIP_LZMA, 99)), "NumPy does not use"
    yield "stored too long", archive((b"W.npy", good, stored, 2**31)), "it would unpack"
    many = archive(*((b"W.npy", b"", stored, 2**24) for _ in range(300)))
    yield "long together", many, "it would unpack to far more"
    yield "no array", archive((b"W.txt", good, stored, len(good))), "'W.txt', which is no array"
    yield "up", archive((b"../W", good, stored, len(good))), "'../W', which is no array"
    yield "objects", npz({"W": np.array([{}], dtype=object)}), "values of dtype object"
    yield "shape", one_array(npy(shape="(1099511627776,)")), "not as long as its shape"
    yield "no bytes", one_array(npy("|V0", "(4611686018427387904,)", b"")), "of dtype |V0"
    yield "negative", one_array(npy(shape="(-1, -2)")), "not a readable .npz file"
    yield "no rows", one_array(npy(shape="(0, 4611686018427387904)")), "an array is empty"
    yield "record", one_array(npy("<f8', 'f4")), "not a readable .npz file"
    yield "Python 2", one_array(npy(shape="(2L,)")), "not a readable .npz file"
    for name, header in (
        ("minus", b"-" * 990 + b"1"),
        ("brackets", b"[" * 990),
        ("sum", b"1" + b"+1j" * 330),
        ("escape", rb"{'descr': '\d'}"),
        ("call", b"{'descr': exit()}"),
        ("long", b"-" * 20_000),
    ):
        yield f"header: {name}", one_array(npy_with(header)), "not a readable .npz file"
    no_character = np.full(1, 2**32 - 1, np.uint32).view("<U1")[0:1].reshape(())
    text = npz(parameters() | {"metadata": no_character})
    yield "no character", text, "characters that do not exist"


def bundles() -> Iterator[tuple[str, bytes, str]]:
    """Yield archives in the place of ``mnist.npz``: what is wrong, bytes, answer."""
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    names = (b"x_train.npy", b"train-images-idx3-ubyte")
    bomb = zeros(4096)
    for name, answer in zip(names, (NOTHING, "more than the 5,504 bytes"), strict=True):
        bombs = (archive((name, bomb, deflated, length)) for length in (200, 2**32 - 1))
        yield f"bomb {name!r}", next(bombs), "Bad CRC-32"
        yield f"honest bomb {name!r}", next(bombs), answer
        squeezed = lzma.compress(bytes(16 * MB), lzma.FORMAT_ALONE, preset=0)
        yield f"lzma {name!r}", archive((name, squeezed, zipfile.ZIP_LZMA, 99)), "is compressed"
        hidden = archive((name, npy(), stored, len(npy())), flags=1)
        yield f"encrypted {name!r}", hidden, "is encrypted"
    for name, shape, body, answer in (
        ("claims", "(7, 28, 28)", b"x", "not as long as its shape"),
        ("negative", "(-1, 784)", b"", "of shape (-1, 784)"),
        ("wide", "(7, 1099511627776)", b"", "of shape (7, 1099511627776)"),
        ("none", "(0, 784)", b"", "of shape (0, 784)"),
    ):
        content = npy("|u1", shape, body)
        yield name, archive((b"x.npy", content, stored, len(content))), answer
    objects = npz({"x_train": np.array([[{}] * 784] * 7, dtype=object)})
    yield "objects", objects, "x_train.npy: values of dtype object"
    for name, value in (("nan", np.nan), ("inf", np.inf), ("minus", -1.0), ("more", 256.0)):
        wrong = npz({"x_train": np.full((7, 784), value)})
        yield name, wrong, "MNIST's are bytes, or bytes / 255 or 256"
    yield "bomb within", archive((b"b.npz", bomb, deflated, 2**31)), "134,217,728 bytes"
    inner = npz({"x": np.zeros(7)})
    for _ in range(3):
        inner = archive((b"mnist.npz", inner, stored, len(inner)))
    yield "onion", inner, "is the third archive"
    many = archive(*((b"mnist%d.pkl" % i, b"(" * 99, stored, 99) for i in range(9_999)))
    yield "many", many, "it breaks off"
    yield "up", archive((b"../../mnist.pkl", b"cos\nsystem\n", stored, 12)), NOTHING
    yield "no zip", b"PK\3\4" + bytes(99), "not a readable zip archive"


def models() -> Iterator[tuple[str, bytes, str]]:
    """Yield archives of arrays that are no model: what is wrong, bytes, answer."""
    for name, metadata in (
        ("words", "not JSON"),
        ("deep", "[" * 500_000),
        ("digits", "9" * 9_999),
        ("list", "[1, 2]"),
        ("number", "256"),
        ("surrogate", '{"dataset": "\ud800'),
    ):
        yield f"metadata: {name}", model(metadata), "it has no readable metadata"
    no_text = npz(parameters() | {"metadata": np.zeros(())})
    yield "metadata: array", no_text, "no readable metadata"
    several = npz(parameters() | {"metadata": np.array(["{}", "{}"])})
    yield "metadata: texts", several, "no readable metadata"
    numbers = (10**400, 2**31, 0, -1, 256.5, 1e308, float("nan"), float("inf"))
    for divisor in (*numbers, True, "256", None, [256]):
        metadata = {"dataset": "mnist", "pixel_divisor": divisor}
        yield f"divisor {divisor!s:.9}", model(metadata), "its pixel_divisor is "
    metadata = {"dataset": ["mnist"], "pixel_divisor": 256}
    yield "dataset", model(metadata), "its dataset is not a name"
    for value in (np.nan, np.inf, -np.inf):
        yield f"{value}", model(b=np.full(10, value)), "not finite"
    yield "fifth", model(a=np.zeros(3)), "no model has parameters of these names"
    names = {f"{i}\n\x1b" + "x" * 99: np.zeros(1) for i in range(500)}
    yield "names", model(**names), "no model has parameters of these names"
    yield "half", model(b=np.zeros(10, np.float16)), "not all float32 or float64"
    yield "other end", model(W=np.zeros((784, 10), ">f8")), "not all float32 or float64"


def pictures() -> Iterator[tuple[str, bytes, str]]:
    """Yield images: what is wrong, bytes, answer."""
    (kind, header), *rest = png_chunks(encoded(picture(), "PNG"))

    def with_size(width: int, height: int) -> bytes:
        return png([(kind, struct.pack(">II", width, height) + header[8:]), *rest])

    yield "60,000 wide", with_size(60_000, 60_000), "too large"
    yield "2^31 wide", with_size(2**31 - 1, 2**31 - 1), "too large"
    yield "89 million", with_size(9_400, 9_400), "truncated"
    yield "no width", with_size(0, 80), "not a PNG or JPEG image"
    row = zlib.compress(bytes(99))
    yield "little of it", png([(kind, header), (b"IDAT", row), (b"IEND", b"")]), "truncated"
    yield "no end", encoded(picture(), "PNG")[:-12], "cannot be read as an image"
    content = encoded(picture(), "PNG")
    wrong = content[:50] + bytes([content[50] ^ 1]) + content[51:]
    yield "checksum", wrong, "cannot be read as an image"
    bomb = b"Title\0\0" + b"\x78\x9c" + zeros(1024)
    yield "text", png([(kind, header), (b"zTXt", bomb), *rest]), "cannot be read as an image"
    jpeg = encoded(picture(), "JPEG")
    yield "half a JPEG", jpeg[: len(jpeg) * 2 // 3], "cannot be read as an image"
    big = bytearray(jpeg)
    at = big.index(b"\xff\xc0") + 5
    big[at : at + 4] = b"\xff\xdc\xff\xdc"
    yield "65,500 wide JPEG", bytes(big), "too large"
    big[at : at + 4] = struct.pack(">HH", 20_000, 20_000)
    yield "20,000 wide JPEG", bytes(big), "nothing is drawn on it"
    scans = encoded(picture(), "JPEG", progressive=True)
    last = scans.rindex(b"\xff\xda")
    yield "scans", scans[:last] + scans[last:-2] * 20_000, "drawn over and over again"
    yield from pictures_of_other_kinds()
    yield "blank", encoded(Image.new("L", (30, 30), 7), "PNG"), "nothing is drawn on it"
    yield "one pixel", encoded(Image.new("L", (1, 1), 7), "PNG"), "nothing is drawn on it"
    yield "clear", encoded(Image.new("LA", (30, 30)), "PNG"), "nothing is drawn on it"


def pictures_of_other_kinds() -> Iterator[tuple[str, bytes, str]]:
    """Yield images that are neither PNG nor JPEG."""
    for format in ("GIF", "TIFF", "WEBP", "BMP"):
        whole = encoded(picture(), format)
        yield f"a third of a {format}", whole[: len(whole) // 3], "image"
    gif = bytearray(encoded(picture(), "GIF"))
    gif[6:10] = b"\xff\xff\xff\xff"
    yield "65,535 wide GIF", bytes(gif), "too large"
    bmp = bytearray(encoded(picture(), "BMP"))
    bmp[18:26] = struct.pack("<ii", 2**30, 2**30)
    yield "2^30 wide BMP", bytes(bmp), "too large"
    webp = bytearray(encoded(picture(), "WEBP", lossless=True, exif=b"Exif\0\0MM\0*\0\0\0\x08"))
    webp[24:30] = b"\xfe\x3f\0\xfe\x3f\0"
    yield "16,383 wide WebP", bytes(webp), "too large"
    yield "HEIC", b"\0\0\0\x18ftypheic" + bytes(99), "a HEIC image, which cannot be read here"
    yield "PDF", b"%PDF-1.7\n" + bytes(99), "a PDF document"
    yield "nothing", b"", "not an image: it is empty"


def hostile_files() -> list[Hostile]:
    """Return every hostile file there is."""
    claims = struct.pack(">4I", 0x0803, 2**31, 28, 28)
    x, y, *_ = small_digits()
    swapped = npz({"train_images": x.reshape(784, -1)} | {"train_labels": y})
    single = [
        ("images", "2^31 images", claims, "holds 2,147,483,648 images"),
        ("images.gz", "2^31 images", gzip.compress(claims), "holds 2,147,483,648 images"),
        ("images.gz", "bomb", gzipped(zeros(4096)), "holds more than the 5,504 bytes"),
        ("images.gz", "endless name", gzipped(b"x" * 60_000, flags=8)[:-8], "truncated"),
        ("images.gz", "other method", b"\x1f\x8b\x07" + bytes(60), "not a readable gzip"),
        ("labels.gz", "bomb", gzipped(zeros(4096)), "holds more than the 15 bytes"),
        ("pickle.gz", "bomb", gzipped(zeros(4096, b"(")), "too long for a few arrays"),
        ("pickle.gz", "line", gzipped(b"\0\1\0\xfe\xffV" + zeros(4096)), "it holds more than"),
        ("pickle.gz", "marks", gzip.compress(b"(" * 50 * MB, 1), "too long for a few arrays"),
        ("rendered", "other arrays", swapped, "does not hold rendered digits"),
    ]
    found = [Hostile(kind, name, content, answer) for kind, name, content, answer in single]
    for kind, table in (
        ("pickle", pickles()),
        ("pickle", endless_pickles()),
        ("pickle", wrong_pickles()),
        ("npz", bundles()),
        ("model", archives()),
        ("model", models()),
        ("png", pictures()),
    ):
        found += [Hostile(kind, name, content, answer) for name, content, answer in table]
    return found
