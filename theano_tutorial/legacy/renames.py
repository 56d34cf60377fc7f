"""Where PyTensor keeps what each of Theano's names stood for, and how it spells it.

A module of Theano is one of our files, in the folder `theano`, or an entry of `HOMES`. A name
in it is defined in that file, renamed in `NAMES`, or found in one of the module's homes.
"""

import builtins
import functools
import importlib
import sys
import warnings
from pathlib import Path
from types import ModuleType

from theano_tutorial.legacy.spellings import SPELLINGS, Spelling

HERE = "theano_tutorial.legacy"
OURS = f"{HERE}.theano"
_FOLDER = Path(__file__).parent
_on_gpu = functools.cache(lambda name: type(name, (), {}))  # a class that nothing is of


def _below(parent: str, names: str) -> tuple[str, ...]:
    return tuple(f"{parent}.{name}" for name in names.split())


_GRAPH = (
    *_below("pytensor.graph", "traversal basic op type fg features utils null_type"),
    *_below("pytensor.graph", "destroyhandler rewriting.basic rewriting.db rewriting.utils"),
    *_below("pytensor.link", "basic utils vm c.basic c.cmodule c.op c.type c.params_type"),
)
_COMPILE = (
    "pytensor.compile",
    *_below("pytensor.compile", "mode maker io builders sharedvalue ops rebuild"),
    *_below("pytensor.compile.debug", "profiling debugmode monitormode nanguardmode"),
    *_below("pytensor", "tensor.shape scan.utils graph.basic printing gradient"),
)
_TENSOR = (
    *(OURS, f"{OURS}.tensor", "pytensor.tensor"),
    *_below("pytensor.tensor", "basic math shape subtensor elemwise extra_ops type type_other"),
    *_below("pytensor.tensor", "variable sharedvar exceptions sort blas linalg utils"),
    *_below("pytensor", "gradient printing scalar graph.basic graph.utils"),
)
_LINALG = (f"{OURS}.tensor", "pytensor.tensor.linalg", *_TENSOR)
_COMPAT = ("collections", "six", "six.moves", "builtins")
_SCAN = ("pytensor.scan", *_below("pytensor.scan", "op utils views"))

# The modules that have the names of each module of Theano: ours first, where there is one.
HOMES: dict[str, tuple[str, ...]] = {
    "theano": ("pytensor", *_GRAPH, *_COMPILE, *_SCAN),
    "theano.compat": _COMPAT,
    "theano.compile": (OURS, *_COMPILE),
    "theano.gof": (OURS, *_GRAPH),
    "theano.gradient": (OURS, "pytensor.gradient"),
    "theano.misc.pkl_utils": ("pytensor.misc.pkl_utils", "pickle"),
    "theano.scan_module": (OURS, *_SCAN),
    "theano.tensor.nnet": (f"{OURS}.tensor.nnet.abstract_conv",),
    **dict.fromkeys(_below("theano", "tensor tensor.inplace"), _TENSOR),
    **dict.fromkeys(_below("theano", "tensor.nlinalg tensor.slinalg sandbox.linalg"), _LINALG),
    **dict.fromkeys(_below("theano.compat", "six six.moves python2x"), _COMPAT),
    "theano.tensor.opt": (*_below("pytensor.tensor.rewriting", "basic math"), *_TENSOR),
}
_SAME = "d3viz ifelse printing raise_op scalar sparse typed_list tensor.fft tensor.xlogx"
HOMES |= {f"theano.{name}": (f"pytensor.{name}",) for name in _SAME.split()}
for _home, _names in {
    OURS: "misc misc.safe_asarray misc.strutil updates version",
    f"{OURS}.sandbox": "gof.compilelock gpuarray gpuarray.type sandbox.cuda sandbox.cuda.blas "
    "sandbox.cuda.nvcc_compiler sandbox.cuda.rng_curand sandbox.cuda.type sandbox.cuda.var "
    "sandbox.gpuarray sandbox.rng_mrg",
    f"{OURS}.tensor.nnet.abstract_conv": "gpuarray.basic_ops gpuarray.dnn sandbox.gpuarray.dnn "
    "sandbox.cuda.basic_ops sandbox.cuda.dnn tensor.nnet.conv tensor.nnet.conv3d2d "
    "tensor.signal tensor.signal.conv tensor.signal.downsample tensor.signal.pool",
    "theano_tutorial.convolution": "sandbox.neighbours tensor.nnet.neighbours",
    f"{OURS}.tensor.nnet": "tensor.nnet.bn tensor.nnet.nnet tensor.nnet.sigm sandbox.softsign",
    f"{HERE}.draws.random_state": "tensor.raw_random tensor.shared_randomstreams",
    f"{HERE}.settings": "configdefaults configparser",
}.items():
    HOMES |= dict.fromkeys(_below("theano", _names), (_home,))
