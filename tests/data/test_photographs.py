"""A digit is found in whatever lies around it, and looks like MNIST's when it is cut out."""

import itertools
import struct
import warnings
import zlib

import numpy as np
import pytest
from drawn_photographs import (
    CONDITIONS,
    DIGITS,
    LARGE,
    Scene,
    clean,
    coverage,
    wobbled,
)
from PIL import Image, ImageDraw
from scipy import ndimage

from theano_tutorial.data.photographs import load_image, see
from theano_tutorial.data.photographs.lines import Ruling, without_lines
from theano_tutorial.errors import BadFile
from theano_tutorial.runs.saved_model import load
from theano_tutorial.train import main as train

pytestmark = pytest.mark.one_python


@pytest.fixture
def read(tmp_path):
    """Return a function that saves an image and reads it as a digit ``(28, 28)``."""

    def read(image, name="image.png", **options):
        image.save(tmp_path / name, **{"compress_level": 1} | options)
        return load_image(tmp_path / name).reshape(28, 28).astype(float)

    return read


def likeness(one, other):
    """Correlate two images of 28 x 28, blurred: a pen may be thinner, a pixel beside."""
    one, other = (ndimage.gaussian_filter(image, 1.0).ravel() for image in (one, other))
    return np.corrcoef(one, other)[0, 1]


def chance(*seeds):
    return np.random.default_rng([ord(char) for seed in seeds for char in str(seed)])


@pytest.mark.parametrize("number", range(len(CONDITIONS)), ids=list(CONDITIONS))
def test_a_photograph_shows_what_was_drawn(number, read, is_long):
    """Nothing but the digit is left, upright and whole, as if it had been drawn on nothing."""
    condition = list(CONDITIONS)[number]
    for k in range(len(DIGITS) if is_long else 1):
        digit = list(DIGITS)[(5 * number + k) % len(DIGITS)]
        scene = CONDITIONS[condition](digit, chance(condition, digit))
        assert likeness(read(scene.image()), read(scene.plain())) > 0.8


