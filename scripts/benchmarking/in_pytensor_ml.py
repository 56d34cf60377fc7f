"""A training step of the same model in pytensor-ml, in PyTensor's default mode."""

import pytensor
import pytensor.tensor as pt

from benchmarking.tasks import SIDE


def make(task):
    """Return a step in pytensor-ml, with its layers, its loss and its update rule."""
    from pytensor_ml import optim
    from pytensor_ml.loss import CrossEntropy

    with pytensor.config.change_flags(floatX=str(task.x.dtype)):
        x, y = pt.matrix("x"), pt.ivector("y")
        logits, weights = _logits(task, x)
        cost = CrossEntropy(expect_logits=True)(y, logits)
        if task.l2:
            cost += task.l2 * sum((W**2).sum() for W in weights)
        train = optim.compile_train(cost, optim.sgd(task.rate), inputs=[x, y])

    def step(index):
        rows = task.rows(index)
        return float(train(task.x[rows], task.y[rows]))

    return step


def _logits(task, x):
    """Return the logits of the task's model, and its weights, both with its initial values."""
    from pytensor_ml import layers

    weights, values = [], task.initial()
    out = x.reshape((-1, SIDE, SIDE, 1)) if task.maps else x
    for W, b in zip(values[::2], values[1::2], strict=True):
        name = f"layer{len(weights)}"
        if W.ndim == 4:
            n_out, n_in, *size = W.shape
            layer = layers.Conv2D(name, in_channels=n_in, out_channels=n_out, kernel_size=size)
            W = W[:, :, ::-1, ::-1].transpose(2, 3, 1, 0)  # channels last; Conv2D never flips
            out = layers.MaxPool2D(kernel_size=2)(layer(out))
        else:
            layer = layers.Linear(name, n_in=W.shape[0], n_out=W.shape[1])
            if out.ndim == 4:
                out = layers.Flatten(out.transpose(0, 3, 1, 2))
            out = layer(out)
        layer.W.set_value(W)
        layer.b.set_value(b)
        weights.append(layer.W)
        is_last = len(weights) == len(values) // 2
        out = out if is_last else pt.tanh(out)
    return out, weights
