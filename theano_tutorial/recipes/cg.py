"""Softmax regression by conjugate gradient: the footnote of document 3.

The same graph as `sgd`, another optimiser: SciPy asks for the cost and its gradient over the
whole training set, which two compiled functions give minibatch by minibatch.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytensor
import pytensor.tensor as pt
from pytensor.compile.executor import Function

from theano_tutorial.backends.one_call import call_each, indices, most_steps
from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.errors import Diverged
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.recipes.minibatch import BATCH_SIZE, Judge, compile_judge, cut_all
from theano_tutorial.recipes.program import ModelProgram, ModelRun

EPOCHS = 50
TRAIN_SIZE = 50_000

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Program(ModelProgram):
    """A model and the functions compiled for it.

    Attributes
    ----------
    batch_cost
        Given the index of a minibatch, returns its mean negative log-likelihood.
    batch_gradient
        Given the index of a minibatch, returns the gradient of that for each parameter.
    n_train_batches
        How many minibatches there are.
    judge
        Compiled functions that judge the model.
    """

    batch_cost: Function
    batch_gradient: Function
    n_train_batches: int
    judge: Judge

    def theta(self) -> Vector:
        """Return all parameters as one vector: rows of `W`, then `b`."""
        return _pack([param.get_value() for param in self.model.params])

    def set_theta(self, theta: Vector) -> None:
        """Give the parameters the values in the vector `theta`."""
        begin = 0
        for param in self.model.params:
            value = param.get_value()
            part = theta[begin : begin + value.size]
            param.set_value(part.reshape(value.shape).astype(value.dtype))
            begin += value.size

    def cost(self, theta: Vector) -> float:
        """Return the mean cost over all minibatches at `theta`."""
        self.set_theta(theta)
        return float(np.mean(self._of_each(self.batch_cost)))

    def gradient(self, theta: Vector) -> Vector:
        """Return the gradient of `cost` at `theta`, packed in the same way."""
        self.set_theta(theta)
        total, *others = map(_pack, self._of_each(self.batch_gradient))
        for part in others:
            total += part
        return total / self.n_train_batches

    def _of_each(self, function: Function) -> list[Any]:
        """Return what a function says of each minibatch."""
        rows = indices(self.n_train_batches)
        return call_each(function, rows, most_steps(self.judge.batch_size))


def _pack(arrays: Any) -> Vector:
    """Join arrays in one vector, float64 whatever theirs: SciPy computes in float64."""
    return np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)


def build(
    dataset: Dataset,
    *,
    batch_size: int = BATCH_SIZE,
    train_size: int = TRAIN_SIZE,
    mode: Any = None,
) -> Program:
    """Build softmax regression, all parameters zero, and compile its functions.

    Parameters
    ----------
    dataset
        Pixels in ``pytensor.config.floatX``.
    batch_size
        Images in a minibatch; published: 600. It changes nothing but memory, and which
        images are left over.
    train_size
        How many training images to use; published: all 50,000.
    mode
        How to compile; see `theano_tutorial.backends`.

    Raises
    ------
    UsageError
        If a minibatch is larger than one of the three splits.

    Notes
    -----
    Differs from the tutorial: it made one shared vector of all parameters and cut the
    model's matrix and biases out of it. Here the model is the one that `sgd` trains, and its
    parameters are packed and unpacked where SciPy calls.
    """
    started = time.perf_counter()
    train, valid, test = cut_all(dataset, dataset.train.first(train_size), batch_size)

    index = pt.lscalar("index")
    x = pt.matrix("x")
    y = pt.ivector("y")
    classifier = SoftmaxRegression(x, n_in=N_PIXELS, n_out=N_CLASSES)
    cost = classifier.negative_log_likelihood(y)
    gradient = pytensor.grad(cost, classifier.params)
    batch_cost, batch_gradient = (
        pytensor.function([index], output, givens=train.givens(x, y, index), mode=mode)
        for output in (cost, gradient)
    )
    judge = compile_judge(classifier, y, valid, test, mode)
    for function in (batch_cost, batch_gradient, judge.validate_model, judge.test_model):
        function(0)  # some backends compile only now
    seconds = time.perf_counter() - started
    return Program(classifier, seconds, batch_cost, batch_gradient, train.n, judge)


@dataclass(frozen=True, kw_only=True)
class Run(ModelRun):
    """What a run gave; the model is left with its best parameters.

    Attributes
    ----------
    epochs
        One record an iteration of SciPy's, counted from 1 as `epoch`: `cost` (mean, after
        it), `validation_error` and, where the test images were looked at, `test_error`.
    best_epoch, best_validation_error, best_test_error
        Of the best validation; None if there was none.
    """

    epochs: list[dict[str, Any]]
    best_epoch: int | None
    best_validation_error: float | None
    best_test_error: float | None


@np.errstate(over="ignore", invalid="ignore")  # overflow is looked for in the cost
def fit(
    program: Program,
    n_epochs: int = EPOCHS,
    *,
    on_iteration: Callable[[dict[str, Any]], object] = lambda record: None,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Minimise the cost by SciPy's conjugate gradient; then judge the best model.

    Parameters
    ----------
    program
        From `build`.
    n_epochs
        Iterations at most; each takes one or more passes over the training set.
    on_iteration
        Called with each iteration's record.
    stop
        Asked after each iteration; True ends the run there.

    Raises
    ------
    Diverged
        If the cost is no longer finite. The run that it carries has the best parameters.
    """
    from scipy.optimize import minimize

    epochs: list[dict[str, Any]] = []
    best: dict[str, Any] = {"epoch": None, "validation_error": None, "test_error": None}
    best_theta = program.theta()
    stopped = False
    started = time.perf_counter()

    def validate(intermediate_result: Any) -> None:
        nonlocal best, best_theta, stopped
        theta, cost = intermediate_result.x, float(intermediate_result.fun)
        if not math.isfinite(cost):
            raise FloatingPointError(f"the cost became {cost} at iteration {len(epochs) + 1}")
        program.set_theta(theta)
        record = {
            "epoch": len(epochs) + 1,
            "cost": cost,
            "validation_error": program.judge.validation_error(),
        }
        if record["validation_error"] < (best["validation_error"] or math.inf):
            record["test_error"] = program.judge.test_error()
            best, best_theta = record, np.array(theta)
        epochs.append(record)
        on_iteration(record)
        stopped = stop()
        if stopped:
            raise StopIteration

    diverged = ""
    try:
        minimize(
            program.cost,
            best_theta,
            jac=program.gradient,
            method="CG",
            callback=validate,
            options={"maxiter": n_epochs},
        )
    except FloatingPointError as error:
        diverged = str(error)
    seconds = time.perf_counter() - started
    program.set_theta(best_theta)
    run = Run(
        epochs=epochs,
        best_epoch=best["epoch"],
        best_validation_error=best["validation_error"],
        best_test_error=best["test_error"],
        parameters=program.parameters(),
        **program.judge.verdict(),
        compile_seconds=program.seconds,
        train_seconds=seconds,
        interrupted=stopped and len(epochs) < n_epochs,
    )
    if diverged:
        raise Diverged(f"training diverged: {diverged}", run)
    return run
