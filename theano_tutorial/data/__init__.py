"""Find, fetch, verify, split and scale the digits, and put them into shared variables.

MNIST is looked for in ``data_dir``, then in the folder that ``THEANO_TUTORIAL_DATA`` names,
then in the user's cache folder (``THEANO_TUTORIAL_CACHE`` names another). If none has it, it is
downloaded into the cache from one of two public mirrors (``THEANO_TUTORIAL_MIRRORS`` names
others). A folder may hold it as

- its four files, gzipped or not, under any name;
- the tutorials' own ``mnist.pkl.gz``, or any pickle of the same arrays, whichever versions of
  Python and NumPy wrote it;
- Keras's ``mnist.npz``, or any ``.npz`` or ``.npy`` files of the same arrays, whose first axis
  or, as in MATLAB, last one is that of the digits;
- zip archives of these.

A folder's own files are tried first, then those one folder down and in torchvision's
``MNIST/raw``. Pickles are read without running any code that they hold. Arrays may have any
integer or float dtype, and pixels may be divided by 255 or 256; they are converted back to
bytes, whose SHA-256 is verified in every form.

If a folder that the user named has no MNIST, it is skipped, with a warning that lists what was
found there instead. If files there have MNIST's names but some are missing or altered, that is
an error. A bad file in the cache is downloaded again.

If MNIST cannot be fetched, `load` falls back on *rendered* digits: 70,000 synthetic ones, drawn
with Matplotlib's fonts. Results on these cannot be compared with published ones.
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
    """Load a dataset as the command line does.

    `name` is ``"mnist"``, ``"rendered"`` or None. None means MNIST if it is on this machine or
    can be fetched, else the rendered digits, with the reason in `Dataset.instead_of`. `dtype`
    and `pixel_divisor` are passed to `make_dataset`. The logger ``"theano_tutorial"`` warns of
    folders that the user named but that have no MNIST, of bad files in the cache folder, and of
    rendered digits that cannot be saved there.

    Raises `UsageError` if `name`, `dtype` or `pixel_divisor` is not valid or if `data_dir` does
    not exist, `BadFile` if a folder that the user named has files of MNIST that are missing or
    altered, and `DataUnavailable` if `name` is ``"mnist"`` and it can be neither found nor
    fetched.
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
