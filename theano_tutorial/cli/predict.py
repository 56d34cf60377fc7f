"""``python -m theano_tutorial.predict``: label digits with a saved model."""

import argparse
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

from theano_tutorial._text import counted, one_line
from theano_tutorial.cli import start
from theano_tutorial.cli.argument_types import Parser, at_home, choice, files, folder, whole
from theano_tutorial.cli.options import (
    DATASETS,
    DEFAULT_OUTPUT,
    add_data_options,
    flag,
    refuse_data_dir,
)
from theano_tutorial.errors import BadFile, UsageError
from theano_tutorial.runs.saved_model import SURE, Predictor, load
from theano_tutorial.system import drawing, threads
from theano_tutorial.system.folders import is_there
from theano_tutorial.system.terminal import complain, print_lines

_MAKES_ONE = f"{start.program_name()} sgd --output output makes one"
SPLITS = ("train", "valid", "test")
# The extensions of images' names; the content decides what an image is.
IMAGES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff"),
    *(".avif", ".heic", ".heif", ".jp2", ".svg", ".pdf"),
)

_DESCRIPTION = """\
Labels digits with a model that theano_tutorial.train has saved.

Without IMAGE, the first test images: predicted and true labels, and the error on all of them.
With images (PNG, JPEG, WebP, BMP, GIF or TIFF of up to 89 million pixels, JPEG of up to 500
million; one digit each, drawn or photographed, dark on light or light on dark), or a folder of
them, each one's label and probabilities, and a picture of what the model saw.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line (the process's if `arguments` is None); return its exit code."""
    return start.run(lambda: _run(arguments), is_program=arguments is None)


def _run(arguments: list[str] | None) -> int:
    with threads.using(None):
        options = _parse(arguments)
        model = _load(options.model)
        return (_images if options.images else _dataset)(model, options)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="theano-tutorial predict",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    example = "such as output/sgd/model.npz"
    parser.add_argument("model", nargs="?", metavar="MODEL.npz", help=example)
    parser.add_argument(
        "images", nargs="*", metavar="IMAGE", help="your own digits, or a folder of them"
    )
    datasets = "mnist or rendered; default: the one that the model was trained on"
    add_data_options(parser, datasets)
    split, splits = choice("split", SPLITS), f"{', '.join(SPLITS)}; default: test"
    parser.add_argument("--split", type=split, metavar="NAME", help=splits)
    first = "how many labels to print (10)"
    parser.add_argument("--first", type=whole(1, 50_000), metavar="N", help=first)
    plots = "the picture (default: with images)"
    parser.add_argument("--plots", action=argparse.BooleanOptionalAction, help=plots)
    output = f"the picture goes to DIR/predict ({DEFAULT_OUTPUT})"
    parser.add_argument(
        "--output", type=folder, default=DEFAULT_OUTPUT, metavar="DIR", help=output
    )
    options = parser.parse_intermixed_args(arguments)
    if options.model is None:
        raise UsageError(f"which model? Name its file, {example} (see --help)")
    if _is_image(options.model):
        raise UsageError(f"{options.model}: the model comes first, {example}")
    options.model = _model_file(options.model)
    options.images = [file for pattern in options.images for file in files(pattern)]
    for name in ("dataset", "data_dir", "split", "first"):
        if options.images and getattr(options, name) is not None:
            raise UsageError(f"{flag(name)} applies to a dataset, not to images")
    return options


def _model_file(text: str) -> str:
    """Return the path of the model's file, given it or a folder that holds it."""
    path = at_home(text)
    if not os.path.isdir(path):  # noqa: PTH112  (accepts any name)
        return path
    here = Path(path, "model.npz")
    found = [here] if here.is_file() else sorted(Path(path).glob("*/model.npz"))
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise UsageError(f"{text} holds several models; name one of {names}")
    if not found:
        raise UsageError(f"{text}: no model.npz is in it; {_MAKES_ONE}")
    return str(found[0])


def _load(path: str) -> Predictor:
    try:
        return load(path)
    except BadFile as error:
        if is_there(Path(path)):
            raise
        raise UsageError(f"{error}; {_MAKES_ONE}") from error


