"""``python -m theano_tutorial.predict``: a saved model labels digits."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theano_tutorial.console import answer, print_lines, tell
from theano_tutorial.errors import BadFile, UsageError
from theano_tutorial.options import DATASETS, DEFAULT_OUTPUT
from theano_tutorial.parsing import Parser, choice, whole

SPLITS = ("train", "valid", "test")

_DESCRIPTION = """\
Labels digits with a model that theano_tutorial.train has saved.

Without IMAGE, the first test images: predicted and true labels, and the error on all of them.
With images (PNG or JPEG of any size, one digit each, dark on light or light on dark), each
one's label and probabilities, and a picture of what the model saw.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        Without the program's name; None takes those of the process.
    """
    return answer(lambda: _run(_parse(arguments)), is_program=arguments is None)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m theano_tutorial.predict",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "model", nargs="?", metavar="MODEL.npz", help="such as output/sgd/model.npz"
    )
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="your own digits")
    parser.add_argument(
        "--dataset",
        type=choice("dataset", DATASETS),
        metavar="NAME",
        help="mnist or rendered; default: the one that the model was trained on",
    )
    parser.add_argument("--data-dir", metavar="DIR", help="folder to look for MNIST in first")
    parser.add_argument(
        "--split",
        type=choice("split", SPLITS),
        metavar="NAME",
        help=f"{', '.join(SPLITS)}; default: test",
    )
    parser.add_argument(
        "--first", type=whole(1, 50_000), metavar="N", help="how many labels to print (10)"
    )
    parser.add_argument(
        "--plots",
        action=argparse.BooleanOptionalAction,
        help="the picture (default: with images)",
    )
    parser.add_argument(
        "--output",
        default=DEFAULT_OUTPUT,
        metavar="DIR",
        help="the picture goes to DIR/predict (%(default)s)",
    )
    options = parser.parse_args(arguments)
    if options.model is None:
        raise UsageError(
            "which model? Name its file, such as output/sgd/model.npz (see --help)"
        )
    if Path(options.model).suffix.lower() in (".png", ".jpg", ".jpeg"):
        raise UsageError(
            f"{options.model}: the model comes first, such as output/sgd/model.npz"
        )
    for name in ("dataset", "data_dir", "split", "first"):
        if options.images and getattr(options, name) is not None:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag} is about a dataset, and images were given instead")
    return options


def _run(options: argparse.Namespace) -> int:
    model = load(options.model)
    return _images(model, options) if options.images else _dataset(model, options)


@dataclass(frozen=True)
class Predictor:
    """A saved model, compiled.

    Attributes
    ----------
    dataset
        Name of the dataset that it was trained on.
    dtype
        Of its parameters, and of the pixels that it takes.
    pixel_divisor
        What bytes are to be divided by.
    predict
        Given images ``(n, 784)``, returns probabilities ``(n, 10)`` and labels ``(n,)``.
    """

    dataset: str
    dtype: str
    pixel_divisor: int
    predict: Callable[[Any], Any]


def load(path: Path | str) -> Predictor:
    """Load a saved model and compile it.

    Raises
    ------
    BadFile
        If the file cannot be read or is not a model of MNIST's digits.
    """
    import pytensor
    import pytensor.tensor as pt

    from theano_tutorial import backends, models
    from theano_tutorial.checkpoints import load_model
    from theano_tutorial.data import N_CLASSES, N_PIXELS

    path = Path(path)
    params, metadata = load_model(path)
    dtypes = {str(value.dtype) for value in params.values()}
    if len(dtypes) != 1 or not dtypes <= {"float32", "float64"}:
        raise BadFile(path, "not a saved model: its parameters are not all float32 or float64")
    (dtype,) = dtypes
    try:
        dataset, pixel_divisor = str(metadata["dataset"]), int(metadata["pixel_divisor"])
        if pixel_divisor < 1:
            raise ValueError(f"pixel_divisor is {pixel_divisor}")
        with pytensor.config.change_flags(floatX=dtype):
            x = pt.matrix("x")
            model = models.restore(x, params)
    except KeyError as error:
        raise BadFile(path, f"not a saved model: its metadata has no {error}") from error
    except (TypeError, ValueError) as error:
        raise BadFile(path, f"not a saved model ({error})") from error
    n_in, n_out = len(model.params[0].get_value()), len(model.params[-1].get_value())
    if (n_in, n_out) != (N_PIXELS, N_CLASSES):
        raise BadFile(path, f"its model is not of {N_PIXELS} pixels and {N_CLASSES} digits")
    predict = pytensor.function(
        [x], [model.p_y_given_x, model.y_pred], mode=backends.mode("numpy")
    )
    return Predictor(dataset, dtype, pixel_divisor, predict)


def _dataset(model: Predictor, options: argparse.Namespace) -> int:
    """Label a split: the page's lines, the true labels and the error."""
    from theano_tutorial import data

    name = options.dataset or model.dataset
    dataset = data.load(
        name, data_dir=options.data_dir, dtype=model.dtype, pixel_divisor=model.pixel_divisor
    )
    split_name = options.split or "test"
    split = getattr(dataset, split_name)
    n = options.first or 10
    first = split.first(min(n, len(split)))
    _, y_pred = model.predict(split.x)
    wrong = int((y_pred != split.y).sum())
    print_lines(
        f"Predicted values for the first {len(first)} examples in {split_name} set:",
        _row(y_pred[: len(first)]),
        "True values:",
        _row(first.y),
        f"Wrong: {wrong:,} of all {len(split):,} ({100 * wrong / len(split):.6g} %)"
        + ("" if name == "mnist" else ", synthetic digits"),
    )
    if options.plots:
        from theano_tutorial import plots

        path = _picture(options)
        title = f"{split_name} set: first wrong digits"
        _write(path, lambda: plots.save_wrong_digits(path, split.x, split.y, y_pred, title))
    return 0


def _images(model: Predictor, options: argparse.Namespace) -> int:
    """Label images: each one's digit and probabilities, and a picture of them all."""
    import numpy as np

    from theano_tutorial.data.images import load_image
    from theano_tutorial.data.splits import scaled

    pixels = {}
    for path in options.images:
        try:
            pixels[path] = load_image(path)
        except BadFile as error:  # the others are still of use
            tell(f"theano-tutorial: error: {error}")
    code = 0 if len(pixels) == len(set(options.images)) else BadFile.exit_code
    if not pixels:
        return code
    x_value = scaled(np.stack([*pixels.values()]), model.pixel_divisor, model.dtype)
    probabilities, y_pred = model.predict(x_value)
    for path, label, row in zip(pixels, y_pred, probabilities, strict=True):
        shares = "  ".join(f"{k}: {100 * p:.1f} %" for k, p in enumerate(row))
        print_lines(f"{path}: {label}", f"    {shares}")
    if options.plots is not False:
        from theano_tutorial import plots

        path = _picture(options)
        _write(path, lambda: plots.save_seen(path, [*pixels], x_value, probabilities))
    return code


def _row(labels: Sequence[int]) -> str:
    return f"[{' '.join(str(label) for label in labels)}]"


def _picture(options: argparse.Namespace) -> Path:
    return Path(options.output) / "predict" / ("seen.png" if options.images else "wrong.png")


def _write(path: Path, draw: Callable[[], object]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draw()
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    print_lines(f"Saved {path}")


if __name__ == "__main__":
    sys.exit(main())