# Modules that old code imported for names that their packages have too.
for _parent, _names in {
    "compile": "builders debugmode function function_module io mode monitormode nanguardmode "
    "ops pfunc profiling sharedvalue",
    "gof": "cmodule destroyhandler fg graph link null_type op opt optdb toolbox type utils",
    "scalar": "basic basic_scipy",
    "scan_module": "scan scan_op scan_utils scan_views",
    "sandbox.linalg": "ops",
    "sparse": "basic",
    "tensor": "basic blas elemwise extra_ops sharedvar sort subtensor type utils var",
}.items():
    for _name in _below(f"theano.{_parent}", _names):
        HOMES[_name] = (f"{OURS}.{_parent}", *HOMES[f"theano.{_parent}"])

# Changed names, ``old=new``, by the module that has the new one. A full old name is changed in
# that module of Theano alone, any other in all of them.
_MOVED = {
    OURS: "config=config pfunc=function PureOp=Op Tensor=tensor.TensorType _shared=shared "
    "np=np theano.version.version=__version__ enable_sparse=enable_sparse ProfileMode=Mode "
    "float32_shared_constructor=shared",
    f"{OURS}.tensor.nnet.abstract_conv": "theano.tensor.nnet.conv.conv2d=old_conv2d "
    "theano.tensor.nnet.conv2d=old_conv2d theano.tensor.nnet.abstract_conv2d=conv2d "
    "theano.tensor.nnet.conv3d2d.conv3d=film_conv3d Pool=DownsampleFactorMax "
    "theano.tensor.signal.conv.conv2d=signal_conv2d max_pool_2d=pool_2d GpuDnnConv=dnn_conv",
    f"{OURS}.tensor.nnet": "softmax_graph=softmax",
    f"{OURS}.sandbox": "CURAND_RandomStreams=MRG_RandomStreams get_lock=use release_lock=use "
    "set_lock_status=use unuse=use",
    f"{HERE}.graphs": "get_debug_values=get_debug_values debug_assert=get_debug_values",
    "builtins": "izip=zip imap=map ifilter=filter",
    "operator": "render_string=mod",
    "warnings": "debug_error_message=warn",
    HERE: "theano=theano",
    "pytensor": "scal=scalar HostFromGpu=compile.ViewOp SparseType=sparse.SparseTensorType "
    "SparseVariable=sparse.variable.SparseVariable",
    "pytensor.gradient": "consider_constant=zero_grad format_as=as_list_or_tuple",
    "pytensor.graph.rewriting.db": "DB=RewriteDatabase Query=RewriteDatabaseQuery",
    "pytensor.graph.basic": "theano.gof.graph.clone=clone",
    "pytensor.graph.rewriting.basic": "local_optimizer=node_rewriter Optimizer=GraphRewriter "
    "LocalOptimizer=NodeRewriter OpSub=SubstitutionNodeRewriter PatternSub=PatternNodeRewriter "
    "SeqOptimizer=SequentialGraphRewriter EquilibriumOptimizer=EquilibriumGraphRewriter",
    "pytensor.scalar": "theano.scalar.abs_=abs theano.scalar.inv=reciprocal "
    "ScalarSigmoid=Sigmoid ScalarSoftplus=Softplus",
    "pytensor.tensor": "abs_=abs inv=reciprocal sgn=sign theano.dot=dot "
    "addbroadcast=specify_broadcastable AdvancedSubtensor1=subtensor.AdvancedSubtensor "
    "gpu_contiguous=as_tensor host_from_gpu=as_tensor as_cuda_ndarray_variable=as_tensor "
    "gpu_from_host=as_tensor psd=as_tensor sparse_grad=as_tensor",
    "pytensor.tensor.linalg": "matrix_inverse=inv solve_upper_triangular=solve_triangular "
    "theano.tensor.nlinalg.lstsq=Lstsq",
}
NAMES: dict[str, str] = {
    old: f"{home}.{new}"
    for home, pairs in _MOVED.items()
    for old, new in (pair.split("=") for pair in pairs.split())
}

