"""Read, restore and compile saved models, so that they can label digits.

Nothing heavy is imported before a model is loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from theano_tutorial._text import shortened
from theano_tutorial.errors import BadFile
from theano_tutorial.system.pytensor_setup import import_pytensor

if TYPE_CHECKING:
    from theano_tutorial._types import Array
    from theano_tutorial.models import Classifier

SURE = 0.6  # the least probability at which a label counts as sure


@dataclass(frozen=True)
class Predictor:
    """A compiled saved model, and the name of the dataset that it was trained on.

    Given images ``(n, 784)``, `predict` returns probabilities ``(n, 10)`` and labels ``(n,)``.
    The pixels must be bytes divided by `pixel_divisor`, in the model's `dtype`.
    """

    dataset: str
    dtype: str
    pixel_divisor: int
    predict: "Callable[[Array], tuple[Array, Array]]"


def load(path: Path | str) -> Predictor:
    """Load a saved model and compile it.

    Raises `BadFile` if the file cannot be read or is not a model of MNIST's digits, and
    `UsageError` if PyTensor cannot be imported with its current settings. `Predictor.predict`
    raises `BadFile` if parameters are so large that the probabilities are not finite.
    """
    pytensor = import_pytensor()
    import numpy as np

    from theano_tutorial import backends

    path = Path(path)
    model, dataset, dtype, pixel_divisor = restore(path)
    function = pytensor.function(
        [model.x], [model.p_y_given_x, model.y_pred], mode=backends.mode("numpy")
    )

    def predict(x_value: "Array") -> "tuple[Array, Array]":
        size = model.images_at_once or max(len(x_value), 1)
        parts = [x_value[i : i + size] for i in range(0, len(x_value), size)] or [x_value]
        with np.errstate(over="ignore", invalid="ignore"):
            found = [function(part) for part in parts]
        probabilities, y_pred = map(np.concatenate, zip(*found, strict=True))
        if not np.isfinite(probabilities).all():
            raise BadFile(path, "its parameters are so large that they give no probabilities")
        return probabilities, y_pred

    return Predictor(dataset, dtype, pixel_divisor, predict)


def restore(path: Path) -> tuple["Classifier", str, str, int]:
    """Read a saved model; return it with its `Predictor`'s dataset, dtype and pixel divisor.

    Raises `BadFile` if the file cannot be read or is not a model of MNIST's digits.
    """
    import pytensor
    import pytensor.tensor as pt

    from theano_tutorial import models
    from theano_tutorial.data.splits import LARGEST_DIVISOR, N_CLASSES, N_PIXELS
    from theano_tutorial.runs.checkpoints import load_model

    params, metadata = load_model(path)
    dtypes = {str(value.dtype) for value in params.values()}
    if len(dtypes) != 1 or not dtypes <= {"float32", "float64"}:
        raise BadFile(path, "not a saved model: its parameters are not all float32 or float64")
    (dtype,) = dtypes
    try:
        dataset, pixel_divisor = metadata["dataset"], metadata["pixel_divisor"]
        if not isinstance(dataset, str):
            raise TypeError("its dataset is not a name")
        if type(pixel_divisor) is not int or not 1 <= pixel_divisor <= LARGEST_DIVISOR:
            raise ValueError(f"its pixel_divisor is {shortened(pixel_divisor)}")
        with pytensor.config.change_flags(floatX=dtype):
            model = models.restore(pt.matrix("x"), params)
    except KeyError as error:
        instead = "; the run's model is in model.npz beside it" if "state" in metadata else ""
        problem = f"not a saved model: its metadata has no {error}{instead}"
        raise BadFile(path, problem) from error
    except (TypeError, ValueError) as error:
        raise BadFile(path, f"not a saved model ({error})") from error
    if (model.n_in, model.n_out) != (N_PIXELS, N_CLASSES):
        raise BadFile(path, f"its model is not of {N_PIXELS} pixels and {N_CLASSES} digits")
    return model, dataset, dtype, pixel_divisor
