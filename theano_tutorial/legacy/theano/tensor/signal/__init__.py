"""`theano.tensor.signal`: pooling, and convolution without channels."""

from theano_tutorial.legacy import renames
from theano_tutorial.legacy.theano.tensor.signal import conv, downsample, pool

__all__ = ["conv", "downsample", "pool"]

__getattr__ = renames.names_of("theano.tensor.signal")
