"""A saved model labels MNIST, and a person's own images."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from theano_tutorial.cli.predict import _files, main
from theano_tutorial.data.photographs import load_image
from theano_tutorial.errors import BadFile
from theano_tutorial.runs.checkpoints import load_model, save_model
from theano_tutorial.runs.saved_model import load
from theano_tutorial.train import main as train

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("somewhere_else")]


@pytest.fixture(scope="module")
def trained(mnist, tmp_path_factory):
    """A model after five epochs of SGD on MNIST: about 10 % wrong."""
    folder = tmp_path_factory.mktemp("trained")
    arguments = ["sgd", "--dataset", "mnist", "--epochs", "5", "--no-plots", "--quiet"]
    assert train([*arguments, "--output", str(folder)]) == 0
    return folder / "sgd"


def test_a_new_process_predicts_what_the_model_learnt(trained, mnist):
    command = [sys.executable, "-m", "theano_tutorial.predict", str(trained / "model.npz")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Predicted values for the first 10 examples in test set:"
    assert lines[1] == "[7 2 1 0 4 1 4 9 6 9]"
    assert lines[2:4] == ["True values:", "[7 2 1 0 4 1 4 9 5 9]"]
    error = json.loads((trained / "trace.json").read_text())["test_error"]
    assert lines[4] == f"Wrong: {round(10_000 * error)} of all 10,000 ({100 * error:.6g} %)"


def test_other_splits_and_numbers(trained, mnist, capsys):
    assert main([str(trained / "model.npz"), "--split", "valid", "--first", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Predicted values for the first 3 examples in valid set:"
    assert len(lines[1].split()) == 3
    error = json.loads((trained / "trace.json").read_text())["validation_error"]
    assert lines[4].startswith(f"Wrong: {round(10_000 * error)} of all 10,000")


def test_a_folder_from_a_mac(tmp_path):
    """Its files "._seven.png" are no images; on other disks, one lies beside each file."""
    for name in ("seven.png", "._seven.png", "Two.JPG", "._Two.JPG", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert _files(str(tmp_path)) == [str(tmp_path / name) for name in ("Two.JPG", "seven.png")]
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "._seven.png").write_bytes(b"")
    with pytest.raises(BadFile, match="no image lies in this folder"):
        _files(str(tmp_path / "only"))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("recipe", ["softmax", "tanh", "cg"])
def test_models_of_every_recipe(recipe, dtype, capsys, tmp_path):
    small = ["--dataset", "rendered", "--train-size", "700", "--dtype", dtype, "--no-plots"]
    assert train([recipe, *small, "--output", "out", "--quiet"]) == 0
    capsys.readouterr()
    folder = tmp_path / "out" / recipe
    assert main([str(folder / "model.npz"), "--plots"]) == 0
    out = capsys.readouterr().out
    error = json.loads((folder / "trace.json").read_text())["test_error"]
    assert f"({100 * error:.6g} %), synthetic digits" in out
    assert (tmp_path / "output" / "predict" / "wrong.png").exists()


# A person's own images.


def write(kind, image, path, rng):
    """Write a digit ``(28, 28)``, light ink on black, as a person might hand it in."""
    digit = Image.fromarray(image)
    canvas = Image.new("L", (640, 480), 0)
    canvas.paste(
        digit.resize((250, 250), Image.Resampling.BICUBIC), tuple(rng.integers(200, size=2))
    )
    dark_on_light = Image.eval(canvas, lambda level: 235 - level * 3 // 4)
    match kind:
        case "as it is":
            digit.save(path)
        case "inverted":
            Image.fromarray(255 - image).save(path)
        case "drawing":
            dark_on_light.save(path)
        case "colour":
            Image.merge("RGB", [dark_on_light, dark_on_light, canvas]).save(path)
        case "palette":
            dark_on_light.quantize(16).save(path)
        case "16 bits":
            Image.fromarray(np.asarray(canvas).astype(np.uint16) * 257).save(path)
        case "black on nothing":
            Image.merge("LA", [Image.new("L", canvas.size, 0), canvas]).save(path)
        case "white on nothing":
            Image.merge("LA", [Image.new("L", canvas.size, 255), canvas]).save(path)
        case "photograph":
            levels = np.asarray(dark_on_light, float) + rng.normal(0, 4, (480, 640))
            levels += np.linspace(-6, 6, 640)
            Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(path, "JPEG", quality=80)
        case "in a frame":
            levels = np.asarray(dark_on_light).copy()
            levels[:12] = levels[-12:] = levels[:, :12] = levels[:, -12:] = 40
            Image.fromarray(levels).save(path)
        case "uneven light":
            light = np.linspace(0.45, 1, 640)
            levels = np.asarray(dark_on_light) * light + rng.normal(0, 12, (480, 640))
            Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(path, "JPEG")
        case "lying photograph":  # stored on its side, with a note to turn it
            exif = Image.Exif()
            exif[0x0112] = 6
            turned = dark_on_light.transpose(Image.Transpose.ROTATE_90)
            turned.save(path, "JPEG", exif=exif)


KINDS = [
    "as it is",
    "inverted",
    "drawing",
    "colour",
    "palette",
    "16 bits",
    "black on nothing",
    "white on nothing",
    "photograph",
    "lying photograph",
    "in a frame",
    "uneven light",
]


@pytest.mark.parametrize("kind", KINDS)
def test_images_are_read_as_well_as_mnist(kind, trained, mnist, tmp_path, is_long):
    """MNIST's digits, handed in as images, are labelled as well as they are from MNIST."""
    n = 200 if is_long else 50
    model = load(trained / "model.npz")
    rng = np.random.default_rng(5)
    originals = np.rint(256 * mnist.test.x[:n]).astype(np.uint8)
    path = tmp_path / "image"
    seen = []
    for image in originals.reshape(-1, 28, 28):
        write(kind, image, path.with_suffix(".png"), rng)
        seen.append(load_image(path.with_suffix(".png")))
    seen = np.stack(seen)
    assert (seen.shape, seen.dtype, seen.min()) == ((n, 784), np.uint8, 0)
    assert (seen.max(axis=1) == 255).all()
    y = mnist.test.y[:n]
    wrong, wrong_before = (
        np.count_nonzero(model.predict(images / model.pixel_divisor)[1] != y)
        for images in (seen, originals)
    )
    # One standard deviation of a count of so many errors.
    assert wrong <= wrong_before + np.sqrt(wrong_before)


