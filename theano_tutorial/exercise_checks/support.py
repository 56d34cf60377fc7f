"""What the checks share: the sentence that stops a notebook, and an invented little world."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytensor
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import explicit_graph_inputs

from theano_tutorial import backends, guard
from theano_tutorial.errors import TutorialError

Array = npt.NDArray[Any]

# A blank, as the notebook leaves it.
EMPTY = ...
N = 7  # images that the checks invent; not the number of classes


class Stop(TutorialError):
    """A blank is empty or wrong; a notebook shows the sentence alone."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback."""
        return [str(self)]


class World:
    """Invented images, labels and parameters, with what is right for them."""

    def __init__(self, W: Any, b: Any) -> None:
        rng = np.random.RandomState(4)
        n_in, n_out = W.get_value().shape
        self.x = rng.rand(N, n_in).astype(W.dtype)
        self.W = (rng.randn(n_in, n_out) / 10).astype(W.dtype)
        self.b = rng.randn(n_out).astype(b.dtype)
        z = self.x.astype(float) @ self.W + self.b
        self.p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        # Labels of which three are the likeliest digit: an accuracy unlike its complement.
        likeliest = self.p.argmax(axis=1)
        self.y = np.where(np.arange(N) < 3, likeliest, (likeliest + 1) % n_out)

    def evaluate(self, name: str, expression: Any, inputs: Any, givens: Any) -> Array:
        """Compute an expression, or say why it cannot be computed."""
        try:
            function = pytensor.function(
                list(inputs),
                expression,
                givens=givens,
                mode=backends.mode("numpy"),
                on_unused_input="ignore",
            )
            return np.asarray(function(*inputs.values()))
        except Exception as error:  # whatever a learner's expression raises
            raise Stop(
                f"{name}: it cannot be computed for {N} images and their labels. Do the shapes "
                "fit, and are all its symbols those of this notebook?"
            ) from error


def filled(name: str, value: Any, wanted: str) -> None:
    """Stop at a blank that is empty."""
    if value is EMPTY or value is None:
        raise Stop(f"{name}: the blank is still empty. Put there {wanted}, and run this again.")


def symbolic(name: str, value: Any, ndim: int, wanted: str) -> None:
    """Stop at what is not a symbolic expression of `ndim` dimensions."""
    if not isinstance(value, Variable):
        kind = type(value).__name__
        raise Stop(
            f"{name}: it has the type {kind}; it should be symbolic, made from X_sym, W and b."
        )
    if value.type.ndim != ndim:
        raise Stop(f"{name}: its ndim is {value.type.ndim}; it should be {wanted}.")


def depends(name: str, value: Any, params: dict[str, Any]) -> None:
    """Stop at an expression that leaves a parameter out."""
    for param_name, param in params.items():
        if not guard.dependence(value, [param]):
            raise Stop(f"{name}: it does not depend on {param_name}.")


def pairs_of(name: str, updates: Any) -> list[Any]:
    """Return updates as pairs, or stop at what is not updates."""
    pairs = list(updates.items() if hasattr(updates, "items") else updates)
    if not all(
        isinstance(pair, tuple | list)
        and len(pair) == 2
        and isinstance(pair[0], SharedVariable)
        for pair in pairs
    ):
        raise Stop(f"{name}: it should be pairs of a shared variable and its new value.")
    return [tuple(pair) for pair in pairs]


def same_types(name: str, pairs: list[Any]) -> None:
    """Stop at a new value of another type than its variable."""
    for variable, new in pairs:
        dtype = getattr(new, "dtype", None)
        if dtype != variable.dtype:
            raise Stop(
                f"{name}: {variable.name or 'a velocity'} is {variable.dtype} and its new "
                f"value is {dtype}. A shared variable keeps its type: which factor is {dtype}?"
            )


def all_updated(name: str, pairs: list[Any], params: Sequence[Any]) -> None:
    """Stop where a parameter is not updated, or twice."""
    for param in params:
        if sum(variable is param for variable, _ in pairs) != 1:
            raise Stop(f"{name}: {param.name} should be updated once.")


def invented(cost: Any) -> tuple[list[Any], list[Array]]:
    """Return a cost's symbolic inputs, and images and labels for them."""
    rng = np.random.RandomState(5)
    inputs = [v for v in explicit_graph_inputs([cost]) if not isinstance(v, SharedVariable)]
    values = [
        rng.rand(N, 784).astype(v.dtype) if v.ndim == 2 else rng.randint(10, size=N)
        for v in inputs
    ]
    return inputs, values


def slopes(cost: Any, expressions: Sequence[Any]) -> list[Array]:
    """Compute expressions on the images and labels that are invented for a cost."""
    inputs, values = invented(cost)
    function = pytensor.function(
        inputs, list(expressions), mode=backends.mode("numpy"), on_unused_input="ignore"
    )
    return [np.asarray(value) for value in function(*values)]
