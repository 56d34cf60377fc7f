"""As much of pylearn2 as scripts take MNIST from: one module, by the names of three."""

import sys

from theano_tutorial.legacy.datasets import load

datasets = mnist = sys.modules[__name__]
for _name in ("datasets", "datasets.mnist"):
    sys.modules[f"pylearn2.{_name}"] = datasets


class MNIST:
    """Digits of ``"train"`` (60,000) or ``"test"``: `X` float32 from 0 to 1, `y` int32."""

    def __init__(self, which_set: str, start: int | None = None, stop: int | None = None):
        digits = load(pixel_divisor=255)
        split = {"train": digits.all_train, "test": digits.test}[which_set]
        assert split is not None
        self.X, self.y = split.x[start:stop], split.y[start:stop]

    def get_test_set(self) -> "MNIST":
        """Return the test set."""
        return MNIST("test")
