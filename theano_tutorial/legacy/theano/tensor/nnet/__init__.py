"""`theano.tensor.nnet`: the functions that neural networks are made of."""

from theano_tutorial import convolution
from theano_tutorial.legacy.theano.tensor.nnet import abstract_conv, nnet
from theano_tutorial.legacy.theano.tensor.nnet.nnet import *  # noqa: F403

bn = nnet  # holds batch normalisation, too
conv3d, separable_conv2d = abstract_conv.conv3d, abstract_conv.separable_conv2d
conv2d = abstract_conv.as_theano(
    convolution.conv2d,
    "input filters input_shape filter_shape border_mode subsample filter_flip "
    "image_shape=input_shape filter_dilation num_groups unshared",
    any_more=True,  # they said how to compute
)
conv2d_transpose = abstract_conv.as_theano(
    convolution.conv2d_grad_wrt_inputs,
    "input=output_grad filters output_shape=input_shape filter_shape border_mode "
    "input_dilation=subsample filter_flip filter_dilation num_groups unshared",
)
