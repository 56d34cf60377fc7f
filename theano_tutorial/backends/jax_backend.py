"""JAX: the graph as one function that XLA compiles, for CPU, GPU or TPU."""

import copyreg
import warnings
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import SingleDeviceSharding
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import dfs_rewriter
from pytensor.graph.rewriting.db import RewriteDatabaseQuery
from pytensor.graph.traversal import ancestors
from pytensor.link.jax.dispatch import jax_funcify
from pytensor.link.jax.linker import JAXLinker
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.shape import Shape, Shape_i

from theano_tutorial._types import Array
from theano_tutorial.backends.inline import add_after_stabilisation, sum_of_masked, use_prod
from theano_tutorial.backends.jax_ops import OnDevice  # and its conversions
from theano_tutorial.backends.modes import DeviceMode
from theano_tutorial.backends.on_device import Cell, Converted, DeviceArrays, Result, Step
from theano_tutorial.backends.resident import Resident
from theano_tutorial.errors import UsageError
from theano_tutorial.rewrites import index_ops
from theano_tutorial.rewrites.index_rewrites import PAIR, add_rewrites
from theano_tutorial.rewrites.minibatches import use_slice_rows, use_slice_rows_of_inputs
from theano_tutorial.rewrites.one_dtype import add_one_dtype

# Graphs say themselves what is float32 and what is float64: the fraction of 10,000 images that
# are wrong is float64 even if the weights are float32.
jax.config.update("jax_enable_x64", True)

# Multiply float32 in float32. By default, recent GPUs and TPUs multiply in TF32 or bfloat16,
# with ten or seven bits of mantissa, and training follows another trajectory.
_PRECISION = "highest"
_UNKNOWN_LENGTH = (
    "JAX cannot compile a shape or length that depends on values: cut a minibatch as "
    "x[i * b:(i + 1) * b], where b is a number; if b comes from the data's own shape, share "
    "them as pytensor.shared(x, shape=x.shape), or by data.shared_dataset; pass a scan's "
    "n_steps as a number; write pt.where for a mask"
)


@jax_funcify.register(index_ops.PickEntries)
def _pick(op: index_ops.PickEntries, **kwargs: object) -> OnDevice:
    def pick(x: jax.Array, y: jax.Array) -> jax.Array:
        index_ops.check_lengths(x, y)
        return jnp.take_along_axis(x, y[:, None].astype(jnp.int32), axis=1)[:, 0]

    return pick


@jax_funcify.register(index_ops.ScatterEntries)
def _scatter(op: index_ops.ScatterEntries, **kwargs: object) -> OnDevice:
    def scatter(x: jax.Array, g: jax.Array, y: jax.Array) -> jax.Array:
        index_ops.check_lengths(x, y)
        k = x.shape[1]
        # As indices, labels below 0 count from the end.
        label = jnp.where(y < 0, y + k, y)[:, None]
        # JAX cannot raise an error here, so a label that is not a class has a gradient of NaN,
        # like its probability.
        other = jnp.where((label >= 0) & (label < k), 0, jnp.nan).astype(x.dtype)
        return jnp.where(label == jnp.arange(k, dtype=y.dtype), g[:, None], other)

    return scatter


@jax_funcify.register(index_ops.SliceRows)
def _slice(op: index_ops.SliceRows, **kwargs: object) -> OnDevice:
    return lambda x, start: jax.lax.dynamic_slice_in_dim(x, start, op.length, axis=0)


def _checks_values(fgraph: FunctionGraph) -> bool:
    """Return whether an assertion, except those about broadcasting, is not about shapes."""
    nodes = [(node.op, node) for node in fgraph.apply_nodes]
    checks = [n for op, n in nodes if isinstance(op, CheckAndRaise) and "broadc" not in op.msg]
    checked = [v for n in checks for v in n.inputs[1:]]
    shapes = [v for op, n in nodes if isinstance(op, Shape | Shape_i) for v in n.outputs]
    return not set(fgraph.inputs).isdisjoint(ancestors(checked, shapes))


