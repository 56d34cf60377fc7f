"""The kernel called from PyTensor's C code, for modes that compile what they run.

Of a step on a minibatch, Python's way to the kernel and back takes a tenth. `c_call.c` goes it
without Python, with arrays as they usually are, and leaves any others to `in_python`.
"""

from pathlib import Path
from typing import Any

from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.link.c.params_type import ParamsType
from pytensor.link.c.type import Generic
from pytensor.scalar.basic import int64
from pytensor.utils import hash_from_code

from theano_tutorial.kernel import call as kernel
from theano_tutorial.system import threads

_SOURCE = Path(__file__).with_name("c_call.c")


class CrossEntropyInC(COp):
    """The C code of `layers.CrossEntropy`."""

    is_mean: bool
    params_type = ParamsType(kernel=int64, threads=int64, in_python=Generic())

    def in_python(self, *inputs: Any) -> list[Any]:
        """Return the outputs for any arrays, or raise what is to be said."""
        raise NotImplementedError

    def get_params(self, node: Apply) -> Any:
        """Return what the C code is told, or refuse: PyTensor then calls `perform`."""
        x, _, _, y = (v.type.dtype for v in node.inputs)
        compiled = kernel.load(x)
        if compiled is None or y != "int32":
            raise NotImplementedError
        return self.params_type.get_params(
            kernel=compiled.address("cross_entropy"),
            threads=min(threads.count(), kernel.MOST_THREADS),
            in_python=self.in_python,
        )

    def c_support_code(self, **kwargs: Any) -> str:
        """Return `c_call.c`."""
        rows = f"#define ROWS_A_THREAD {kernel.ROWS_A_THREAD}\n"
        return rows + _SOURCE.read_text(encoding="utf-8")

    def c_code(self, node: Apply, name: str, inputs: Any, outputs: Any, sub: Any) -> str:
        """Return the call."""
        arrays, pointers = ", ".join(inputs), ", ".join(f"&{out}" for out in outputs)
        params = sub["params"]
        return f"""
            PyArrayObject **outputs[] = {{{pointers}}};
            if (!c_call({arrays}, outputs, {len(outputs)}, {int(self.is_mean)},
                        {params}->kernel, {params}->threads, {params}->in_python)) {sub["fail"]}
        """

    def c_code_cache_version(self) -> tuple[Any, ...]:
        """Return what a compiled module is kept under."""
        return (hash_from_code(self.c_support_code()),)