def _dataset(model: Predictor, options: argparse.Namespace) -> int:
    """Label a split; print the page's lines, the true labels and the error."""
    from theano_tutorial.cli import dataset as asked_for

    name = options.dataset or model.dataset
    if name not in DATASETS:
        known = f"--dataset {' or '.join(DATASETS)} names the digits to label"
        raise BadFile(options.model, f"the model is of an unknown dataset, {name!r}; {known}")
    refuse_data_dir(name, options.data_dir)
    dataset = asked_for.load(name, options.data_dir, model.dtype, model.pixel_divisor)
    split_name = options.split or "test"
    split = getattr(dataset, split_name)
    n = min(options.first or 10, len(split))
    _, y_pred = model.predict(split.x)
    wrong = int((y_pred != split.y).sum())
    examples = counted(n, "examples")
    synthetic = "" if name == "mnist" else ", synthetic digits"
    print_lines(
        f"Predicted values for the first {examples} in {split_name} set:",
        _row(y_pred[:n]),
        "True values:",
        _row(split.y[:n]),
        f"Wrong: {wrong:,} of all {len(split):,} ({100 * wrong / len(split):.6g} %){synthetic}",
    )
    if options.plots:
        path = _picture(options)
        shown = split.x, split.y, y_pred, f"{split_name} set: first wrong digits"
        _write(path, lambda plots: plots.save_wrong_digits(path, *shown))
    return 0


def _images(model: Predictor, options: argparse.Namespace) -> int:
    """Label images; print each one's digit and probabilities, and draw them all."""
    import numpy as np

    from theano_tutorial.data import photographs
    from theano_tutorial.data.splits import scaled

    paths: dict[str, None] = {}
    seen = {}
    code = 0
    for name in options.images:
        try:
            paths |= dict.fromkeys(_files(name))
        except BadFile as error:  # the other images can still be labelled
            complain(error)
            code = error.exit_code
    for path in paths:
        try:
            seen[path] = photographs.see(path)
        except BadFile as error:
            complain(error)
            code = error.exit_code
    if not seen:
        return code
    pixels = np.stack([each.pixels for each in seen.values()])
    probabilities, _ = model.predict(scaled(pixels, model.pixel_divisor, model.dtype))
    for path, row in zip(seen, probabilities.tolist(), strict=True):
        shares = "  ".join(f"{k}: {100 * p:.1f} %" for k, p in enumerate(row))
        remark = [f"    {seen[path].remark}"] if seen[path].remark else []
        print_lines(f"{one_line(path)}: {_label(row)}", f"    {shares}", *remark)
    if options.plots is not False:
        picture = _picture(options)
        shown = [*seen], [*seen.values()], probabilities
        _write(picture, lambda plots: plots.save_seen(picture, *shown))
    return code


def _files(name: str) -> list[str]:
    """Return a file's name in a list or, for a folder, the images in it."""
    if not os.path.isdir(name):  # noqa: PTH112  (accepts any name)
        return [name]
    try:
        inside = sorted(Path(name).iterdir())
    except OSError as error:
        raise BadFile(name, f"cannot be read ({error.strerror})") from error
    images = [str(path) for path in inside if _is_image(path)]
    if not images:
        deeper = [f"; name one in it, such as {path.name}" for path in inside if path.is_dir()]
        raise BadFile(name, f"no image lies in this folder{''.join(deeper[:1])}")
    return images


def _is_image(path: Path | str) -> bool:
    # macOS writes a file "._seven.png" beside "seven.png" on disks of other formats.
    return Path(path).suffix.lower() in IMAGES and not Path(path).name.startswith("._")


def _label(probabilities: list[float]) -> str:
    """Return the likeliest digit, or the two likeliest if the first is not sure."""
    first, second = sorted(range(len(probabilities)), key=lambda k: -probabilities[k])[:2]
    if probabilities[first] >= SURE:
        return str(first)
    a, b = (f"{k} ({100 * probabilities[k]:.0f} %)" for k in (first, second))
    return f"not sure: {a} or {b}"


def _row(labels: Iterable[object]) -> str:
    return f"[{' '.join(str(label) for label in labels)}]"


def _picture(options: argparse.Namespace) -> Path:
    return Path(options.output) / "predict" / ("seen.png" if options.images else "wrong.png")


def _write(path: Path, draw: Callable[[ModuleType], object]) -> None:
    def draw_and_say() -> None:
        from theano_tutorial import plots

        draw(plots)
        print_lines(f"Saved {path}")

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        drawing.by_default(draw_and_say, "the labels are all the same")
    except OSError as error:
        why = f"{error.strerror or error}; --output names another folder"
        raise UsageError(f"cannot write {path}: {why}") from error
