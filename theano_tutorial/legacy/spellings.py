"""What PyTensor writes for names that it spells otherwise, means otherwise, or has not.

This is the table of the porting guide (`report`). What is not in it is the same, moved as
`renames` says, or missing as `missing` says.
"""

from typing import NamedTuple


class Spelling(NamedTuple):
    """How a name is written in PyTensor, and what is different about it.

    `kind` is a heading of the report: renamed, changed or missing.
    """

    kind: str
    new: str = ""
    note: str = ""


class Call(NamedTuple):
    """What is different for calls with over `most` arguments by position, or a `keyword`."""

    most: int | None
    keyword: str
    note: str

    def is_meant(self, n_positional: int, keywords: frozenset[str]) -> bool:
        """Return whether a call is one of them."""
        too_many = self.most is not None and n_positional > self.most
        return too_many or self.keyword in keywords


_CONVOLUTION = "theano_tutorial.convolution"
_T = "theano.tensor"
_NNET = f"{_T}.nnet"

_RENAMED = {
    "theano.OrderedUpdates": "dict",
    "theano.Param": "pytensor.In",
    "theano.clone": "pytensor.graph.replace.clone_replace",
    "theano.compat.python2x.OrderedDict": "collections.OrderedDict",
    "theano.gof.graph.inputs": "pytensor.graph.traversal.graph_inputs",
    "theano.pp": "pytensor.printing.pp",
    "theano.updates.OrderedUpdates": "dict",
    f"{_T}.addbroadcast": "pt.specify_broadcastable",
    f"{_T}.batched_dot": "pt.matmul",
    f"{_NNET}.conv2d": f"{_CONVOLUTION}.conv2d",
    f"{_NNET}.conv3d": f"{_CONVOLUTION}.conv3d",
    **{
        f"{_NNET}.abstract_conv.{name}": f"{_CONVOLUTION}.{name}"
        for name in ("conv2d", "conv2d_grad_wrt_inputs", "conv2d_grad_wrt_weights")
    },
    f"{_T}.signal.pool.pool_2d": f"{_CONVOLUTION}.pool_2d",
    f"{_T}.signal.pool.pool_3d": f"{_CONVOLUTION}.pool_3d",
}
_CUT_OFF = "exact; Theano's C code cut it off"
_LAST_AXIS = "without axis=-1 over all entries; of a vector, Theano made a matrix of one row"
_STREAMS = "other numbers from the same seed; updates are in rng.updates()"
_CHANGED = {
    f"{_NNET}.sigmoid": ("pt.sigmoid", f"{_CUT_OFF} above 19 (float32: 15)"),
    f"{_NNET}.softplus": ("pt.softplus", f"{_CUT_OFF} above 16 (float32: 14)"),
    f"{_NNET}.softmax": ("pt.special.softmax(x, axis=-1)", _LAST_AXIS),
    f"{_NNET}.logsoftmax": ("pt.special.log_softmax(x, axis=-1)", _LAST_AXIS),
    f"{_NNET}.conv.conv2d": (f"{_CONVOLUTION}.conv2d", "image_shape= is input_shape="),
    f"{_T}.signal.downsample.max_pool_2d": (
        f"{_CONVOLUTION}.pool_2d",
        "ignore_border was False there by default",
    ),
    f"{_T}.shared_randomstreams.RandomStreams": ("pt.random.utils.RandomStream", _STREAMS),
    "theano.sandbox.rng_mrg.MRG_RandomStreams": ("pt.random.utils.RandomStream", _STREAMS),
    "theano.scan": ("", "return_updates=False returns outputs alone, soon the only way"),
}
_MISSING = {
    f"{_NNET}.relu": "pt.switch(x > 0, x, 0); its slope at 0 was 0.5: 0.5 * (x + abs(x))",
    f"{_NNET}.elu": "pt.switch(x > 0, x, alpha * pt.expm1(x))",
    f"{_NNET}.selu": "1.0507009873554805 * elu(x, 1.6732632423543772), with elu as above",
    f"{_NNET}.softsign": "x / (1 + abs(x))",
    f"{_NNET}.hard_sigmoid": "pt.clip(0.2 * x + 0.5, 0, 1)",
    f"{_NNET}.ultra_fast_sigmoid": "pt.sigmoid(x), which is exact",
    f"{_NNET}.categorical_crossentropy": "-pt.log(p)[pt.arange(y.shape[0]), y]; of a matrix y, "
    "-(y * pt.log(p)).sum(axis=-1)",
    f"{_NNET}.binary_crossentropy": "-(y * pt.log(p) + (1 - y) * pt.log(1 - p))",
    f"{_NNET}.sigmoid_binary_crossentropy": "pt.softplus(x) - y * x",
    f"{_NNET}.bn.batch_normalization": "gamma * (x - mean) / std + beta",
    f"{_T}.patternbroadcast": "leave it out, or say shape= where the variable is made",
    f"{_T}.unbroadcast": "leave it out, or say shape= where the variable is made",
    "theano.sandbox.cuda": "leave it out: backends jax and pytorch find a GPU",
    "theano.sandbox.gpuarray": "leave it out: backends jax and pytorch find a GPU",
    "theano.config.device": "leave it out: backends jax and pytorch find a GPU",
}
_CONSTRUCTORS = ("scalar", "vector", "matrix", "row", "col", "tensor3", "tensor4", "tensor5")
_PATTERN = "shape= instead: 1 for True, None for False"
_DEFAULT = "PyTensor has no default values: give one at each call"

CALLS: dict[str, Call] = {
    f"{_T}.TensorType": Call(1, "broadcastable", _PATTERN),
    f"{_T}.tensor": Call(1, "broadcastable", _PATTERN),
    "theano.shared": Call(None, "broadcastable", _PATTERN),
    "theano.In": Call(None, "value", _DEFAULT),
    "theano.Param": Call(1, "default", _DEFAULT),
    f"{_T}.flatten": Call(None, "outdim", "outdim= is ndim="),
    f"{_T}.stack": Call(2, "", "several variables are a list: pt.stack([a, b])"),
    f"{_T}.grad": Call(None, "return_disconnected", '"None" is "none"'),
    "theano.grad": Call(None, "return_disconnected", '"None" is "none"'),
    **{f"{_T}.{name}": Call(1, "", "the dtype is a keyword: dtype=") for name in _CONSTRUCTORS},
}
SPELLINGS: dict[str, Spelling] = {
    **{name: Spelling("renamed", new) for name, new in _RENAMED.items()},
    **{name: Spelling("changed", new, note) for name, (new, note) in _CHANGED.items()},
    **{name: Spelling("missing", "", note) for name, note in _MISSING.items()},
}
