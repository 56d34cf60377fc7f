"""Digits: found, fetched, verified, split, scaled, and put into shared variables.

MNIST is looked for in ``data_dir``, then in the folder that ``THEANO_TUTORIAL_DATA`` names,
then in the user's cache folder (``THEANO_TUTORIAL_CACHE`` names another), and is downloaded
there from one of two public mirrors (``THEANO_TUTORIAL_MIRRORS`` names others). It is read as

- its four files, gzipped or not, with dots for dashes, in upper case or by any other name;
- ``mnist.pkl.gz``, the tutorials' own, or any pickle of the same arrays, whatever Python and
  NumPy wrote it;
- ``mnist.npz``, Keras's, or any ``.npz`` or ``.npy`` files of the same arrays;
- zip archives of these.

A folder's own files come first, then those one folder down, and in torchvision's ``MNIST/raw``.
Pickles are read without running what they hold. Arrays may be of any integer or float dtype,
pixels also divided by 255 or 256: in every form the bytes are verified by their SHA-256.

A folder that was named and has no MNIST is passed over; a warning says so, and what was found
there instead. If its files' names match, but some are missing or altered, that is an
error. A bad file in the cache is downloaded again.

Where MNIST cannot be fetched, `load` falls back on *rendered* digits: 70,000 synthetic ones,
drawn from Matplotlib's fonts. Their results cannot be compared with published ones.
"""

import logging
from functools import partial

from theano_tutorial._text import shortened
from theano_tutorial.data.shared import shared_dataset
from theano_tutorial.data.splits import (
    IMAGE_SHAPE,
    N_CLASSES,
    N_PIXELS,
    Dataset,
    Digits,
    Split,
    check_form,
    checked,
    make_dataset,
)
from theano_tutorial.errors import DataUnavailable, UsageError

__all__ = [
    "IMAGE_SHAPE",
    "N_CLASSES",
    "N_PIXELS",
    "Dataset",
    "Digits",
    "Split",
    "checked",
    "load",
    "make_dataset",
    "shared_dataset",
]

DATASETS = ("mnist", "rendered")

_warn = logging.getLogger("theano_tutorial").warning


def load(
    name: str | None = None,
    *,
    data_dir: str | None = None,
    dtype: str = "float64",
    pixel_divisor: int = 256,
) -> Dataset:
    """Load a dataset, the way the command line does.

    `name` is ``"mnist"``, ``"rendered"``, or None: MNIST if it is here or can be fetched, else
    the rendered digits, with the reason in `Dataset.instead_of`. `dtype` and `pixel_divisor`
    are those of `make_dataset`. Folders that were named and have no MNIST, bad files in the
    cache folder, and digits that cannot be kept there, are warned of through the logger
    ``"theano_tutorial"``.

    Raises `UsageError` if `name`, `dtype` or `pixel_divisor` is not valid, or `data_dir` is not
    there, `BadFile` if a folder that the user named has MNIST's files, and not as published,
    and `DataUnavailable` if ``"mnist"`` was asked for, and is neither here nor can be fetched.
    """
    from theano_tutorial.data import mnist, rendered

    if name not in (*DATASETS, None):
        raise UsageError(
            f"unknown dataset {shortened(repr(name))}; accepted: {', '.join(DATASETS)}"
        )
    check_form(dtype, pixel_divisor)
    make = partial(make_dataset, dtype=dtype, pixel_divisor=pixel_divisor)
    instead_of = None
    if name != "rendered":
        try:
            digits, source = mnist.load_digits(data_dir, _warn)
            return make(digits, name="mnist", source=source)
        except DataUnavailable as error:
            if name == "mnist":
                error.add_note(
                    "Give a folder with MNIST's four files as data_dir, or load 'rendered'."
                )
                raise
            instead_of = str(error)
    digits, source = rendered.load_digits(_warn), "drawn from matplotlib's fonts"
    return make(digits, name="rendered", source=source, instead_of=instead_of)
