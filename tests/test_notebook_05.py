"""Notebook 05 with its numbers changed, each cell run twice, and its exercise solved."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from notebook_cells import INVITED, Session, code, printed, read, run_twice

from theano_tutorial import backends
from theano_tutorial import exercise_checks as exercises
from theano_tutorial.exercise_checks import Stop

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


LION = """
def my_rule(cost, params, learning_rate):
    pairs = []
    for param in params:
        g = pytensor.grad(cost, param)
        m = pytensor.shared(np.zeros_like(param.get_value()))
        new_m = 0.99 * m + 0.01 * g
        c = 0.9 * m + 0.1 * g
        pairs += [(param, param - learning_rate * pt.sign(c)), (m, new_m)]
    return pairs
"""


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("return", "return", "my_rule is right: it is Lion"),
        ("0.9 * m", "0.9 * new_m", "it first differs at step 6"),  # not the old value
        (", (m, new_m)", "", "it first differs at step 6"),
        ("0.99 * m + 0.01 * g", "0.9 * m + 0.1 * g", "it first differs at step 7"),
        ("rate * pt.sign(c)", "rate * g", "my_rule is still gradient descent"),
        ("grad(cost, param)", "grad(cost, params[0])", "for the first parameter. What becomes"),
        ("pt.sign(c)", "pt.switch(c > 0, 1, -1)", "moves a weight whose gradient is 0"),
    ],
)
def test_wrong_rules(right, wrong, message):
    assert message in checked(LION.replace(right, wrong))


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("    return pairs", "    pairs", "my_rule: it is None. A call that only prints or"),
        ("    return", "        return", "my_rule: v should be updated once"),
        ("like(", "like(dtype=float, a=", "is float64, and w is float32. It should begin"),
    ],
)
def test_what_are_no_updates(right, wrong, message):
    with pytest.raises(Stop, match=message):
        checked(LION.replace(right, wrong))


def checked(rule):
    """Return what the notebook says of a rule; as there, symbols are float32."""
    (cell,) = [cell for cell in code(read(NAME)) if cell.source.startswith("def my_rule")]
    check = cell.source[cell.source.index("\n\n\n") : cell.source.index("\n\nmine = ")]
    session = Session()
    session.names |= {"np": np, "pt": pt, "pytensor": pytensor, "exercises": exercises}
    session.names["mode"] = backends.mode("numpy")
    with pytensor.config.change_flags(floatX="float32"):
        return session.run(rule + check)
