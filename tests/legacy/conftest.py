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
