"""Pictures of traces, weights, digits and graphs, and explanatory diagrams.

Most functions draw on the axes that they are given and return them; those named `save_...`
write a file. Records are those of `theano_tutorial.recipes.sgd.Progress.epochs`, one per epoch.
No global setting is changed, and no display is needed. Lines differ in colour and, for print,
in style.
"""

from theano_tutorial.plots.diagrams import Layer, network, paths, patience
from theano_tutorial.plots.files import (
    save_epochs,
    save_feature_maps,
    save_minibatches,
    save_trace,
    save_weights,
    save_wrong_digits,
)
from theano_tutorial.plots.graphs import graph, outputs_of
from theano_tutorial.plots.live import live, slider
from theano_tutorial.plots.results import (
    confusion_matrix,
    digits,
    epochs,
    log_likelihood_trace,
    minibatches,
    probabilities,
    sweep,
    weights,
)
from theano_tutorial.plots.seen import save_seen
from theano_tutorial.plots.tiles import tile_raster_images

__all__ = [
    "Layer",
    "confusion_matrix",
    "digits",
    "epochs",
    "graph",
    "live",
    "log_likelihood_trace",
    "minibatches",
    "network",
    "outputs_of",
    "paths",
    "patience",
    "probabilities",
    "save_epochs",
    "save_feature_maps",
    "save_minibatches",
    "save_seen",
    "save_trace",
    "save_weights",
    "save_wrong_digits",
    "slider",
    "sweep",
    "tile_raster_images",
    "weights",
]
