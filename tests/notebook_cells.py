"""Runs the cells of notebooks on synthetic digits, as often as asked, here or in a kernel."""

import contextlib
import copy
import io
import os
import re
from pathlib import Path
from typing import ClassVar

import matplotlib as mpl
import nbformat
import pytensor
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from theano_tutorial import backends, data
from theano_tutorial.data import rendered
from theano_tutorial.data.splits import Split, scaled

FOLDER = Path(__file__).parent.parent / "notebooks"
NAMES = sorted(
    path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.ipynb")
)
COUNTS = 1_800, 600  # the smallest that hold a minibatch of 600 in each split


class Few(Split):
    """A split that has fewer digits than are asked for, and does not mind."""

    def first(self, n):
        return Split(self.x[:n], self.y[:n])


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def small(drawn, dtype="float64", pixel_divisor=256):
    """Return a dataset of drawn digits, as `data.load` would if there were so few."""

    def split(images, labels):
        return Few(scaled(images, pixel_divisor, dtype), labels.astype("int32"))

    train = split(drawn.train_images[:1200], drawn.train_labels[:1200])
    return data.Dataset(
        train=train,
        valid=split(drawn.train_images[1200:], drawn.train_labels[1200:]),
        test=split(drawn.test_images, drawn.test_labels),
        name="rendered",
        source="test",
        pixel_divisor=pixel_divisor,
        all_train=split(drawn.train_images, drawn.train_labels),
    )


@contextlib.contextmanager
def on_few_digits(monkeypatch, absent=()):
    """Let notebooks run on small digits, draw nothing, and miss the backends `absent`."""
    import matplotlib.pyplot as plt

    drawn = rendered.draw_digits(COUNTS, seed=1)
    why_unavailable = backends.why_unavailable
    monkeypatch.setattr(data, "load", lambda **form: small(drawn, **form))
    monkeypatch.setattr(
        backends,
        "why_unavailable",
        lambda name: "not in this test" if name in absent else why_unavailable(name),
    )
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    with mpl.rc_context({"backend": "agg"}), pytensor.config.change_flags(floatX="float64"):
        yield


class Session:
    """What a kernel holds while the cells of a notebook run, `NAMES` at first."""

    NAMES: ClassVar = {"__name__": "__main__"}

    def __init__(self):
        self.names = {**self.NAMES}

    def run(self, source):
        """Run a cell, and return what it prints."""
        python = TransformerManager().transform_cell(source)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(python, "<cell>", "exec"), self.names)
        return printed.getvalue()


INVITED = re.compile(r"^(\s*\w+ = )(.+?)(  # try )(.+)$", re.MULTILINE)


def split_values(text):
    """Return the values that a comment invites to try: ``5, [1, 2]`` are two."""
    return re.findall(r"\[[^\]]*\]|[^,\s][^,]*", text)


def invitations(source):
    """Return the places of a cell's lines that invite to try other values, and these."""
    return [(found.span(2), split_values(found[4])) for found in INVITED.finditer(source)]


def changed(notebook, choose):
    """Put what `choose(number, values)` returns, if not None, where the cells invite to."""
    number = 0
    for cell in code(notebook):
        for (start, end), values in reversed(invitations(cell.source)):
            value = choose(number, values)
            number += 1
            if value is not None:
                cell.source = cell.source[:start] + value + cell.source[end:]
    return notebook


def printed(notebook):
    """Return what a notebook's cells have printed; there must be no warnings."""
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    return "".join(output.get("text", "") for output in outputs)


def run_twice(notebook, blank, folder):
    """Run each cell twice in turn, in a kernel that finds no MNIST; return what they print.

    The first time, the exercise's function `blank` is as it is; then, the notebook's solution.
    """
    texts = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    (solution,) = re.findall(rf"```python\n(def {blank}.*?)```", texts, re.DOTALL)
    notebook.cells = [copy.deepcopy(cell) for cell in code(notebook) for _ in range(2)]
    exercise = [cell for cell in notebook.cells if cell.source.startswith(f"def {blank}")][1]
    exercise.source = solution + exercise.source[exercise.source.index("\n\n\n") :]
    env = {
        "THEANO_TUTORIAL_DATA": str(folder),
        "THEANO_TUTORIAL_CACHE": str(folder / "cache"),
        "THEANO_TUTORIAL_MIRRORS": "http://127.0.0.1:9/",
    }
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, resources=resources).execute(env=os.environ | env)
    return printed(notebook)
