"""The kernel behind the numpy and c backends, and the rewrite that puts it in place.

`kernel.h` says what it computes, and `kernel.c` how. `build` compiles it; `call` calls it on
NumPy arrays, and `c_call` from PyTensor's C code; `reference` computes the same in NumPy. `ops`
holds the operations that call it, `rewrite` puts them into graphs, and `steps` lets networks
update their own weights.
"""

from theano_tutorial.kernel.call import Kernel, load, prepare, variant

__all__ = ["Kernel", "load", "prepare", "variant"]
