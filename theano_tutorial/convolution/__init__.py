"""Convolution and pooling: the operations of Theano's convolutional networks, for all backends.

PyTensor 3 has neither for batches of images or volumes. `windows` defines, for all backends,
which pixels each window sees. `numpy_convolution`, `numpy_volumes` and `numpy_pooling` compute
for the backends numpy, c and numba; `jax_ops` and `pytorch_ops` do the same with these
libraries' own operations. On numpy, c and numba, a network of several layers trains faster if
this package is imported before NumPy, as the command line does: OpenBLAS's threads then rest
between products.
"""

from theano_tutorial.convolution.functions import (
    conv2d,
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    conv3d,
    conv3d_grad_wrt_inputs,
    conv3d_grad_wrt_weights,
    get_conv_output_shape,
    pool_2d,
    pool_3d,
    separable_conv2d,
)
from theano_tutorial.convolution.neighbours import images2neibs, neibs2images

__all__ = [
    "conv2d",
    "conv2d_grad_wrt_inputs",
    "conv2d_grad_wrt_weights",
    "conv3d",
    "conv3d_grad_wrt_inputs",
    "conv3d_grad_wrt_weights",
    "get_conv_output_shape",
    "images2neibs",
    "neibs2images",
    "pool_2d",
    "pool_3d",
    "separable_conv2d",
]
