"""The package as a whole."""

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


def test_completion_shows_what_is_imported_when_asked_for():
    for module in (theano_tutorial, recipes, updates):
        assert set(module.__all__) <= set(dir(module))
        assert all(hasattr(module, name) for name in module.__all__)
    assert {*updates.RULES, "gradient_ascent", "Schedule"} <= set(updates.__all__)
