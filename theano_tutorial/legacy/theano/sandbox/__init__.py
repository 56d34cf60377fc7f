"""`theano.sandbox`: nothing of its own."""

from theano_tutorial.legacy import renames

__getattr__ = renames.names_of("theano.sandbox")
