"""What PyTensor writes for names that it spells otherwise, means otherwise, or has not.

What is not here is the same, moved as `renames` says, or missing as `missing` says.
"""

from typing import NamedTuple


class Spelling(NamedTuple):
    """A name in PyTensor; its `kind`: same, renamed, changed or missing."""

    kind: str
    new: str = ""
    note: str = ""


_CONVOLUTION = "theano_tutorial.convolution"
_T = "theano.tensor"
_NNET = f"{_T}.nnet"

_RENAMED = {
    "theano.OrderedUpdates": "dict",
    "theano.clone": "pytensor.graph.replace.clone_replace",
    "theano.gof.graph.inputs": "pytensor.graph.traversal.graph_inputs",
    "theano.pp": "pytensor.printing.pp",
    "theano.updates.OrderedUpdates": "dict",
    f"{_T}.addbroadcast": "pt.specify_broadcastable",
    f"{_T}.batched_dot": "pt.matmul",
    f"{_NNET}.conv2d": f"{_CONVOLUTION}.conv2d",
    f"{_T}.signal.pool.pool_2d": f"{_CONVOLUTION}.pool_2d",
}

_CUT_OFF = "exact; Theano's C code cut it off"
_LAST_AXIS = "without axis=-1 over all entries; of a vector, Theano made a matrix of one row"
_STREAM = ("pt.random.utils.RandomStream", "other numbers; updates are in rng.updates()")
_PATTERN = "broadcastable= is shape=: 1 for True, None for False"
_CHANGED = {
    "theano.In": ("", "without value=: PyTensor has no default values, give one at each call"),
    "theano.Param": ("pytensor.In", "without a default value: give one at each call"),
    "theano.sandbox.rng_mrg.MRG_RandomStreams": _STREAM,
    "theano.scan": ("", "return_updates=False returns outputs alone, soon the only way"),
    f"{_NNET}.conv.conv2d": (f"{_CONVOLUTION}.conv2d", "image_shape= is input_shape="),
    f"{_NNET}.logsoftmax": ("pt.special.log_softmax(x, axis=-1)", _LAST_AXIS),
    f"{_NNET}.sigmoid": ("pt.sigmoid", f"{_CUT_OFF} above 19 (float32: 15)"),
    f"{_NNET}.softmax": ("pt.special.softmax(x, axis=-1)", _LAST_AXIS),
    f"{_NNET}.softplus": ("pt.softplus", f"{_CUT_OFF} above 16 (float32: 14)"),
    f"{_T}.TensorType": ("", _PATTERN),
    f"{_T}.shared_randomstreams.RandomStreams": _STREAM,
    f"{_T}.signal.downsample.max_pool_2d": (
        f"{_CONVOLUTION}.pool_2d",
        "ignore_border was False",
    ),
    f"{_T}.tensor": ("", _PATTERN),
}
_GPU = "leave it out: backends jax and pytorch find a GPU"
_MISSING = {
    "theano.config.device": _GPU,
    "theano.sandbox.cuda": _GPU,
    "theano.sandbox.gpuarray": _GPU,
    f"{_NNET}.binary_crossentropy": "-(y * pt.log(p) + (1 - y) * pt.log(1 - p))",
    f"{_NNET}.bn.batch_normalization": "gamma * (x - mean) / std + beta",
    f"{_NNET}.categorical_crossentropy": "-pt.log(p)[pt.arange(y.shape[0]), y]; of a matrix y, "
    "-(y * pt.log(p)).sum(axis=-1)",
    f"{_NNET}.elu": "pt.switch(x > 0, x, alpha * pt.expm1(x))",
    f"{_NNET}.hard_sigmoid": "pt.clip(0.2 * x + 0.5, 0, 1)",
    f"{_NNET}.relu": "pt.switch(x > 0, x, 0); its slope at 0 was 0.5: 0.5 * (x + abs(x))",
    f"{_NNET}.sigmoid_binary_crossentropy": "pt.softplus(x) - y * x",
    f"{_NNET}.softsign": "x / (1 + abs(x))",
    f"{_T}.patternbroadcast": "leave it out, or say shape= where the variable is made",
}
_SAME = {
    "theano.grad": 'but return_disconnected="None" is "none"',
    "theano.shared": f"but {_PATTERN}",
    f"{_T}.flatten": "but outdim= is ndim=",
    f"{_T}.grad": 'but return_disconnected="None" is "none"',
    f"{_T}.stack": "but several variables are a list: pt.stack([a, b])",
}
for _name in ("scalar", "vector", "matrix", "row", "col", "tensor3", "tensor4"):
    _SAME[f"{_T}.{_name}"] = "but the dtype is a keyword: dtype="

SPELLINGS: dict[str, Spelling] = {
    **{name: Spelling("renamed", new) for name, new in _RENAMED.items()},
    **{name: Spelling("changed", new, note) for name, (new, note) in _CHANGED.items()},
    **{name: Spelling("missing", "", note) for name, note in _MISSING.items()},
    **{name: Spelling("same", "", note) for name, note in _SAME.items()},
}
