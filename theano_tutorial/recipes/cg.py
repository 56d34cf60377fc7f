"""Softmax regression by conjugate gradient: the footnote of document 3.

The graph is that of `sgd`, the optimiser SciPy's. It asks for the cost and its gradient over
the whole training set, which two compiled functions compute minibatch by minibatch.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytensor
import pytensor.tensor as pt
from pytensor.compile.executor import Function
from pytensor.compile.mode import Mode

from theano_tutorial._arguments import whole
from theano_tutorial._types import Array
from theano_tutorial.backends.one_call import call_each, indices, most_steps
from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.errors import Diverged
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.recipes.epochs import Record
from theano_tutorial.recipes.judge import MinibatchJudge, compile_minibatch_judge
from theano_tutorial.recipes.minibatches import BATCH_SIZE, cut_all
from theano_tutorial.recipes.program import Program, Run, finished, quiet
from theano_tutorial.recipes.training import never

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

EPOCHS, TRAIN_SIZE = 50, 50_000

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Objective(Program[MinibatchJudge]):
    """A program whose steps SciPy takes.

    Given a minibatch index, `train_model` only returns that minibatch's mean cost, and
    `batch_gradient` its gradient with respect to each parameter.
    """

    batch_gradient: Function

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
        return float(np.mean(self._of_each(self.train_model)))

    def gradient(self, theta: Vector) -> Vector:
        """Return the gradient of `cost` at `theta`, packed in the same way."""
        self.set_theta(theta)
        total: Vector = reduce(np.add, map(_pack, self._of_each(self.batch_gradient)))
        return total / self.n_train_batches

    def _of_each(self, function: Function) -> list[Any]:
        return call_each(function, indices(self.n_train_batches), most_steps(self.images))


def _pack(arrays: Sequence[Array]) -> Vector:
    """Join arrays of any dtype into one float64 vector: SciPy computes in float64."""
    return np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)


def build(
    dataset: Dataset,
    *,
    batch_size: int = BATCH_SIZE,
    train_size: int = TRAIN_SIZE,
    mode: Mode | None = None,
) -> Objective:
    """Build softmax regression with all parameters zero, and compile its functions.

    The minibatch size only affects memory, and which images are left over. Raises
    `UsageError` if a minibatch is larger than one of the three splits.

    Notes
    -----
    Differs from the tutorial: it kept all parameters in one shared vector and cut the model's
    matrix and biases out of it. Here the model is the one that `sgd` trains, and its
    parameters are packed and unpacked whenever SciPy calls.
    """
    started = time.perf_counter()
    train, valid, test = cut_all(dataset, train_size, batch_size)

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
    judge = compile_minibatch_judge(classifier, y, valid, test, mode)
    for function in (batch_cost, batch_gradient, judge.validate_model, judge.test_model):
        function(0)  # some backends compile at the first call
    return Objective(
        model=classifier,
        train_model=batch_cost,
        batch_gradient=batch_gradient,
        judge=judge,
        images=batch_size,
        n_train_batches=train.n,
        seconds=time.perf_counter() - started,
    )


@dataclass
class Progress:
    """What conjugate gradient has done; SciPy cannot resume from it.

    `epochs` has a record for each of SciPy's iterations: `epoch`, its number from 1, the mean
    `cost` after it, `validation_error` and, if it was a new best, `test_error`. The best epoch
    and its errors are None before the first validation.
    """

    epochs: list[Record] = field(default_factory=list)
    best_epoch: int | None = None
    best_validation_error: float | None = None
    best_test_error: float | None = None
    seconds: float = 0.0

    @property
    def steps_done(self) -> int:
        """How many iterations SciPy has completed."""
        return len(self.epochs)

    @property
    def best(self) -> Record:
        """`best_epoch`, `best_validation_error` and `best_test_error`."""
        names = ("best_epoch", "best_validation_error", "best_test_error")
        return {name: getattr(self, name) for name in names}


def fit(
    program: Objective,
    n_epochs: int = EPOCHS,
    *,
    on_iteration: Callable[[Record], object] = lambda record: None,
    stop: Callable[[], bool] = never,
) -> Run:
    """Minimise the cost by SciPy's conjugate gradient; then judge the best model.

    `n_epochs` limits the iterations, each of which passes over the training set once or more.
    `on_iteration` is called with the record of each. Raises `Diverged` if the cost is no longer
    finite; its run has the best parameters.
    """
    from scipy.optimize import minimize

    progress, best_theta = Progress(), program.theta()
    stopped, failure = False, ""
    started = time.perf_counter()

    def validate(intermediate_result: "OptimizeResult") -> None:
        nonlocal best_theta, stopped
        theta, cost = intermediate_result.x, float(intermediate_result.fun)
        if not math.isfinite(cost):
            when = f"at iteration {progress.steps_done + 1}"
            raise FloatingPointError(f"the cost became {cost} {when}")
        program.set_theta(theta)
        if _validate(program, progress, cost):
            best_theta = np.array(theta)
        on_iteration(progress.epochs[-1])
        stopped = stop()
        if stopped:
            raise StopIteration

    try:
        with quiet():  # overflow shows in the cost
            minimize(
                program.cost,
                best_theta,
                jac=program.gradient,
                method="CG",
                callback=validate,
                options={"maxiter": whole(n_epochs, "n_epochs", 0)},
            )
    except FloatingPointError as error:
        failure = str(error)
    progress.seconds = time.perf_counter() - started
    program.set_theta(best_theta)
    interrupted = stopped and progress.steps_done < n_epochs
    run = finished(program, progress, program.parameters(), interrupted=interrupted)
    if failure:
        raise Diverged(failure, run)
    return run


def _validate(program: Objective, progress: Progress, cost: float) -> bool:
    """Record an iteration; return whether its validation error is the best so far."""
    error = program.judge.validation_error()
    record: Record = {"epoch": progress.steps_done + 1, "cost": cost, "validation_error": error}
    best = progress.best_validation_error
    is_best = best is None or error < best
    if is_best:
        record["test_error"] = program.judge.test_error()
        progress.best_epoch, progress.best_validation_error = progress.steps_done + 1, error
        progress.best_test_error = record["test_error"]
    progress.epochs.append(record)
    return is_best
