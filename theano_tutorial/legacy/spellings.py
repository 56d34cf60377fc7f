"""Theano's names that PyTensor spells differently, gives another meaning, or lacks."""

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
renamed | theano.updates.OrderedUpdates | dict |
renamed | T.addbroadcast | pt.specify_broadcastable |
renamed | T.batched_dot | pt.matmul |
renamed | N.conv2d | C.conv2d |
renamed | T.signal.pool.pool_2d | C.pool_2d |
changed | theano.In | | without value=: give one at each call
changed | theano.Param | pytensor.In | without a default value: give one at each call
changed | theano.sandbox.rng_mrg.MRG_RandomStreams | pt.random.utils.RandomStream | STREAM
changed | theano.scan | | return_updates=False returns outputs alone, soon the only way
changed | N.conv.conv2d | C.conv2d | image_shape= is input_shape=
changed | N.logsoftmax | pt.special.log_softmax(x, axis=-1) | LAST_AXIS
changed | N.sigmoid | pt.sigmoid | exact; Theano's C code cut it off above 19 (float32: 15)
changed | N.softmax | pt.special.softmax(x, axis=-1) | LAST_AXIS
changed | N.softplus | pt.softplus | exact; Theano's C code cut it off above 16 (float32: 14)
changed | T.TensorType | | PATTERN
changed | T.shared_randomstreams.RandomStreams | pt.random.utils.RandomStream | STREAM
changed | T.signal.downsample.max_pool_2d | C.pool_2d | ignore_border was False
changed | T.tensor | | PATTERN
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
missing | N.softmax_with_bias | | was pt.special.softmax(x + b, axis=-1)
missing | T.patternbroadcast | | leave it out, or say shape= where the variable is made
missing | T.topk | | chose the largest k; pt.sort(x)[..., -k:] does
same | theano.grad | | but return_disconnected="None" is "none"
same | theano.shared | | but PATTERN
same | T.flatten | | but outdim= is ndim=
same | T.grad | | but return_disconnected="None" is "none"
same | T.stack | | but several variables are a list: pt.stack([a, b])
"""
_SHORT = {
    " T.": " theano.tensor.",
    " N.": " theano.tensor.nnet.",
    " C.": " theano_tutorial.convolution.",
    " GPU": " ran on a GPU: leave it out, backends jax and pytorch find one",
    "LAST_AXIS": "without axis=-1 over all entries; of a vector, Theano made a row",
    "PATTERN": "broadcastable= is shape=: 1 for True, None for False",
    "STREAM": "other numbers; updates are in rng.updates(); newer: pt.random.shared_rng",
}
for _rank in ("scalar", "vector", "matrix", "row", "col", "tensor3", "tensor4"):
    _TABLE += f"same | T.{_rank} | | but the dtype is a keyword: dtype=\n"
for _module in ("gpuarray", "misc.pycuda_init", "sandbox.cuda", "sandbox.gpuarray"):
    _TABLE += f"missing | theano.{_module} | | GPU\n"
for _short, _long in _SHORT.items():
    _TABLE = _TABLE.replace(_short, _long)
_ROWS = [map(str.strip, row.split("|")) for row in _TABLE.strip().splitlines()]
SPELLINGS = {name: Spelling(kind, new, note) for kind, name, new, note in _ROWS}


def sentence(name: str) -> str:
    """Return what a missing name was, and what PyTensor has instead."""
    where = name
    while where and SPELLINGS.get(where, Spelling("")).kind != "missing":
        where = where.rpartition(".")[0]
    if not where:
        return f"{name} is not in the door: neither PyTensor nor this package has that name"
    said = f"{where} {SPELLINGS[where].note}"
    return said if where == name else f"{name} is missing: {said}"
