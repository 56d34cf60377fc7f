"""The package as a whole."""

import os
import subprocess
import sys

import theano_tutorial
from theano_tutorial import recipes, updates


def test_importing_the_package_loads_nothing():
    program = "import sys, theano_tutorial; print('pytensor' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_threads_of_blas_are_told_to_rest_unless_the_user_has_said_otherwise():
    program = "import os, theano_tutorial; print(os.environ['OPENBLAS_THREAD_TIMEOUT'])"
    for said, expected in ((None, "20"), ("28", "28")):
        environ = {k: v for k, v in os.environ.items() if k != "OPENBLAS_THREAD_TIMEOUT"}
        environ |= {"OPENBLAS_THREAD_TIMEOUT": said} if said else {}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=environ
        )
        assert done.stdout == f"{expected}\n"


def test_completion_shows_what_is_imported_when_asked_for():
    for module in (theano_tutorial, recipes, updates):
        assert set(module.__all__) <= set(dir(module))
        assert all(hasattr(module, name) for name in module.__all__)
    assert {*updates.RULES, "gradient_ascent", "Schedule"} <= set(updates.__all__)
