"""Datasets in shared variables, cut into minibatches."""

from dataclasses import dataclass

import pytensor
from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import whole
from theano_tutorial.data import N_PIXELS, Dataset, Split, shared_dataset
from theano_tutorial.errors import UsageError

BATCH_SIZE = 600


@dataclass(frozen=True)
class Minibatches:
    """A split in shared variables `x` and `y`, cut into `n` minibatches of equal size.

    Images left over at the end are not used: of 10,000 in minibatches of 600, the last 400.
    """

    x: TensorVariable
    y: TensorVariable
    batch_size: int
    n: int

    def givens(
        self, x: TensorVariable, y: TensorVariable, index: TensorVariable
    ) -> dict[TensorVariable, TensorVariable]:
        """Return givens that replace `x` and `y` with minibatch number `index`, from 0."""
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return {x: self.x[rows], y: self.y[rows]}


def shared_split(split: Split, name: str) -> tuple[TensorVariable, TensorVariable]:
    """Put a split into shared variables; `UsageError` if its images do not fit the models."""
    x, y = shared_dataset(split, name)
    dtype, n_pixels = pytensor.config.floatX, x.type.shape[1]
    if x.dtype != dtype:
        raise UsageError(
            f"the images are {x.dtype} and pytensor.config.floatX is {dtype}: load them with "
            f"dtype={dtype!r}, or set floatX before building"
        )
    if n_pixels != N_PIXELS:
        raise UsageError(f"images of a recipe must have {N_PIXELS} pixels; got {n_pixels}")
    return x, y


def cut_all(dataset: Dataset, train_size: int, batch_size: int) -> tuple[Minibatches, ...]:
    """Cut the training, validation and test images into minibatches; return them in this order.

    Raises `UsageError` if a minibatch is larger than one of the three splits.
    """
    splits = {
        "training": dataset.train.first(train_size),
        "validation": dataset.valid,
        "test": dataset.test,
    }
    fewest = min(splits, key=lambda name: len(splits[name]))
    number_of = f", the number of {fewest} images"
    whole(batch_size, "batch size", most=len(splits[fewest]), more=number_of)
    return tuple(
        Minibatches(*shared_split(split, name), batch_size, len(split) // batch_size)
        for name, split in splits.items()
    )
