"""What all classifiers share, however they compute their probabilities."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.variable import TensorVariable

from theano_tutorial import objectives

Shapes = Mapping[str, tuple[int, ...]]


class Classifier:
    """Base of every model: what follows from the probabilities of the classes.

    `x` is the symbolic input ``(n, n_in)``; training changes `params`. `p_y_given_x` is a
    symbolic matrix ``(n, n_out)`` of class probabilities, whose rows sum to 1; `y_pred` is
    a symbolic ``int64`` vector ``(n,)``: the most probable class. `images_at_once` is how many
    images to judge in one call; it is set where judging all at once would take much memory.
    """

    images_at_once: ClassVar[int | None] = None
    n_in: int
    n_out: int
    x: TensorVariable
    params: list[TensorSharedVariable]
    p_y_given_x: TensorVariable
    y_pred: TensorVariable

    @classmethod
    def of_shapes(cls, x: TensorVariable, shapes: Shapes) -> Self | None:
        """Return a model on `x` whose parameters have these names and shapes.

        None if this class has no such model. `theano_tutorial.models.restore` asks each class.
        """
        raise NotImplementedError

    @property
    def weights(self) -> list[TensorSharedVariable]:
        """The parameters that are regularised: all but the biases, in the order of `params`."""
        return [param for param in self.params if param.ndim > 1]

    def negative_log_likelihood(self, y: TensorVariable) -> TensorVariable:
        """Return `theano_tutorial.objectives.negative_log_likelihood` of labels `y`."""
        return objectives.negative_log_likelihood(self.p_y_given_x, y)

    def errors(self, y: TensorVariable) -> TensorVariable:
        """Return `theano_tutorial.objectives.errors`: the fraction of `y` predicted wrongly."""
        return objectives.errors(self.y_pred, y)
