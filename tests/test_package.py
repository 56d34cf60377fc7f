"""The package as a whole."""

import subprocess
import sys


def test_importing_the_package_loads_nothing():
    program = "import sys, theano_tutorial; print('pytensor' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
