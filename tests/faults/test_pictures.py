"""Unusual images that are good: each shows the digit that it shows, whatever it is called."""

import os
import warnings

import numpy as np
import pytest
from PIL import Image, ImageOps

from faults import files
from theano_tutorial.data.photographs import load_image
from theano_tutorial.predict import main
from theano_tutorial.runs.checkpoints import save_model

DRAWN = files.picture()
GREY = DRAWN.convert("L")
BLANK = Image.new("RGB", DRAWN.size, "white")
ENCODINGS = {
    "animated": lambda: files.encoded(DRAWN, "PNG", save_all=True, append_images=[BLANK]),
    "palette": lambda: files.encoded(DRAWN.quantize(16), "PNG"),
    "palette, a part clear": lambda: files.encoded(DRAWN.quantize(16), "PNG", transparency=0),
    "palette, all parts half clear": lambda: files.encoded(
        DRAWN.quantize(2), "PNG", transparency=b"\x90\xff"
    ),
    "one bit": lambda: files.encoded(GREY.convert("1", dither=Image.Dither.NONE), "PNG"),
    "16 bits": lambda: files.encoded(
        Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257), "PNG"
    ),
    "clear": lambda: files.encoded(
        Image.merge("LA", [Image.new("L", GREY.size), ImageOps.invert(GREY)]),
        "PNG",
    ),
    "grey JPEG": lambda: files.encoded(GREY, "JPEG"),
    "CMYK JPEG": lambda: files.encoded(DRAWN.convert("CMYK"), "JPEG"),
    "progressive JPEG": lambda: files.encoded(DRAWN, "JPEG", progressive=True),
    "JPEG with bad notes": lambda: files.encoded(
        DRAWN, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12\0\3\0\0\0\1\0\6"
    ),
    "JPEG of several, it says": lambda: _with_segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + bytes(9)),
    "PNG with a bad colour profile": lambda: files.encoded(
        DRAWN, "PNG", icc_profile=b"nothing"
    ),
}


def _with_segment(marker, body):
    """Return the drawing as a JPEG with one more segment at its start."""
    jpeg = files.encoded(DRAWN, "JPEG")
    return jpeg[:2] + bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body + jpeg[2:]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_each_encoding_shows_the_same_digit(encoding, tmp_path):
    expected = tmp_path / "plain.png"
    DRAWN.save(expected)
    path = tmp_path / "other"
    path.write_bytes(ENCODINGS[encoding]())
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        seen = load_image(path).astype(float)
    assert warned == []
    assert np.corrcoef(seen, load_image(expected).astype(float))[0, 1] > 0.97


def test_names_that_are_no_words(somewhere_else, capsys):
    """Formulas, other scripts, line ends, a terminal's commands, bytes that are no text."""
    metadata = {"dataset": "mnist", "pixel_divisor": 256}
    save_model(somewhere_else / "model.npz", files.parameters(), metadata)
    names = [r"$\frac$.png", "四.png", "a\nb.png", "\x1b[31m.png", os.fsdecode(b"\xff.png")]
    for name in names:
        DRAWN.save(name, "PNG")
    assert main(["model.npz", *names]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    printed = [line.rpartition(":")[0] for line in out.splitlines()[:-1:2]]
    assert printed == [r"$\frac$.png", "四.png", r"a\nb.png", r"\x1b[31m.png", r"\udcff.png"]
    assert (somewhere_else / "output" / "predict" / "seen.png").exists()


def test_a_bad_file_of_such_a_name_is_answered_in_one_line(tmp_path, one_line_error):
    path = tmp_path / "a\nb\x1b[31m.npz"
    path.write_bytes(b"no model")
    one_line_error(main, [path])


def test_a_model_too_large_to_compute_with(somewhere_else, one_line_error):
    """Finite parameters whose products are not: no probabilities of NaN."""
    params = files.parameters() | {"W": np.full((784, 10), 1e308)}
    path = somewhere_else / "model.npz"
    save_model(path, params, {"dataset": "mnist", "pixel_divisor": 256})
    DRAWN.save("four.png")
    error = one_line_error(main, ["model.npz", "four.png"])
    assert "model.npz: its parameters are so large that they give no probabilities" in error
