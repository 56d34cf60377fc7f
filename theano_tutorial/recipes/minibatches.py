"""Datasets in shared variables, cut into minibatches."""

from dataclasses import dataclass
from typing import Self

from pytensor.tensor.variable import TensorVariable

from theano_tutorial._arguments import whole
from theano_tutorial.data import Dataset, Split, shared_dataset

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

    @classmethod
    def cut(cls, split: Split, batch_size: int, name: str) -> Self:
        """Put a split into shared variables and count its minibatches."""
        return cls(*shared_dataset(split, name), batch_size, len(split) // batch_size)

    def givens(
        self, x: TensorVariable, y: TensorVariable, index: TensorVariable
    ) -> dict[TensorVariable, TensorVariable]:
        """Return givens that replace `x` and `y` with minibatch number `index`, from 0."""
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return {x: self.x[rows], y: self.y[rows]}


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
    return tuple(Minibatches.cut(split, batch_size, name) for name, split in splits.items())
