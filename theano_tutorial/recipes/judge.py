"""Compile functions that judge a model: on all images or, like document 3, by minibatches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypedDict

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.executor import Function
from pytensor.compile.mode import Mode
from pytensor.tensor.variable import TensorVariable

from theano_tutorial import guard
from theano_tutorial._types import Array
from theano_tutorial.backends.one_call import call_each, indices, most_steps
from theano_tutorial.models import Classifier
from theano_tutorial.recipes.minibatches import Minibatches


class Verdict(TypedDict):
    """Predicted labels of all test images, and the fractions that are wrong."""

    y_pred: Array
    test_error: float
    validation_error: float


class Judge(Protocol):
    """Anything that judges a model on *all* validation and test images."""

    def verdict(self) -> Verdict:
        """Judge the model as it is now."""


@dataclass(frozen=True)
class WholeJudge:
    """A judge of a model on all images.

    `classify` returns the predicted labels of the test images; the others return the fraction
    of the test or validation images that the model gets wrong.
    """

    classify: Callable[[], Array]
    exact_test_error: Callable[[], Array | float]
    exact_validation_error: Callable[[], Array | float]

    def verdict(self) -> Verdict:
        """Judge the model as it is now."""
        return {
            "y_pred": np.asarray(self.classify()),
            "test_error": float(self.exact_test_error()),
            "validation_error": float(self.exact_validation_error()),
        }


def compile_judge(
    model: Classifier,
    y: TensorVariable,
    valid: tuple[TensorVariable, TensorVariable],
    test: tuple[TensorVariable, TensorVariable],
    mode: Mode | None = None,
) -> WholeJudge:
    """Compile functions that judge a model on all of `valid` and `test`, from `shared_dataset`.

    Notes
    -----
    Differs from the tutorial: it went on calling the first model's classification function
    after it had defined a second model, so that it printed 15.12 % again for the network. Here
    all functions are compiled for the given model, and the guard checks that they are.

    References
    ----------
    Document 1, "Using the model for classification" and "Test the model".
    """
    if model.images_at_once is not None:
        return _judge_in_parts(model, model.images_at_once, y, valid, test, mode)
    classify = pytensor.function([], model.y_pred, givens={model.x: test[0]}, mode=mode)
    test_error, validation_error = (
        pytensor.function([], model.errors(y), givens={model.x: some_x, y: some_y}, mode=mode)
        for some_x, some_y in (test, valid)
    )
    for function in (classify, test_error, validation_error):
        guard.require(function, model.params)
    return WholeJudge(classify, test_error, validation_error)


def _judge_in_parts(
    model: Classifier,
    size: int,
    y: TensorVariable,
    valid: tuple[TensorVariable, TensorVariable],
    test: tuple[TensorVariable, TensorVariable],
    mode: Mode | None,
) -> WholeJudge:
    """Compile the same, for `size` images a call; the last call may repeat some images."""
    first = pt.lscalar("first")

    def of_all(
        wanted: TensorVariable, data: Mapping[TensorVariable, TensorVariable]
    ) -> Callable[[], Array]:
        n = data[model.x].type.shape[0]
        rows = slice(first, first + min(size, n))
        givens = {symbol: values[rows] for symbol, values in data.items()}
        function = pytensor.function([first], wanted, givens=givens, mode=mode)
        guard.require(function, model.params)

        def call() -> Array:
            found = np.empty(n, wanted.dtype)
            for begin in (*range(0, n - size, size), max(n - size, 0)):
                found[begin : begin + size] = function(begin)
            return found

        return call

    is_wrong = pt.neq(model.y_pred, y)
    classify = of_all(model.y_pred, {model.x: test[0]})
    test_wrong, valid_wrong = (
        of_all(is_wrong, {model.x: some_x, y: some_y}) for some_x, some_y in (test, valid)
    )
    return WholeJudge(
        classify, lambda: float(test_wrong().mean()), lambda: float(valid_wrong().mean())
    )


@dataclass(frozen=True)
class MinibatchJudge(WholeJudge):
    """A judge that can also score a model as document 3 does, minibatch by minibatch.

    Given a minibatch index, `validate_model` and `test_model` return the fraction of that
    minibatch that the model gets wrong.
    """

    validate_model: Function
    test_model: Function
    batch_size: int
    n_valid_batches: int
    n_test_batches: int

    def validation_error(self) -> float:
        """Return document 3's validation error: the mean over whole minibatches, a fraction."""
        return self._mean(self.validate_model, self.n_valid_batches)

    def test_error(self) -> float:
        """Return document 3's test error: the mean over whole minibatches, a fraction."""
        return self._mean(self.test_model, self.n_test_batches)

    def _mean(self, function: Function, n: int) -> float:
        # Make the fractions exact: a compiler may divide by multiplying with the reciprocal,
        # and early stopping compares means to the last bit.
        errors = call_each(function, indices(n), most_steps(self.batch_size))
        wrong = [round(self.batch_size * float(error)) for error in errors]
        return float(np.mean(np.array(wrong) / self.batch_size))


def compile_minibatch_judge(
    model: Classifier,
    y: TensorVariable,
    valid: Minibatches,
    test: Minibatches,
    mode: Mode | None = None,
) -> MinibatchJudge:
    """Compile the functions that judge a model (document 3, "Testing the model")."""
    index = pt.lscalar("index")
    test_model, validate_model = (
        pytensor.function(
            [index], model.errors(y), givens=some.givens(model.x, y, index), mode=mode
        )
        for some in (test, valid)
    )
    whole = compile_judge(model, y, (valid.x, valid.y), (test.x, test.y), mode)
    for function in (test_model, validate_model):
        guard.require(function, model.params)
    return MinibatchJudge(
        **vars(whole),
        validate_model=validate_model,
        test_model=test_model,
        batch_size=valid.batch_size,
        n_valid_batches=valid.n,
        n_test_batches=test.n,
    )
