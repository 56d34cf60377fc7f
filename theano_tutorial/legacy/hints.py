"""What no conversion mends: errors that old code meets today, and their cure in a sentence."""

import os
import re
from traceback import walk_tb

from theano_tutorial._text import one_line

_LIST = "Python 2 returned a list here: write list(...) around it, or run with --python 2"
_TEXT = "Python 2 took bytes for text: open the file with mode 'b', or encode and decode"
# What the error's name and message hold (a regular expression), and what to do about it.
_HINTS = {
    "TypeError.*(as an integer|sequence of integers|integers.*not .?float)": "a size or index "
    "is a float, which once passed for a whole number: write // or int(...)",
    "IndexError.*only integers, slices": "an index is a float, or a list of slices, which once "
    "passed for a tuple: write int(...) or tuple(...)",
    "ValueError.*(inhomogeneous|array element with a sequence)": "rows of an array differ in "
    "length, which needs numpy.array(..., dtype=object) now",
    "ValueError.*allow_pickle=False": "NumPy runs no pickle unless told to: numpy.load(..., "
    "allow_pickle=True), if you trust the file",
    "TypeError.*not supported between": "Python 2 had an order of values of any two types",
    "TypeError.*(bytes-like|must be str, not bytes|not bytes$|to bytes|on a (str|byt))": _TEXT,
    "Unicode(De|En)codeError|AttributeError.*'bytes' object .* '(encode|format)'": _TEXT,
    r"(Attribute|Type)Error.*'(range|map|zip|filter|dict_\w+)'": _LIST,
    "(Attribute|Import|ModuleNotFound)Error.*(numpy|scipy|sklearn|matplotlib)": "it was there "
    "when Theano was new, and is no more",
    "TypeError.*must derive from BaseException": "Python 2 let texts be raised: raise an "
    "exception, such as ValueError(...)",
}


def of(error: BaseException, folder: str) -> str:
    """Return a sentence about an error, with file and line in `folder`; nothing without one."""
    text = f"{type(error).__name__} {error}"
    hint = next((hint for pattern, hint in _HINTS.items() if re.match(pattern, text, re.S)), "")
    places = [
        f"{one_line(frame.f_code.co_filename)}, line {line}: "
        for frame, line in walk_tb(error.__traceback__)
        if os.path.realpath(frame.f_code.co_filename).startswith(folder + os.sep)
    ]
    return f"{''.join(places[-1:])}{hint}." if hint else ""
