"""On numpy, no operation of the door runs entry by entry in Python; all compute the same."""

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode
from pytensor.link.vm import VMLinker
from pytensor.scan.op import Scan
from pytensor.tensor.elemwise import CAReduce, Elemwise

# Entry by entry, as PyTensor itself does without a compiler.
PLAIN = Mode(VMLinker(use_cloop=False, c_thunks=False), None)


def entry_by_entry(fgraph):
    """Yield operations that NumPy has no function for, also those in the steps of a scan."""
    for node in fgraph.apply_nodes:
        if isinstance(node.op, Scan):
            yield from entry_by_entry(node.op.fn.maker.fgraph)
        if isinstance(node.op, Elemwise):
            spec = node.op.nfunc_spec
            if spec is None or spec[1] != len(node.inputs):
                yield node
        if isinstance(node.op, CAReduce) and not hasattr(node.op.scalar_op, "nfunc_spec"):
            yield node


def expressions(T, x, y, n):
    return {
        "products": x * y * (x + 1) * 2,
        "sums": x + y + n + 0.5,
        "largest": T.maximum(T.maximum(x, y), 0) - T.minimum(T.minimum(x, y), n),
        "switch": T.switch(x > 0, x, y),
        "clip": T.clip(x, -0.5, y),
        "softplus": T.nnet.softplus(x) + T.nnet.softplus(x * 4),
        "sigmoid": T.nnet.sigmoid(x) * (1 - T.nnet.sigmoid(y)),
        "logs": T.log1p(T.exp(x)) + T.log(1 - T.exp(-abs(y) - 0.1)),
        "casts": T.cast(x * 10, "int32") + T.cast(n, "float32") + T.cast(x > 0, "int8"),
        "powers": x**2 + x**3 + abs(y) ** 1.5 + x**5,
        "fill": T.fill(x, y[0, 0]) + T.zeros_like(x) + T.ones_like(x) * 3,
        "logic": T.and_(T.and_(x > 0, y > 0), n > 1) | T.or_(x > 1, T.neq(x, y)),
        "rounding": T.round(x * 3) + T.round(y * 3, mode="half_away_from_zero") + T.ceil(x),
        "division": x / (y + 5) + n // 2 + n % 3 + T.inv(y + 9) + x % 2,
        "special": T.erf(x)
        + T.gammaln(abs(y) + 1)
        + T.psi(abs(x) + 1)
        + T.tri_gamma(abs(y) + 1),
    }


def test_nothing_runs_entry_by_entry(door):
    T = door.tensor
    x, y, n = T.matrix("x"), T.matrix("y"), T.imatrix("n")
    named = expressions(T, x, y, n)
    whole = sum(v.sum() for v in named.values() if v.dtype == "float64")
    rows, _ = door.scan(lambda row, s: T.clip(row.sum() * s * 0.5, -9, s), x, y[0, 0])
    named |= {"scan": rows, "gradient": T.grad(whole, x), "of scan": T.grad(rows.sum(), x)}
    f = door.function([x, y, n], list(named.values()))
    assert not list(entry_by_entry(f.maker.fgraph))
    plain = pytensor.function([x, y, n], list(named.values()), mode=PLAIN)
    rng = np.random.default_rng(1)
    values = (
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 4)),
        rng.integers(-3, 4, (3, 4), "int32"),
    )
    for name, result, expected in zip(named, f(*values), plain(*values), strict=True):
        assert result.dtype == expected.dtype, name
        np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9, err_msg=name)


def test_products_and_their_gradients(door):
    T = door.tensor
    x = T.matrix("x")
    f = door.function([x], T.grad(T.prod(x, axis=1).sum(), x))
    assert f([[1, 2, 3], [0, 2, 3], [0, 0, 3]]).tolist() == [[6, 3, 2], [6, 0, 0], [0, 0, 0]]
    assert not list(entry_by_entry(f.maker.fgraph))


def test_shapes_must_fit(door):
    T = door.tensor
    x, y = T.matrix("x"), T.matrix("y")
    f = door.function([x, y], x * y * y)
    with pytest.raises(ValueError, match=r"\(1, 3\)"):
        f(np.ones((1, 3)), np.ones((2, 3)))
    row = T.row("row")
    assert door.function([row, y], row * y * y)(np.ones((1, 3)), np.ones((2, 3))).shape == (
        2,
        3,
    )
