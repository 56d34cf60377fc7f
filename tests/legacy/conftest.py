"""The door, for the tests of this folder."""

import pytest


@pytest.fixture
def door():
    """Return `theano` of the door, installed on numpy with floatX float64.

    Both are as they were afterwards, whatever a test chose.
    """
    import pytensor

    from theano_tutorial import legacy
    from theano_tutorial.legacy import mode

    floatX = pytensor.config.floatX
    legacy.install("numpy", "float64")
    import theano

    yield theano
    pytensor.config.floatX = floatX
    mode.use("numpy")


@pytest.fixture(autouse=True)
def truth_of_variables():
    """Give variables back what `bool` said of them: other tests are about PyTensor's."""
    from pytensor.tensor.variable import _tensor_py_operators as operators

    before = operators.__bool__
    yield
    operators.__bool__ = before
