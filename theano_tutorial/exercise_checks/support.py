"""What the checks share: the sentence that stops a notebook, and an invented little world."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import explicit_graph_inputs
from pytensor.tensor.sharedvar import TensorSharedVariable as Shared
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial import backends, guard
from theano_tutorial._types import Array
from theano_tutorial.backends import inline
from theano_tutorial.errors import TutorialError

EMPTY = ...  # a blank, as the notebook leaves it
N = 7  # images that the checks invent; not the number of classes

Params = Sequence[Shared]
Pairs = Sequence[tuple[Shared, Tensor]]  # each with its new value


def as_written() -> Mode:
    """Return a mode that computes what a graph says, operation by operation, unrewritten.

    Otherwise a mistake may be mended on the way: PyTensor's own rewrites make a softmax of a
    division by the sums of other rows.
    """
    return inline.add_inlining(Mode("py", None))


class Stop(TutorialError):
    """A blank is empty or wrong; a notebook shows the sentence alone."""


class World:
    """Invented images, labels and parameters, and the right probabilities for them."""

    def __init__(self, W: Shared, b: Shared, n: int = N) -> None:
        rng = np.random.RandomState(4)
        n_in, n_out = W.get_value().shape
        self.x = rng.rand(n, n_in).astype(W.dtype)
        self.W = (rng.randn(n_in, n_out) / 10).astype(W.dtype)
        self.b = rng.randn(n_out).astype(b.dtype)
        z = self.x.astype(float) @ self.W + self.b
        self.p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        # Labels of which three are the likeliest digit: an accuracy unlike its complement.
        likeliest = self.p.argmax(axis=1)
        self.y = np.where(np.arange(n) < 3, likeliest, (likeliest + 1) % n_out)
        self._params = W, b

    def evaluate(self, name: str, expression: Tensor, *symbols: Tensor) -> Array:
        """Compute an expression of the notebook's images, and labels, with these parameters."""
        try:
            return self._computed(expression, symbols)
        except Exception as error:  # whatever a learner's expression raises
            if expression.type.ndim == 2 and self._is_computed_if_square(expression, symbols):
                raise Stop(
                    f"{name}: it can be computed only for as many images as classes. There, "
                    "numbers that belong to the images, one each, are laid along the classes. "
                    "Is there a sum or maximum that needs keepdims?"
                ) from error
            raise Stop(
                f"{name}: it cannot be computed for {N} images and their labels. Do the shapes "
                "fit, and are all its symbols those of this notebook?"
            ) from error

    def _computed(self, expression: Tensor, symbols: Sequence[Tensor]) -> Array:
        function = pytensor.function(
            list(symbols),
            expression,
            givens=dict(zip(self._params, (self.W, self.b), strict=True)),
            mode=as_written(),
            on_unused_input="ignore",
        )
        return np.asarray(function(*(self.x, self.y)[: len(symbols)]))

    def _is_computed_if_square(self, expression: Tensor, symbols: Sequence[Tensor]) -> bool:
        square = World(*self._params, n=self.W.shape[1])
        with contextlib.suppress(Exception):
            square._computed(expression, symbols)
            return True
        return False


def filled(name: str, value: object, wanted: str) -> None:
    """Stop at a blank that is empty."""
    if value is EMPTY or value is None:
        raise Stop(f"{name}: the blank is still empty. Put there {wanted}, and run this again.")


def symbolic(name: str, value: object, ndim: int, wanted: str, params: Params) -> Tensor:
    """Return a symbolic expression of `ndim` dimensions of all `params`; stop at others."""
    if not isinstance(value, Variable):
        kind = type(value).__name__
        raise Stop(
            f"{name}: it has the type {kind}; it should be symbolic, made from X_sym, W and b."
        )
    if value.type.ndim != ndim:
        raise Stop(f"{name}: its ndim is {value.type.ndim}; it should be {wanted}.")
    for param_name, param in zip("Wb", params, strict=True):
        if not guard.dependence(value, [param]):
            raise Stop(f"{name}: it does not depend on {param_name}.")
    return value


def pairs_of(name: str, updates: object, params: Params) -> Pairs:
    """Return updates as pairs, of their variables' types, each parameter once; or stop."""
    found = updates.items() if isinstance(updates, Mapping) else updates
    pairs = list(found) if isinstance(found, Iterable) else [found]
    checked = []
    for pair in pairs:
        if not (
            isinstance(pair, Sequence)
            and len(pair) == 2
            and isinstance(pair[0], SharedVariable)
        ):
            raise Stop(f"{name}: it should be pairs of a shared variable and its new value.")
        variable, new = pair
        dtype = getattr(new, "dtype", None)
        if dtype != variable.dtype:
            raise Stop(
                f"{name}: {variable.name or 'a velocity'} is {variable.dtype} and its new "
                f"value is {dtype}. A shared variable keeps its type: which factor is {dtype}?"
            )
        checked.append((variable, new))
    for param in params:
        if sum(variable is param for variable, _ in checked) != 1:
            raise Stop(f"{name}: {param.name} should be updated once.")
    return checked


def invented(cost: Tensor) -> tuple[list[Tensor], list[Array]]:
    """Return a cost's symbolic inputs, and images and labels for them."""
    rng = np.random.RandomState(5)
    inputs = [v for v in explicit_graph_inputs([cost]) if not isinstance(v, SharedVariable)]
    values = [
        rng.rand(N, 784).astype(v.dtype) if v.ndim == 2 else rng.randint(10, size=N)
        for v in inputs
    ]
    return inputs, values


def slopes(cost: Tensor, expressions: Sequence[Tensor]) -> list[Array]:
    """Compute expressions on the images and labels that are invented for a cost.

    A step is a parameter's new value less the old one: it is exact only where a rewrite lets
    the parameter drop out.
    """
    inputs, values = invented(cost)
    function = pytensor.function(
        inputs, list(expressions), mode=backends.mode("numpy"), on_unused_input="ignore"
    )
    return [np.asarray(value) for value in function(*values)]
