"""Show an error in a learner's own code as one sentence instead of a page of traceback."""

import re
import sys
from types import TracebackType
from typing import Protocol

from theano_tutorial._text import shortened
from theano_tutorial.errors import TutorialError

_MOVED = (
    "Names have moved since Theano: T is pt, and softmax and sigmoid are no longer in T.nnet."
)
_SYMBOL = "A symbol has no value yet, so Python cannot"
_DISCONNECTED = (
    "what you take the gradient of does not depend on this variable. Is it the very variable "
    "that the graph was built from, not a new one of the same name? Is the cost the first of "
    "the two?"
)

# Patterns of an error's class and message, and what it means here; the first match is used.
HINTS = {
    r"'nnet'|No module named 'theano'|name '(T|tt|theano|nnet)' is not": _MOVED,
    r"^ModuleNotFoundError": "Is it installed where this notebook runs?",
    r"[Ee]llipsis": "A blank above is still empty.",
    r"^NameError": "Has the cell that defines it been run? Is it spelt as there?",
    r"module 'pytensor.tensor' has no attribute": "Is it in pt.special, or spelt otherwise?",
    r"^DisconnectedInputError": _DISCONNECTED,
    r"Cost must be a scalar": "A gradient is of a single number: take a sum or mean first.",
    r"^MissingInputError": "A symbol got no value: name it among the inputs, or in givens.",
    r"^UnusedInputError": "One of the inputs is not needed for the outputs.",
    r"should be contained in a list": "Write inputs=[...], also for one.",
    r"but found a Variable": "A compiled function takes numbers; this is a symbol.",
    r"(function|method)' object is not": "Are its parentheses missing? They call it.",
    r"'TensorVariable' object is not callable": "An expression must be compiled to be called.",
    r"'NoneType' object": "Something is None: does a function lack its return?",
    r"Python boolean": f"{_SYMBOL} decide by it. pt.switch chooses within the graph.",
    r"Python (float|integer)": f"{_SYMBOL} count with it. Stay with pt, or compile it first.",
    r"has no len|Length of .* cannot": (
        f"{_SYMBOL} count or loop over it: look at its shape, or use pt.sum and the like."
    ),
    r"BitOp": "A power is written **, not ^.",
    r"unexpected keyword argument 'out'|TensorType: object": (
        "NumPy computes with values; use pt's of this name."
    ),
    r"object has no attribute '(type|tag)'": (
        "A gradient is of an expression, with respect to one of its variables."
    ),
    r"multiply sequence": (
        "The gradient with respect to a list is a list: take one of its entries."
    ),
    r"number, not 'list'": "A function with a list of outputs, or with none, returns a list.",
    r"inhomogeneous": "Were several inputs given as one? Each is an argument of its own.",
    r"array element with a sequence": "Is there an expression where a number should be?",
    r"item assignment": "An expression never changes: write the new value as a new expression.",
    r"risking loss of precision": (
        "The values have a wider type than the symbol. Are the inputs in the right order? If "
        "so, cast them."
    ),
    r"update must have the same type": "A shared variable keeps its type, also its dimensions.",
    r"already has an update": "Each shared variable is updated once.",
    r"list of pairs": "Write updates=[(variable, its new value), ...].",
    r"update target must be": "Only a shared variable keeps a value from call to call.",
    r"^AxisError": "Are there so many dimensions? For symbols, use pt's function, not NumPy's.",
    r"too many indices": "It has fewer dimensions than there are indices.",
    r"== operator|'bool' object has no": (
        "Between symbols, == compares the symbols themselves, not their values."
    ),
    r"not aligned|do not fit|mismatch|broadcast": "Do the shapes fit, in this order?",
    r"^AssertionError$": (
        "Does each operation get what it expects? pt.arange takes a single number."
    ),
    r"Wrong number of dimensions": "Its input has more or fewer dimensions than the symbol.",
}


class Shell(Protocol):
    """The part of IPython's shell that is used here."""

    user_ns: dict[str, object]

    def showtraceback(
        self, exc_tuple: tuple[type, BaseException, TracebackType], tb_offset: int | None
    ) -> None:
        """Show an error."""

    def set_custom_exc(self, kinds: tuple[type, ...], handler: object) -> None:
        """Set the function that shows errors of these kinds."""


def sentence(error: BaseException) -> str:
    """Return an error as one sentence, with a second one on what it means here, if known."""
    first = next((line for line in str(error).splitlines() if line.strip()), "")
    first = first.partition(" Use the PyTensor flag")[0]
    said = f"{type(error).__name__}: {shortened(first.strip())}".rstrip(".: ")
    hint = next((hint for words, hint in HINTS.items() if re.search(words, said)), "")
    if hint is _DISCONNECTED:  # PyTensor's own message is the variable's history
        return f"{type(error).__name__}: {hint}"
    return f"{said}{'' if said[-1] in '?!' else '.'} {hint}".rstrip()


def say_plainly() -> None:
    """Make IPython show errors as one line from now on; do nothing outside IPython."""
    ipython = sys.modules.get("IPython")
    shell: Shell | None = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.set_custom_exc((Exception,), _show)


def _show(
    shell: Shell,
    kind: type,
    error: BaseException,
    traceback: TracebackType,
    tb_offset: int | None = None,
) -> None:
    if not isinstance(error, TutorialError):  # those are one line already
        shown = [f"Line {_line(shell, traceback)} of this cell: {sentence(error)}"]
        setattr(error, "_render_traceback_", lambda: shown)  # noqa: B010 - mypy knows no such
    shell.showtraceback((kind, error, traceback), tb_offset)


def _line(shell: Shell, traceback: TracebackType | None) -> int:
    """Return the number of the last line of this cell in a traceback.

    The learner's first frame is the cell itself; functions that it calls may be in other cells.
    What follows ``%%time`` has a name of its own.
    """
    line, cell = 0, ""
    while traceback:
        frame, name = traceback.tb_frame, traceback.tb_frame.f_code.co_filename
        if frame.f_globals is shell.user_ns:
            cell = cell or name
            line = traceback.tb_lineno if name in (cell, "<timed exec>") else line
        traceback = traceback.tb_next
    return line
