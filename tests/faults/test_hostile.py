"""Files made to do harm are refused, in words, soon, in little memory, and run nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from faults.hostile import hostile_files

FILES = hostile_files()
SECONDS = 5.0  # of computing; most take milliseconds


@pytest.fixture(scope="module")
def confined(tmp_path_factory):
    """What came of each file, all read by one process that may not have much memory."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, file in enumerate(FILES):
        (folder / f"{file.kind}={number}").write_bytes(file.content)
    tests = Path(__file__).parent.parent
    paths = [str(tests), str(tests.parent), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "faults.confined", folder],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "number", range(len(FILES)), ids=[f"{file.kind}: {file.name}" for file in FILES]
)
def test_refused(number, confined):
    file = FILES[number]
    outcome = confined["outcomes"][f"{file.kind}={number}"]
    assert outcome["error"] == "refused", outcome
    assert file.answer in outcome["text"]
    assert "MemoryError" not in outcome["text"]
    assert outcome["text"].isprintable()
    assert len(outcome["text"]) < 1_000
    assert outcome["warnings"] == []
    assert outcome["seconds"] < SECONDS


def test_nothing_was_run(confined):
    assert confined["ran"] == []
