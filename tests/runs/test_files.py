"""Files written in one step and read back bit for bit, or refused."""

import json
import os

import numpy as np
import pytest

from theano_tutorial.errors import BadFile
from theano_tutorial.runs.checkpoints import load_model, save_model, trace_content
from theano_tutorial.system.files import write_atomically


def test_model_round_trip(tmp_path):
    path = tmp_path / "new" / "model.npz"
    W = np.random.default_rng(0).normal(size=(3, 2))
    save_model(path, {"W": W, "b": np.float32([0.1, 0.2])}, {"recipe": "softmax"})
    params, metadata = load_model(path)
    np.testing.assert_array_equal(params["W"], W)
    assert params["b"].dtype == "float32"
    assert metadata == {"recipe": "softmax"}
    with np.load(path, allow_pickle=False) as file:
        assert sorted(file.files) == ["W", "b", "metadata"]


def test_same_model_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_model(tmp_path / name, {"W": np.ones(3)}, {"seed": 0})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(40)])
def test_broken_model(tmp_path, content):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=r"not a readable \.npz file"):
        load_model(path)


def test_arrays_without_metadata(tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, W=np.ones(2))
    with pytest.raises(BadFile, match="no readable metadata"):
        load_model(path)
    with pytest.raises(BadFile, match="cannot be read"):
        load_model(tmp_path / "absent.npz")


def test_objects_in_a_model_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    np.savez(path, W=np.array([{}], dtype=object))
    with pytest.raises(BadFile, match=r"not a readable \.npz file"):
        load_model(path)


def test_floats_of_a_trace_read_back_bit_for_bit(tmp_path):
    values = [float(value) for value in np.random.default_rng(0).normal(size=100)]
    values += [5e-324, 1.7976931348623157e308, -0.0, 0.1]
    (tmp_path / "trace.json").write_bytes(trace_content({"log_likelihood": values}))
    read = json.loads((tmp_path / "trace.json").read_text())["log_likelihood"]
    assert np.array(read).tobytes() == np.array(values).tobytes()
    with pytest.raises(ValueError, match="not JSON compliant"):
        trace_content({"log_likelihood": [float("nan")]})


def test_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_written_files_have_the_usual_permissions(tmp_path):
    old = os.umask(0o027)
    try:
        write_atomically(tmp_path / "file", b"")
    finally:
        os.umask(old)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
