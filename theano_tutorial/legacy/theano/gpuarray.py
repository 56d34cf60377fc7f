"""`theano.gpuarray`, as where there is no GPU."""

from types import SimpleNamespace

from theano_tutorial.legacy import renames

from .sandbox.cuda import use

__all__ = ["dnn", "use"]
__getattr__ = renames.names_of("theano.gpuarray")

pygpu_activated = False
dnn = SimpleNamespace(dnn_present=lambda: False)
