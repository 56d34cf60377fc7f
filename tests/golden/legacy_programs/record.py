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
import platform
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parents[1] / "legacy" / "programs"


class OldDivision(ast.NodeTransformer):
    """Turns `a / b` into a call of `old_division`."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        call = ast.Call(ast.Name("old_division", ast.Load()), [node.left, node.right], [])
        return ast.copy_location(call, node)


def old_division(a, b):
    """Divide as Python 2 and its Theano did: integers, variables of integers too, floor."""
    kinds = [str(getattr(value, "dtype", type(value).__name__)) for value in (a, b)]
    return a // b if all(kind.startswith(("int", "uint")) for kind in kinds) else a / b


def converted(source, path):
    """Return a Python 2 program, parsed as Python 3."""
    from lib2to3 import refactor

    tool = refactor.RefactoringTool(refactor.get_fixers_from_package("lib2to3.fixes"))
    tree = OldDivision().visit(ast.parse(str(tool.refactor_string(source, path)), path))
    return ast.fix_missing_locations(tree)


def run(name):
    """Return a program's `trace` and the lines that it printed."""
    path = PROGRAMS / f"{name}.py"
    source = path.read_text()
    tree = converted(source, str(path)) if name.startswith("py2_") else source
    printed = io.StringIO()
    space = {"__name__": "__main__", "__file__": str(path), "old_division": old_division}
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, str(path), "exec"), space)
    return space["trace"], printed.getvalue().splitlines()


def environment():
    """Return what computed."""
    import numpy
    import scipy
    import theano

    return {
        "theano": theano.__version__,
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
        "floatX": theano.config.floatX,
        "cxx": Path(theano.config.cxx).name,
        "blas_ldflags": theano.config.blas.ldflags,
    }


def main(names):
    """Record programs, by default all."""
    for name in names or sorted(path.stem for path in PROGRAMS.glob("*.py")):
        trace, printed = run(name)
        record = {
            "source": f"tests/legacy/programs/{name}.py under real Theano, by record.py",
            "environment": environment(),
            "printed": printed,
            "trace": trace,
        }
        text = json.dumps(record, default=lambda value: value.tolist())
        (HERE / f"{name}.json").write_text(text + "\n")
        print(name, len(printed), "lines,", len(text), "characters")


if __name__ == "__main__":
    main(sys.argv[1:])
