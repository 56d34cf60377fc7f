"""`theano.gpuarray`, as where there is no GPU."""

from theano_tutorial.legacy import renames

from .sandbox.cuda import use

__all__ = ["use"]
__getattr__ = renames.names_of("theano.gpuarray")

pygpu_activated = False
