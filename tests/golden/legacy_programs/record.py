"""Record what the programs of tests/legacy/programs compute under real Theano.

    THEANO_FLAGS=device=cpu python3.7 tests/golden/legacy_programs/record.py [NAME ...]

needs Theano 1.0.5, NumPy 1.19 and a C++ compiler. It writes NAME.json beside this file: the
list `trace` that the program filled, the lines that it printed, and where it ran. A name that
begins with `py2_` is a program in Python 2; lib2to3 converts a copy, whose `/` between integers
floors as it did.
"""

import ast
import contextlib
import io
import json
import numbers
import os
import platform
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "..", "..", "legacy", "programs")


class OldDivision(ast.NodeTransformer):
    """Turn `a / b` into a call that knows integers."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        call = ast.Call(ast.Name("old_division", ast.Load()), [node.left, node.right], [])
        return ast.copy_location(call, node)


def old_division(a, b):
    whole = isinstance(a, numbers.Integral) and isinstance(b, numbers.Integral)
    return a // b if whole or both_symbolic_integers(a, b) else a / b


def both_symbolic_integers(a, b):
    """Whether Theano under Python 2 would have floored: a variable of integers, over integers."""
    kinds = [getattr(v, "dtype", "int" if isinstance(v, int) else "float") for v in (a, b)]
    return all(str(kind).startswith(("int", "uint")) for kind in kinds)


def converted(source, path):
    from lib2to3 import refactor

    tool = refactor.RefactoringTool(refactor.get_fixers_from_package("lib2to3.fixes"))
    tree = OldDivision().visit(ast.parse(str(tool.refactor_string(source, path)), path))
    return ast.fix_missing_locations(tree)


def run(name):
    """Return a program's `trace` and the lines it printed."""
    path = os.path.join(PROGRAMS, name + ".py")
    with open(path) as file:
        source = file.read()
    tree = converted(source, path) if name.startswith("py2_") else source
    printed = io.StringIO()
    space = {"__name__": "__main__", "__file__": path, "old_division": old_division}
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, path, "exec"), space)
    return space["trace"], printed.getvalue().splitlines()


def environment():
    import numpy
    import scipy
    import theano

    return {
        "theano": theano.__version__,
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
        "floatX": theano.config.floatX,
        "cxx": os.path.basename(theano.config.cxx),
        "blas_ldflags": theano.config.blas.ldflags,
    }


def main(names):
    for name in names or sorted(n[:-3] for n in os.listdir(PROGRAMS) if n.endswith(".py")):
        trace, printed = run(name)
        record = {
            "source": "tests/legacy/programs/%s.py under real Theano, by record.py" % name,
            "environment": environment(),
            "printed": printed,
            "trace": trace,
        }
        with open(os.path.join(HERE, name + ".json"), "w") as file:
            json.dump(record, file, indent=0, default=lambda value: value.tolist())
            file.write("\n")
        print(name, len(printed), "lines", len(json.dumps(trace, default=str)), "characters")


if __name__ == "__main__":
    main(sys.argv[1:])
