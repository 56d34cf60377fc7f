"""Draws: the random numbers of Theano 1.0.5, bit for bit, as operations of PyTensor.

`RandomStreams` draws from NumPy's `RandomState`, whose numbers are frozen; `MRG_RandomStreams`
from MRG31k3p, which is here in NumPy. A state is an array, so that shared variables, `scan` and
compilers take it as any other value: 628 words for a `RandomState`, ``(n_streams, 6)`` integers
for MRG31k3p. An operation returns its draws and the state after them.
"""
