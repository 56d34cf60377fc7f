"""Convolution and pooling against what real Theano computed, on every backend."""

import re
from types import SimpleNamespace

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from theano_tutorial import backends, convolution

# What the golden files have besides: another operation, and older names of the same.
OTHER = "signal.conv"
IMPORTS = r"from theano\.tensor\S+ import .+\n"
TOGETHER = 12  # cases in one compiled function
NAMES = {
    "np": np,
    "pool_2d": convolution.pool_2d,
    "pool_3d": convolution.pool_3d,
    "conv2d": convolution.conv2d,
    "images2neibs": convolution.images2neibs,
    "neibs2images": convolution.neibs2images,
    "T": SimpleNamespace(
        grad=pytensor.grad,
        sort=pt.sort,
        sum=pt.sum,
        nnet=SimpleNamespace(
            conv2d=convolution.conv2d, conv3d=convolution.conv3d, abstract_conv=convolution
        ),
    ),
}


def cases(golden, name):
    found = golden[name]["cases"]
    return [case for case in found if OTHER not in case["code"]]


def drawn(given, floatX):
    rng = np.random.RandomState(given["seed"])
    if given["draw"] == "randint":
        values = rng.randint(given["low"], given["high"], size=given["shape"])
    else:
        values = getattr(rng, given["draw"])(*given["shape"])
    return values.astype(given.get("dtype", floatX))


def built(case):
    """Return a case's inputs with their values, and its outputs and gradients."""
    values = {name: drawn(given, case["floatX"]) for name, given in case["inputs"].items()}
    inputs = {
        name: pt.tensor(name, dtype=v.dtype, shape=(None,) * v.ndim)
        for name, v in values.items()
    }
    names = NAMES | inputs
    exec(re.sub(IMPORTS, "", case["code"]), names)
    outputs = names["outputs"]
    wanted, expected = case.get("grad") or [], list(case["results"])
    if wanted:
        cost = sum((output**2).sum() for output in outputs)
        outputs = outputs + pytensor.grad(cost, [inputs[name] for name in wanted])
        expected += [case["gradients"][name] for name in wanted]
    return [(inputs[name], values[name]) for name in values], outputs, expected


@pytest.mark.parametrize(("name", "n"), [("conv2d", 50), ("pool_2d", 70)])
def test_results_and_gradients(name, n, golden, backend):
    found = cases(golden, name)
    assert len(found) == n
    check_all(found, backend)


def test_neighbourhoods(golden, backend):
    found = [case for case in golden["theano_windows"]["cases"] if "neib" in case["code"]]
    assert len(found) == 10
    check_all(found, backend)


def check_all(found, backend):
    if backend == "numba":  # which calls what numpy calls, after seconds of compilation
        found = found[::4]
    for first in range(0, len(found), TOGETHER):
        some = found[first : first + TOGETHER]
        parts = [built(case) for case in some]
        inputs = [given for part in parts for given in part[0]]
        outputs = [output for part in parts for output in part[1]]
        function = pytensor.function(
            [variable for variable, _ in inputs], outputs, mode=backends.mode(backend)
        )
        results = iter(function(*(value for _, value in inputs)))
        for case, (_, made, expected) in zip(some, parts, strict=True):
            for variable, there in zip(made, expected, strict=True):
                check(next(results), there, case["name"], variable)


def check(result, expected, name, variable):
    assert (str(result.dtype), list(result.shape)) == (expected["dtype"], expected["shape"]), (
        name
    )
    known = variable.type.shape
    assert all(a in (None, b) for a, b in zip(known, result.shape, strict=True)), name
    numbers = np.array(expected["data"], float).reshape(result.shape)
    # float64 to the last few bits; the only float32 case sums some tens of products.
    rtol = 1e-10 if result.dtype == "float64" else 1e-5
    largest = max(1, np.abs(numbers).max(initial=0))
    np.testing.assert_allclose(result, numbers, rtol=0, atol=rtol * largest, err_msg=name)
