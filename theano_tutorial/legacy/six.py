"""As much of the package six as old code takes from it, where six is not installed."""

import sys
import urllib.error
import urllib.parse
import urllib.request
from importlib import import_module
from types import ModuleType
from typing import Any

from theano_tutorial.legacy.stand_ins import BUILTINS

PY2, PY3 = False, True
string_types, integer_types, text_type, binary_type = (str,), (int,), str, bytes


def _iterator(method: str) -> Any:
    return lambda mapping: iter(getattr(mapping, method)())


iteritems, iterkeys, itervalues = map(_iterator, ("items", "keys", "values"))

moves = ModuleType("six.moves")
_modules = {
    name: import_module(name) for name in ("builtins", "configparser", "queue", "urllib")
}
_modules |= {f"urllib.{name}": getattr(urllib, name) for name in ("error", "parse", "request")}
_modules["cPickle"] = import_module("pickle")
vars(moves).update(
    BUILTINS, __path__=[], range=range, map=map, zip=zip, filter=filter, input=input, **_modules
)
if __name__ == "six":  # as it is found where there is no other
    sys.modules["six.moves"] = moves
    sys.modules.update({f"six.moves.{name}": each for name, each in _modules.items()})
