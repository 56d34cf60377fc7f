"""Which names of Theano are where in PyTensor: the table of pure renames, and how it is read.

A module of Theano is a file of ours, in the folder `theano`, or a line of `HOMES`; a name in it
is that file's own, or is looked up here: under its new name in `NAMES`, else in its homes, in
their order. What is nowhere is explained by an `AttributeError` of one sentence (`missing`).
"""

import functools
import importlib
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from theano_tutorial.legacy import missing

OURS = "theano_tutorial.legacy.theano"
_FOLDER = Path(__file__).parent


def _below(parent: str, names: str) -> tuple[str, ...]:
    return tuple(f"{parent}.{name}" for name in names.split())


_GRAPH = (
    *_below("pytensor.graph", "traversal basic op type fg features utils null_type"),
    *_below("pytensor.graph", "destroyhandler rewriting.basic rewriting.db rewriting.utils"),
    *_below("pytensor.link", "basic utils vm c.basic c.op c.type c.params_type"),
)
_COMPILE = (
    "pytensor.compile",
    *_below("pytensor.compile", "mode maker io builders sharedvalue ops rebuild"),
    *_below("pytensor.compile.debug", "profiling debugmode"),
    *_below("pytensor", "tensor.shape scan.utils graph.basic"),
)
_TENSOR = (
    *_below(OURS, "tensor.functions gradient tensor"),
    "pytensor.tensor",
    *_below("pytensor.tensor", "basic math shape subtensor elemwise extra_ops type type_other"),
    *_below("pytensor.tensor", "variable sharedvar exceptions sort blas linalg utils"),
    *_below("pytensor", "gradient printing scalar graph.basic graph.utils"),
)
_SCAN = ("pytensor.scan", *_below("pytensor.scan", "op utils views"))
_SCALAR = ("pytensor.scalar", *_below("pytensor.scalar", "basic math"))

# Where PyTensor keeps what a module of Theano held; our own first where it says more.
HOMES: dict[str, tuple[str, ...]] = {
    "theano": (
        *_below(OURS, "compile compile.called compile.modes scan_module gradient gof updates"),
        "pytensor",
        *_GRAPH,
        *_COMPILE,
        *_SCAN,
        *_below("pytensor", "printing gradient"),
    ),
    "theano.compile": (*_below(f"{OURS}.compile", "called modes"), *_COMPILE),
    "theano.compile.monitormode": (f"{OURS}.compile.modes",),
    "theano.compile.nanguardmode": (f"{OURS}.compile.modes",),
    "theano.compat.python2x": (f"{OURS}.compat",),
    "theano.configparser": (f"{OURS}.configdefaults",),
    "theano.gof": _GRAPH,
    "theano.gof.graph": _GRAPH,
    "theano.gradient": ("pytensor.gradient",),
    "theano.ifelse": ("pytensor.ifelse",),
    "theano.misc": (),
    "theano.misc.frozendict": ("pytensor.misc.frozendict",),
    "theano.misc.ordered_set": ("pytensor.misc.ordered_set",),
    "theano.misc.pkl_utils": ("pytensor.misc.pkl_utils", "pickle"),
    "theano.misc.safe_asarray": (OURS,),
    "theano.opt": _GRAPH,
    "theano.printing": ("pytensor.printing",),
    "theano.raise_op": ("pytensor.raise_op",),
    "theano.scalar": _SCALAR,
    "theano.scan_module": _SCAN,
    "theano.scan_module.scan_opt": ("pytensor.scan.rewriting",),
    "theano.sparse": ("pytensor.sparse", "pytensor.sparse.basic"),
    "theano.tensor": _TENSOR,
    "theano.tensor.blas": ("pytensor.tensor.blas", *_TENSOR),
    "theano.tensor.fft": ("pytensor.tensor.fft",),
    "theano.tensor.fourier": ("pytensor.tensor.fourier",),
    "theano.tensor.nlinalg": ("pytensor.tensor.linalg", *_TENSOR),
    "theano.tensor.slinalg": ("pytensor.tensor.linalg", *_TENSOR),
    "theano.tensor.xlogx": ("pytensor.tensor.xlogx",),
    "theano.tensor.opt": (
        *_below("pytensor.tensor.rewriting", "basic math shape subtensor elemwise"),
        *_TENSOR,
    ),
    "theano.toolbox": _GRAPH,
    "theano.typed_list": ("pytensor.typed_list",),
}
# Modules that were imported for what their package has too.
for _parent, _names in (
    ("compile", "function function_module io pfunc sharedvalue builders ops mode profiling"),
    ("compile", "debugmode"),
    ("gof", "op fg opt optdb toolbox link type utils vm cc null_type params_type"),
    ("gof", "destroyhandler"),
    ("scalar", "basic basic_scipy"),
    ("scan_module", "scan scan_op scan_utils scan_views scan_checkpoints"),
    ("sparse", "basic"),
    ("tensor", "basic elemwise extra_ops sharedvar sort subtensor type type_other utils var"),
):
    for _name in _below(f"theano.{_parent}", _names):
        HOMES[_name] = (f"{OURS}.{_parent}", *HOMES[f"theano.{_parent}"])

