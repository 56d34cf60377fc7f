"""Notebook 05 with its numbers changed, each cell run twice, and its exercise solved."""

import pytest
from notebook_cells import INVITED, code, printed, read, run_twice

NAME = "05_what_comes_next"
# What a reader may change; smaller, so that it takes less time.
CHANGED = {
    "n_images = 5000": "n_images = 400",
    "batch_size = 50 ": "batch_size = 40 ",
    "n_epochs = 2 ": "n_epochs = 1 ",
    "rates = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, ": "rates = [0.01, ",
    "n_hidden = 50 ": "n_hidden = 8 ",
    "depth_epochs = 4 ": "depth_epochs = 1 ",
    "digits.valid.first(2000)": "digits.valid.first(300)",
    "digits.test),": "digits.test.first(700)),",
    "start=(-2.6, 0.9)": "start=(-2.6, 0.0)",
    "digits.test.x[0]": "digits.test.x[3]",
    "right = 2 ": "right = 3 ",
    "chosen = 0 ": "chosen = 9 ",
}

pytestmark = [pytest.mark.filterwarnings("ignore::Warning"), pytest.mark.one_python]


def changed(source):
    for old, new in CHANGED.items():
        source = source.replace(old, new)
    return source


def test_other_numbers_and_every_cell_twice(tmp_path):
    notebook = read(NAME)
    assert all(any(old in cell.source for cell in notebook.cells) for old in CHANGED)
    for cell in code(notebook):
        for place in INVITED.finditer(cell.source):
            assert place[0] not in changed(cell.source)
        cell.source = changed(cell.source)
    text = run_twice(notebook, "my_rule", tmp_path)
    assert "SYNTHETIC DIGITS drawn from fonts" in text
    assert text.count("of other digits or settings") == 2 * 2
    assert "my_rule is still gradient descent" in text
    assert "my_rule is right" in text


def test_as_committed_its_numbers_are_real_theanos():
    text = printed(read(NAME))
    assert text.count(": as real Theano") == 2
    assert "other digits or settings" not in text
