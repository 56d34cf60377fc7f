"""`theano.sandbox`, with `cuda` as where there is no GPU."""

from types import SimpleNamespace

cuda_available = cuda_enabled = pygpu_activated = False
dnn = SimpleNamespace(dnn_present=lambda: False, dnn_available=lambda *_: False)


def use(device: str, *how: object, **more: object) -> None:
    """Compute on the CPU all the same."""
