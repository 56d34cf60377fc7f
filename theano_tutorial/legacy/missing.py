"""What is missing, in one sentence each: what it was, whether it can be had, and how."""

_GPU = "ran on a GPU through Theano's own code; backends jax and pytorch use one without it"
_LARGEST = "chose the largest k; T.sort and T.argsort do: T.sort(x)[..., -k:]"

# By full name, or that of a module that holds it.
WORDS: dict[str, str] = {
    "theano.sandbox.cuda": _GPU,
    "theano.sandbox.gpuarray": _GPU,
    "theano.gpuarray": _GPU,
    "theano.misc.pycuda_init": _GPU,
    "theano.tensor.nnet.ctc": "was a wrapper of warp-ctc; PyTensor has none",
    "theano.tensor.load": "loaded an array within a graph; use numpy.load and theano.shared",
    "theano.tensor.topk": _LARGEST,
    "theano.tensor.argtopk": _LARGEST,
    "theano.compile.profilemode": "timed operations; theano.function(..., profile=True) does",
    "theano.d3viz": "drew graphs for a browser; pytensor.d3viz does",
}


def sentence(name: str) -> str:
    """Return what a missing name was, and what PyTensor has instead."""
    where = name
    while where and where not in WORDS:
        where = where.rpartition(".")[0]
    if not where:
        return f"{name} is not in the door: neither PyTensor nor this package has that name"
    said = f"{where} {WORDS[where]}"
    return said if where == name else f"{name} is missing: {said}"
