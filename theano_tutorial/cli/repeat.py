"""``--like TRACE.json``: the options of a run that a trace records."""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from theano_tutorial._text import shortened
from theano_tutorial.errors import BadFile, UsageError
from theano_tutorial.system import threads

# Names in a trace that the command line calls otherwise.
_NAMES = {"epochs": "n_epochs"}


def read(path: Path) -> dict[str, Any]:
    """Read a trace.

    Raises
    ------
    BadFile
        If it cannot be read, or is not a trace at all.
    """
    try:
        with path.open("rb") as file:
            # A device without end, as all that is no regular file, appears to have one byte.
            trace = json.loads(file.read(os.fstat(file.fileno()).st_size + 1))
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise BadFile(path, "not a trace.json: it is not JSON") from error
    if not isinstance(trace, dict):
        raise BadFile(path, "not a trace.json: it is not a JSON object")
    return trace


def options_of(
    path: Path,
    trace: Mapping[str, Any],
    parse: Callable[[list[str]], argparse.Namespace],
    names: tuple[str, ...],
) -> argparse.Namespace:
    """Return the command line's options that make the run of a trace.

    Parameters
    ----------
    path
        Of the trace, for messages.
    trace
        From `read`.
    parse
        Parses a command line; what a trace holds is checked as if it had been typed there.
    names
        Of the options, other than `recipe` and `rewrites`, that numbers depend on.

    Raises
    ------
    BadFile
        If the trace is not of this package, or holds something that cannot be an option.
    """
    if not (isinstance(trace.get("recipe"), str) and isinstance(trace.get("rewrites"), bool)):
        raise BadFile(
            path,
            "not a trace of a run: it does not say of which recipe, with rewrites or without",
        )
    arguments = [] if trace["rewrites"] else ["--no-rewrites"]
    for name in names:
        value = trace.get(_NAMES.get(name, name))
        if value is not None:
            arguments.append(f"--{name.replace('_', '-')}={value}")
    try:
        options = parse([*arguments, "--", trace["recipe"]])
    except UsageError as error:
        reason = str(error).removesuffix(" (see --help)")
        raise BadFile(path, f"not a trace that can be repeated: {reason}") from error
    options.rewrites = trace["rewrites"]
    options.threads = _whole(path, trace, "threads", threads.MOST)
    options.pixel_divisor = _whole(path, trace, "pixel_divisor", 65_535)
    options.made_with = _made_with(path, trace)
    for name in ("dataset", "backend", "dtype", "pixel_divisor"):
        if getattr(options, name) is None:
            raise BadFile(path, f"not a trace that can be repeated: it has no {name}")
    return options


def _whole(path: Path, trace: Mapping[str, Any], name: str, most: int) -> int | None:
    value = trace.get(name)
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= most:
        raise BadFile(
            path, f"not a trace that can be repeated: its {name} is not from 1 to {most:,}"
        )
    return value


def _made_with(path: Path, trace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `Experiment.differences` compares."""
    versions = trace.get("versions")
    if not isinstance(versions, dict):
        raise BadFile(path, "not a trace that can be repeated: it has no versions")
    return {name: trace[name] for name in ("threads", "kernel", "versions") if name in trace}


def refuse_contradictions(
    path: Path, given: argparse.Namespace, recorded: argparse.Namespace, names: tuple[str, ...]
) -> None:
    """Refuse options that were given beside a trace which has others.

    Raises
    ------
    UsageError
        Naming the first of them.
    """
    for name in names:
        ours, theirs = getattr(given, name), getattr(recorded, name)
        if ours is not None and ours != theirs:
            raise UsageError(
                f"--like: the run of {path} has {name} {shortened(theirs)}, not {ours}; "
                "leave that out"
            )
