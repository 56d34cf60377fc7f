"""Devices that this machine does not have: nothing is left behind on another one.

PyTorch's fake tensors pretend to lie on a GPU, compute nothing, and raise an error where
devices mix or where Python would have to wait for a value. JAX splits the CPU in two.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytensor
import pytest
from faults.processes import new_process
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.db import RewriteDatabaseQuery
from recorded_steps import Recorder

from theano_tutorial import backends
from theano_tutorial.backends.one_call import call_each, indices
from theano_tutorial.recipes import cg, exercise, lenet, mlp, sgd, softmax, tanh
from theano_tutorial.rewrites.index_rewrites import add_rewrites

DTYPES = ("float64", "float32")
N_FUNCTIONS = 4 + 4 + 6 + 7 + 3 + 6 + 3  # softmax, tanh, sgd, cg, exercise, mlp, lenet

BATCHES = {"train_size": 100, "batch_size": 20}
OPTIONS = {
    softmax: {"train_size": 100},
    tanh: {"train_size": 100},
    sgd: BATCHES,
    cg: BATCHES,
    exercise: {**BATCHES, "momentum": 0.5},
    mlp: BATCHES,
    lenet: BATCHES,
}


def build_functions(digits, dtype, mode):
    """Compile every recipe; return its functions with rows of inputs for each, by name."""
    digits = digits_as(digits, dtype)
    none, numbers = [()] * 3, indices(3)
    batch = [(digits.train.x[:20], digits.train.y[:20])] * 3
    built = {}
    with pytensor.config.change_flags(floatX=dtype):
        for recipe, options in OPTIONS.items():
            name = recipe.__name__.rpartition(".")[2]
            program = recipe.build(digits, mode=mode, **options)
            found = {**vars(program), **vars(getattr(program, "judge", program))}
            for role, function in found.items():
                if isinstance(function, pytensor.compile.executor.Function):
                    given = function.maker.fgraph.inputs[: len(function.maker.inputs)]
                    n_given = sum(not hasattr(v, "get_value") for v in given)
                    rows = {0: none, 1: numbers, 2: batch}[n_given]
                    if n_given == 1 and given[0].type.ndim == 2:
                        rows = [row[:1] for row in batch]
                    built[f"{name}.{role}"] = function, rows
    return built


def digits_as(digits, dtype):
    splits = {name: getattr(digits, name) for name in ("train", "valid", "test")}
    return replace(
        digits, **{k: replace(split, x=split.x.astype(dtype)) for k, split in splits.items()}
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_pytorch_keeps_everything_on_a_gpu(digits, dtype, require_backend):
    require_backend("pytorch")
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    from theano_tutorial.backends.pytorch_backend import ResidentPytorchLinker

    seen = []

    class FakeLinker(ResidentPytorchLinker):
        def fetch(self, value):
            seen.append(value.device)
            dtype = str(value.dtype).removeprefix("torch.")
            return np.zeros(tuple(value.shape), dtype)

    gpu = torch.device("cuda:0")
    with FakeTensorMode(), sliced_by_operations(), pytest.MonkeyPatch.context() as patch:
        for module in ("on_host", "resident"):
            patch.setattr(f"theano_tutorial.backends.{module}.to_numpy", as_zeros)
        record = Recorder()
        patch.setattr("theano_tutorial.backends.cuda_graph.record", record)
        mode = Mode(FakeLinker(gpu), RewriteDatabaseQuery(include=["fast_run"]))
        functions = build_functions(digits, dtype, add_rewrites(mode))
        assert len(functions) == N_FUNCTIONS
        for number, (name, (function, rows)) in enumerate(functions.items(), 1):
            call_each(function, rows, 1)
            call_each(function, rows)
            assert record.count == 2 * number, name  # one step, and several
            stored = {v.name: v.container.storage[0] for v in function.get_shared()}
            assert {value.device for value in stored.values()} <= {gpu}, name
    assert len(seen) > len(functions)
    assert set(seen) == {gpu}


def sliced_by_operations():
    """Replace x[..., a:b, c:d] by operations: without CUDA, no fake tensor takes it."""
    import torch
    from torch.overrides import TorchFunctionMode

    class Sliced(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func is not torch.Tensor.__getitem__ or not only_slices(args[1]):
                return func(*args, **kwargs or {})
            tensor, (_, *slices) = args
            for axis, s in enumerate(slices, tensor.ndim - len(slices)):
                tensor = torch.ops.aten.slice.Tensor(tensor, axis, s.start, s.stop, s.step or 1)
            return tensor

    def only_slices(index):
        """Return whether it is (..., slice, slice), as pooling takes its windows."""
        return (
            isinstance(index, tuple)
            and index[:1] == (...,)
            and all(isinstance(part, slice) for part in index[1:])
        )

    return Sliced()


def as_zeros(value):
    """Stand in for `to_numpy`: a fake tensor has no numbers."""
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    return np.zeros(tuple(value.shape), str(value.dtype).removeprefix("torch."))


# Runs every recipe's functions on the second of two devices; says which.
ON_THE_SECOND = """
import json, sys
import jax, numpy as np

