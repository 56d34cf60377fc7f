"""What the host does for a device: read its values, and check that a minibatch's rows exist."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.traversal import ancestors, graph_inputs
from pytensor.link.basic import Container
from pytensor.tensor.shape import Shape, Shape_i
from pytensor.tensor.type import TensorType

from theano_tutorial._types import Array, DeviceArray
from theano_tutorial.rewrites.index_ops import SliceRows, check_rows
from theano_tutorial.rewrites.reading import known_rows, origin

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_MOST = 4096  # entries in a cache
_SMALL = 100  # bytes in an entry's key
_INT64 = np.dtype(np.int64)


def to_numpy(value: object) -> Array:
    """Return a value as a NumPy array, whatever its device and library."""
    if isinstance(value, np.ndarray):  # checked first, as this runs at every step
        return value
    detach = getattr(value, "detach", None)  # PyTorch's tensors have it
    return np.asarray(value) if detach is None else detach().cpu().numpy()


def bring_back(cell: list[Array | DeviceArray]) -> None:
    """Replace JAX's or PyTorch's array by a NumPy array that may be written into."""
    if not isinstance(cell[0], np.ndarray) and hasattr(cell[0], "__dlpack_device__"):
        cell[0] = np.array(to_numpy(cell[0]))


class ResidentContainer(Container):
    """A shared variable's value, which is read as a NumPy array even if it is on a device."""

    def _get(self) -> Array:
        return to_numpy(self.storage[0])

    value = data = property(_get, Container.__set__)

    def __deepcopy__(self, memo: dict[int, object]) -> Container:
        bring_back(self.storage)  # `Container` copies only values of its type
        return super().__deepcopy__(memo)


def is_shared_array(variable: Variable) -> bool:
    """Return whether a variable is shared and holds an array, not a random generator."""
    return isinstance(variable, SharedVariable) and isinstance(variable.type, TensorType)


def whole_numbers(values: Sequence[object]) -> tuple[int | None, ...]:
    """Return each value that is an integer of Python or an int64 scalar; for others, None."""
    return tuple([_whole(value) for value in values])


def _whole(value: object) -> int | None:
    if type(value) is np.ndarray and value.dtype is _INT64 and not value.ndim:
        return int(value)
    return value if type(value) is int else None


def kept(known: dict[Key, Value], key: Key, make: Callable[[], Value]) -> Value:
    """Return the value cached for a key; make it first if it is not there."""
    if key not in known:
        if len(known) >= _MOST:
            known.clear()
        known[key] = make()
    return known[key]


class CheckedRows:
    """Rows cut from data, starting where a graph's inputs say.

    A device cannot raise an error from within a compiled function: for a minibatch beyond the
    end of the data, it would return other rows. So the rows are checked before each call.
    """

    def __init__(self, node: Apply, inputs: Sequence[Variable]) -> None:
        data, self._start = node.inputs
        self._length, self._n = node.op.length, known_rows(data)
        # The input whose rows are counted, if their number is not known.
        self.data = inputs.index(origin(data)) if self._n is None else -1
        found = set(graph_inputs([self._start]))
        given = {i: v for i, v in enumerate(inputs) if v in found}
        self.depends_on = set(given)
        # Of some inputs, such as x in x[x.shape[0] - 10:], the start needs only the shape.
        self._by_shape = {i: v for i, v in given.items() if _only_shape(v, self._start)}
        self._by_value = {i: v for i, v in given.items() if i not in self._by_shape}
        self._starts: dict[tuple[object, ...], int] = {}  # the same ones come again every epoch

    def all_rows(self, values: Sequence[DeviceArray]) -> int:
        """Return how many rows the data have, with these values of the inputs."""
        return self._n if self._n is not None else values[self.data].shape[0]

    def check(self, values: Sequence[DeviceArray]) -> None:
        """Raise an `IndexError` if, with these values of the inputs, rows do not exist."""
        given = [to_numpy(values[i]) for i in self._by_value]
        shapes = [tuple(values[i].shape) for i in self._by_shape]
        if sum([value.nbytes for value in given]) > _SMALL:
            start = self._found(given, shapes)
        else:
            key = *shapes, *[value.tobytes() for value in given]
            start = kept(self._starts, key, lambda: self._found(given, shapes))
        check_rows(start, self._length, self.all_rows(values))

    def _found(self, given: Sequence[Array], shapes: Sequence[tuple[int, ...]]) -> int:
        """Return where the rows start, given these values and shapes of inputs."""
        shaped = [np.broadcast_to(np.int8(0), shape) for shape in shapes]
        variables = *self._by_value.values(), *self._by_shape.values()
        known = zip(variables, (*given, *shaped), strict=True)
        return int(_computed(self._start, dict(known)))


def checked_rows(fgraph: FunctionGraph) -> Iterator[CheckedRows]:
    """Yield the minibatches of a graph, except those with a random start."""
    seen = set()
    for node in fgraph.toposort():
        if isinstance(node.op, SliceRows):
            data, start = node.inputs
            # The same for images and their labels, which are checked once.
            alike = start, node.op.length, known_rows(data) or data
            found = graph_inputs([start])
            if alike not in seen and all(
                isinstance(v, Constant) or isinstance(v.type, TensorType) for v in found
            ):
                seen.add(alike)
                yield CheckedRows(node, fgraph.inputs)


def _only_shape(v: Variable, result: Variable) -> bool:
    """Return whether a result depends only on the shape of a variable."""
    nodes = {found.owner for found in ancestors([result]) if found.owner}
    uses = [node.op for node in nodes if v in node.inputs]
    return v is not result and all(isinstance(op, Shape | Shape_i) for op in uses)


def _computed(v: Variable, given: Mapping[Variable, Array]) -> Array:
    """Compute a variable from given values, operation by operation."""
    if v in given:
        return given[v]
    if isinstance(v, Constant):
        return np.asarray(v.data)
    inputs = [_computed(part, given) for part in v.owner.inputs]
    if v.owner.op.destroy_map:
        inputs = [value.copy() for value in inputs]
    storage: list[list[Array | None]] = [[None] for _ in v.owner.outputs]
    v.owner.op.perform(v.owner, inputs, storage)
    return np.asarray(storage[v.owner.outputs.index(v)][0])
