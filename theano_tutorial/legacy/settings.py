"""`theano.config`: PyTensor's settings, such as floatX, and others that change nothing."""

import ast
import configparser
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytensor

from theano_tutorial._text import one_line
from theano_tutorial.errors import UsageError

_FOR_COMPILERS = ("base_compiledir", "compiledir", "cxx")  # `read` skips Theano's own
# Settings that PyTensor has too; it writes two underscores for a dot.
_PYTENSOR = (
    *("floatX", "cast_policy", "exception_verbosity", "on_unused_input", "warn_float64"),
    *("profile", "scan.allow_gc", "traceback.limit", *_FOR_COMPILERS),
)
# Kept as plain values, which scripts may read and set.
_DEFAULTS = """device=cpu mode=Mode linker=cvm optimizer=fast_run int_division=int openmp=False
compute_test_value=off print_test_value=False blas.ldflags= lib.cnmem=0.0 nvcc.fastmath=False
gpuarray.preallocate=0.0 dnn.enabled=False dnn.conv.algo_fwd=small warn.round=False"""


class Section:
    """Settings under a common first name: ``config.blas.ldflags``."""

    def __init__(self, first: str, kept: dict[str, object]) -> None:
        vars(self).update(_first=first, _kept=kept)

    def __getattr__(self, name: str) -> Any:  # a setting is a string, a number or a section
        full = self._first + name
        if full in _PYTENSOR:
            return getattr(pytensor.config, full.replace(".", "__"))
        if full in self._kept:
            return self._kept[full]
        if any(known.startswith(f"{full}.") for known in (*self._kept, *_PYTENSOR)):
            return Section(f"{full}.", self._kept)
        raise AttributeError(f"theano.config has no setting {full!r}")

    def __setattr__(self, name: str, value: object) -> None:
        full = self._first + name
        if full in _PYTENSOR:
            setattr(pytensor.config, full.replace(".", "__"), value)
        elif full not in ("device", "init_gpu_device", "force_device"):
            self._kept[full] = value
        elif str(value).startswith(("gpu", "cuda", "opencl")):
            _notice_gpu(str(value))

    def read(self, dtype: str | None = None) -> None:
        """Apply ``.theanorc``, over it ``THEANO_FLAGS``, and over both `dtype` as floatX."""
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.optionxform = str  # type: ignore[assignment, method-assign]  # not floatx
        files = os.environ.get("THEANORC", "~/.theanorc").split(os.pathsep)
        flags = os.environ.get("THEANO_FLAGS", "") + f",floatX={dtype}" * bool(dtype)
        try:
            parser.read(Path(file).expanduser() for file in files)
            parser.read_string("\n".join(["[global]", *map(str.strip, flags.split(","))]))
            for section in sorted(parser.sections(), key="global".__eq__):
                first = "" if section == "global" else f"{section}."
                for name, text in parser.items(section):
                    if first + name not in _FOR_COMPILERS:
                        setattr(self, first + name, _typed(text))
        except (configparser.Error, OSError, TypeError, ValueError, RuntimeError) as error:
            raise UsageError(f"THEANO_FLAGS or .theanorc: {one_line(error)}") from error

    @contextmanager
    def change_flags(self, **flags: object) -> Iterator[None]:
        """Change settings within a ``with`` block; a double underscore stands for a dot."""
        ours = {n: flags.pop(n) for n in [*flags] if n.replace("__", ".") in _PYTENSOR}
        with pytensor.config.change_flags(**ours), ExitStack() as end:
            end.callback(vars(self).update, _kept=self._kept)
            vars(self)["_kept"] = self._kept | {n.replace("__", "."): flags[n] for n in flags}
            yield


def _typed(text: str) -> object:
    try:
        return ast.literal_eval(text.title() if text in ("true", "false") else text)
    except (SyntaxError, ValueError):
        return text


@functools.cache  # print it once
def _notice_gpu(device: str) -> None:
    text = f"device {device!r} is taken, and computes on the CPU; --backend jax finds a GPU"
    print(f"theano_tutorial.legacy: {text}", file=sys.stderr)


_PAIRS = (text.partition("=") for text in _DEFAULTS.split())
config = Section("", {name: _typed(text) for name, _, text in _PAIRS})
change_flags = config.change_flags
