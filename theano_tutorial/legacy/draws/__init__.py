"""Draws: the random numbers of Theano 1.0.5, bit for bit, as operations of PyTensor.

A state is an array, so that `scan` and compilers take it as any other value. An operation
returns its draws and the state after them.
"""
