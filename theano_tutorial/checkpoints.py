"""Parameters and traces on disk: written in one step, read without pickle."""

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from theano_tutorial.errors import BadFile

Parameters = dict[str, np.ndarray[Any, Any]]


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part.

    The content goes to a temporary file in the same folder, reaches the disk, and takes the
    file's name in one step. A write that fails leaves the old file as it was.

    Raises
    ------
    OSError
        If the folder cannot be made or the content does not fit.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _give_usual_permissions(temporary)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _give_usual_permissions(path: str) -> None:
    """Undo the privacy of a temporary file: the umask decides, as for any new file."""
    umask = os.umask(0)
    os.umask(umask)
    Path(path).chmod(0o666 & ~umask)


def save_trace(path: Path, trace: Mapping[str, Any]) -> None:
    """Write ``trace.json``. Floats read back bit for bit; one that is not finite is refused.

    Raises
    ------
    ValueError
        If a float is not finite.
    OSError
        If it cannot be written.
    """
    text = json.dumps(trace, indent=1, allow_nan=False)
    write_atomically(path, f"{text}\n".encode())


def save_model(path: Path, params: Parameters, metadata: Mapping[str, Any]) -> None:
    """Write ``model.npz``: one array a parameter, by its name, and ``metadata`` as JSON text.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    file = io.BytesIO()
    text = np.array(json.dumps(metadata, sort_keys=True))
    np.savez(file, allow_pickle=False, **params, metadata=text)
    write_atomically(path, file.getvalue())


def load_arrays(path: Path) -> Parameters:
    """Read an ``.npz`` file of plain arrays.

    Raises
    ------
    BadFile
        If the file cannot be read or is not such a file; nothing in it is ever run.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})") from error
    except Exception as error:  # a broken zip can raise nearly anything
        raise BadFile(path, f"not a readable .npz file ({type(error).__name__})") from error


def load_model(path: Path) -> tuple[Parameters, dict[str, Any]]:
    """Read what `save_model` wrote: the parameters by name, and the metadata.

    Raises
    ------
    BadFile
        If the file cannot be read or is not a saved model.
    """
    params = load_arrays(path)
    try:
        metadata = json.loads(str(params.pop("metadata")))
    except (KeyError, ValueError) as error:
        raise BadFile(path, "not a saved model: it has no readable metadata") from error
    return params, metadata
