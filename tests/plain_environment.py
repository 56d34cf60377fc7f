"""Imported before anything else: tests run in a plain environment, whatever the user's holds.

Settings for colours, languages, threads, folders and compilation go, for this process and for
those that it starts. What says where MNIST, caches, compilers, proxies and packages are stays.
"""

import contextlib
import locale
import os
import signal
from collections.abc import MutableMapping
from pathlib import Path

from theano_tutorial.system import pytensor_setup  # which imports no PyTensor yet

REMOVED = (
    *("XDG_", "MPLBACKEND", "PYTENSOR", "JAX_", "NUMBA_", "TQDM_", "PYTHON", "PYTEST_ADDOPTS"),
    *("OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "VECLIB_", "BLIS_", "NPROC"),
    *("LANG", "LC_", "TERM", "COLORTERM", "COLUMNS", "LINES", "PY_COLORS"),
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "GIT_", "THEANO_TUTORIAL_KERNEL", "SOURCE_DATE"),
    "THEANO_TUTORIAL_VENV",
)
KEPT = {
    *("PYTHON", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "JAX_PLATFORMS", "NUMBA_CACHE_DIR"),
}


def clean(environ: MutableMapping[str, str]) -> None:
    """Take out of an environment whatever could change what a test sees."""
    cores = os.cpu_count() or 1
    threads = environ.get("OMP_NUM_THREADS", "")
    caches = environ.get("XDG_CACHE_HOME")
    places = [
        flag
        for flag in environ.get("PYTENSOR_FLAGS", "").split(",")
        if flag.partition("=")[0].strip() in ("base_compiledir", "compiledir")
    ]
    for name in list(environ):
        if name.startswith(REMOVED) and name not in KEPT:
            del environ[name]
    if not environ.get("HOME"):
        environ.pop("HOME", None)
    if threads.isdecimal() and 1 <= int(threads) <= cores:
        environ["OMP_NUM_THREADS"] = threads
    elif "PYTEST_XDIST_WORKER" in environ:  # one test process a core
        environ["OMP_NUM_THREADS"] = "1"
    if caches and Path(caches).is_absolute():  # MNIST may be there
        environ.setdefault("THEANO_TUTORIAL_CACHE", str(Path(caches) / "theano_tutorial"))
    if places:
        environ["PYTENSOR_FLAGS"] = ",".join(places)
    environ["PYTENSORRC"] = environ["MATPLOTLIBRC"] = os.devnull  # the user's have settings too
    environ["COLUMNS"] = "80"
    paths = environ.get("PYTHONPATH", "").split(os.pathsep)
    if paths != [""]:  # tests start processes in other folders
        environ["PYTHONPATH"] = os.pathsep.join(str(Path(path).resolve()) for path in paths)


clean(os.environ)
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # tests in a script's background
    signal.signal(signal.SIGINT, signal.default_int_handler)
pytensor_setup.find_room()  # where the home cannot be written, or there is none
for _name in ("C.UTF-8", "en_US.UTF-8"):  # as Python reads text where nothing else is said
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_CTYPE, _name)
        break
