"""What real Theano computed for 503 lines of its code, through the door, on every backend.

The cases are described in tests/golden/theano_ops/README.md.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from theano_tutorial.legacy import mode

FOLDER = Path(__file__).parents[1] / "golden" / "theano_ops"
# The files, and how many cases each has; those that draw.
FILES = {
    "activations": 48,
    "batch_norm": 20,
    "casting": 84,
    "conv2d": 52,
    "gradients": 62,
    "indexing": 18,
    "mrg": 38,
    "pool_2d": 70,
    "random_streams": 51,
    "scan": 26,
    "softmax": 34,
}
DRAWS = {"mrg", "random_streams"}
# Backends that compile for seconds a case: without --long, one case in so many.
ONE_IN = {"numpy": 1, "c": 16, "numba": 100, "jax": 16, "pytorch": 16}
# Of these files alone: numba takes some ten seconds for a case.
QUICK_ON_NUMBA = {"activations", "indexing", "mrg", "random_streams", "softmax"}
# Largest difference, relative to the number or to 1; integers, and all draws, are equal.
CLOSE = {"float64": 1e-12, "float32": 1e-6}

# Cases that are further off, by file and the first words of their names: how far, and why.
FURTHER = {
    ("gradients", "erf, gammaln"): (2e-10, "Theano's digamma is good to 1.5e-10 only"),
    ("activations", "relu alpha 0.1 float32"): (2e-6, "c multiplies and adds in one step"),
    ("conv2d", "conv2d float32"): (5e-6, "gradients add tens of products, up to 266"),
    ("mrg", "many draws: sums"): (2e-14, "sums of 120,000 draws, which NumPy adds in pairs"),
}


def drawn(given, floatX):
    if "value" in given:
        values = np.array(given["value"])
    else:
        rng = np.random.RandomState(given["seed"])
        if given["draw"] == "randint":
            values = rng.randint(given["low"], given["high"], size=given["shape"])
        else:
            values = getattr(rng, given["draw"])(*given["shape"])
    return (values * given.get("scale", 1)).astype(given.get("dtype", floatX))


def names():
    """Return what the code of a case sees."""
    import theano
    from theano.sandbox.rng_mrg import MRG_RandomStreams
    from theano.tensor.shared_randomstreams import RandomStreams
    from theano.tensor.signal.pool import pool_2d

    return {
        "theano": theano,
        "T": theano.tensor,
        "np": np,
        "pool_2d": pool_2d,
        "RandomStreams": RandomStreams,
        "MRG_RandomStreams": MRG_RandomStreams,
    }


def computed(case):
    """Return the dtypes that a case's code wrote down, and the results of each call."""
    scope = names()
    theano, T = scope["theano"], scope["T"]
    theano.config.floatX = case["floatX"]
    given = {name: drawn(how, case["floatX"]) for name, how in case.get("inputs", {}).items()}
    inputs = {name: T.tensor(str(v.dtype), [False] * v.ndim, name) for name, v in given.items()}
    scope.update(inputs)
    exec(case["code"], scope)
    outputs = list(scope["outputs"])
    if case.get("grad"):
        cost = sum((v**2).sum() for v in outputs if v.dtype.startswith("float"))
        outputs += T.grad(cost, [inputs[name] for name in case["grad"]])
    function = theano.function(
        [inputs[name] for name in sorted(inputs)],
        outputs,
        on_unused_input="ignore",
        **scope.get("function_options", {}),
    )
    values = [given[name] for name in sorted(given)]
    return scope.get("dtypes"), [function(*values) for _ in range(case["calls"])]


def wanted(case):
    """Return what Theano gave at each call, gradients last."""
    calls = case["results"] if case["calls"] > 1 else [case["results"]]
    gradients = [case["gradients"][name] for name in case.get("grad") or []]
    return [[*results, *gradients] for results in calls]


def difference(file, case):
    """Return how a case differs from Theano, in words; empty if it does not."""
    dtypes, calls = computed(case)
    found = [] if case.get("dtypes") == dtypes else [f"dtypes {dtypes}"]
    for ours, theirs in zip(calls, wanted(case), strict=True):
        for i, (result, expected) in enumerate(zip(ours, theirs, strict=True)):
            result = np.asarray(result)
            if [str(result.dtype), [*result.shape]] != [expected["dtype"], expected["shape"]]:
                found.append(f"output {i}: {result.dtype} {result.shape}")
                continue
            off = largest(result.astype(float), np.array(expected["data"], float))
            if not off <= allowed(file, case, expected["dtype"]):
                found.append(f"output {i} is off by {off:.1e}")
    return "; ".join(found)


def largest(result, expected):
    """Return the largest difference, relative to the number or to 1; infinities are equal."""
    expected = expected.reshape(result.shape)
    finite = np.isfinite(expected)
    if not np.array_equal(result[~finite], expected[~finite], equal_nan=True):
        return np.inf
    off = np.abs(result - expected)[finite] / np.maximum(1, np.abs(expected[finite]))
    return np.max(off, initial=0)


def allowed(file, case, dtype):
    for (where, first), (far, _reason) in FURTHER.items():
        if where == file and case["name"].startswith(first):
            return far
    return 0 if file in DRAWS else CLOSE.get(dtype, 0)


# Draws need a state that changes, which jax and pytorch do not have; nor has pytorch scans.
PAIRS = [
    (file, backend)
    for file in FILES
    for backend in ONE_IN
    if not (backend in ("jax", "pytorch") and file in DRAWS)
    and (file, backend) != ("scan", "pytorch")
]


# What a backend cannot compile, by the first words of the case's name, and how it says so.
REFUSED = {
    "jax": {
        "masks as indices": "No JAX conversion",
        "boolean masks": "depends on values",
        "until": "While Scan",
        "random draws inside": "No JAX conversion",
    },
    "pytorch": {"masks as indices": "No PyTorch conversion"},
}


def refused(backend, case):
    """Return what a backend says of a case that it cannot compile, or None."""
    words = REFUSED.get(backend, {})
    return next((said for name, said in words.items() if case["name"].startswith(name)), None)


def pytest_generate_tests(metafunc):
    if "file" in metafunc.fixturenames:
        all_of_numba = metafunc.config.getoption("long")
        pairs = [
            (file, backend)
            for file, backend in PAIRS
            if backend != "numba" or all_of_numba or file in QUICK_ON_NUMBA
        ]
        metafunc.parametrize(("file", "backend"), pairs)


@pytest.mark.filterwarnings("ignore:Numba will use object mode")  # which is slower only
def test_goldens(file, backend, door, require_backend, is_long):
    cases = json.loads((FOLDER / f"{file}.json").read_text())["cases"]
    assert len(cases) == FILES[file]
    mode.use(require_backend(backend))
    some = cases if is_long else cases[:: ONE_IN[backend]]
    differences = {}
    for case in some:
        said = refused(backend, case)
        if said is None:
            differences[case["name"]] = difference(file, case)
            continue
        with pytest.raises(Exception, match=said):
            computed(case)
    assert not {case: words for case, words in differences.items() if words}
