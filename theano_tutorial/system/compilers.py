"""Find compilers; a name on the path does not mean that one is installed."""

import shutil
import subprocess
import sys


def find(*names: str) -> str | None:
    """Return the path of the first compiler that is there.

    A Mac's stub does not count: it opens a dialog that offers the command line tools.
    """
    paths = [path for name in names if (path := shutil.which(name))]
    if sys.platform == "darwin" and any(path.startswith("/usr/bin/") for path in paths):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if subprocess.run(["xcode-select", "-p"], check=False, **quiet).returncode:
            paths = [path for path in paths if not path.startswith("/usr/bin/")]
    return next(iter(paths), None)
