"""What is missing, in one sentence each: what it was, whether it can be had, and how."""

_GPU = "ran on a GPU through Theano's own code; backends jax and pytorch use one without it"
_MPI = "sent arrays between processes by MPI; PyTensor has nothing like it"

# By full name, or that of a module that holds it.
WORDS: dict[str, str] = {
    "theano.sandbox.cuda": _GPU,
    "theano.gpuarray": _GPU,
    "theano.misc.pycuda_init": _GPU,
    "theano.misc.pycuda_utils": _GPU,
    "theano.tensor.nnet.blocksparse": "multiplied sparse blocks; PyTensor has nothing like it",
    "theano.tensor.nnet.ctc": "was a wrapper of warp-ctc; PyTensor has none",
    "theano.sandbox.neighbours": "is theano.tensor.nnet.neighbours",
    "theano.tensor.DiffOp": "was the Op of diff, which PyTensor composes of slices: T.diff",
    "theano.tensor.io": "loaded arrays from disk within a graph; use numpy.load and shared",
    "theano.tensor.load": "loaded an array within a graph; use numpy.load and theano.shared",
    "theano.tensor.mpi_enabled": _MPI,
    "theano.tensor.send": _MPI,
    "theano.tensor.recv": _MPI,
    "theano.tensor.isend": _MPI,
    "theano.tensor.irecv": _MPI,
    "theano.tensor.topk": "chose the largest k; sort does: T.sort(x)[..., -k:]",
    "theano.tensor.argtopk": "chose the largest k; argsort does: T.argsort(x)[..., -k:]",
    "theano.tensor.topk_and_argtopk": "chose the largest k; T.sort and T.argsort do",
    "theano.tensor.Flatten": "was an Op that PyTensor has no more; T.flatten reshapes",
    "theano.tensor.Tile": "was an Op that PyTensor has no more; T.tile reshapes",
    "theano.tensor.Rebroadcast": "said which lengths are 1; T.addbroadcast does",
    "theano.tensor.MaxAndArgmax": "was one Op; PyTensor has two, Max and Argmax",
    "theano.compile.Rebroadcast": "said which lengths are 1; T.addbroadcast does",
    "theano.compile.profilemode": "timed operations; theano.function(..., profile=True) does",
    "theano.printing.pydot_imported": "said whether pydot is there; try pydotprint",
    "theano.d3viz": "drew graphs for a browser; pytensor.d3viz does",
}


def sentence(name: str) -> str:
    """Return what a missing name was, and what PyTensor has instead."""
    said = _said(name)
    if said is not None:
        where, words = said
        return f"{where} {words}" if where == name else f"{name} is missing: {where} {words}"
    return f"{name} is not in the door: neither PyTensor nor this package has that name"


def _said(name: str) -> tuple[str, str] | None:
    while name:
        if name in WORDS:
            return name, WORDS[name]
        name = name.rpartition(".")[0]
    return None
