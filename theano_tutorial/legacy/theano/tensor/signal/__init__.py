"""`theano.tensor.signal`: pooling, and convolution without channels."""

from theano_tutorial.legacy import renames

__getattr__ = renames.names_of("theano.tensor.signal")
