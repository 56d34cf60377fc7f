"""Convolutions as Ops of Theano that are prepared before they are called."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pytensor.tensor.variable import TensorVariable

from theano_tutorial import convolution
from theano_tutorial.convolution.arguments import Border
from theano_tutorial.convolution.common import Lengths
from theano_tutorial.convolution.windows import Shape

Numbers = Sequence[int]


def refuse(unshared: bool) -> None:
    """Refuse what is not offered, with a `NotImplementedError`."""
    if unshared:
        raise NotImplementedError(
            "unshared=True, filters of its own for every place, is not offered here"
        )


def any_batch(shape: Shape | None) -> Shape | None:
    """Return a shape that was told, with any number of images.

    Theano took them as they came, although a script had told the size of its minibatches.
    """
    return None if shape is None else (None, *tuple(shape)[1:])


@dataclass
class _Prepared:
    """A convolution whose arguments are given before its inputs, as Theano's Ops had it."""

    imshp: Shape | None = None
    kshp: Shape | None = None
    border_mode: Border = "valid"
    subsample: Numbers | None = None
    filter_flip: bool = True
    filter_dilation: Numbers | None = None
    num_groups: int = 1
    unshared: bool = False
    n: ClassVar[int] = 2

    def _call(self, what: str, *inputs: object) -> TensorVariable:
        refuse(self.unshared)
        ones = (1,) * self.n
        function: Callable[..., TensorVariable] = getattr(convolution, f"conv{self.n}d{what}")
        return function(
            *inputs,
            border_mode=self.border_mode,
            subsample=self.subsample or ones,
            filter_flip=self.filter_flip,
            filter_dilation=self.filter_dilation or ones,
            num_groups=self.num_groups,
        )

    def _whole(self, shape: Lengths | TensorVariable) -> Lengths:
        """Return a shape of which height and width, of volumes depth too, are known."""
        return None, None, *(shape[i] for i in range(self.n))


class AbstractConv2d(_Prepared):
    """Takes images and filters."""

    def __call__(self, img: TensorVariable, kern: TensorVariable) -> TensorVariable:
        """Return maps."""
        return self._call("", img, kern, any_batch(self.imshp), self.kshp)


class AbstractConv2d_gradInputs(_Prepared):  # noqa: N801
    """Takes filters, the gradient of maps, and height and width of the images."""

    def __call__(
        self, kern: TensorVariable, topgrad: TensorVariable, shape: Lengths | TensorVariable
    ) -> TensorVariable:
        """Return the gradient of images."""
        return self._call("_grad_wrt_inputs", topgrad, kern, self._whole(shape), self.kshp)


class AbstractConv2d_gradWeights(_Prepared):  # noqa: N801
    """Takes images, the gradient of maps, and height and width of the filters."""

    def __call__(
        self, img: TensorVariable, topgrad: TensorVariable, shape: Lengths | TensorVariable
    ) -> TensorVariable:
        """Return the gradient of filters."""
        hint = any_batch(self.imshp)
        return self._call("_grad_wrt_weights", img, topgrad, self._whole(shape), hint)


class AbstractConv3d(AbstractConv2d):
    """Takes volumes and filters."""

    n = 3


class AbstractConv3d_gradInputs(AbstractConv2d_gradInputs):  # noqa: N801
    """Takes filters, the gradient of maps, and the size of the volumes."""

    n = 3


class AbstractConv3d_gradWeights(AbstractConv2d_gradWeights):  # noqa: N801
    """Takes volumes, the gradient of maps, and the size of the filters."""

    n = 3
