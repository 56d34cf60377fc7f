"""Notebook 05 with its numbers changed, each cell run twice, and its exercise solved."""

import copy
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

PATH = Path(__file__).parent.parent / "notebooks" / "05_what_comes_next.ipynb"
# What a reader may change; smaller, so that it takes less time.
CHANGED = {
    "batch_size, n_epochs = 5000, 50, 2": "batch_size, n_epochs = 400, 40, 1",
    "rates = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, ": "rates = [0.01, ",
    "n_hidden = 50": "n_hidden = 8",
    "depth_epochs = 4": "depth_epochs = 1",
    "digits.valid.first(2000)": "digits.valid.first(300)",
    "digits.test),": "digits.test.first(700)),",
    "start=(-2.6, 0.9)": "start=(-2.6, 0.0)",
    "[2.363522, ": "[2.4, ",
    "digits.test.x[0]": "digits.test.x[3]",
    "right = 2 ": "right = 3 ",
    "chosen = 0 ": "chosen = 9 ",
}

pytestmark = [pytest.mark.filterwarnings("ignore::Warning"), pytest.mark.one_python]


def changed(source):
    for old, new in CHANGED.items():
        source = source.replace(old, new)
    return source


def printed(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    return "".join(output.get("text", "") for output in outputs)


def solved(notebook):
    """Put the solution into the second turn of the exercise's cell."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    (solution,) = re.findall(r"```python\n(def my_rule.*?)```", "".join(texts), re.DOTALL)
    exercises = [cell for cell in notebook.cells if cell.source.startswith("def my_rule")]
    blank = exercises[1].source
    exercises[1].source = solution + blank[blank.index("\n\n\n") :]
    return notebook


def test_other_numbers_and_every_cell_twice(tmp_path):
    notebook = nbformat.read(PATH, as_version=4)
    assert all(any(old in cell.source for cell in notebook.cells) for old in CHANGED)
    cells = []
    for cell in notebook.cells:
        cell.source = changed(cell.source)
        cells += [cell, copy.deepcopy(cell)] if cell.cell_type == "code" else [cell]
    notebook.cells = cells
    env = {
        "THEANO_TUTORIAL_DATA": str(tmp_path),
        "THEANO_TUTORIAL_CACHE": str(tmp_path / "cache"),
        "THEANO_TUTORIAL_MIRRORS": "http://127.0.0.1:9/",
    }
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(solved(notebook), timeout=300, resources=resources).execute(
        env=os.environ | env
    )
    text = printed(notebook)
    assert "SYNTHETIC DIGITS drawn from fonts" in text
    assert "real Theano's numbers differ" in text
    assert "my_rule is still gradient descent" in text
    assert "my_rule is right" in text


def test_as_committed_its_numbers_are_real_theanos():
    text = printed(nbformat.read(PATH, as_version=4))
    assert text.count("as real Theano 1.0.5 computed them") == 2
    assert "the settings differ" not in text
