"""What the programs of document 3 share: datasets cut in minibatches, and a judge."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.executor import Function

from theano_tutorial import guard
from theano_tutorial.backends.one_call import call_each, indices, most_steps
from theano_tutorial.data import Dataset, Split, shared_dataset
from theano_tutorial.errors import UsageError

BATCH_SIZE = 600


@dataclass(frozen=True)
class Batches:
    """A split in shared variables, cut in minibatches of equal size.

    Attributes
    ----------
    x, y
        Symbolic images and labels of the whole split.
    batch_size
        Images in a minibatch.
    n
        Number of whole minibatches. What is left over at the end is not used: of 10,000
        images in minibatches of 600, the last 400.
    """

    x: Any
    y: Any
    batch_size: int
    n: int

    @classmethod
    def cut(cls, split: Split, batch_size: int, name: str) -> "Batches":
        """Put a split into shared variables and count its minibatches."""
        return cls(*shared_dataset(split, name), batch_size, len(split) // batch_size)

    def givens(self, x: Any, y: Any, index: Any) -> dict[Any, Any]:
        """Put minibatch number `index` in the place of `x` and `y`."""
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return {x: self.x[rows], y: self.y[rows]}


@dataclass(frozen=True)
class Judge:
    """Functions compiled to judge a classifier.

    Attributes
    ----------
    validate_model, test_model
        Given the index of a minibatch, return the fraction of it that the model gets wrong.
    batch_size
        Images in a minibatch.
    n_valid_batches, n_test_batches
        How many minibatches there are.
    exact_validation_error, exact_test_error
        Return the fraction wrong of *all* images, those left over by minibatches included.
    classify
        Returns the predicted labels of all test images.
    """

    validate_model: Function
    test_model: Function
    batch_size: int
    n_valid_batches: int
    n_test_batches: int
    exact_validation_error: Function
    exact_test_error: Function
    classify: Function

    def validation_error(self) -> float:
        """Return the page's validation error: the mean over whole minibatches, a fraction."""
        return self._mean(self.validate_model, self.n_valid_batches)

    def test_error(self) -> float:
        """Return the page's test error: the mean over whole minibatches, a fraction."""
        return self._mean(self.test_model, self.n_test_batches)

    def verdict(self) -> dict[str, Any]:
        """Judge the model on all images, for a run: `y_pred` and both errors, by name."""
        return {
            "y_pred": np.asarray(self.classify()),
            "test_error": float(self.exact_test_error()),
            "validation_error": float(self.exact_validation_error()),
        }

    def _mean(self, function: Function, n: int) -> float:
        # Fractions of a minibatch, exactly: a compiler may divide by multiplying with an
        # inverse, and early stopping compares means to the last bit.
        errors = call_each(function, indices(n), most_steps(self.batch_size))
        wrong = [round(self.batch_size * float(error)) for error in errors]
        return float(np.mean(np.array(wrong) / self.batch_size))


def compile_judge(model: Any, y: Any, valid: Batches, test: Batches, mode: Any = None) -> Judge:
    """Compile the functions that judge a model.

    Parameters
    ----------
    model
        Built on the symbolic matrix ``model.x``.
    y
        Symbolic integer vector of labels.
    valid, test
        From `Batches.cut`.
    mode
        How to compile; see `theano_tutorial.backends`.

    References
    ----------
    Document 3, "Testing the model".
    """
    index = pt.lscalar("index")
    errors = model.errors(y)
    test_model, validate_model = (
        pytensor.function([index], errors, givens=some.givens(model.x, y, index), mode=mode)
        for some in (test, valid)
    )
    exact_test_error, exact_validation_error = (
        pytensor.function([], errors, givens={model.x: some.x, y: some.y}, mode=mode)
        for some in (test, valid)
    )
    classify = pytensor.function([], model.y_pred, givens={model.x: test.x}, mode=mode)
    functions = test_model, validate_model, exact_test_error, exact_validation_error, classify
    for function in functions:
        guard.require(function, model.params)
    return Judge(
        validate_model=validate_model,
        test_model=test_model,
        batch_size=valid.batch_size,
        n_valid_batches=valid.n,
        n_test_batches=test.n,
        exact_validation_error=exact_validation_error,
        exact_test_error=exact_test_error,
        classify=classify,
    )


def cut_all(dataset: Dataset, train: Split, batch_size: int) -> tuple[Batches, ...]:
    """Cut the training, validation and test images in minibatches, in this order."""
    splits = {"training": train, "validation": dataset.valid, "test": dataset.test}
    fewest = min(splits, key=lambda name: len(splits[name]))
    if not 1 <= batch_size <= len(splits[fewest]):
        raise UsageError(
            f"batch size must be from 1 to {len(splits[fewest]):,}, the number of {fewest} "
            f"images; got {batch_size:,}"
        )
    return tuple(Batches.cut(split, batch_size, name) for name, split in splits.items())
