"""Notebook 06: the door is open in a kernel of its own, never in the process of the tests."""

import re

import pytest
from notebook_cells import changed, printed, read, run_twice

NAME = "06_old_code_runs"

pytestmark = [pytest.mark.filterwarnings("ignore::Warning"), pytest.mark.one_python]


def largest_difference(text):
    """Return the largest difference of old and ported costs that was printed."""
    return max(map(float, re.findall(r"hundred steps differ by (\S+) at most", text)))


def test_other_numbers_and_every_cell_twice(tmp_path):
    notebook = changed(read(NAME), lambda number, values: values[0])
    text = run_twice(notebook, "my_layer", tmp_path)
    assert "SYNTHETIC DIGITS drawn from fonts" in text
    assert text.count("7 / 4 was 1\n") == 2
    assert text.count("that cost 0.047150742: as real Theano\n") == 2
    assert text.count("of other digits or settings") == 4
    assert largest_difference(text) < 1e-3
    assert text.count("bit for bit the same: ['real Theano 1.0.5', 'the door']") == 2
    assert "The shapes differ: yours is (4,), the old one (1, 4)." in text
    assert text.count("my_layer is right: shape, values and slopes") == 1


def test_as_committed_its_numbers_are_real_theanos():
    text = printed(read(NAME))
    assert text.count(": as real Theano") == 3
    assert "other digits or settings" not in text
    assert largest_difference(text) < 1e-5
