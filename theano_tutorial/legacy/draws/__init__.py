"""Draws: the random numbers of Theano 1.0.5, bit for bit, as PyTensor operations."""
