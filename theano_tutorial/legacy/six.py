"""As much of the package six as old code takes from it, where six is not installed."""

import pickle
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from theano_tutorial.legacy.stand_ins import BUILTINS

PY2, PY3, string_types, integer_types, text_type = False, True, (str,), (int,), str


def iteritems(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    """Return an iterator over keys and values."""
    return iter(mapping.items())


moves = ModuleType("six.moves")
kept = {"range": range, "map": map, "zip": zip, "filter": filter, "input": input}
vars(moves).update(BUILTINS, **kept, cPickle=pickle, urllib=urllib, __path__=[])
if __name__ == "six":  # as it is found where there is no other
    sys.modules.update({"six.moves": moves, "six.moves.urllib": urllib})
    sys.modules.update({"six.moves.cPickle": pickle})
    sys.modules.update(
        {f"six.moves.urllib.{n}": getattr(urllib, n) for n in ("parse", "request")}
    )
