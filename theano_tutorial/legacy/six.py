"""As much of six as deeplearning.net's programs take from it, where six is not installed."""

import pickle
import sys
import urllib.request
from types import ModuleType

from theano_tutorial.legacy.stand_ins import BUILTINS

PY2, PY3, string_types, iteritems = False, True, (str,), dict.items
moves = ModuleType("six.moves")
vars(moves).update(BUILTINS, range=range, zip=zip, map=map, cPickle=pickle, urllib=urllib)
_FOUND = {"": moves, ".cPickle": pickle, ".urllib": urllib, ".urllib.request": urllib.request}
sys.modules.update({f"six.moves{name}": module for name, module in _FOUND.items()})
