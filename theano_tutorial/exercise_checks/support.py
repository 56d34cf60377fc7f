"""What the checks share: the sentence that stops a notebook, and an invented little world."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pytensor
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors, explicit_graph_inputs
from pytensor.tensor.sharedvar import TensorSharedVariable as Shared
from pytensor.tensor.variable import TensorVariable as Tensor

from theano_tutorial import backends
from theano_tutorial._types import Array
from theano_tutorial.backends import inline
from theano_tutorial.errors import TutorialError
from theano_tutorial.exercise_checks.plainly import sentence

EMPTY = ...  # a blank, as the notebook leaves it
N, MORE = 7, 11  # images that the checks invent; neither is the number of classes

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
        rng = np.random.RandomState(9)
        n_in, n_out = W.get_value().shape
        self.x = rng.rand(n, n_in).astype(W.dtype)
        self.W = (rng.randn(n_in, n_out) / 10).astype(W.dtype)
        self.b = rng.randn(n_out).astype(b.dtype)
        z = self.x.astype(float) @ self.W + self.b
        self.p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        # Labels of which three are the likeliest digit: an accuracy unlike its complement.
        # Every label is also the number of an image.
        likeliest = self.p.argmax(axis=1)
        self.y = np.where(np.arange(n) < 3, likeliest, (likeliest + 1) % N)
        self.p_of_labels = self.p[np.arange(n), self.y]
        self._params = W, b

    @classmethod
    def two(cls, W: Shared, b: Shared) -> Iterator["World"]:
        """Yield two, of different sizes: what is right by chance in one is wrong in another."""
        yield from (cls(W, b, n) for n in (N, MORE))

    def evaluate(self, name: str, expression: Tensor, *symbols: Tensor) -> Array:
        """Compute an expression of the notebook's images, and labels, with these parameters."""
        try:
            return self._computed(expression, symbols)
        except Exception as error:  # whatever a learner's expression raises
            if self._is_computed_if_square(expression, symbols):
                raise Stop(
                    f"{name}: it can be computed only for as many images as classes. There, "
                    "numbers that belong to the images, one each, are laid along the classes. "
                    "Is there a sum or maximum that needs keepdims, or another axis?"
                ) from error
            W, b = (value.shape for value in (self.W, self.b))
            raise Stop(
                f"{name}: it cannot be computed for {len(self.x)} images and labels. Do the "
                f"shapes fit, and are all its symbols those of this notebook? Here X_sym is "
                f"{self.x.shape}, W {W}, b {b} and y_sym {self.y.shape}; any number of images "
                "should do."
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


def name_mistake(
    name: str, value: Array | float, mistakes: Mapping[str, Array | float]
) -> None:
    """Stop if a well-known mistake gives this value; `mistakes` are what each gives."""
    for mistake, wrong in mistakes.items():
        if np.allclose(value, wrong, rtol=1e-4, atol=1e-6):
            raise Stop(f"{name}: {mistake}")


def right(name: str, meaning: str, number: int, of: int) -> None:
    """Print that a blank is right, and how many of the notebook's blanks that makes."""
    bar = "\N{BLACK SQUARE}" * number + "\N{WHITE SQUARE}" * (of - number)
    print(f"{name}: right. {meaning}\n{bar} {number} of {of}")


def empty(name: str, wanted: str) -> str:
    """Return what is said of an empty blank."""
    return f"{name}: the blank is still empty. Put {wanted} there, and run the cell again."


def filled(name: str, value: object, wanted: str) -> None:
    """Stop at a blank that is empty."""
    if value is EMPTY or value is None:
        raise Stop(empty(name, wanted))


@contextlib.contextmanager
def learners_code(name: str) -> Iterator[None]:
    """Stop with one sentence if what a learner wrote raises anything."""
    try:
        yield
    except Stop:
        raise
    except Exception as error:  # whatever it is
        raise Stop(f"{name}: {sentence(error)}") from error


def symbolic(
    name: str, value: object, ndim: int, wanted: str, needed: Mapping[str, Variable]
) -> Tensor:
    """Return a symbolic expression of `ndim` dimensions of all that is `needed`, by name.

    Others stop the notebook. Symbols that are not shared should be there instead of numbers.
    """
    if not isinstance(value, Variable):
        kind = type(value).__name__
        raise Stop(
            f"{name}: it has the type {kind}; it should be symbolic, made from "
            f"{_listed(needed)}."
        )
    if value.type.ndim != ndim:
        raise Stop(f"{name}: its ndim is {value.type.ndim}; it should be {wanted}.")
    used = set(ancestors([value]))
    for needed_name, variable in needed.items():
        if variable not in used:
            shared = isinstance(variable, SharedVariable)
            why = "" if shared else " Are there numbers in its place?"
            raise Stop(f"{name}: it does not depend on {needed_name}.{why}")
    return value


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def pairs_of(name: str, updates: object, params: Params) -> Pairs:
    """Return updates as pairs, of their variables' types, each parameter once; or stop."""
    if isinstance(updates, Iterator):
        raise Stop(f"{name}: it can be read only once, and this check has: make it a list.")
    found = updates.items() if isinstance(updates, Mapping) else updates
    if isinstance(found, Variable) or not isinstance(found, Iterable):
        found = [found]
    checked = []
    for pair in found:
        if not (
            isinstance(pair, Sequence)
            and len(pair) == 2
            and isinstance(pair[0], SharedVariable)
        ):
            raise Stop(
                f"{name}: it should be a list of pairs: [(shared variable, its new value), ...]"
            )
        variable, new = pair
        dtype = getattr(new, "dtype", None)
        if dtype is None:
            raise Stop(f"{name}: the new value of {variable.name} should be an expression.")
        if dtype != variable.dtype:
            raise Stop(
                f"{name}: {variable.name or 'a velocity'} is {variable.dtype} and its new "
                f"value is {dtype}. A shared variable keeps its type: which factor is {dtype}?"
            )
        if new.ndim != variable.ndim:
            raise Stop(
                f"{name}: {variable.name or 'a velocity'} has ndim {variable.ndim} and its new "
                f"value {new.ndim}. What is its shape, and its parameter's?"
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
