"""MNIST as pylearn2 gave it: pixels divided by 255, in float32."""

import numpy as np

from theano_tutorial.legacy import datasets


class MNIST:
    """The digits of one set, ``"train"`` (60,000) or ``"test"`` (10,000), or a part.

    `X` holds images ``(n, 784)``, float32 from 0 to 1, and `y` labels ``(n,)``, int32, of those
    from `start` to before `stop`. `center` takes the mean of all values off, and `binarize`
    makes each pixel 0 or 1.

    Another set raises `ValueError`, and MNIST that is not to be had `DataUnavailable`.
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
        assert split is not None
        self.X, self.y = split.x[start:stop], split.y[start:stop]
        if binarize:
            self.X = (self.X > 0.5).astype(np.float32)
        if center:
            self.X = self.X - self.X.mean(dtype=np.float32)

    def get_test_set(self) -> "MNIST":
        """Return the test set."""
        return MNIST("test")
