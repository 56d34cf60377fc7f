"""The kernel called from PyTensor's C code, for modes that compile what they run.

Calling the kernel through Python takes a tenth of a step on a minibatch. `c_call.c` does
without Python for arrays in their usual form, and leaves all others to `in_python`.
"""

from collections.abc import Mapping, Sequence
from importlib import resources

from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.link.c.params_type import Params, ParamsType
from pytensor.link.c.type import Generic
from pytensor.scalar.basic import int64
from pytensor.utils import hash_from_code

from theano_tutorial import kernel
from theano_tutorial._types import Array
from theano_tutorial.kernel.build import HEADER
from theano_tutorial.system import threads

_SOURCE = resources.files(__package__) / "c_call.c"


class LogLikelihoodInC(COp):
    """The C code of `ops.LogLikelihood`."""

    is_mean: bool
    params_type = ParamsType(kernel=int64, threads=int64, in_python=Generic())

    def in_python(self, *inputs: Array) -> list[Array]:
        """Return the outputs for any arrays, or raise an error about them."""
        raise NotImplementedError

    def get_params(self, node: Apply) -> Params:
        """Return the C code's parameters, or refuse: PyTensor then calls `perform`."""
        x, _, _, y = (v.type.dtype for v in node.inputs)
        compiled = kernel.load(x)
        if compiled is None or y != "int32":
            raise NotImplementedError
        return self.params_type.get_params(
            kernel=compiled.address("log_likelihood"),
            threads=threads.count(),
            in_python=self.in_python,
        )

    def c_support_code(self, **kwargs: object) -> str:
        return HEADER.read_text(encoding="utf-8") + _SOURCE.read_text(encoding="utf-8")

    def c_code(
        self,
        node: Apply,
        name: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        sub: Mapping[str, str],
    ) -> str:
        arrays, pointers = ", ".join(inputs), ", ".join(f"&{out}" for out in outputs)
        params = sub["params"]
        return f"""
            PyArrayObject **outputs[] = {{{pointers}}};
            if (!c_call({arrays}, outputs, {len(outputs)}, {int(self.is_mean)},
                        {params}->kernel, {params}->threads, {params}->in_python)) {sub["fail"]}
        """

    def c_code_cache_version(self) -> tuple[str]:
        return (hash_from_code(self.c_support_code()),)
