"""Progress on disk: everything that a stopped run needs to resume, in one file.

The file is written in one step, so that whenever a run is killed, it holds the progress of a
single moment, never a mixture.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial._text import shortened
from theano_tutorial._types import Array, Parameters
from theano_tutorial.early_stopping import EarlyStopping
from theano_tutorial.errors import BadFile, UsageError
from theano_tutorial.recipes.catalogue import HYPER_PARAMETERS, RECIPES
from theano_tutorial.runs.checkpoints import load_model, model_content
from theano_tutorial.runs.checks import Progress, Training, check

FILE_NAME = "progress.npz"
EARLIER = "progress.earlier.npz"
TRACE = "trace.json"
LOG = "log.csv"
MODEL = "model.npz"
# The least time between two saves: in seconds, and as a multiple of the time that a save takes.
EVERY = 1.0
TIMES = 10
# What may differ in a resumed run: its length, and everything in `Setup.made_with`.
_FREE = frozenset({"n_epochs", "iterations", "versions", "threads", "kernel"})
# Fields that files of earlier versions lack.
_CAME_LATER = ("best_iteration",)


class Keeper:
    """Saves a run's progress while it trains, but not too often.

    A save that fails, for example because the disk is full, does not end the run: the next one
    may succeed. `warn` is called with a line at the first failure only.
    """

    def __init__(self, save: Callable[[Progress], None], warn: Callable[[str], None]) -> None:
        self._save = save
        self._warn: Callable[[str], None] | None = warn
        self._due = time.monotonic() + EVERY
        self._steps_saved = 0

    def __call__(self, training: Training) -> None:
        """Save a training's progress if a save is due and there is anything new."""
        started = time.monotonic()
        if started < self._due or training.steps_done == self._steps_saved:
            return
        self._steps_saved = training.steps_done
        try:
            self._save(training.progress)
        except OSError as error:
            if self._warn is not None:
                self._warn(f"The progress cannot be saved ({error.strerror or error}).")
                self._warn = None
        ended = time.monotonic()
        self._due = ended + max(EVERY, TIMES * (ended - started))


def progress_content(progress: Progress, setup: Mapping[str, object]) -> bytes:
    """Return the content of a run's progress file, which includes its setup."""
    arrays: Parameters = {}
    state: dict[str, object] = {}
    for field in fields(progress):
        value = getattr(progress, field.name)
        if isinstance(value, Mapping):
            arrays |= {_prefix(field.name) + name: np.asarray(a) for name, a in value.items()}
        else:
            state[field.name] = asdict(value) if isinstance(value, EarlyStopping) else value
    return model_content(arrays, {"setup": dict(setup), "state": state})


def _prefix(field: str) -> str:
    """Return the prefix of a field's array names, as in ``W``, ``best_W``, ``records_cost``."""
    return field.removesuffix("parameters") if field.endswith("parameters") else f"{field}_"


def set_aside(folder: Path) -> str | None:
    """Rename an earlier run's progress file, if there is one; return a line that says so."""
    path = folder / FILE_NAME
    if not path.exists():
        return None
    path.replace(folder / EARLIER)
    return (
        f"{folder} holds an earlier run, which this one replaces (resuming would continue "
        f"it; its progress is kept in {EARLIER}, to be named {FILE_NAME} again)."
    )


def set_trace_aside(folder: Path) -> None:
    """Rename the trace of a finished run whose model another run has overwritten."""
    with suppress(FileNotFoundError):
        (folder / TRACE).replace(folder / "trace.earlier.json")


def load_progress(folder: Path, setup: Mapping[str, object], like: Progress) -> Progress | None:
    """Read the progress of the run in a folder; return None if there is none.

    `setup` may differ from that run's only in its length. `like` is the progress of such a run
    at its start, which has the expected shapes and dtypes. Raises `BadFile` if the file cannot
    be read or is not a run's progress, `UsageError` if it belongs to a run with another setup.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return None
    try:
        arrays, metadata = load_model(path)
        saved, state = dict(metadata["setup"]), dict(metadata["state"])
        _refuse_other_setup(folder, saved, setup)
        progress = replace(like, **_values(like, arrays, state))
        check(progress)
    except (BadFile, KeyError, TypeError, ValueError) as error:
        if isinstance(error.__cause__, OSError):  # it may be good
            raise
        why = f"it has no {error}" if isinstance(error, KeyError) else error
        reason = error.reason if isinstance(error, BadFile) else why
        raise BadFile(
            path, f"not the progress of a run ({reason}); delete it to start from scratch"
        ) from error
    return progress


def load_setup(folder: Path) -> dict[str, object]:
    """Return the setup of the run in a folder, after `load_progress` has read its progress."""
    return dict(load_model(folder / FILE_NAME)[1]["setup"])


def _refuse_other_setup(
    folder: Path, saved: Mapping[str, object], setup: Mapping[str, object]
) -> None:
    published = RECIPES[str(setup["recipe"])].published
    came_later = {k: v for k, v in published.items() if HYPER_PARAMETERS[k].came_later}
    saved = {**came_later, **saved}
    for key in setup:
        if key not in _FREE and saved[key] != setup[key]:
            raise UsageError(
                f"the run in {folder} has {key} {shortened(saved[key])}, not {setup[key]}; "
                "give the same options, or start from scratch"
            )


def _values(like: Progress, arrays: Parameters, state: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the fields of a `Progress`."""
    values: dict[str, Any] = {}
    for field in fields(like):
        expected: Any = getattr(like, field.name)
        if isinstance(expected, Mapping):
            prefix = _prefix(field.name)
            values[field.name] = {
                name: _array(f"{prefix}{name}", arrays[f"{prefix}{name}"], there)
                for name, there in expected.items()
            }
        elif isinstance(expected, EarlyStopping):
            try:
                values[field.name] = EarlyStopping(**state.pop(field.name))
            except UsageError as error:
                raise ValueError(str(error)) from error
        elif field.name in _CAME_LATER:
            values[field.name] = state.pop(field.name, expected)
        else:
            values[field.name] = state.pop(field.name)
    if state:
        raise ValueError(f"unknown: {', '.join(state)}")
    return values


def _array(name: str, value: Array, expected: Array | list[float]) -> Array | list[float]:
    """Return a parameter's array, or records as a list; raise `ValueError` if unexpected."""
    if isinstance(expected, list):
        if value.ndim != 1 or value.dtype.kind not in "fi":
            raise ValueError(f"{name} is {value.dtype} {value.shape}, not a list of numbers")
        return list(value)
    if value.shape != expected.shape or value.dtype != expected.dtype:
        raise ValueError(
            f"{name} is {value.dtype} {value.shape}, not {expected.dtype} {expected.shape}"
        )
    return value
