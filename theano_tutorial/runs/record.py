"""What a run's numbers depend on, and what ``trace.json`` and ``model.npz`` record of it."""

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from theano_tutorial import _version, backends
from theano_tutorial._text import shortened
from theano_tutorial.recipes import RECIPES, epochs
from theano_tutorial.recipes.catalogue import Value
from theano_tutorial.recipes.program import Run


@dataclass(frozen=True)
class Setup:
    """What the numbers of a run depend on.

    `pixel_divisor` is what the images' bytes were divided by; `device` is None if the backend
    has no choice of devices; `rewrites` says whether this package's own graph rewrites are
    applied; `hyper` holds the hyper-parameters by name.
    """

    recipe: str
    dataset: str
    pixel_divisor: int
    backend: str
    device: str | None
    dtype: str
    rewrites: bool
    hyper: Mapping[str, Value]

    @property
    def length_name(self) -> str:
        """The unit of a run's length: ``iterations`` or ``epochs``."""
        return RECIPES[self.recipe].length_name

    @property
    def length(self) -> int:
        """The greatest number of iterations or epochs to train for."""
        return int(self.hyper[self.length_name] or 0)

    @property
    def is_published(self) -> bool:
        """Whether a run can be compared with the published one.

        The length may differ, and so may the seed, which not all published runs fixed.
        """
        published = RECIPES[self.recipe].published.items()
        free = {self.length_name, "seed"}
        same = all(self.hyper[key] == value for key, value in published if key not in free)
        return same and self.dataset == "mnist"

    def entries(self) -> dict[str, object]:
        """Return the whole setup, under its names in ``trace.json``."""
        names = ("recipe", "dataset", "backend", "device", "dtype", "rewrites", "pixel_divisor")
        entries: dict[str, object] = {name: getattr(self, name) for name in names}
        entries |= {"seed": None, **self.hyper}
        if "epochs" in entries:  # document 3 calls the limit `n_epochs`
            entries["n_epochs"] = entries.pop("epochs")
        return entries

    def made_with(self) -> dict[str, object]:
        """Return what else the last digits depend on, under its names in ``trace.json``."""
        return {
            "threads": backends.threads(self.backend),
            "kernel": backends.uses_kernel(self.backend, self.dtype, rewrites=self.rewrites),
            "versions": versions(),
        }

    def differences(self, made_with: Mapping[str, object]) -> str:
        """Say how this run differs from what another was made with; empty if it does not.

        Anything that `made_with` lacks is not compared.
        """
        here, there = _flat(self.made_with()), _flat(made_with)
        return ", ".join(
            f"{name} {here[name]} instead of {shortened(value)}"
            for name, value in there.items()
            if here.get(name, value) != value
        )


def metadata(setup: Setup, outcome: Mapping[str, object]) -> dict[str, object]:
    """Return the metadata of ``model.npz``."""
    return {**setup.entries(), **setup.made_with(), **outcome}


def _errors(run: Run) -> dict[str, float]:
    """Return a run's test and validation errors on all images, as fractions."""
    return {"test_error": run.test_error, "validation_error": run.validation_error}


def outcome(run: Run) -> Mapping[str, object]:
    """Return the errors of a run's model; with early stopping, as measured when it was best."""
    return run.progress.best if isinstance(run.progress, epochs.Progress) else _errors(run)


def trace(
    setup: Setup, run: Run, data_seconds: float, numbers: Mapping[str, object]
) -> dict[str, object]:
    """Return the content of ``trace.json``; `numbers` are what only this recipe records."""
    return {
        **setup.entries(),
        **setup.made_with(),
        "seconds": {
            "data": data_seconds,
            "compile": run.compile_seconds,
            "train": run.train_seconds,
        },
        "interrupted": run.interrupted,
        **_errors(run),
        **numbers,
    }


def _flat(made_with: Mapping[str, object]) -> dict[str, object]:
    """Return one flat dictionary of versions, threads and kernel."""
    rest = {name: made_with[name] for name in ("threads", "kernel") if name in made_with}
    versions = made_with.get("versions")
    return (versions if isinstance(versions, dict) else {}) | rest


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    packages = ["pytensor", "numpy", "scipy", "numba"]
    packages += [name for name in ("jax", "torch") if name in sys.modules]  # if in use
    ours = {"python": platform.python_version(), "theano-tutorial": _version.version()}
    return ours | {name: version(name) for name in packages}
