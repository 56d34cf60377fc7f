"""What the checks share: the error that stops a notebook, and invented data to test with."""

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

EMPTY = ...  # the notebook's value of a blank that was not filled in
AWAY = 0.1  # what `slopes` adds to the parameters' values
# Numbers of invented images: one below the number of classes, one above any minibatch's size.
N, MORE = 7, 307

Params = Sequence[Shared]
Pairs = Sequence[tuple[Shared, Tensor]]  # each with its new value


def as_written() -> Mode:
    """Return a mode that computes a graph exactly as written, without rewrites.

    Rewrites can hide a mistake: PyTensor's turn a division by the sums of other rows into a
    softmax.
    """
    return inline.add_inlining(Mode("py", None))


class Stop(TutorialError):
    """A blank is empty or wrong; a notebook shows only the message."""


class World:
    """Invented images, labels and parameters, and the correct probabilities for them.

    If `improbable`, the labels have probabilities of some e^-70: float32 holds them, also in a
    softmax written by hand, but next to them anything that is added counts.
    """

    def __init__(self, W: Shared, b: Shared, n: int = N, improbable: bool = False) -> None:
        rng = np.random.RandomState(9)
        n_in, n_out = W.get_value().shape
        self.x = rng.rand(n, n_in).astype(W.dtype)
        self.W = (rng.randn(n_in, n_out) / 10).astype(W.dtype)
        bias = np.linspace(-35, 35, n_out) if improbable else rng.randn(n_out)
        self.b = bias.astype(b.dtype)
        z = self.x.astype(float) @ self.W + self.b
        self.p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        # Three labels are the likeliest digit, so that the accuracy is not its complement.
        # Every label is also the index of an image.
        likeliest = self.p.argmax(axis=1)
        self.y = np.where(np.arange(n) < 3, likeliest, (likeliest + 1) % N)
        if improbable:
            self.y = self.p.argmin(axis=1)
        self.p_of_labels = self.p[np.arange(n), self.y]
        self._params = W, b

    @classmethod
    def two(cls, W: Shared, b: Shared) -> Iterator["World"]:
        """Yield two of different sizes: what is right by chance in one is wrong in another."""
        yield from (cls(W, b, n) for n in (N, MORE))

    def evaluate(self, name: str, expression: Tensor, *symbols: Tensor) -> Array:
        """Compute an expression in `symbols` for these images, labels and parameters."""
        try:
            return self._computed(expression, symbols)
        except Exception as error:  # a learner's expression may raise anything
            if self._is_computed_if_square(expression, symbols):
                raise Stop(
                    f"{name}: it can be computed only for as many images as classes. There, "
                    "numbers that belong to the images, one each, are laid along the classes. "
                    "Is there a sum or maximum that needs keepdims, another axis, or a "
                    f"{self.W.shape[1]} where the number of images should be?"
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
    """Print that a blank is right, and how far that is through the notebook's blanks."""
    bar = "\N{BLACK SQUARE}" * number + "\N{WHITE SQUARE}" * (of - number)
    print(f"{name}: right. {meaning}\n{bar} {number} of {of}")


def filled(name: str, value: object, wanted: str) -> None:
    """Stop if a blank is empty, or if what was put there is None."""
    none = "it is None. A call that only prints or changes something returns nothing."
    if value is EMPTY or value is None:
        problem = none if value is None else "the blank is still empty."
        raise Stop(f"{name}: {problem} In its place put {wanted}; then run the cell again.")


@contextlib.contextmanager
def learners_code(name: str) -> Iterator[None]:
    """Stop with one sentence if a learner's code raises anything."""
    try:
        yield
    except Stop:
        raise
    except Exception as error:  # a learner's code may raise anything
        raise Stop(f"{name}: {sentence(error)}") from error


def symbolic(
    name: str, value: object, ndim: int, wanted: str, needed: Mapping[str, Variable]
) -> Tensor:
    """Return `value`; stop unless it is symbolic, of `ndim` dimensions, and uses all `needed`.

    `needed` holds variables by name. If one that is not shared is missing, the message asks
    whether numbers took its place.
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
    for symbol, variable in needed.items():
        if variable not in used:
            other = f" Are there numbers in its place, or another {symbol}?"
            why = "" if isinstance(variable, SharedVariable) else other
            raise Stop(f"{name}: it does not depend on {symbol}.{why}")
    for stranger in _symbols([value]):
        if stranger not in needed.values():
            raise Stop(
                f"{name}: it depends on {stranger}, which has no value here. It should be made "
                f"from {_listed(needed)}."
            )
    return value


def _symbols(expressions: Sequence[Tensor]) -> list[Tensor]:
    """Return the symbols that expressions need values of."""
    inputs = explicit_graph_inputs(expressions)
    return [symbol for symbol in inputs if not isinstance(symbol, SharedVariable)]


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def invented(cost: Tensor) -> tuple[list[Tensor], list[Array]]:
    """Return a cost's symbolic inputs, and invented images and labels, whatever its model."""
    rng = np.random.RandomState(5)
    inputs = _symbols([cost])
    values = [
        rng.rand(N, 784).astype(v.dtype) if v.ndim == 2 else rng.randint(10, size=N)
        for v in inputs
    ]
    return inputs, values


def slopes(cost: Tensor, expressions: Sequence[Tensor], params: Params) -> list[Array]:
    """Compute expressions on invented images and labels, with PyTensor's rewrites.

    The parameters have other values than now, so that a number in a parameter's place shows. A
    step, the new value of a parameter less the old one, is exact only if a rewrite cancels the
    parameter.
    """
    inputs, values = invented(cost)
    moved = {param: param.type() for param in params}
    function = pytensor.function(
        [*inputs, *moved.values()],
        list(expressions),
        givens=moved,
        mode=backends.mode("numpy"),
        on_unused_input="ignore",
    )
    elsewhere = [param.get_value() + np.asarray(AWAY, param.dtype) for param in params]
    return [np.asarray(value) for value in function(*values, *elsewhere)]