# Functions that share their name with a module, which can only be imported.
SHADOWED = _below("theano", "tensor.sort tensor.var compile.function scan_module.scan")


def module(name: str) -> ModuleType | None:
    """Return Theano's module of that name, or None."""
    if is_file(name):
        return _imported(OURS + name.removeprefix("theano"))
    return renamed(name) if name in HOMES else None


def _imported(home: str) -> ModuleType:
    """Import a module; if it is one of our files, names it lacks are found, too."""
    found = importlib.import_module(home)
    if home.startswith(OURS) and "__getattr__" not in vars(found):
        for name, each in [*sys.modules.items()]:  # the others that it imported, too
            if name.startswith(OURS):
                finds = functools.partial(find, name.replace(OURS, "theano"))
                vars(each).setdefault("__getattr__", finds)
    return found


def find(inside: str, name: str) -> object:
    """Return what `name` means in the module of Theano whose full name is `inside`."""
    if name == "__all__":
        return _public(inside)
    if name.startswith("__"):
        raise AttributeError(f"module {inside!r} has no attribute {name!r}")
    full = f"{inside}.{name}"
    new = NAMES.get(full) or NAMES.get(name)
    if new is not None:
        home, _, new_name = new.rpartition(".")
        return getattr(_imported(home), new_name)
    if full not in SHADOWED and (is_file(full) or full in HOMES):
        return module(full)
    with warnings.catch_warnings(action="ignore"):  # PyTensor's, about names that it will move
        for home in HOMES.get(inside, ()):
            try:
                found = _imported(home)
                if not home.startswith(OURS):
                    return getattr(found, name)
                return vars(found)[name]  # its own names alone: this loop searches on
            except (ModuleNotFoundError, AttributeError, KeyError):
                continue  # it is elsewhere, or not in this PyTensor
    if name.endswith("_inplace"):
        return find(inside, name.removesuffix("_inplace"))
    if name.startswith(("Cuda", "Gpu")) and ("cuda" in inside or "gpu" in inside):
        return _on_gpu(name)
    raise AttributeError(sentence(full))


def _public(inside: str) -> list[str]:
    """Return what ``from inside import *`` binds; of names that NumPy has, Theano's alone."""
    homes = [f"{OURS}{inside.removeprefix('theano')}"] * is_file(inside)
    # six.moves lists modules that this Python may lack, and imports them when asked for.
    homes += (home for home in HOMES.get(inside, ()) if home != "six.moves")
    found = {name for home in homes for name in dir(_imported(home))}
    found -= {*dir(builtins), *dir(sys.modules["numpy"])}
    found |= {n.removeprefix(inside).split(".")[1] for n in HOMES if n.startswith(f"{inside}.")}
    found |= {n.rpartition(".")[2] for n in NAMES if n.rpartition(".")[0] == inside}
    return ["np", "theano", *(name for name in found if name[0] != "_")]


@functools.cache
def renamed(name: str) -> ModuleType:
    """Return a module of Theano that is none of our files."""
    made = ModuleType(name, f"Theano's {name}: PyTensor's names under their old ones.")
    made.__dict__["__getattr__"] = functools.partial(find, name)
    made.__path__ = []
    return made


def is_file(name: str) -> bool:
    """Return whether a module of Theano is one of our files."""
    file = _FOLDER.joinpath(*name.split("."))
    return file.with_suffix(".py").is_file() or file.joinpath("__init__.py").is_file()


def sentence(name: str) -> str:
    """Return what a missing name was, and what PyTensor has instead."""
    where = name
    while where and SPELLINGS.get(where, Spelling("")).kind != "missing":
        where = where.rpartition(".")[0]
    if not where:
        return f"{name} is not in the door: neither PyTensor nor this package has that name"
    said = f"{where} {SPELLINGS[where].note}"
    return said if where == name else f"{name} is missing: {said}"