def test_digits_are_placed_as_in_mnist(tmp_path, mnist):
    rng = np.random.default_rng(6)
    for image in np.rint(256 * mnist.test.x[:50]).astype(np.uint8).reshape(-1, 28, 28):
        write("drawing", image, tmp_path / "image.png", rng)
        seen = load_image(tmp_path / "image.png").reshape(28, 28).astype(float)
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        for axis in (0, 1):
            centre = np.arange(28) @ seen.sum(axis=1 - axis) / seen.sum()
            assert centre == pytest.approx(14, abs=0.51)  # whole pixels


def test_own_images_on_the_command_line(trained, mnist, capsys, tmp_path):
    rng = np.random.default_rng(7)
    for i, name in enumerate(("seven.png", "two.jpg")):
        image = np.rint(256 * mnist.test.x[i]).astype(np.uint8).reshape(28, 28)
        write("photograph" if name.endswith("jpg") else "drawing", image, tmp_path / name, rng)
    assert main([str(trained / "model.npz"), "seven.png", "two.jpg"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[2]) == ("seven.png: 7", "two.jpg: 2")
    for line in (lines[1], lines[3]):
        shares = [float(part.split()[0]) for part in line.split(":")[1:]]
        assert sum(shares) == pytest.approx(100, abs=0.6)
    assert lines[4].startswith("Saved ")
    assert (tmp_path / "output" / "predict" / "seen.png").stat().st_size > 10_000
    assert main([str(trained / "model.npz"), "seven.png", "--no-plots", "--output", "no"]) == 0
    assert main([str(trained / "model.npz"), "seven.png", "--output", "seven.png"]) == 2
    assert "Not a directory; --output names another folder" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
    # One that cannot be used does not spoil the others.
    Image.new("L", (50, 40), 200).save("blank.png")
    assert main([str(trained / "model.npz"), "blank.png", "seven.png", "--no-plots"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("seven.png: 7")
    assert err == "theano-tutorial: error: blank.png: nothing is drawn on it\n"


def saved_model(path, biases):
    """Save a model that gives every image the same probabilities: the softmax of `biases`."""
    params = {"W": np.zeros((784, 10)), "b": np.array(biases, float)}
    save_model(Path(path), params, {"dataset": "mnist", "pixel_divisor": 256})


def test_below_sixty_percent_both_likely_digits_are_named(capsys):
    Image.fromarray(drawn([(0.5, 0.2, 0.5, 0.8)])).save("one.png")
    for share, label in ((0.59, "not sure: 4 (59 %) or 9 (33 %)"), (0.61, "4")):
        p = np.full(10, 0.01)
        p[[4, 9]] = share, 0.92 - share
        saved_model("model.npz", np.log(p))
        assert main(["model.npz", "one.png", "--no-plots"]) == 0
        assert capsys.readouterr().out.splitlines()[0] == f"one.png: {label}"


def drawn(lines, size=(300, 400)):
    """Draw lines, from and to shares of a picture's width and height."""
    image = Image.new("L", size[::-1], 240)
    for line in lines:
        ends = [share * side for share, side in zip(line, image.size * 2, strict=True)]
        ImageDraw.Draw(image).line(ends, fill=20, width=14)
    return np.asarray(image)


def test_several_digits_side_by_side_deserve_a_line(capsys):
    saved_model("model.npz", np.arange(10) * 9)
    Image.fromarray(drawn([(0.2, 0.2, 0.2, 0.85), (0.7, 0.2, 0.7, 0.8)])).save("two.png")
    Image.fromarray(drawn([(0.2, 0.2, 0.2, 0.85)])).save("left.png")
    np.testing.assert_array_equal(load_image("two.png"), load_image("left.png"))
    five = [(0.4, 0.2, 0.6, 0.2), (0.38, 0.24, 0.38, 0.5), (0.38, 0.5, 0.6, 0.8)]
    Image.fromarray(drawn(five)).save("one.png")
    assert main(["model.npz", "two.png", "one.png", "--no-plots"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 5
    assert (out[0], out[3]) == ("two.png: 9", "one.png: 9")
    assert "several digits: only the largest is read" in out[2]


def test_a_folder_of_images_of_any_kind(capsys, tmp_path):
    saved_model("model.npz", np.arange(10) * 9)
    (tmp_path / "mine").mkdir()
    image = Image.fromarray(drawn([(0.5, 0.2, 0.45, 0.8)]))
    for name in ("a.png", "b.JPG", "c.webp", "d.bmp", "e.gif", "f.tif"):
        image.save(tmp_path / "mine" / name)
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "mine" / "b.JPG").replace(tmp_path / "mine" / "really a JPEG.png")
    assert main(["model.npz", "mine"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    names = [line.split("/")[1] for line in out.splitlines()[:-1:2]]
    assert names == [
        f"{name}: 9"
        for name in ("a.png", "c.webp", "d.bmp", "e.gif", "f.tif", "really a JPEG.png")
    ]


def test_a_folder_without_images_stops_no_other(capsys, tmp_path):
    saved_model("model.npz", np.arange(10) * 9)
    (tmp_path / "empty").mkdir()
    Image.fromarray(drawn([(0.5, 0.2, 0.45, 0.8)])).save("a.png")
    assert main(["model.npz", "empty", "a.png"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("a.png: 9\n")
    assert "empty: no image lies in this folder" in err


def test_the_picture_of_many_images_is_bounded(tmp_path):
    saved_model("model.npz", np.arange(10) * 9)
    names = [f"{k}.png" for k in range(45)]
    for name in names:
        Image.fromarray(drawn([(0.5, 0.2, 0.45, 0.8)], (60, 80))).save(name)
    for n, (most_wide, most_high) in (
        (1, (900, 250)),
        (20, (1_600, 1_700)),
        (45, (1_600, 3_200)),
    ):
        assert main(["model.npz", *names[:n]]) == 0
        with Image.open(tmp_path / "output" / "predict" / "seen.png") as seen:
            width, height = seen.size
        assert width <= most_wide
        assert height <= most_high


def test_images_that_cannot_be_used(trained, one_line_error, tmp_path):
    model = trained / "model.npz"
    assert "gone.png: cannot be read as an image (No such file" in one_line_error(
        main, [model, "gone.png"]
    )
    (tmp_path / "text.png").write_text("a seven")
    assert "text.png: not a PNG or JPEG image" in one_line_error(main, [model, "text.png"])
    Image.new("L", (50, 40), 200).save("blank.png")
    assert "blank.png: nothing is drawn on it" in one_line_error(main, [model, "blank.png"])
    Image.effect_noise((200, 200), 80).save("half.png")
    half = (tmp_path / "half.png").read_bytes()
    (tmp_path / "half.png").write_bytes(half[: len(half) // 2])
    assert "half.png: cannot be read" in one_line_error(main, [model, "half.png"])
    Image.new("1", (9500, 9500)).save("huge.png")
    error = one_line_error(main, [model, "huge.png"])
    assert "huge.png: too large: 9,500 x 9,500 pixels, and at most 89,000,000" in error
    Image.new("1", (15000, 15000)).save("bomb.png")
    error = one_line_error(main, [model, "bomb.png"])
    assert "bomb.png: too large: more than 89,000,000 pixels" in error
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(99))
    assert "a HEIC image, which cannot" in one_line_error(main, [model, "phone.heic"])
    (tmp_path / "empty").mkdir()
    assert one_line_error(main, [model, "empty"]).endswith("no image lies in this folder")
    (tmp_path / "empty" / "sevens").mkdir()
    assert "; name one in it, such as sevens" in one_line_error(main, [model, "empty"])
    error = one_line_error(main, [model, "https://example.org/7.png"])
    assert "https://example.org/7.png is an address: download" in error
    error = one_line_error(main, [model, "blank.png", "--split", "test"])
    assert "--split applies to a dataset, not to images" in error


def test_models_that_cannot_be_used(trained, one_line_error, tmp_path):
    params, metadata = load_model(trained / "model.npz")
    path = tmp_path / "bad.npz"

    def refused(params, metadata):
        save_model(path, params, metadata)
        error = one_line_error(main, [path])
        assert f"{path}: " in error
        return error

    assert "no model has parameters" in refused({"W": params["W"]}, metadata)
    assert "no model has parameters" in refused(params | {"b": np.zeros(9)}, metadata)
    assert "not finite" in refused(params | {"b": np.full(10, np.nan)}, metadata)
    assert "not all float32 or float64" in refused(
        {name: value.astype(int) for name, value in params.items()}, metadata
    )
    assert "not of 784 pixels" in refused({"W": np.zeros((5, 10)), "b": np.zeros(10)}, metadata)
    assert "not a saved model" in refused(params, {"dataset": "mnist"})
    assert "pixel_divisor is 0" in refused(params, metadata | {"pixel_divisor": 0})
    save_model(path, params, metadata | {"dataset": "cifar"})
    error = one_line_error(main, [path])
    assert f"{path}: the model is of an unknown dataset, 'cifar'; --dataset mnist or" in error
    assert "it is a device or a pipe" in one_line_error(main, [os.devnull])
    path.write_bytes(b"PK")
    assert "not a readable .npz" in one_line_error(main, [path])
    assert "No such file" in one_line_error(main, [tmp_path / "gone.npz"])
    error = one_line_error(main, [trained / "progress.npz"])
    assert "progress.npz: not a saved model: its metadata has no 'dataset'" in error
    assert error.endswith("; the run's model is in model.npz beside it")


def test_mistakes(trained, one_line_error):
    model = trained / "model.npz"
    assert "which model? Name its file" in one_line_error(main, [])
    for name in ("seven.png", "IMG_0001.HEIC", "seven.webp", "scan.tiff"):
        assert "the model comes first" in one_line_error(main, [name])
    error = one_line_error(main, [model, "--split", "tests"])
    assert "did you mean test? accepted: train, valid, test" in error
    for empty in ([""], [model, ""]):
        assert "the name of a file is empty" in one_line_error(main, empty)
    assert "must be a whole number from 1" in one_line_error(main, [model, "--first", "0"])
    assert "unknown dataset" in one_line_error(main, [model, "--dataset", "cifar"])


def test_help_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "theano_tutorial.predict", "--help"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "your own digits" in done.stdout
    assert "numpy" not in done.stderr
