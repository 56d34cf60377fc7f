"""`theano.compat`: names that Python 2 and 3 had in different places."""

from collections import OrderedDict, defaultdict
from collections.abc import MutableMapping as DictMixin
from functools import cmp_to_key, partial
from operator import itemgetter
from typing import Any

from theano_tutorial.legacy import renames

__getattr__ = renames.names_of("theano.compat")

__all__ = ["DictMixin", "OrderedDict", "cmp_to_key", "defaultdict", "itemgetter", "partial"]

izip, imap, ifilter = zip, map, filter
PY3 = True


def iteritems(mapping: dict[Any, Any]) -> Any:
    """Return pairs of keys and values."""
    return iter(mapping.items())


def itervalues(mapping: dict[Any, Any]) -> Any:
    """Return values."""
    return iter(mapping.values())