sys.path[:0] = sys.argv[1:]
from test_fake_devices import DTYPES, build_functions
from theano_tutorial import backends, data
from theano_tutorial.backends.jax_backend import ResidentJAXLinker
from theano_tutorial.backends.one_call import call_each

first, second = jax.devices()
mode = backends.mode("jax", device="cpu:1")
assert backends.device_of(mode) == "cpu:1"
seen, fetch = [], ResidentJAXLinker.fetch
ResidentJAXLinker.fetch = lambda self, value: seen.append(value) or fetch(self, value)

rng = np.random.default_rng(0)
split = data.Split(rng.random((120, 784)), rng.integers(10, size=120, dtype=np.int32))
digits = data.Dataset(split, split, split, name="rendered", source="test")
names = []
for dtype in DTYPES:
    for name, (function, rows) in build_functions(digits, dtype, mode).items():
        with jax.transfer_guard("disallow"):  # nothing is moved that was not asked for
            call_each(function, rows, 1)
            call_each(function, rows)
        stored = [v.container.storage[0] for v in function.get_shared()]
        assert stored and seen
        assert all(value.devices() == {second} for value in stored + seen), name
        names.append(name)
print(json.dumps(names))
"""


def test_jax_keeps_everything_on_the_device_that_was_asked_for(require_backend):
    require_backend("jax")
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    here = Path(__file__).parent
    names = new_process(ON_THE_SECOND, str(here), str(here.parent), **flags)
    assert len(json.loads(names)) == 2 * N_FUNCTIONS


@pytest.mark.parametrize("name", backends.WITH_DEVICE)
def test_what_depends_on_no_input_is_there_too(name, require_backend):
    require_backend(name)
    W = pytensor.shared(np.ones(3), name="W")
    reset = pytensor.function([], [], updates=[(W, np.zeros(3))], mode=backends.mode(name))
    reset()
    assert W.get_value().tolist() == [0, 0, 0]
    assert not isinstance(W.container.storage[0], np.ndarray)


def test_jax_multiplies_float32_in_float32(digits, require_backend):
    """Whatever the hardware: every product of the programs that XLA compiles says so."""
    require_backend("jax")
    products = 0
    for name, (function, rows) in build_functions(
        digits, "float32", backends.mode("jax")
    ).items():
        for program in lowered(function.vm.jit_fn, rows):
            dots = [line for line in program.splitlines() if "dot_general" in line]
            assert all("precision = [HIGHEST, HIGHEST]" in line for line in dots), name
            products += len(dots)
    assert products > 2 * N_FUNCTIONS


def lowered(on_device, rows):
    """Return the programs of one step and of several, as JAX hands them to XLA."""
    stored = [cell and on_device._there(i, cell[0]) for i, cell in enumerate(on_device._shared)]
    changed, fixed = (
        [stored[i] for i in which] for which in (on_device._changed, on_device._fixed)
    )
    columns = [on_device.device.put(np.stack(column)) for column in zip(*rows, strict=True)]
    yield on_device._compiled.lower(changed, fixed, rows[0]).as_text()
    yield on_device._repeated.lower(
        tuple(changed), tuple(fixed), tuple(columns), len(rows)
    ).as_text()


@pytest.mark.parametrize("precision", ["highest", "medium"])
def test_pytorch_multiplies_float32_in_float32(digits, precision, require_backend):
    """Whatever the user asked PyTorch for, which holds again afterwards."""
    require_backend("pytorch")
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    parts = torch.backends.cuda.matmul, torch.backends.mkldnn.matmul, torch.backends.cudnn.conv
    seen = []

    class Products(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if func in (torch.ops.aten.mm.default, torch.ops.aten.addmm.default):
                seen.append({part.fp32_precision for part in parts})
            return func(*args, **kwargs or {})

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        wanted = [part.fp32_precision for part in parts]
        functions = build_functions(digits, "float32", backends.mode("pytorch"))
        with Products():
            for function, rows in functions.values():
                call_each(function, rows, 1)
                call_each(function, rows)
        assert len(seen) > 2 * N_FUNCTIONS
        assert set().union(*seen) <= {"ieee", "none"}
        assert [part.fp32_precision for part in parts] == wanted
        assert torch.get_float32_matmul_precision() == precision
    finally:
        torch.set_float32_matmul_precision(before)
