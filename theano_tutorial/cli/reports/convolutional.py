"""Report of the recipe `lenet`: the lines of `mlp`, and pictures of filters and their maps."""

from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt

from theano_tutorial import backends
from theano_tutorial._types import Array, Parameters
from theano_tutorial.cli.reports.minibatch import MlpReport
from theano_tutorial.models import LeNet
from theano_tutorial.models.restoring import restore_one_of
from theano_tutorial.recipes.program import Run


class LeNetReport(MlpReport):
    """A convolutional network, trained by minibatch SGD with early stopping."""

    spaces = "\n", ""

    def pictures(self, folder: Path, run: Run) -> list[Path]:
        from theano_tutorial import plots

        paths = super().pictures(folder, run)
        if not paths:
            return []
        test = self.dataset.test
        path, image, label = folder / "feature_maps.png", test.x[0], test.y[0]
        title = f"{self.title}: what it makes of test image 0, a {label}"
        plots.save_feature_maps(path, image, feature_maps(run.parameters, image), title)
        return [*paths, path]

    def draw_weights(self, path: Path, run: Run) -> None:
        from theano_tutorial import plots

        # Convolution flips a filter: flip it here, to show it as it is applied to the image.
        before, after = (
            W[:, 0, ::-1, ::-1].reshape(len(W), -1).T
            for W in self.before_and_after("layer0_W", run)
        )
        title = f"{self.title}: layer0_W, flipped, as it lies on the image"
        plots.save_weights(path, before, after, title, "filter")


def feature_maps(parameters: Parameters, image: Array) -> dict[str, Array]:
    """Return the maps ``(n, height, width)`` that LeNet's layers make of an image ``(784,)``.

    The maps are keyed by the layers' names and have the image's dtype.
    """
    x = pt.matrix("x", dtype=image.dtype)
    with pytensor.config.change_flags(floatX=image.dtype.name):
        model = restore_one_of([LeNet], x, parameters)
    layers = {"layer0": model.layer0.output, "layer1": model.layer1.output}
    function = pytensor.function([x], [*layers.values()], mode=backends.mode("numpy"))
    found = function(image[np.newaxis])
    return {name: maps[0] for name, maps in zip(layers, found, strict=True)}
