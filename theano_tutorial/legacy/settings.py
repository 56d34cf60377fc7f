"""`theano.config`: PyTensor's settings, such as floatX, and others that change little."""

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
# Settings that change PyTensor's, too; it writes two underscores for a dot.
_PYTENSOR = (
    *("floatX", "cast_policy", "exception_verbosity", "on_unused_input", "warn_float64"),
    *("profile", "scan.allow_gc", "traceback.limit", *_FOR_COMPILERS),
)
# Kept as plain values, which scripts may read and set; so are those that PyTensor has as well.
_DEFAULTS = """device=cpu init_gpu_device= force_device=False print_active_device=True contexts=
linker=cvm int_division=int deterministic=default scan.debug=False compute_test_value=off
compute_test_value_opt=off print_test_value=False pickle_test_value=True mode=Mode optimizer=o4
reoptimize_unpickled_function=False cache_optimizations=False assert_no_cpu_op=ignore
metaopt.verbose=0 metaopt.optimizer_including= metaopt.optimizer_excluding= unittests.rseed=666
numpy.seterr_all=ignore numpy.seterr_divide=None numpy.seterr_over=None conv.assert_shape=False
numpy.seterr_under=None numpy.seterr_invalid=None tensor.local_elemwise_fusion=True
experimental.local_alloc_elemwise=True experimental.local_alloc_elemwise_assert=True
experimental.unpickle_gpu_on_cpu=False gpu.local_elemwise_fusion=True gpuelemwise.sync=True
gpuarray.preallocate=0.0 gpuarray.sched=default gpuarray.sync=False gpuarray.single_stream=True
gpuarray.cache_path= lib.cnmem=0.0 nvcc.fastmath=False nvcc.flags= ctc.root= magma.enabled=False
magma.include_path= magma.library_path= cuda.root=/usr/local cuda.include_path= blas.ldflags=
warn.argmax_pushdown_bug=False warn.gpu_set_subtensor1=False warn.gpusum_01_011_0111_bug=False
warn.identify_1pexp_bug=False warn.inc_set_subtensor1=False warn.reduce_join=False
warn.round=False warn.signal_conv2d_interface=False warn.subtensor_merge_bug=False
warn.sum_sum_bug=False warn.sum_div_dimshuffle_bug=False warn.vm_gc_bug=False
warn.ignore_bug_before=0.9 warn.inc_subtensor1_opt=True dnn.enabled=auto dnn.conv.algo_fwd=small
dnn.conv.algo_bwd=True dnn.conv.algo_bwd_data=none dnn.conv.algo_bwd_filter=none
dnn.conv.precision=as_input_f32 dnn.conv.workmem=True dnn.conv.workmem_bwd=True dnn.base_path=
dnn.bin_path= dnn.include_path= dnn.library_path="""


class Section:
    """Settings under a common first name: ``config.blas.ldflags``."""

    def __init__(self, first: str, kept: dict[str, object]) -> None:
        vars(self).update(_first=first, _kept=kept)

    def __getattr__(self, name: str) -> Any:  # a setting is a string, a number or a section
        full = self._first + name
        if full in self._kept:
            return self._kept[full]
        if hasattr(pytensor.config, theirs := full.replace(".", "__")):
            value = getattr(pytensor.config, theirs)
            return str(value) if isinstance(value, Path) else value
        known = (*self._kept, *(each.replace("__", ".") for each in dir(pytensor.config)))
        if any(each.startswith(f"{full}.") for each in known):
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

    def AddConfigVar(self, name: str, doc: str, default: object, **how: object) -> None:
        """Add a script's own setting, unless flags have; `StrParam` returns the default."""
        self._kept.setdefault(name, default)

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
StrParam = BoolParam = IntParam = FloatParam = EnumStr = ConfigParam = lambda v, *_, **__: v
config = Section("", {name: _typed(text) for name, _, text in _PAIRS})
AddConfigVar, change_flags = config.AddConfigVar, config.change_flags
