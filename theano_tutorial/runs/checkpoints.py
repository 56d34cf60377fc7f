"""The files that a run writes, such as ``model.npz``, and how to read them without pickle."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # for values in JSON

import numpy as np

from theano_tutorial._types import Parameters
from theano_tutorial.errors import BadFile
from theano_tutorial.system.files import load_arrays, write_atomically


def trace_content(trace: Mapping[str, object]) -> bytes:
    """Return the content of ``trace.json``, whose floats can be read back bit for bit.

    Raises `ValueError` if one is not finite.
    """
    return f"{json.dumps(trace, indent=1, allow_nan=False)}\n".encode()


def log_content(numbers: Mapping[str, object], steps: str) -> bytes:
    """Return ``log.csv``: a header, and a line for each step or epoch in a trace's `numbers`.

    `steps` names what is counted, in the plural. A number that a step lacks is left empty.
    """
    each = steps.removesuffix("s")
    rows = numbers.get("epochs")
    if not isinstance(rows, list):
        columns = {name: value for name, value in numbers.items() if isinstance(value, list)}
        rows = [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
    rows = [{each: n, **row} for n, row in enumerate(rows, start=1)]
    file = io.StringIO()
    writer = csv.DictWriter(
        file, dict.fromkeys(name for row in rows for name in row), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def model_content(params: Parameters, metadata: Mapping[str, object]) -> bytes:
    """Return ``model.npz``: one array per parameter, by name, and ``metadata`` as JSON."""
    file = io.BytesIO()
    text = np.array(json.dumps(metadata))  # unsorted: a resumed log keeps its columns' order
    np.savez(file, **params, metadata=text)  # type: ignore[arg-type]
    return file.getvalue()


def save_model(path: Path, params: Parameters, metadata: Mapping[str, object]) -> None:
    """Write `model_content` to a file; raise `OSError` if it cannot be written."""
    write_atomically(path, model_content(params, metadata))


def load_model(path: Path) -> tuple[Parameters, dict[str, Any]]:
    """Read what `save_model` wrote: the parameters by name, and the metadata.

    Raises `BadFile` if the file cannot be read or is not a saved model.
    """
    params = load_arrays(path)
    try:
        metadata = json.loads(str(params.pop("metadata")))
        if not isinstance(metadata, dict):
            raise TypeError("it is not an object")
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise BadFile(path, "not a saved model: it has no readable metadata") from error
    return params, metadata
