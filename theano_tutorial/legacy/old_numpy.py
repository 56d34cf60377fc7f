"""Names that NumPy had when Theano was new, for a process that runs old code and no other."""

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from theano_tutorial._types import Array

# Names now, and what they were then.
_RENAMED = {
    "all": "alltrue",
    "any": "sometrue",
    "asmatrix": "mat",
    "bool_": "bool8",
    "bytes_": "bytes0 string_",
    "clongdouble": "clongfloat longcomplex",
    "complex128": "cfloat complex_",
    "complex64": "singlecomplex",
    "cumprod": "cumproduct",
    "float64": "float_",
    "inf": "Inf Infinity PINF infty",
    "intp": "int0",
    "issubdtype": "issubsctype",
    "longdouble": "longfloat",
    "nan": "NaN",
    "ndim": "rank",
    "object_": "object0",
    "prod": "product",
    "round": "round_",
    "sctypeDict": "typeDict",
    "str_": "str0 unicode_",
    "trapezoid": "trapz",
    "uintp": "uint0",
    "void": "void0",
    "vstack": "row_stack",
}


class _Cast(dict[Any, Callable[[npt.ArrayLike], Array]]):
    """Functions that cast, by dtype."""

    def __missing__(self, dtype: npt.DTypeLike) -> Callable[[npt.ArrayLike], Array]:
        return lambda value: np.asarray(value).astype(dtype)


def _in1d(values: npt.ArrayLike, among: npt.ArrayLike, *args: bool, **options: Any) -> Array:
    return np.isin(np.ravel(values), among, *args, **options)


def _asfarray(values: npt.ArrayLike, dtype: npt.DTypeLike = np.float64) -> Array:
    found = np.dtype(dtype)
    return np.asarray(values, found if found.kind in "fc" else np.float64)


def _find_common_type(arrays: Sequence[npt.DTypeLike], scalars: Sequence[npt.DTypeLike]) -> Any:
    return np.result_type(*(np.dtype(each) for each in [*arrays, *scalars]))


_fromstring = np.fromstring


def _fromstring_or_bytes(
    string: str | bytes, dtype: npt.DTypeLike = float, count: int = -1, sep: str = "", **kw: Any
) -> Array:
    """Read numbers from a text, or, without `sep`, from bytes."""
    if sep:
        return _fromstring(string, dtype, count, sep=sep, **kw)
    data = string.encode("latin1") if isinstance(string, str) else string
    return np.frombuffer(data, dtype, count).copy()


_GONE: dict[str, object] = {
    "int": int,
    "float": float,
    "complex": complex,
    "object": object,
    "str": str,
    "unicode": str,
    "NINF": -np.inf,
    "PZERO": 0.0,
    "NZERO": -0.0,
    "alen": len,
    "asfarray": _asfarray,
    "asscalar": lambda value: np.asarray(value).item(),
    "cast": _Cast(),
    "find_common_type": _find_common_type,
    "in1d": _in1d,
    "loads": pickle.loads,
    "msort": lambda values: np.sort(values, axis=0),
    **{then: getattr(np, now) for now, names in _RENAMED.items() for then in names.split()},
}


def restore() -> None:
    """Give NumPy the names back that it lost; those that it has stay as they are.

    `numpy.fromstring` reads bytes again, as old loaders of MNIST let it.
    """
    for name, value in _GONE.items():
        if name not in vars(np):
            setattr(np, name, value)
    np.fromstring = _fromstring_or_bytes  # type: ignore[assignment]
