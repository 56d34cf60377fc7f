"""Softmax regression by minibatch SGD with early stopping (document 3)."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.tensor.variable import TensorVariable

from theano_tutorial.backends.one_call import indices
from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.early_stopping import PATIENCE
from theano_tutorial.models import Classifier, SoftmaxRegression
from theano_tutorial.objectives import regularised
from theano_tutorial.recipes.epochs import Progress, Training, Validation, start
from theano_tutorial.recipes.judge import MinibatchJudge, compile_minibatch_judge
from theano_tutorial.recipes.minibatches import BATCH_SIZE, cut_all
from theano_tutorial.recipes.program import Program, Run, not_finite, quiet, state_of
from theano_tutorial.recipes.training import never, until
from theano_tutorial.updates import Scalar, Schedule, descending

__all__ = ["Progress", "Training", "Validation", "build", "fit", "start", "train"]

LEARNING_RATE, EPOCHS, TRAIN_SIZE = 0.13, 1000, 50_000


def build(
    dataset: Dataset,
    *,
    learning_rate: Scalar = LEARNING_RATE,
    rate_decay: float | None = None,
    optimizer: str = "sgd",
    l1: float = 0.0,
    l2: float = 0.0,
    batch_size: int = BATCH_SIZE,
    train_size: int = TRAIN_SIZE,
    mode: Mode | None = None,
) -> Program[MinibatchJudge]:
    """Build softmax regression with all parameters zero, and compile its functions.

    Raises `UsageError` if a minibatch is larger than one of the three splits.
    """
    return build_with(
        lambda x: SoftmaxRegression(x, n_in=N_PIXELS, n_out=N_CLASSES),
        dataset,
        optimizer=optimizer,
        schedule=Schedule(learning_rate, rate_decay),
        l1=l1,
        l2=l2,
        batch_size=batch_size,
        train_size=train_size,
        mode=mode,
    )


def build_with(
    make_classifier: Callable[[TensorVariable], Classifier],
    dataset: Dataset,
    *,
    optimizer: str,
    schedule: Schedule,
    batch_size: int,
    train_size: int,
    mode: Mode | None,
    l1: float = 0.0,
    l2: float = 0.0,
    patience: int = PATIENCE,
) -> Program[MinibatchJudge]:
    """Build the model that `make_classifier` makes of an input, and compile its functions."""
    started = time.perf_counter()
    train, valid, test = cut_all(dataset, train_size, batch_size)

    index = pt.lscalar("index")
    x = pt.matrix("x")
    y = pt.ivector("y")
    classifier = make_classifier(x)
    cost = regularised(classifier.negative_log_likelihood(y), classifier.weights, l1, l2)
    changes = descending(optimizer)(cost, classifier.params, schedule.rate)
    train_model = pytensor.function(
        inputs=[index],
        outputs=cost,
        updates=changes,
        givens=train.givens(x, y, index),
        mode=mode,
    )
    program = Program(
        model=classifier,
        train_model=train_model,
        judge=compile_minibatch_judge(classifier, y, valid, test, mode),
        images=batch_size,
        n_train_batches=train.n,
        seconds=0.0,
        state=state_of(changes, classifier.params),
        patience=patience,
        begin_epoch=schedule.begin_epoch,
        initial_parameters={p.name: p.get_value() for p in classifier.params},
    )
    _warm_up(program)
    return replace(program, seconds=time.perf_counter() - started)


def _warm_up(program: Program[MinibatchJudge]) -> None:
    """Call each function of the loop once: some backends compile at the first call."""
    program.judge.validate_model(0)
    program.judge.test_model(0)
    initial = program.parameters() | program.state_values()
    with quiet():
        program.train_model(0)
    program.restore(initial)


def train(training: Training, n_epochs: int = EPOCHS) -> Iterator[Validation | None]:
    """Train until patience runs out, or for `n_epochs` in all.

    Yields after each call of `train_model`: a validation if there was one, otherwise None.
    Training may stop there; `training.progress` then goes up to the last whole epoch.
    """
    n = training.program.n_train_batches
    numbers = indices(n)
    while progress := training.next_epoch(n_epochs):
        record: dict[str, float | None] = {"validation_error": None}
        while len(training.costs) < n and not progress.is_over and not training.failure:
            iteration = progress.steps_done * n + len(training.costs)
            upcoming = progress.steps_to_decision(iteration)
            yield from training.take(numbers[len(training.costs) :][:upcoming])
            if training.failure:
                break
            iteration, validation = progress.steps_done * n + len(training.costs) - 1, None
            if (iteration + 1) % progress.validation_frequency == 0:
                validation = validate(training, progress, iteration)
                if training.failure:
                    break
                record["validation_error"] = validation.validation_error
                if validation.test_error is not None:
                    record["test_error"] = validation.test_error
            progress.is_over = progress.stopping.is_over(iteration)
            if len(training.costs) == n or progress.is_over:
                training.complete(progress, record)
            yield validation


def validate(training: Training, progress: Progress, iteration: int) -> Validation:
    """Validate; if there is a new best, score the test images and record it in `progress`."""
    program, test_error = training.program, None
    epoch, minibatch_index = divmod(iteration, program.n_train_batches)
    with training.clock, quiet():
        validation_error = program.judge.validation_error()
        if progress.stopping.is_improved(iteration, validation_error):
            test_error = program.judge.test_error()
            progress.best_parameters = program.parameters()
            progress.best_epoch, progress.best_test_error = epoch + 1, test_error
            progress.best_iteration = iteration + 1
    if test_error is not None and (name := not_finite(progress.best_parameters)):
        training.failure = f"{name} is no longer finite at epoch {epoch + 1}"
    return Validation(
        epoch + 1, minibatch_index + 1, program.n_train_batches, validation_error, test_error
    )


def fit(
    program: Program[MinibatchJudge],
    n_epochs: int = EPOCHS,
    *,
    progress: Progress | None = None,
    stop: Callable[[], bool] = never,
) -> Run:
    """Train to the end, or until `stop` returns True; then judge the best model.

    Raises `Diverged` at the first minibatch whose cost is not finite, or if the parameters at
    a new best or at the end of an epoch are not. Its run has the best parameters before that.
    """
    training = Training(program, progress)
    with quiet():  # overflow shows in the costs
        for _ in until(stop, train(training, n_epochs)):
            pass
    return training.finish(n_epochs)
