"""The kernel with one of its ideas turned off: slower, and the same numbers."""

import tempfile

import numpy as np
import pytest

from theano_tutorial import kernel
from theano_tutorial.kernel.reference import Reference

VARIANTS = [(), ("-DSKIP_ZEROS=0",), ("-DROWS=1",), ("-DFETCH_AHEAD=0",)]


@pytest.fixture
def problem():
    """Images of which most pixels are zero, parameters and labels."""
    rng = np.random.default_rng(0)
    x = rng.random((203, 50)) * (rng.random((203, 50)) < 0.2)
    return x, rng.normal(size=(50, 10)), rng.normal(size=10), rng.integers(10, size=203)


@pytest.mark.parametrize("threads", [1, 3])
def test_every_variant_computes_the_same(threads, problem, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    expected = Reference().log_likelihood(*problem, 0.5, True)
    for flags in VARIANTS:
        variant = kernel.variant("float64", *flags, threads=threads)
        for ours, value in zip(
            variant.log_likelihood(*problem, 0.5, True), expected, strict=True
        ):
            np.testing.assert_allclose(ours, value, rtol=1e-11, atol=1e-12)
        assert not list(tmp_path.iterdir())  # nothing is kept


def test_without_a_compiler_there_is_none(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    assert kernel.variant("float64") is None
    monkeypatch.delenv("CC")
    assert kernel.variant("int64") is None
    assert kernel.variant("float64", "-fno-such-flag") is None