@pytest.fixture(scope="module")
def model(mnist, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    arguments = ["sgd", "--dataset", "mnist", "--no-plots", "--quiet"]
    assert train([*arguments, "--output", str(folder)]) == 0
    return load(folder / "sgd" / "model.npz")


def labelled(model, image):
    return model.predict(image.reshape(1, 784) / model.pixel_divisor)[1][0]


def test_photographs_are_read_as_well_as_drawings(model, read, is_long):
    """Of the digits that the model knows from a plain drawing, it knows 95 % in photographs."""
    right = n = 0
    for number, (condition, make) in enumerate((CONDITIONS | LARGE).items()):
        some = list(DIGITS)[number % 3 :: len(DIGITS) // 2]
        for digit in DIGITS if is_long else some:
            scene = make(digit, chance("known", condition, digit))
            known = labelled(model, read(scene.plain())) == int(digit[0])
            right += known and labelled(model, read(scene.image())) == int(digit[0])
            n += known
    assert right >= 0.95 * n


def cropped(image, margin=0.0):
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(box, round(margin * max(box.shape)))


def pasted(image, share, size, dark):
    """Paste an MNIST digit, `share` of the picture high, into its middle."""
    box = Image.fromarray(cropped(image))
    scale = share * size[1] / max(box.size)
    box = box.resize([max(1, round(scale * side)) for side in box.size], Image.BICUBIC)
    canvas = Image.new("L", size, 0)
    canvas.paste(box, ((size[0] - box.width) // 2, (size[1] - box.height) // 2))
    return Image.eval(canvas, lambda level: 255 - level) if dark else canvas


def enlarged(image, times, dark):
    large = Image.fromarray(image).resize([times * side for side in image.shape[::-1]], 3)
    return Image.eval(large, lambda level: 255 - level) if dark else large


MADE = {
    **{
        f"cropped, margin {margin}, {times} times, {'dark' if dark else 'light'}": (
            lambda image, margin=margin, times=times, dark=dark: enlarged(
                cropped(image, margin), times, dark
            )
        )
        for margin, times, dark in (
            *itertools.product((0, 0.05, 0.1), (1,), (True, False)),
            *((0, 10, True), (0, 10, False), (0.05, 10, True), (0.1, 10, False)),
        )
    },
    **{
        f"{share} of {size}": (
            lambda image, share=share, size=size: pasted(image, share, size, dark=size[0] < 999)
        )
        for share, size in (
            *((0.05, (800, 600)), (0.1, (1600, 1200))),
            *((0.25, (800, 600)), (0.5, (1600, 1200))),
        )
    },
    "as it is": lambda image: enlarged(image, 1, dark=False),
    "with a margin": lambda image: enlarged(np.pad(image, 4), 10, dark=True),
}


@pytest.mark.parametrize("made", MADE)
def test_cropped_and_small_digits_of_mnist(made, model, mnist, read, is_long):
    """At most three points more are misread, or refused, than of MNIST itself."""
    n = 1_000 if is_long else 50 if " of (" in made else 100
    images = np.rint(256 * mnist.test.x[:n]).astype(np.uint8).reshape(n, 28, 28)
    wrong = before = 0
    for image, label in zip(images, mnist.test.y, strict=False):
        before += labelled(model, image) != label
        try:
            wrong += labelled(model, read(MADE[made](image))) != label
        except BadFile:
            wrong += 1
    assert wrong <= before + 0.03 * n


def test_a_1_that_is_cropped_to_its_ink(model, mnist, read):
    """Four to six pixels wide: there is hardly any paper beside it."""
    ones = np.flatnonzero(mnist.test.y[:300] == 1)
    images = np.rint(256 * mnist.test.x[ones]).astype(np.uint8).reshape(-1, 28, 28)
    for dark in (True, False):
        wrong = 0
        for image in images:
            try:
                wrong += labelled(model, read(enlarged(cropped(image), 1, dark))) != 1
            except BadFile:
                wrong += 1
        assert wrong <= 1


# What is said of pictures that cannot be read.


@pytest.mark.parametrize("size", [(30, 20), (280, 280), (2000, 1500)])
@pytest.mark.parametrize("noise", [0, 3, 20])
def test_nothing_is_drawn_on_blank_paper(size, noise, read):
    rng = np.random.default_rng(3)
    x, _ = np.meshgrid(*(np.linspace(0, 1, side) for side in size))
    levels = 200 - 60 * x + rng.normal(0, noise, x.shape)
    for inverted in (levels, 255 - levels):
        with pytest.raises(BadFile, match=r"nothing is drawn on it$"):
            read(Image.fromarray(inverted.clip(0, 255).astype(np.uint8)))


BLANK = {
    "light from one side": lambda x, y: 0.4 + 0.5 * x / 640,
    "light in the middle": lambda x, y: 0.9 - 0.5 * np.hypot(x - 320, y - 240) / 400,
    "ruled": lambda x, y: np.where(y % 40 < 2, 0.6, 0.9),
    "ruled, wide apart": lambda x, y: np.where((y + 0.03 * x) % 90 < 2, 0.6, 0.9),
    "a line across": lambda x, y: np.where(np.abs(y - 150 - 0.05 * x) < 2, 0.2, 0.9),
    "a desk on one side": lambda x, y: np.where(x - 0.06 * y > 560, 0.3, 0.9),
    "a shadow": lambda x, y: np.where(x + 0.3 * y > 300, 0.55, 0.9),
}


@pytest.mark.parametrize("kind", BLANK)
def test_nothing_is_drawn_on_paper_with_lines_or_shadows(kind, read):
    y, x = np.mgrid[:480, :640]
    levels = 255 * BLANK[kind](x, y) + np.random.default_rng(8).normal(0, 2, x.shape)
    with pytest.raises(BadFile, match=r"nothing is drawn on it|too faint"):
        read(Image.fromarray(levels.clip(0, 255).astype(np.uint8)))


def test_why_a_digit_is_not_read(read):
    def line(ends, paper=255, ink=0, width=2, size=(800, 600)):
        image = Image.new("L", size, paper)
        ImageDraw.Draw(image).line(ends, fill=ink, width=width)
        return image

    with pytest.raises(BadFile, match=r"too small: \d pixels high$"):
        read(line([(400, 300), (401, 306)]))
    with pytest.raises(BadFile, match="too faint"):
        read(line([(400, 200), (380, 400)], paper=200, ink=198, width=20))
    with pytest.raises(BadFile, match="what is drawn on it does not look like a digit"):
        read(line([(400, 200), (400, 400)], width=200))  # a square
    with pytest.raises(BadFile, match="ink covers most of it: leave a margin"):
        image = Image.new("L", (200, 180), 255)
        ImageDraw.Draw(image).ellipse([0, 0, 199, 179], fill=0)
        read(image)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"\0\0\0\x18ftypheic" + bytes(99),
            "a HEIC image, .*: save it as JPEG or PNG; an iPhone",
        ),
        (b"\0\0\0\x18ftypmif1" + bytes(99), "a HEIC image"),
        (b"\0\0\0\x18ftypisom" + bytes(99), "a film"),
        (b"%PDF-1.7\n", "a PDF document, which cannot be read here: save it as"),
        (b"PK\x03\x04", "a ZIP archive, which cannot be read here: unpack it"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x"></svg>', "an SVG drawing"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"8BPS\0\1", "a Photoshop image"),
        (b"", "it is empty"),
        (bytes(50), "it is empty"),
        (b"seven", "not a PNG or JPEG image, nor WebP, BMP, GIF or TIFF"),
        (b"size\xff\x0a", "not a PNG or JPEG image"),  # which begin a JPEG XL image elsewhere
    ],
)
def test_other_files_are_called_by_their_names(content, said, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=said):
        load_image(path)


# Pixels of every kind.


@pytest.fixture
def five():
    return clean("5 in two", np.random.default_rng(1)).image()


FORMATS = {
    "WebP": ("WEBP", {}),
    "WebP, lossless": ("WEBP", {"lossless": True}),
    "BMP": ("BMP", {}),
    "GIF": ("GIF", {}),
    "TIFF": ("TIFF", {}),
    "TIFF, compressed": ("TIFF", {"compression": "tiff_lzw"}),
    "GIF of several": ("GIF", {"save_all": True}),
    "WebP of several": ("WEBP", {"save_all": True}),
    "TIFF of several": ("TIFF", {"save_all": True}),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_formats_are_known_by_content(kind, five, read):
    """Of several pictures in a file, the first counts."""
    format, options = FORMATS[kind]
    if "save_all" in options:
        options = options | {"append_images": [Image.new("L", five.size, 128)] * 3}
    assert likeness(read(five, "named.png", format=format, **options), read(five)) > 0.99


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_bits_in_sixteen(bits, five, read):
    levels = np.asarray(five).astype(np.uint16) << (bits - 8)
    assert likeness(read(Image.fromarray(levels)), read(five)) > 0.99


@pytest.mark.parametrize("scale", [1 / 255, 1.0, 1000.0, -3.0])
def test_floats_and_long_whole_numbers(scale, five, read):
    levels = np.asarray(five, np.float32) * np.float32(scale)
    assert likeness(read(Image.fromarray(levels), "float.tiff"), read(five)) > 0.98
    if scale > 1:
        whole = Image.fromarray((levels * 1000).astype(np.int32))
        assert likeness(read(whole, "long.tiff"), read(five)) > 0.98


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((220, 40, 40), (25, 115, 25)),
        ((230, 120, 20), (142, 142, 142)),
        ((170, 40, 40), (55, 70, 165)),
        ((255, 250, 170), (255, 255, 255)),
        ((0, 0, 0), (250, 220, 60)),
    ],
)
def test_colours_of_much_the_same_brightness(ink, paper, five, read):
    share = (255 - np.asarray(five, float))[..., None] / 255
    for one, other in ((ink, paper), (paper, ink)):
        colours = share * np.array(one) + (1 - share) * np.array(other)
        seen = read(Image.fromarray(np.rint(colours).astype(np.uint8)))
        assert likeness(seen, read(five)) > 0.95


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (220, 20, 20), (255, 240, 0)])
def test_ink_on_nothing(colour, five, read):
    image = Image.new("RGBA", five.size, colour)
    image.putalpha(Image.eval(five, lambda level: 255 if level < 128 else 0))
    assert likeness(read(image), read(five)) > 0.97


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("shape", ["margin", "disc", "corners"])
def test_paper_on_nothing(shape, inverted, five, read):
    image = Image.new("RGBA", (460, 460), (0, 0, 0, 0))
    paper = (Image.eval(five, lambda level: 255 - level) if inverted else five).convert("RGBA")
    alpha = Image.new("L", five.size, 0 if shape != "margin" else 255)
    draw = ImageDraw.Draw(alpha)
    if shape == "disc":
        draw.ellipse([0, 0, 399, 399], fill=255)
    if shape == "corners":
        draw.rounded_rectangle([0, 0, 399, 399], 85, fill=255)
    paper.putalpha(alpha)
    image.paste(paper, (30, 30), paper)
    assert likeness(read(image), read(five)) > 0.95


