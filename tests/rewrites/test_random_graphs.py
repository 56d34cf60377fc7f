"""What our modes make of random graphs, against PyTensor without rewrites.

Differences are allowed where float64 itself is at a loss, and nowhere else:

- Where anything in the plain graph is infinite or NaN, a stabilised graph may give what
  extended precision does, or NaN; never another number.
- Where the plain graph itself changes as much with the inputs' tenth digit, so may ours.
- Where it loses digits, ours may lose as many; or none.
"""

import numpy as np
import pytensor
import pytensor.printing
import pytest
import random_graphs
from hypothesis import HealthCheck, event, given, reject, settings
from hypothesis import strategies as st
from pytensor.graph.traversal import io_toposort
from pytensor.scalar.basic import Second

from theano_tutorial import backends

# Graphs of the short form: as many as compile within some ten seconds.
SHORT = {"numpy": 100, "c": 10, "numba": 10, "jax": 30, "pytorch": 60}
AT_ONCE = 10  # graphs in one compiled function
SIZES = st.sampled_from([(4, 3, 4), (4, 4, 4), (4, 3, 3), (4, 4, 3), (4, 1, 4), (4, 3, 1)])


def differs(got, plain, exact, is_finite):
    """Return whether a result is neither the plain one nor, where that is off, a better one."""
    got, exact = np.asarray(got, np.longdouble), np.asarray(exact, np.longdouble)
    if got.shape != plain.shape:
        return True
    with np.errstate(all="ignore"):
        lost = np.nan_to_num(np.abs(plain - exact), nan=0, posinf=0)
        fine = np.abs(got - exact) <= 1e-7 + 1e-7 * np.abs(exact) + 100 * lost
        fine |= (got == plain) | (np.isnan(got) & np.isnan(plain))
        if not is_finite:
            # Of what no precision holds, float64 may have the logarithm.
            fine |= np.isinf(exact) & (np.sign(got) == np.sign(exact)) & (np.abs(got) > 1e4)
            fine |= np.isnan(got) | np.isnan(exact)
            fine |= got == exact.astype(float)  # infinite in float64
    return not np.all(fine)


def compiled(graphs, backend):
    inputs, mode = list(random_graphs.INPUTS.values()), backends.mode(backend)
    return pytensor.function(inputs, graphs, mode=mode, on_unused_input="ignore")


def check_raises(graph, backend, numbers):
    """Check that a graph raises an error, but for a gradient that needs no such part.

    A gradient may need only the shape of what cannot be computed; what sees to that are
    PyTensor's rewrites that it tags "shape_unsafe".
    """
    try:
        compiled([graph], backend)(*numbers.values())
    except (
        ValueError,
        TypeError,
        IndexError,
        RuntimeError,
        AssertionError,
    ):  # each library has its own
        return
    assert is_gradient(graph), f"no error: {written(graph)}"
    mode = backends.mode("numpy").excluding("shape_unsafe")
    inputs = list(random_graphs.INPUTS.values())
    with pytest.raises((ValueError, IndexError)):
        pytensor.function(inputs, graph, mode=mode, on_unused_input="ignore")(*numbers.values())


def written(graph):
    return pytensor.printing.debugprint(graph, file="str")


def is_gradient(graph):
    """Return whether a graph has what only `pytensor.grad` writes: a seed, made to a shape."""
    return any(
        isinstance(getattr(node.op, "scalar_op", None), Second)
        for node in io_toposort([], [graph])
    )


def is_unstable(graph, numbers, plain):
    """Return whether the plain graph changes as much with a change in the tenth digit.

    Such is the gradient of a maximum, where rounding makes several entries the largest.
    """
    rng = np.random.default_rng(0)
    nudged = {
        name: v * (1 + 1e-10 * rng.normal(size=v.shape)) if v.dtype.kind == "f" else v
        for name, v in numbers.items()
    }
    moved, *_ = random_graphs.reference(graph, nudged)
    return not np.allclose(moved, plain, rtol=1e-3, equal_nan=True)


def computed(graphs, backend, numbers):
    """Compute graphs at once, or none of them where JAX would have to know a shape of one."""
    try:
        return compiled(graphs, backend)(*numbers.values())
    except TypeError as error:
        if backend != "jax" or "concrete" not in str(error):
            raise
        event("JAX does not know a shape")
        reject()


def check(backend, tapes, numbers):
    """Compare graphs: those that compute something in one function, the others one by one."""
    fine, expected, refused = [], [], []
    for tape in tapes:
        try:
            graph = random_graphs.Maker(tape).make()
        except (ValueError, TypeError, IndexError):  # refused while it is written
            continue
        try:
            expected.append(random_graphs.reference(graph, numbers))
            fine.append(graph)
        except (ValueError, IndexError):
            refused.append(graph)
    for graph in refused[:1]:  # each takes a compilation
        check_raises(graph, backend, numbers)
    if not fine:
        return
    for graph, got, wanted in zip(
        fine, computed(fine, backend, numbers), expected, strict=True
    ):
        if differs(got, *wanted) and not is_unstable(graph, numbers, wanted[0]):
            pytest.fail(f"{written(graph)}\ngot {got}, wanted {wanted}")


@pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")  # on purpose
def test_random_graphs(backend, request):
    n = request.config.getoption("graphs") or SHORT[backend]

    @settings(
        max_examples=n // AT_ONCE,
        derandomize=not request.config.getoption("graphs"),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(
        tapes=st.lists(st.binary(min_size=6, max_size=40), min_size=AT_ONCE, max_size=AT_ONCE),
        sizes=SIZES,
        scale=st.sampled_from([1, 1, 30, 1000]),
        seed=st.integers(0, 2**32 - 1),
    )
    def compare(tapes, sizes, scale, seed):
        check(backend, tapes, random_graphs.values(*sizes, scale, seed))

    # PyTensor's rewrites would copy the stack traces of graphs into each other, without end.
    with pytensor.config.change_flags(traceback__limit=0):
        compare()
