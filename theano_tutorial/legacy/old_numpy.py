"""Names that NumPy had when Theano was new, for a process that runs old code and no other."""

import pickle
from typing import Any

import numpy as np

from theano_tutorial._types import Array

# Names now, and what they were then.
_RENAMED = {
    "all": "alltrue",
    "any": "sometrue",
    "asmatrix": "mat",
    "bool_": "bool8",
    "bytes_": "string_",
    "complex128": "complex_ cfloat",
    "cumprod": "cumproduct",
    "float64": "float_",
    "inf": "Inf Infinity PINF infty",
    "intp": "int0",
    "issubdtype": "issubsctype",
    "longdouble": "longfloat",
    "nan": "NaN",
    "ndim": "rank",
    "prod": "product",
    "round": "round_",
    "sctypeDict": "typeDict",
    "str_": "unicode_",
    "trapezoid": "trapz",
    "vstack": "row_stack",
}


class _Cast(dict[Any, Any]):
    """Functions that cast, by dtype."""

    def __missing__(self, dtype: Any) -> Any:
        return lambda value: np.asarray(value).astype(dtype)


_GONE: dict[str, object] = {
    "int": int,
    "float": float,
    "complex": complex,
    "object": object,
    "str": str,
    "unicode": str,
    "NINF": -np.inf,
    "alen": len,
    "asfarray": lambda values, dtype=float: np.asarray(values, dtype),
    "asscalar": lambda value: np.asarray(value).item(),
    "cast": _Cast(),
    "find_common_type": lambda arrays, scalars: np.result_type(*arrays, *scalars),
    "in1d": lambda values, among, **options: np.isin(np.ravel(values), among, **options),
    "loads": pickle.loads,
    "msort": lambda values: np.sort(values, axis=0),
    **{then: getattr(np, now) for now, names in _RENAMED.items() for then in names.split()},
}
_fromstring = np.fromstring


def _fromstring_or_bytes(
    text: str | bytes, dtype: Any = float, count: int = -1, sep: str = "", **options: Any
) -> Array:
    if sep:
        return _fromstring(text, dtype, count, sep=sep, **options)
    data = text.encode("latin1") if isinstance(text, str) else text
    return np.frombuffer(data, dtype, count).copy()


def restore() -> None:
    """Give NumPy the names back that it lost; those that it has stay as they are.

    `numpy.fromstring` reads bytes again, as old loaders of MNIST let it.
    """
    for name in _GONE.keys() - vars(np).keys():
        setattr(np, name, _GONE[name])
    vars(np)["fromstring"] = _fromstring_or_bytes
