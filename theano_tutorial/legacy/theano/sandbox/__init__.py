"""`theano.sandbox`, whose `cuda` reports that there is no GPU."""

from types import SimpleNamespace

cuda_available = cuda_enabled = pygpu_activated = False
dnn = SimpleNamespace(dnn_present=lambda: False, dnn_available=lambda *_: False)


def use(device: str, *how: object, **more: object) -> None:
    """Ignore the device: computation stays on the CPU."""
