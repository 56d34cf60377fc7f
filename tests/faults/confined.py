"""Read the hostile files of a folder in little memory; print what came of each, as JSON.

``python -m faults.confined FOLDER``; each file is named ``KIND=NUMBER``.
"""

import json
import resource
import sys
import tempfile
import time
import warnings
from pathlib import Path

from faults import files
from theano_tutorial.errors import TutorialError

ROOM = 640 * 2**20  # bytes beside what Python, NumPy, SciPy and Pillow take once they ran
RUNS = {"os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "pickle.find_class"}


def confine() -> None:
    """Let this process have no more than `ROOM` from now on."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def outcome(kind: files.Kind, path: Path) -> dict:
    """Read a file; return what came of it."""
    started = time.process_time()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            kind.read(path)
            error, text = "", ""
        except TutorialError as refusal:
            error, text = "refused", str(refusal)
        except BaseException as other:  # noqa: BLE001  (it is reported)
            error, text = type(other).__name__, str(other)
    return {
        "error": error,
        "text": text,
        "seconds": time.process_time() - started,
        "warnings": [str(warning.message) for warning in warned],
    }


def main(folder: Path) -> None:
    """Read every file of a folder."""
    ran = []
    files.use_small_files(setattr)
    with tempfile.TemporaryDirectory() as work:
        kinds = files.good_files(Path(work))
        for kind in kinds.values():  # load whatever is loaded on first use
            path = Path(work) / "good"
            path.write_bytes(kind.content)
            kind.read(path)
    sys.addaudithook(lambda event, arguments: ran.append(event) if event in RUNS else None)
    confine()
    outcomes = {
        path.name: outcome(kinds[path.name.partition("=")[0]], path)
        for path in sorted(folder.iterdir())
    }
    print(json.dumps({"outcomes": outcomes, "ran": ran}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
