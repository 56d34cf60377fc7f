"""How PyTensor spells Theano's names, for reports and messages."""

from typing import NamedTuple


class Spelling(NamedTuple):
    """PyTensor's name for one of Theano's; `kind` is same, renamed, changed or missing."""

    kind: str
    new: str = ""
    note: str = ""


# T is theano.tensor, N is theano.tensor.nnet, C is theano_tutorial.convolution.
_TABLE = """
renamed | theano.OrderedUpdates | dict |
renamed | theano.clone | pytensor.graph.replace.clone_replace |
renamed | theano.gof.graph.inputs | pytensor.graph.traversal.graph_inputs |
renamed | T.batched_dot | pt.matmul |
renamed | N.conv2d | C.conv2d |
renamed | T.signal.pool.pool_2d | C.pool_2d |
changed | theano.In | | without value=: give one at each call
changed | theano.Param | pytensor.In | without a default value: give one at each call
changed | theano.sandbox.rng_mrg.MRG_RandomStreams | pt.random.shared_rng | STREAM
changed | theano.scan | | return_updates=False returns outputs alone, soon the only way
changed | N.conv.conv2d | C.conv2d | image_shape= is input_shape=
changed | N.logsoftmax | pt.special.log_softmax(x, axis=-1) | LAST_AXIS
changed | N.sigmoid | pt.sigmoid | exact; Theano's C code cut it off above 19 (float32: 15)
changed | N.softmax | pt.special.softmax(x, axis=-1) | LAST_AXIS
changed | N.softplus | pt.softplus | exact; Theano's C code cut it off above 16 (float32: 14)
changed | T.TensorType T.tensor | | PATTERN
changed | T.shared_randomstreams.RandomStreams | pt.random.shared_rng | STREAM
changed | T.signal.downsample.max_pool_2d | C.pool_2d | ignore_border was False
missing | theano.gpuarray theano.misc.pycuda_init theano.sandbox.cuda | | GPU
missing | theano.sandbox.gpuarray | | GPU
missing | theano.config.device | | leave it out: backends jax and pytorch find one
missing | N.binary_crossentropy | | -(y * pt.log(p) + (1 - y) * pt.log(1 - p))
missing | N.bn.batch_normalization | | gamma * (x - mean) / std + beta
missing | N.categorical_crossentropy | | -pt.log(p)[pt.arange(y.shape[0]), y]; of a matrix y, \
-(y * pt.log(p)).sum(axis=-1)
missing | N.ctc | | was a wrapper of warp-ctc; PyTensor has none
missing | N.h_softmax | | was a softmax of two levels; PyTensor has none
missing | N.elu | | pt.switch(x > 0, x, alpha * pt.expm1(x))
missing | N.hard_sigmoid | | pt.clip(0.2 * x + 0.5, 0, 1)
missing | N.relu | | pt.switch(x > 0, x, 0); its slope at 0 was 0.5: 0.5 * (x + abs(x))
missing | N.sigmoid_binary_crossentropy | | pt.softplus(x) - y * x
missing | N.softsign | | x / (1 + abs(x))
missing | T.patternbroadcast | | leave it out, or say shape= where the variable is made
missing | T.topk | | chose the largest k; pt.sort(x)[..., -k:] does
same | theano.grad T.grad | | but return_disconnected="None" is "none"
same | theano.shared | | but PATTERN
same | T.scalar T.vector T.matrix T.row T.col T.tensor3 T.tensor4 | | KEYWORD
same | T.flatten | | but outdim= is ndim=
same | T.stack | | but several variables are a list: pt.stack([a, b])
"""
_SHORT = {
    " T.": " theano.tensor.",
    " N.": " theano.tensor.nnet.",
    " C.": " theano_tutorial.convolution.",
    " GPU": " ran on a GPU: leave it out, backends jax and pytorch find one",
    "KEYWORD": "but the dtype is a keyword: dtype=",
    "LAST_AXIS": "without axis=-1 over all entries; of a vector, Theano made a row",
    "PATTERN": "broadcastable= is shape=: 1 for True, None for False",
    "STREAM": "other numbers; a draw returns the next state, for updates=, and the numbers",
}
for _short, _long in _SHORT.items():
    _TABLE = _TABLE.replace(_short, _long)
_ROWS = [map(str.strip, row.split("|")) for row in _TABLE.strip().splitlines()]
SPELLINGS = {n: Spelling(kind, *rest) for kind, names, *rest in _ROWS for n in names.split()}
