"""MNIST as pylearn2 gave it: pixels divided by 255, in float32."""

import numpy as np

from theano_tutorial.legacy import datasets


class MNIST:
    """The digits of one set, ``"train"`` (60,000) or ``"test"`` (10,000).

    `X` holds images ``(n, 784)``, float32 from 0 to 1, and `y` labels ``(n,)``, int32. Of them,
    those from `start` to before `stop` are kept. `center` takes the mean of all values off, and
    `binarize` makes each pixel 0 or 1.

    Another set, or a part that is not there, raises `ValueError`, and MNIST that is not to be
    had `DataUnavailable`.
    """

    def __init__(
        self,
        which_set: str,
        center: bool = False,
        *,
        binarize: bool = False,
        start: int | None = None,
        stop: int | None = None,
    ) -> None:
        if which_set not in ("train", "test"):
            raise ValueError(f"which_set must be 'train' or 'test', got {which_set!r}")
        digits = datasets.load(pixel_divisor=255)
        split = digits.all_train if which_set == "train" else digits.test
        assert split is not None  # the digits were read from files
        part = slice(start, stop)
        x = split.x[part]
        if not 0 <= (start or 0) < (len(split) if stop is None else stop) <= len(split):
            raise ValueError(f"there are {len(split):,} digits, none from {start} to {stop}")
        if binarize:
            x = (x > 0.5).astype(np.float32)
        self.X = x - x.mean(dtype=np.float32) if center else x
        self.y = split.y[part]

    def get_test_set(self) -> "MNIST":
        """Return the test set."""
        return MNIST("test")
