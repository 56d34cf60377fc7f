"""Convolution and pooling: the operations of Theano's convolutional networks, for all backends.

PyTensor 3 has neither for batches of images. `windows` says which pixels each window sees, once
for all; `numpy_convolution` and `numpy_pooling` compute for the backends numpy, c and numba;
`jax_ops` and `pytorch_ops` are the same in these libraries' own operations.
"""

from theano_tutorial.convolution.functions import (
    conv2d,
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    pool_2d,
)

__all__ = ["conv2d", "conv2d_grad_wrt_inputs", "conv2d_grad_wrt_weights", "pool_2d"]
