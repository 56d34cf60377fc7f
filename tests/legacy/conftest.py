"""The door, for the tests of this folder."""

import sys
from random import Random

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


def _state():
    """Return what `legacy.install` changes, each as (object, name, value)."""
    from numpy._core import _dtype
    from pytensor.compile.builders import OpFromGraph
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.graph.basic import Variable
    from pytensor.tensor import math
    from pytensor.tensor.variable import TensorVariable
    from pytensor.tensor.variable import _tensor_py_operators as operators

    places = [(operators, "__bool__"), (operators, "reshape"), (Variable, "eval")]
    places += [(math, "var"), (Random, "_randbelow")]
    places += [(operators, "zeros_like"), (operators, "ones_like")]
    places += [(SharedVariable, "default_update"), (_dtype, "np")]
    places += [(OpFromGraph, "__getstate__")]
    places += [(cls.__init__, "__defaults__") for cls in (Variable, TensorVariable)]
    return [(of, name, getattr(of, name)) for of, name in places]


@pytest.fixture(autouse=True)
def no_door_is_left():
    """Undo `legacy.install` after each test: other tests are about PyTensor without it."""
    from theano_tutorial.legacy import stand_ins

    state, finders = _state(), [*sys.meta_path]
    lost = [(of, names.keys() - vars(of).keys()) for of, names in stand_ins._LOST.items()]
    yield
    for of, names in lost:
        for name in names & vars(of).keys():
            delattr(of, name)
    for of, name, value in state:
        setattr(of, name, value)
    sys.meta_path[:] = finders
    for name in [*sys.modules]:
        if name.partition(".")[0] == "theano":
            del sys.modules[name]
