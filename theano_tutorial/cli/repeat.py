"""``--like TRACE.json``: read the options of the run that a trace records."""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from theano_tutorial._text import shortened
from theano_tutorial.cli.argument_types import at_home, choice
from theano_tutorial.cli.options import LARGEST_DIVISOR, NAMES, TYPES, flag
from theano_tutorial.errors import BadFile, UsageError
from theano_tutorial.recipes.catalogue import HYPER_PARAMETERS, RECIPES
from theano_tutorial.system import threads


def merged(given: Mapping[str, object]) -> dict[str, Any]:
    """Return the options given on the command line together with those of its trace.

    Raise `BadFile` if the trace cannot be read, is not one of this package's, or lacks
    something, and `UsageError` if an option contradicts the trace.
    """
    path = Path(at_home(str(given["like"])))
    recorded = options_of(path, read(path))
    for name in ("recipe", "rewrites", *TYPES):
        ours, theirs = given.get(name), recorded.get(name)
        if name == "backend" and ours == "auto":  # the trace decides
            continue
        if ours is not None and ours != theirs:
            raise UsageError(
                f"--like: the run of {path} has {name} {shortened(theirs)}, not {ours}; "
                "leave that out"
            )
    return {**given, **recorded, "like": path}


def read(path: Path) -> dict[str, object]:
    """Read a trace; raise `BadFile` if it cannot be read or is not a JSON object."""
    try:
        with path.open("rb") as file:
            # Of anything but a regular file, such as an endless device, one byte is read.
            trace = json.loads(file.read(os.fstat(file.fileno()).st_size + 1))
    except OSError as error:
        raise BadFile(path, f"cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise BadFile(path, "not a trace.json: it is not JSON") from error
    if not isinstance(trace, dict):
        raise BadFile(path, "not a trace.json: it is not a JSON object")
    return trace


def options_of(path: Path, trace: Mapping[str, object]) -> dict[str, object]:
    """Return the options, by name, that repeat the run of a trace.

    Raise `BadFile` if the trace is not one of this package's, lacks something, or holds a value
    that an option cannot have.
    """
    if not (isinstance(trace.get("recipe"), str) and isinstance(trace.get("rewrites"), bool)):
        lacking = "it does not say of which recipe, with rewrites or without"
        raise BadFile(path, f"not a trace of a run: {lacking}")
    found: dict[str, object] = {"rewrites": trace["rewrites"]}
    for name in ("recipe", *TYPES):
        value = trace.get("n_epochs" if name == "epochs" else name)
        if value is not None:
            found[name] = _as_typed(path, name, value)
    if found["recipe"] not in RECIPES:
        raise BadFile(path, f"not a trace of a run: {found['recipe']} is more than one")
    for name, most in (("threads", threads.MOST), ("pixel_divisor", LARGEST_DIVISOR)):
        value = trace.get(name)
        if value is not None and (type(value) is not int or not 1 <= value <= most):
            raise _not_repeatable(path, f"its {name} is not from 1 to {most:,}")
        found[name] = value
    published = RECIPES[found["recipe"]].published
    found = {k: v for k, v in published.items() if HYPER_PARAMETERS[k].came_later} | found
    needed = [name for name, value in published.items() if value is not None]
    for name in ("dataset", "backend", "dtype", "pixel_divisor", *needed):
        if found.get(name) is None:
            raise _not_repeatable(path, f"it has no {name}")
    if not isinstance(trace.get("versions"), dict):
        raise _not_repeatable(path, "it has no versions")
    made_with = {"threads", "kernel", "versions"} & trace.keys()
    return {**found, "made_with": {name: trace[name] for name in made_with}}


def _as_typed(path: Path, name: str, value: object) -> object:
    """Return a value from a trace, parsed as if it had been typed as an option."""
    parse = choice("recipe", tuple(NAMES)) if name == "recipe" else TYPES[name]
    try:
        return parse(str(value))
    except argparse.ArgumentTypeError as error:
        where = "" if name == "recipe" else f"{flag(name)}: "
        raise _not_repeatable(path, f"{where}{error}") from error


def _not_repeatable(path: Path, reason: str) -> BadFile:
    return BadFile(path, f"not a trace that can be repeated: {reason}")
