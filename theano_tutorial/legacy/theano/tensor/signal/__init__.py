"""`theano.tensor.signal`: pooling, and convolution without channels."""

from theano_tutorial.legacy.theano.tensor.signal import conv, downsample, pool

__all__ = ["conv", "downsample", "pool"]
