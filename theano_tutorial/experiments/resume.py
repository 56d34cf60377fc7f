"""Progress on disk: what a stopped run needs to go on, in one file.

It is written in one step, so that whenever a run is killed there is the progress of one epoch
or of another, never a mixture.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial.checkpoints import Parameters, load_model, save_model
from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.errors import BadFile, UsageError, shortened
from theano_tutorial.recipes.sgd import Progress

FILE_NAME = "progress.npz"
EARLIER = "progress.earlier.npz"
_BEST = "best_"
_LARGE = 1e15
# What a resumed run may have otherwise: how long to train, and newer packages.
_FREE = frozenset({"n_epochs", "versions"})


def save_progress(folder: Path, progress: Progress, setup: Mapping[str, Any]) -> None:
    """Write a run's progress, and the setup that it belongs to, into a folder.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    arrays = {
        **progress.parameters,
        **{f"{_BEST}{name}": value for name, value in progress.best_parameters.items()},
    }
    arrays_kept = {"parameters", "best_parameters"}
    state = {
        field.name: getattr(progress, field.name)
        for field in fields(progress)
        if field.name not in arrays_kept
    }
    state["stopping"] = asdict(progress.stopping)
    save_model(folder / FILE_NAME, arrays, {"setup": dict(setup), "state": state})


def set_aside(folder: Path) -> str | None:
    """Rename the progress of an earlier run, if there is any; return a line that says so."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    path.replace(folder / EARLIER)
    return (
        f"{folder} holds an earlier run, which this one replaces (--resume would go on with "
        f"it; its progress is kept in {EARLIER})."
    )


def load_progress(folder: Path, setup: Mapping[str, Any], like: Parameters) -> Progress | None:
    """Read the progress of a run in a folder; None if there is none.

    Parameters
    ----------
    folder
        Where `save_progress` wrote.
    setup
        Of the run that is to go on: it must be the same but for its length.
    like
        Parameters of the shapes and dtypes that are expected.

    Raises
    ------
    BadFile
        If the file cannot be read or is not a run's progress.
    UsageError
        If it belongs to a run with another setup.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    arrays, metadata = load_model(path)
    try:
        saved, state = metadata["setup"], dict(metadata["state"])
        _refuse_other_setup(folder, saved, setup)
        state["stopping"] = EarlyStopping(**state["stopping"])
        progress = Progress(
            parameters=_take(arrays, "", like),
            best_parameters=_take(arrays, _BEST, like),
            **state,
        )
        _check(progress)
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(
            path, f"not the progress of a run ({error}); delete it to start from the beginning"
        ) from error
    return progress


def _refuse_other_setup(
    folder: Path, saved: Mapping[str, Any], setup: Mapping[str, Any]
) -> None:
    for key in setup.keys() - _FREE:
        if saved[key] != setup[key]:
            raise UsageError(
                f"--resume: the run in {folder} has {key} {shortened(saved[key])}, not "
                f"{setup[key]}; give the same options, or leave out --resume to start from the "
                "beginning"
            )


def _take(arrays: Parameters, prefix: str, like: Parameters) -> Parameters:
    taken = {name: arrays[f"{prefix}{name}"] for name in like}
    for name, value in taken.items():
        expected = like[name]
        if value.shape != expected.shape or value.dtype != expected.dtype:
            raise ValueError(
                f"{prefix}{name} is {value.dtype} {value.shape}, "
                f"not {expected.dtype} {expected.shape}"
            )
        if not np.isfinite(value).all():
            raise ValueError(f"{prefix}{name} is not finite")
    return taken


def _check(progress: Progress) -> None:
    """Check what decides how the run goes on."""
    stopping, records = progress.stopping, progress.epochs
    numbers = [record["epoch"] for record in records]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError("its epochs are not numbered from 1")
    costs = [record["cost"] for record in records]
    if not all(_is_number(cost) and cost > 0 for cost in costs):
        raise ValueError("a cost is not above 0")
    amounts = (stopping.patience, stopping.patience_increase, stopping.improvement_threshold)
    kept = [
        record.get(f"{name}_error") for record in records for name in ("validation", "test")
    ]
    errors = [error for error in (progress.best_test_error, *kept) if error is not None]
    if stopping.best_validation_error != math.inf:  # as before the first validation
        errors.append(stopping.best_validation_error)
    makes_sense = (
        all(_is_number(amount) for amount in (*amounts, progress.seconds)),
        all(_is_number(error) and error <= 1 for error in errors),
        type(progress.validation_frequency) is int and progress.validation_frequency >= 1,
        progress.best_epoch is None or progress.best_epoch in numbers,
        type(progress.is_over) is bool,
    )
    if not all(makes_sense):
        raise ValueError("its state makes no sense")


def _is_number(value: object) -> bool:
    """Return whether a value is a number from 0 that can be computed with."""
    return isinstance(value, int | float) and 0 <= value < _LARGE
