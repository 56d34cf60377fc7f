"""`theano.config`: floatX and its like set PyTensor; all else is kept, and changes nothing."""

import ast
import configparser
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytensor

from theano_tutorial.errors import UsageError

# What PyTensor reads too, under this name.
_PYTENSOR = {
    "floatX": "floatX",
    "cast_policy": "cast_policy",
    "exception_verbosity": "exception_verbosity",
    "on_unused_input": "on_unused_input",
    "warn_float64": "warn_float64",
    "profile": "profile",
    "profile_optimizer": "profile_optimizer",
    "profile_memory": "profile_memory",
    "traceback.limit": "traceback__limit",
    "scan.allow_gc": "scan__allow_gc",
    "allow_gc": "allow_gc",
    "cxx": "cxx",
    "base_compiledir": "base_compiledir",
    "compiledir": "compiledir",
    "gcc.cxxflags": "gcc__cxxflags",
}
# Kept as plain values, which scripts may read and set.
_DEFAULTS = """
    device=cpu init_gpu_device= force_device=False print_active_device=True mode=Mode
    linker=cvm optimizer=fast_run optimizer_including= optimizer_excluding=
    optimizer_verbose=False on_opt_error=warn on_shape_error=warn int_division=int
    deterministic=default openmp=False openmp_elemwise_minsize=200000 compute_test_value=off
    compute_test_value_opt=off print_test_value=False pickle_test_value=True
    check_input=True nocleanup=False unpickle_function=True
    reoptimize_unpickled_function=False gpuarray.preallocate=0.0 gpuarray.sync=False
    lib.cnmem=0.0 lib.amdlibm=False cuda.root= nvcc.fastmath=False nvcc.flags=
    dnn.enabled=False dnn.conv.algo_fwd=small dnn.conv.algo_bwd= dnn.conv.algo_bwd_data=none
    dnn.conv.algo_bwd_filter=none warn.ignore_bug_before=0.9 warn.round=False vm.lazy=None
    numpy.seterr_all=ignore tensor.cmp_sloppy=0 experimental.unpickle_gpu_on_cpu=False
    blas.ldflags= unittests.rseed=666 scan.allow_output_prealloc=True
    profiling.time_thunks=True DebugMode.check_py=True NanGuardMode.nan_is_error=True
    NanGuardMode.inf_is_error=True NanGuardMode.big_is_error=True
"""
_GPU = ("gpu", "cuda", "opencl")


class Section:
    """Settings under a common first name: ``config.blas.ldflags``."""

    def __init__(self, first: str, kept: dict[str, object]) -> None:
        vars(self).update(_first=first, _kept=kept)

    def __getattr__(self, name: str) -> Any:  # a setting is a string, a number or a section
        full = self._first + name
        if full in _PYTENSOR:
            return getattr(pytensor.config, _PYTENSOR[full])
        if full in self._kept:
            return self._kept[full]
        if any(kept.startswith(f"{full}.") for kept in (*self._kept, *_PYTENSOR)):
            return Section(f"{full}.", self._kept)
        raise AttributeError(f"theano.config has no setting {full!r}")

    def __setattr__(self, name: str, value: object) -> None:
        full = self._first + name
        if full in ("device", "init_gpu_device", "force_device"):
            _notice_gpu(str(value))
        elif full in _PYTENSOR:
            setattr(pytensor.config, _PYTENSOR[full], value)
        else:
            self._kept[full] = value


class Config(Section):
    """`theano.config`."""

    def __init__(self) -> None:
        pairs = (text.split("=") for text in _DEFAULTS.split())
        super().__init__("", {name: _typed(text) for name, text in pairs})

    def read(self, dtype: str | None = None) -> None:
        """Set what ``.theanorc`` says, over it ``THEANO_FLAGS``, and over both a dtype.

        A value that cannot be used raises a `UsageError`.
        """
        found = {**_theanorc(), **_flags()}
        if dtype is not None:
            found["floatX"] = dtype
        for name, text in found.items():
            if name in _PYTENSOR and name != "floatX":
                continue  # for Theano's compiler and cache, not PyTensor's
            try:
                self.set(name, _value(text, self._kept.get(name)))
            except (TypeError, ValueError, AttributeError) as error:
                raise UsageError(f"THEANO_FLAGS: {name}={text} cannot be used") from error

    def set(self, name: str, value: object) -> None:
        """Set a setting by its full name, such as ``blas.ldflags``."""
        setattr(self, name, value)

    @contextmanager
    def change_flags(self, **flags: object) -> Iterator[None]:
        """Change settings within a ``with`` block; a double underscore stands for a dot."""
        names = {name: name.replace("__", ".") for name in flags}
        before = {
            name: functools.reduce(getattr, full.split("."), self)
            for name, full in names.items()
        }
        try:
            for name, value in flags.items():
                self.set(names[name], value)
            yield
        finally:
            for name, value in before.items():
                self.set(names[name], value)


def _flags() -> dict[str, str]:
    """Return what the environment variable says: ``floatX=float32,device=cpu``."""
    pairs = [part.strip() for part in os.environ.get("THEANO_FLAGS", "").split(",")]
    return dict(_pair(part) for part in pairs if part)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"THEANO_FLAGS: {text!r} has no '='; such as floatX=float32")
    return name.strip(), value.strip()


def _theanorc() -> dict[str, str]:
    """Return what the files say: a section's name goes before the setting's, but ``global``."""
    named = os.environ.get("THEANORC", "~/.theanorc").split(os.pathsep)
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # floatX
    try:
        parser.read([Path(name).expanduser() for name in named if name])
    except (configparser.Error, UnicodeDecodeError, RuntimeError) as error:
        raise UsageError(f".theanorc cannot be read: {str(error).splitlines()[0]}") from error
    return {
        name if section == "global" else f"{section}.{name}": value
        for section in parser.sections()
        for name, value in parser.items(section)
    }


def _value(text: str, default: object) -> object:
    if isinstance(default, bool):
        return text.lower() in ("true", "1", "yes")
    return type(default)(text) if isinstance(default, int | float) else text


def _typed(text: str) -> object:
    """Return a default value: true or false, a number, or a word."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def _notice_gpu(device: str) -> None:
    if device.startswith(_GPU):
        notice(
            f"device {device!r} is taken, and computes on the CPU; --backend jax finds a GPU"
        )


@functools.cache
def notice(text: str) -> None:
    """Say something in one line, once."""
    print(f"theano_tutorial.legacy: {text}", file=sys.stderr)


def change_flags(**flags: object) -> Any:  # also a decorator, as `contextmanager` makes it
    """Change settings for a block or a function, as `Config.change_flags`."""
    return config.change_flags(**flags)


config = Config()
