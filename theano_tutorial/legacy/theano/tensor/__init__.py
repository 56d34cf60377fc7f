"""`theano.tensor`: PyTensor's tensors under their old names."""

from pytensor.tensor import *  # noqa: F403
