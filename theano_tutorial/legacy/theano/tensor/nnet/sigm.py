"""`theano.tensor.nnet.sigm`: the sigmoid, its approximations, and softplus."""

from theano_tutorial.legacy import renames
from theano_tutorial.legacy.theano.tensor.nnet import nnet

__getattr__ = renames.names_of("theano.tensor.nnet.sigm")

hard_sigmoid, ultra_fast_sigmoid = nnet.hard_sigmoid, nnet.ultra_fast_sigmoid
sigmoid, softplus = nnet.sigmoid, nnet.softplus
