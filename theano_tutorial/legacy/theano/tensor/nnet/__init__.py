"""`theano.tensor.nnet`: the functions that neural networks are made of."""

from theano_tutorial.legacy.theano.tensor.nnet import abstract_conv, nnet
from theano_tutorial.legacy.theano.tensor.nnet.nnet import *  # noqa: F403

bn = nnet  # holds batch normalisation, too
conv2d, conv2d_transpose = abstract_conv.old_conv2d, abstract_conv.conv2d_transpose
conv3d, separable_conv2d = abstract_conv.conv3d, abstract_conv.separable_conv2d
