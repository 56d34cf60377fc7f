"""The package as a whole."""

from faults.processes import new_process

import theano_tutorial
from theano_tutorial import recipes, updates


def test_importing_the_package_loads_nothing():
    program = "import sys, theano_tutorial; print('pytensor' in sys.modules)"
    assert new_process(program) == "False\n"


def test_threads_of_blas_are_told_to_rest_unless_the_user_has_said_otherwise():
    program = "import os, theano_tutorial; print(os.environ['OPENBLAS_THREAD_TIMEOUT'])"
    for said, expected in ((None, "20"), ("28", "28")):
        assert new_process(program, OPENBLAS_THREAD_TIMEOUT=said) == f"{expected}\n"


def test_completion_shows_what_is_imported_when_asked_for():
    for module in (theano_tutorial, recipes, updates):
        assert set(module.__all__) <= set(dir(module))
        assert all(hasattr(module, name) for name in module.__all__)
    assert {*updates.RULES, "gradient_ascent", "Schedule"} <= set(updates.__all__)