class ResidentJAXLinker(Resident, JAXLinker):
    """JAX's linker, with shared variables that stay on the device."""

    backend = "jax"

    def __init__(self, device: jax.Device, explains: bool = True) -> None:
        super().__init__()
        self.device = device
        self._explains = explains  # whether errors say how to write graphs
        # Where outputs are placed, including those that depend on no input.
        self._here = SingleDeviceSharding(device)
        # The argument whose memory the results reuse, so that a GPU's program finds its values
        # where they were when it was recorded. A CPU would gain little, and other threads may
        # go on reading the old values there.
        self.used_up = () if device.platform == "cpu" else (0,)

    @property
    def device_name(self) -> str:
        return f"{self.device.platform}:{self.device.id}"

    def fgraph_convert(self, fgraph: FunctionGraph, **kwargs: object) -> Converted:
        with warnings.catch_warnings(), jax.default_device(self.device):
            # Assertions about shapes: JAX knows and checks every shape when it compiles.
            skipped = "Skipping .*broadcast" if _checks_values(fgraph) else "Skipping "
            warnings.filterwarnings("ignore", skipped)
            converted = super().fgraph_convert(fgraph, **kwargs)
        # PyTensor's conversions make constants Python numbers, and sums of another dtype.
        dtypes = [getattr(v.type, "dtype", None) for v in fgraph.outputs]

        def typed(*values: jax.Array) -> list[jax.Array]:
            pairs = zip(converted(*values), dtypes, strict=True)
            return [v if dtype is None else jnp.asarray(v, dtype) for v, dtype in pairs]

        return typed

    def put(self, value: Array) -> jax.Array:
        return jax.device_put(value, self.device)

    def is_there(self, value: object) -> bool:
        if isinstance(value, dict):  # a random generator's state, sent below
            return True
        return isinstance(value, jax.Array) and value.device == self.device

    def wait(self, values: DeviceArrays) -> None:
        jax.block_until_ready(values)

    def create_thunk_inputs(self, storage_map: Mapping[Variable, Cell]) -> list[Cell]:
        cells = super().create_thunk_inputs(storage_map)
        for cell in cells:
            if isinstance(cell[0], dict):
                cell[0] = jax.device_put(cell[0], self.device)
        return cells

    def fetch(self, value: jax.Array) -> Array:
        # Does the same as `jax.device_get`, which takes several times as long for one value.
        try:
            return np.asarray(value)
        except RuntimeError:  # a transfer guard forbids implicit transfers
            with jax.transfer_guard_device_to_host("allow"):
                return np.asarray(value)

    def compile(self, step: Step) -> Step:
        return self._jitted(step)

    def repeat(self, step: Step) -> Step:
        def scan(
            changed: DeviceArrays, fixed: DeviceArrays, columns: DeviceArrays, n: int
        ) -> Result:
            def body(values: DeviceArrays, row: DeviceArrays) -> Result:
                # Keep XLA from moving parts of a step out of the loop and adding in another
                # order. The inputs differ at each step, so they need no barrier; behind one, a
                # GPU would copy each row separately and wait for it.
                return step(*jax.lax.optimization_barrier((values, fixed)), row)

            result: Result = jax.lax.scan(body, changed, columns, length=n)
            return result

        return self._jitted(scan, static_argnums=3)

    def _jitted(self, function: Step, static_argnums: int | None = None) -> Step:
        """Compile a function; errors about unknown lengths say how to write the graph."""

        def exact(*arguments: DeviceArrays | int) -> Result:
            try:
                with jax.default_matmul_precision(_PRECISION):
                    return function(*arguments)
            except (IndexError, TypeError) as error:
                words = "static", "concrete", "traced", "branches"
                if not self._explains or not any(word in str(error) for word in words):
                    raise
                raise UsageError(_UNKNOWN_LENGTH) from error

        compiled: Step = jax.jit(
            exact,
            static_argnums=static_argnums,
            out_shardings=self._here,
            donate_argnums=self.used_up,
        )
        return compiled


def find_device(name: str | None) -> jax.Device:
    """Return the device of that name, such as ``cpu`` or ``gpu:1``; for None, JAX's first.

    If there is no such device, raise a `ValueError`.
    """
    if name is None:
        return jax.devices()[0]
    platform, _, number = name.partition(":")
    try:
        if not platform:  # an empty name, for which JAX would use its first choice
            raise ValueError(name)
        return jax.devices(platform)[int(number or 0)]
    except (RuntimeError, IndexError, ValueError) as error:
        platforms = dict.fromkeys((jax.default_backend(), "cpu"))
        there = ", ".join(f"{d.platform}:{d.id}" for p in platforms for d in jax.devices(p))
        raise ValueError(f"no device {name!r}; JAX has {there}") from error


def _made_of(device: jax.Device) -> tuple[Callable[[str], jax.Device], tuple[str]]:
    return find_device, (f"{device.platform}:{device.id}",)


copyreg.pickle(jax.Device, _made_of)


def make_mode(rewrites: bool, device: str | None) -> Mode:
    """Return the mode that compiles for a device, with or without our rewrites."""
    linker = ResidentJAXLinker(find_device(device), explains=rewrites)
    mode: Mode = DeviceMode(linker, RewriteDatabaseQuery(include=["fast_run", "jax"]))
    if not rewrites:
        return mode
    mode = mode.excluding("jax_boolean_indexing_set_or_inc", "jax_boolean_indexing_sum")
    # Again after canonicalisation (1) has turned known shapes into numbers.
    mode = mode.register((dfs_rewriter(use_slice_rows), 1.05))
    mode = add_one_dtype(add_after_stabilisation(mode, sum_of_masked, use_prod))
    return add_rewrites(mode, (use_slice_rows, use_slice_rows_of_inputs, *PAIR))