def test_a_digit_that_touches_the_edges_is_no_frame(read):
    """A dot within a zero, and a speck beside a cropped digit, are the lesser part."""
    for digit in ("0 dotted", "5 in two", "3", "2"):
        scene = Scene(digit, np.random.default_rng(2), size=(500, 500), height=0.8, margin=0.05)
        with_speck = scene.ink.copy()
        rows, columns = np.flatnonzero(scene.ink.any(1)), np.flatnonzero(scene.ink.any(0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        empty = np.argwhere(ndimage.maximum_filter(with_speck, 25)[box] == 0)
        top, left = empty[len(empty) // 2] + (rows[0], columns[0])
        with_speck[top : top + 4, left : left + 4] = 1
        seen, plain = (
            read(Image.fromarray((255 - 230 * ink).astype(np.uint8)))
            for ink in (with_speck[box], scene.ink)
        )
        assert likeness(seen, plain) > 0.95


def test_a_digit_keeps_its_strokes_across_ruled_lines(read):
    """As thick as lines are dark, for lines of every spacing."""
    rng = np.random.default_rng(4)
    for spacing in (0.04, 0.07, 0.12):
        scene = Scene("7 with bar", rng, size=(800, 600), height=0.5, pen=0.09)
        expected = read(scene.image())
        assert (
            likeness(read(scene.ruled(squared=True, spacing=spacing * 600).image()), expected)
            > 0.9
        )


@pytest.mark.parametrize("width", [1, 2, 3, 5, 6, 9])
def test_a_picture_too_narrow_for_lines(width):
    """NumPy would warn of a parabola through two points."""
    ink = np.random.default_rng(0).random((400, width)) < 0.2
    for mask in (ink, ink.T):
        rest, _ = without_lines(mask, Ruling())
        assert not (rest & ~mask).any()


def test_thin_strokes_become_as_thick_as_mnists(read):
    widths = []
    for pen in (0.01, 0.02, 0.04, 0.1):
        rng = np.random.default_rng(5)
        widths.append(read(Scene("3", rng, size=(800, 600), height=0.6, pen=pen).image()).sum())
    assert max(widths) < 1.25 * min(widths)


def test_a_huge_jpeg_is_decoded_at_a_fraction(tmp_path, five, read):
    large = Image.new("L", (12_000, 9_000), 240)
    large.paste(five.resize((2_000, 2_000)), (5_000, 3_500))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert likeness(read(large, "large.jpg", quality=60), read(five)) > 0.9
    large.save(tmp_path / "progressive.jpg", progressive=True, quality=60)
    with pytest.raises(BadFile, match="12,000 x 9,000 pixels, and at most 89,000,000"):
        load_image(tmp_path / "progressive.jpg")


def test_what_is_seen_can_be_looked_at(tmp_path, five):
    five.save(tmp_path / "five.png")
    seen = see(tmp_path / "five.png")
    assert seen.photograph.shape == seen.ink.shape == (320, 320)
    assert 0 <= seen.photograph.min() < 0.5 < seen.photograph.max() <= 1
    assert seen.photograph[seen.ink].mean() < seen.photograph[~seen.ink].mean() - 0.3
    assert seen.cut.max() == 1
    assert seen.remark == ""


@pytest.mark.parametrize("digits", [("4", "2"), ("1", "0"), ("5 in two", "8")])
@pytest.mark.parametrize(
    ("across", "down"),
    [(200, 0), (0, 172), (0, 200), (0, 400), (90, 200), (-200, 200), (300, -300)],
)
def test_several_digits_in_any_arrangement(digits, across, down, tmp_path):
    """Of a 4 above a 2, or one below and to the right, one is read, and a line says so."""
    rng = np.random.default_rng(4)
    place = np.array([across, down]) / 2
    ink = [
        coverage(wobbled(DIGITS[digit], rng), (700, 700), 350 + sign * place, 140, 14)
        for digit, sign in zip(digits, (-1, 1), strict=True)
    ]
    Image.fromarray((255 - 220 * np.maximum(*ink)).astype(np.uint8)).save(tmp_path / "two.png")
    seen = see(tmp_path / "two.png")
    assert seen.remark == "several digits: only the largest is read"
    assert max(map(np.ptp, np.nonzero(seen.ink))) < 0.3 * 320


@pytest.mark.parametrize("digit", DIGITS)
def test_one_digit_deserves_no_line(digit, tmp_path, is_long):
    """Nor does the shadow of a hand beside it."""
    for condition in CONDITIONS if is_long else ["plain", "hand"]:
        scene = CONDITIONS[condition](digit, chance("a", condition, digit))
        scene.image().save(tmp_path / "one.png")
        assert see(tmp_path / "one.png").remark == ""


@pytest.mark.parametrize("kind", ["gif", "tiff", "webp", "png"])
def test_of_several_pictures_in_a_file_the_first_is_read(kind, tmp_path, five):
    """A user hears of it; not where there is one. Blank ones in front are passed over."""
    alone, several = tmp_path / f"alone.{kind}", tmp_path / f"several.{kind}"
    five.save(alone, lossless=True)
    five.save(
        several,
        save_all=True,
        append_images=[five.transpose(Image.Transpose.ROTATE_90)],
        lossless=True,
    )
    seen = see(several)
    assert seen.remark == "several pictures in one file: only one is read"
    assert see(alone).remark == ""
    np.testing.assert_array_equal(seen.pixels, see(alone).pixels)
    blank = Image.new(five.mode, five.size, 255)
    blank.save(
        several, save_all=True, append_images=[blank.point(lambda _: 250), five], lossless=True
    )
    np.testing.assert_array_equal(see(several).pixels, seen.pixels)


def test_a_picture_in_sixteen_bits_is_not_taken_for_blank(tmp_path, five):
    """As eight bits, paper and ink are both white."""
    deep = Image.fromarray(np.asarray(five.convert("L")).astype(np.uint16) * 200 + 5_000)
    blank = Image.fromarray(np.zeros_like(deep))
    deep.save(alone := tmp_path / "alone.tiff")
    deep.save(two := tmp_path / "two.tiff", save_all=True, append_images=[blank])
    np.testing.assert_array_equal(see(two).pixels, see(alone).pixels)


def test_a_png_that_claims_bits_it_does_not_have(tmp_path):
    """A header of 16 bits over rows of 8: an error, no traceback."""
    path = tmp_path / "image.png"
    Image.new("L", (40, 40)).save(path)
    content = bytearray(path.read_bytes())
    content[24] = 16
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    path.write_bytes(bytes(content))
    with pytest.raises(BadFile):
        load_image(path)


def test_lines_as_dark_as_a_thin_pen_are_removed(read):
    """Four of these digits are lost if no line is found."""
    for digit in [*DIGITS][:12]:
        rng = chance("ruled", digit)
        scene = Scene(digit, rng, pen=rng.uniform(0.05, 0.08)).ruled(colour=0.8)
        assert likeness(read(scene.image()), read(scene.plain())) > 0.8
