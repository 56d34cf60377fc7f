"""`theano.tensor.nnet.conv`: the first `conv2d`, which Theano called deprecated."""

from theano_tutorial import convolution
from theano_tutorial.legacy import renames
from theano_tutorial.legacy.theano.tensor.nnet.abstract_conv import as_theano

__getattr__ = renames.names_of("theano.tensor.nnet.conv")

_NAMES = "input filters image_shape filter_shape border_mode subsample"
conv2d = as_theano(convolution.conv2d, _NAMES, any_more=True)  # which said how to compute