_REWRITING = "pytensor.graph.rewriting"
# Names that changed, in all modules; a name after its module, in that module alone.
NAMES: dict[str, str] = {
    "abs_": "pytensor.tensor.abs",
    "config": f"{OURS}.configdefaults.config",
    "scal": "pytensor.scalar",
    "sparse_grad": "pytensor.sparse.sparse_grad",
    "theano.scalar.abs_": "pytensor.scalar.abs",
    "theano.scalar.inv": "pytensor.scalar.reciprocal",
    "theano.scalar.sgn": "pytensor.scalar.sign",
    "theano.scalar.Inv": "pytensor.scalar.basic.Reciprocal",
    "theano.scalar.Sgn": "pytensor.scalar.basic.Sign",
    "theano.scalar.Scalar": "pytensor.scalar.basic.ScalarType",
    "inv": "pytensor.tensor.reciprocal",
    "sgn": "pytensor.tensor.sign",
    "isnan_": "pytensor.tensor.isnan",
    "isinf_": "pytensor.tensor.isinf",
    "matrix_inverse": "pytensor.tensor.linalg.inv",
    "AsTensorError": "builtins.TypeError",
    "AdvancedIndexingError": "builtins.TypeError",
    "EmptyConstantError": "pytensor.tensor.exceptions.NotScalarConstantError",
    "consider_constant": "pytensor.gradient.zero_grad",
    "consider_constant_": "pytensor.gradient.zero_grad",
    "ConsiderConstant": "pytensor.gradient.ZeroGrad",
    "extract_constant": "pytensor.tensor.basic.get_underlying_scalar_constant_value",
    "get_scalar_constant_value": "pytensor.tensor.basic.get_scalar_constant_value",
    "Optimizer": f"{_REWRITING}.basic.GraphRewriter",
    "optimizer": f"{_REWRITING}.basic.graph_rewriter",
    "SeqOptimizer": f"{_REWRITING}.basic.SequentialGraphRewriter",
    "MergeOptimizer": f"{_REWRITING}.basic.MergeOptimizer",
    "LocalOptimizer": f"{_REWRITING}.basic.NodeRewriter",
    "local_optimizer": f"{_REWRITING}.basic.node_rewriter",
    "LocalOptGroup": f"{_REWRITING}.basic.SequentialNodeRewriter",
    "OpSub": f"{_REWRITING}.basic.SubstitutionNodeRewriter",
    "TopoOptimizer": f"{_REWRITING}.basic.WalkingGraphRewriter",
    "PatternSub": f"{_REWRITING}.basic.PatternNodeRewriter",
    "NavigatorOptimizer": f"{_REWRITING}.basic.NodeProcessingGraphRewriter",
    "EquilibriumOptimizer": f"{_REWRITING}.basic.EquilibriumGraphRewriter",
    "OpKeyOptimizer": f"{_REWRITING}.basic.NodeProcessingGraphRewriter",
    "CheckStackTraceOptimization": f"{_REWRITING}.basic.CheckStackTraceRewriter",
    "DB": f"{_REWRITING}.db.RewriteDatabase",
    "Query": f"{_REWRITING}.db.RewriteDatabaseQuery",
    "PureOp": f"{OURS}.gof.Op",
    "FAST_RUN": f"{OURS}.compile.FAST_RUN",
    "orig_function": f"{OURS}.compile.function",
    "pfunc": f"{OURS}.compile.function",
    "ops_with_inner_function": "builtins.dict",
    "theano.gof.graph.variables": "pytensor.graph.traversal.variables_between",
    "theano.gof.graph.orphans": "pytensor.graph.traversal.orphans_between",
    "theano.gof.graph.nodes": "pytensor.graph.traversal.applys_between",
    "theano.gof.graph.ops": "pytensor.graph.traversal.apply_ancestors",
}

# Functions that have a module's name beside them: they stay what the name means.
_SHADOWED = (
    "theano.tensor.sort",
    "theano.tensor.var",
    "theano.compile.function",
    "theano.scan_module.scan",
)


def module(name: str) -> ModuleType | None:
    """Return the module of that name of Theano's, our file or a table of renames; or None."""
    if is_file(name):
        return importlib.import_module(_ours(name))
    return _renamed(name) if name in HOMES else None


def names_of(module: str) -> Callable[[str], object]:
    """Return a module's `__getattr__`: what it has beside what its file defines."""

    def find_here(name: str) -> object:
        return find(module, name)

    return find_here


def find(inside: str, name: str) -> object:
    """Return what a name means in a module of Theano, by its full name.

    A name that is nowhere raises an `AttributeError` of one sentence.
    """
    if name.startswith("__"):
        raise AttributeError(f"module {inside!r} has no attribute {name!r}")
    full = f"{inside}.{name}"
    new = NAMES.get(full) or NAMES.get(name)
    if new is not None:
        home, _, new_name = new.rpartition(".")
        return getattr(importlib.import_module(home), new_name)
    if full not in _SHADOWED and (is_file(full) or full in HOMES):
        return module(full)
    with warnings.catch_warnings():  # of PyTensor, of names that it is about to move
        warnings.simplefilter("ignore")
        for home in HOMES.get(inside, ()):
            try:
                found = _imported(home)
                if not home.startswith(OURS):
                    return getattr(found, name)
                return vars(found)[name]  # only what it defines: the search goes on here
            except (AttributeError, KeyError):
                continue
    raise AttributeError(missing.sentence(full))


def shadow() -> None:
    """Have modules found under whose names their packages have functions."""
    for name in _SHADOWED:
        sys.modules[name] = _renamed(name)


@functools.cache
def _renamed(name: str) -> ModuleType:
    made = ModuleType(name, f"Theano's {name}: PyTensor's names under their old ones.")
    made.__dict__["__getattr__"] = names_of(name)
    made.__path__ = []
    return made


def _imported(home: str) -> ModuleType:
    try:
        return importlib.import_module(home)
    except ModuleNotFoundError as error:  # not in every PyTensor
        raise AttributeError(str(error)) from error


def _ours(name: str) -> str:
    return OURS + name.removeprefix("theano")


def is_file(name: str) -> bool:
    """Return whether a module of Theano's is a file of ours."""
    file = _FOLDER.joinpath(*name.split("."))
    return file.with_suffix(".py").is_file() or file.joinpath("__init__.py").is_file()
