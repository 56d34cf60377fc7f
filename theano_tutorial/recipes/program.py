"""A recipe's compiled program, and the outcome of training it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from pytensor.compile.executor import Function
from pytensor.tensor.sharedvar import TensorSharedVariable

from theano_tutorial._text import shortened
from theano_tutorial._types import Array, DeviceArray, Parameters
from theano_tutorial.backends.on_host import to_numpy
from theano_tutorial.early_stopping import PATIENCE
from theano_tutorial.errors import UsageError
from theano_tutorial.models import Classifier
from theano_tutorial.recipes.judge import Judge
from theano_tutorial.updates import Updates

Stored = Mapping[str, Array | DeviceArray]  # on the device that holds them
Scores = Mapping[str, Mapping[str, float]]
J = TypeVar("J", bound=Judge)
_SOFTMAX_WEIGHTS = 7850  # parameters of softmax regression


@dataclass(frozen=True, kw_only=True)
class Program(Generic[J]):
    """A model and the functions compiled for it; building them took `seconds`.

    `train_model` takes one step, on `images` images. It changes the model's parameters and the
    optimizer's `state`, such as velocities, and returns the objective before the step. An
    epoch has `n_train_batches` steps, 1 if a step sees all images. `records` names what is
    recorded of each step, the objective first. With early stopping, `patience` is in
    minibatches, and `initial_parameters` are those before training. `begin_epoch` is called
    before each epoch with the number of epochs done.

    Values are kept by name: a variable without a name of its own raises `UsageError`.
    """

    model: Classifier
    train_model: Function
    judge: J
    images: int
    seconds: float
    n_train_batches: int = 1
    state: tuple[TensorSharedVariable, ...] = ()
    records: tuple[str, ...] = ("log_likelihood",)
    patience: int = PATIENCE
    begin_epoch: Callable[[int], None] = lambda done: None  # the rate is always the same
    initial_parameters: Parameters = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [variable.name for variable in self.variables]
        shared = sorted({str(name) for name in names if name is None or names.count(name) > 1})
        if shared:
            alike = shortened(", ".join(shared))
            raise UsageError(
                f"each parameter needs a name of its own: rename layers of {alike}"
            )

    @property
    def variables(self) -> tuple[TensorSharedVariable, ...]:
        """The shared variables that a step changes."""
        return (*self.model.params, *self.state)

    @property
    def work(self) -> int:
        """How many images softmax regression could see in the time of a step; at least 1."""
        weights: int = sum(param.get_value(borrow=True).size for param in self.model.params)
        return max(1, self.images * weights // _SOFTMAX_WEIGHTS)

    def parameters(self) -> Parameters:
        """Return copies of the parameters by name."""
        return {param.name: param.get_value() for param in self.model.params}

    def set_parameters(self, values: Parameters) -> None:
        """Set the parameters to these values."""
        for param in self.model.params:
            param.set_value(values[param.name])

    def state_values(self) -> Parameters:
        """Return copies of the optimizer's state by name."""
        return {variable.name: variable.get_value() for variable in self.state}

    def snapshot(self) -> Stored:
        """Return copies of the values of `variables` by name, on the device that holds them.

        They are copies because a step may overwrite the old values in place.
        """

        def copied(value: Array | DeviceArray) -> Array | DeviceArray:
            # PyTorch copies with `clone`, which in JAX shares the memory.
            copy = getattr(value, "copy" if hasattr(value, "copy") else "clone")
            new: Array | DeviceArray = copy()
            return new

        return {v.name: copied(v.container.storage[0]) for v in self.variables}

    def restore(self, values: Parameters) -> None:
        """Set `variables` to these values."""
        for variable in self.variables:
            variable.set_value(values[variable.name])


def state_of(
    changes: Updates, params: list[TensorSharedVariable]
) -> tuple[TensorSharedVariable, ...]:
    """Return the optimizer's state: what updates change besides the parameters."""
    return tuple(variable for variable, _ in changes if variable not in params)


AnyProgram = Program[Any]  # where the kind of judge does not matter


def fetch(snapshot: Stored) -> Parameters:
    """Copy a snapshot from its device to the host, as NumPy arrays."""
    return {name: np.array(to_numpy(value)) for name, value in snapshot.items()}


def not_finite(values: Parameters) -> str | None:
    """Return the name of the first array with a value that is not finite, or None."""
    return next((name for name, value in values.items() if not np.isfinite(value).all()), None)


@dataclass(frozen=True, kw_only=True)
class Run:
    """The outcome of training; the model is left with the run's `parameters`.

    `progress` is all that is needed to resume. `parameters` are the last ones or, in recipes
    that validate as they train, the best; `y_pred` are the labels that they predict for all
    test images, and `test_error` and `validation_error` the fractions of *all* images that
    they get wrong. `initial_parameters` are those of the program, if it keeps them.
    `interrupted` says whether training stopped before its end. `scores` are
    costs and accuracies ``before`` and ``after`` training, if the recipe computes them.
    """

    progress: Any
    parameters: Parameters
    y_pred: Array
    test_error: float
    validation_error: float
    compile_seconds: float
    train_seconds: float
    interrupted: bool = False
    scores: Scores = field(default_factory=dict)
    initial_parameters: Parameters = field(default_factory=dict)

    @property
    def records(self) -> Mapping[str, list[float]]:
        """Each step's values, a list by name; `sgd` and `cg` have `progress.epochs` instead."""
        return self.progress.records  # type: ignore[no-any-return]


def quiet() -> np.errstate:
    """Return a context in which NumPy does not warn of overflow: callers check for it."""
    return np.errstate(over="ignore", invalid="ignore")


@quiet()  # a run that diverged is judged too
def finished(
    program: AnyProgram,
    progress: Any,
    parameters: Parameters,
    *,
    interrupted: bool,
    scores: Scores | None = None,
) -> Run:
    """Judge a model that has its final parameters; return its run."""
    return Run(
        progress=progress,
        parameters=parameters,
        **program.judge.verdict(),
        compile_seconds=program.seconds,
        train_seconds=progress.seconds,
        interrupted=interrupted,
        scores=scores or {},
        initial_parameters=program.initial_parameters,
    )
