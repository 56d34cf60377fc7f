"""What our modes make of random graphs, against PyTensor without rewrites.

Differences are allowed where float64 itself is at a loss, and nowhere else:

- Where something in the plain graph is infinite, a stabilised graph may give what extended
  precision does; or NaN, if the plain result is not finite either. Never another number. A
  probability of e**-1106, which float64 rounds to 0, may have an infinite logarithm. Where it
  is zero by zero, as where all exponentials of a softmax are too small, any number will do.
- Where a comparison decides, as in the gradient of a maximum, and the plain graph itself
  changes as much with the tenth digits of what it compares, so may ours.
- Where the plain graph is NaN, as for the logarithm of a negative number, or overflows on the
  way, PyTensor alone may make a number of it, as its rewrites make u / u 1, and PyTensor 3.0's
  maximum leaves NaN out on Numba: so may ours, the same number.
- Where it loses digits, ours may lose as many; or none.
- Where NumPy repeats a matrix's only row for several labels, JAX, PyTorch and Numba refuse.
- Where it raises an error for shapes, so do ours, but in two cases. A length that happens to be
  1 may be repeated, as NumPy does. And of what is not needed, as b of ``x + b - b``, PyTensor's
  rewrites that it tags "shape_unsafe" leave the shape unseen.
"""

import numpy as np
import pytensor
import pytensor.printing
import pytest
import random_graphs
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pytensor.compile.mode import Mode
from pytensor.graph.traversal import io_toposort
from pytensor.scalar.basic import EQ, GT, LT, NEQ, Sign
from pytensor.tensor.math import Argmax

from theano_tutorial import backends
from theano_tutorial.errors import UsageError

# Graphs of the short form: as many as compile within some ten seconds.
SHORT = {"numpy": 100, "c": 10, "numba": 10, "jax": 30, "pytorch": 60}
AT_ONCE = 10  # graphs in one compiled function
NUDGES = 40  # each breaks ties in another way
SIZES = st.sampled_from([(4, 3, 4), (4, 4, 4), (4, 3, 3), (4, 4, 3), (4, 1, 4), (4, 3, 1)])

# Of shapes that do not fit: each library has its own.
ERRORS = (ValueError, TypeError, IndexError, RuntimeError, AssertionError)


def differs(got, plain, exact, overflows):
    """Return whether a result is neither the plain one nor, where that is off, a better one."""
    got, exact = np.asarray(got, np.longdouble), np.asarray(exact, np.longdouble)
    if got.shape != plain.shape:
        return True
    with np.errstate(all="ignore"):
        lost = np.nan_to_num(np.abs(plain - exact), nan=0, posinf=0)
        fine = np.abs(got - exact) <= 1e-7 + 1e-7 * np.abs(exact) + 100 * lost
        fine |= (got == plain) | (np.isnan(got) & np.isnan(plain))
        if overflows:
            # Of what no precision holds, float64 may have the logarithm: 1e-20, beside 1, or
            # 1e5000. Just before that, extended precision has few digits left.
            same_sign = np.sign(got) == np.sign(exact)
            fine |= np.isinf(exact) & same_sign & (np.abs(got) > 40)
            fine |= np.isinf(plain) & same_sign & (np.abs(np.log(got / exact)) < 1)
            fine |= np.isnan(got) & ~np.isfinite(plain)
            fine |= np.isinf(got) & np.isnan(plain) & same_sign & (np.abs(exact) > 100)
            fine |= np.isnan(exact) & (np.isnan(plain) | np.isnan(got))
            fine |= got == exact.astype(float)  # infinite in float64
    return not np.all(fine)


def compute(graphs, mode, numbers):
    """Compile graphs in one function, and call it."""
    inputs = list(random_graphs.INPUTS.values())
    return pytensor.function(inputs, graphs, mode=mode, on_unused_input="ignore")(
        *numbers.values()
    )


def check_raises(graph, backend, numbers):
    """Check that a graph raises an error, or is one of the two cases that need not."""
    try:
        (got,) = compute([graph], backends.mode(backend), numbers)
    except ERRORS:
        return
    try:
        exact, overflows = random_graphs.by_numpy(graph, numbers)
        if not differs(got, exact.astype(float), exact, overflows):
            return
    except ERRORS:
        pass
    try:
        compute([graph], backends.mode("numpy").excluding("shape_unsafe", "blas"), numbers)
    except ERRORS:
        return
    pytest.fail(f"no error: {written(graph)}\ngot {got}")


def written(graph):
    return pytensor.printing.debugprint(graph, file="str")


def compares(graph):
    """Return whether something in a graph jumps, as the gradient of a maximum."""
    ops = [node.op for node in io_toposort([], [graph])]
    scalar_ops = [getattr(op, "scalar_op", None) for op in ops]
    return any(isinstance(op, Argmax | EQ | NEQ | LT | GT | Sign) for op in [*ops, *scalar_ops])


def unstable(graph, numbers, *computed):
    """Return which entries of the plain graph change much with tenth digits on the way.

    Such is the gradient of a maximum, where rounding makes several entries the largest, or
    none equal to it. `computed` is the graph in float64, and in extended precision.
    """
    entries = np.zeros(computed[0].shape, bool)
    rng = np.random.default_rng(0)
    for before in computed * NUDGES if compares(graph) else ():
        after = random_graphs.nudged(graph, numbers, before.dtype, rng)
        entries |= ~np.isclose(after, before, rtol=1e-3, equal_nan=True)
    return entries


def as_without_ours(graph, backend, numbers, got, wanted):
    """Return which entries are as by PyTensor alone, if there is NaN or overflow on the way."""
    plain, _, overflows = wanted
    alike = np.zeros(plain.shape, bool)
    is_lost = overflows or random_graphs.is_nan_on_the_way(graph, numbers)
    modes = Mode("py", "fast_run"), backends.mode(backend, rewrites=False)
    for mode in modes if is_lost else ():
        try:
            (stock,) = compute([graph], mode, numbers)
        except ERRORS:  # which JAX and PyTorch may not compile without ours
            continue
        alike |= np.isclose(got, stock, rtol=1e-7)
    return alike


# What a backend does not compute, and says so.
REFUSED = {
    "jax": {"on values": "JAX does not know a shape", "of 1 rows": "one row, several labels"},
    "pytorch": {"of 1 rows": "one row, several labels"},
    "numba": {"of different lengths": "one row, several labels"},
}


def computed(graphs, backend, numbers):
    """Compute graphs at once; give None where a backend refuses one."""
    mode = backends.mode(backend)
    try:
        return compute(graphs, mode, numbers)
    except (TypeError, ValueError, UsageError) as error:
        reasons = [
            why for words, why in REFUSED.get(backend, {}).items() if words in str(error)
        ]
        if not reasons:
            raise
    if len(graphs) == 1:
        event(reasons[0])
        return [None]
    return [got for graph in graphs for got in computed([graph], backend, numbers)]


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
    for graph in refused:
        check_raises(graph, backend, numbers)
    if not fine:
        return
    results = computed(fine, backend, numbers)
    for graph, got, wanted in zip(fine, results, expected, strict=True):
        if got is not None and differs(got, *wanted):
            plain, exact, _ = wanted
            allowed = unstable(graph, numbers, plain, exact)
            allowed |= as_without_ours(graph, backend, numbers, got, wanted)
            steady = np.where(allowed, plain, got)
            assert not differs(steady, *wanted), f"{written(graph)}\n{got}, wanted {wanted}"


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
