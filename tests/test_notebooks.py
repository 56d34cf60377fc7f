"""The notebooks: true, small, in step with each other; the exercise stops kindly.

Their cells run here in this process, on a few synthetic digits: each twice in turn, with every
number changed that they invite to change, and with wrong answers before right ones. On MNIST
they run in kernels of their own.
"""

import json
import os
import re
import tomllib

import pytest
from choice_of_tests import SLOW_BACKENDS
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from notebook_cells import (
    FOLDER,
    NAMES,
    Session,
    changed,
    code,
    invitations,
    on_few_digits,
    read,
)

from theano_tutorial.exercise_checks import Stop

EXERCISE, SOLUTION = "03_exercise", "solutions/03_solution"
PAIRS = {"00_first_graph": "solutions/00_solution", EXERCISE: SOLUTION}
BOOKS = [name for name in NAMES if "/" not in name]  # in order
OWN = ["05_what_comes_next", "06_old_code_runs"]  # run by tests of their own
COMPLETE = [name for name in NAMES if name not in [EXERCISE, *OWN]]

# On the other Python, CI runs them by nbmake. nbclient warns of its kernel's local sockets.
pytestmark = [pytest.mark.filterwarnings("ignore::Warning"), pytest.mark.one_python]


def test_names_that_a_side_bar_can_tell_apart():
    assert len({name[:14] for name in NAMES}) == len(NAMES)
    numbers = [name[:2] for name in BOOKS]
    assert numbers == [f"{i:02}" for i in range(len(BOOKS))]


@pytest.mark.parametrize("name", NAMES)
def test_committed_executed_and_small(name):
    path = FOLDER / f"{name}.ipynb"
    assert path.stat().st_size < 1_500_000
    text = path.read_text()
    assert not re.search(r"(/home|/tmp|/work|/root)/", text)
    outputs = [output for cell in code(read(name)) for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output.get("name") == "stderr" for output in outputs)
    if name != EXERCISE:
        counts = [cell.execution_count for cell in code(read(name))]
        assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_way_in(name):
    """Badges, links that lead somewhere, what is needed; one address, the same first cell."""
    notebook = read(name)
    first, cell = notebook.cells[0].source, notebook.cells[1].source
    assert cell == read(NAMES[0]).cells[1].source
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text())["project"]
    home = project["urls"]["Repository"]
    extra = "theano-tutorial[legacy]"  # for 06
    assert f'%pip install --quiet "{extra} @ {home}/archive/HEAD.zip"' in cell
    assert extra in project["optional-dependencies"]["notebooks"]
    owner = home.removeprefix("https://github.com/")
    file = f"notebooks/{name}.ipynb"
    assert f"https://colab.research.google.com/github/{owner}/blob/HEAD/{file})" in first
    assert f"https://mybinder.org/v2/gh/{owner}/HEAD?labpath={file})" in first
    assert f"https://kaggle.com/kernels/welcome?src={home}/blob/HEAD/{file})" in first
    addresses = re.findall(r"https://github\.com/[^/\s]+/theano_tutorial", json.dumps(notebook))
    assert set(addresses) == {home}
    if "/" not in name:
        assert "**You need**" in first
        assert re.search(r"minutes|hour", first)
    others = [other for other in BOOKS if other != name]
    links = re.findall(r"\]\(([^):]+\.ipynb)\)", "\n".join(c.source for c in notebook.cells))
    folder = (FOLDER / name).parent
    reached = {(folder / link).resolve() for link in links}
    assert {(FOLDER / f"{other}.ipynb").resolve() for other in others} <= reached
    assert all(path.is_file() for path in reached)
    assert (FOLDER / f"{name}.ipynb").resolve() not in reached


@pytest.mark.parametrize("name", NAMES)
def test_no_bare_assertion(name):
    for cell in code(read(name)):
        assert not re.search(r"^\s*assert ", cell.source, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_equations_are_legible_without_a_network(name):
    """No TeX, which an exported page shows as it is unless it can fetch MathJax."""
    texts = "".join(c.source for c in read(name).cells if c.cell_type == "markdown")
    assert not re.search(r"\$|\\[a-z(\[]", texts)


@pytest.mark.parametrize("name", NAMES)
def test_learners_mistakes_are_shown_plainly(name):
    """Wherever learners write code: in blanks and exercises."""
    texts = "\n".join(c.source for c in read(name).cells if c.cell_type == "markdown")
    for_learners = re.search(r"^\*\*Blank|^## (\d\. )?Exercise", texts, re.MULTILINE)
    plain = any("exercises.say_plainly()" in cell.source for cell in code(read(name)))
    assert plain == bool(for_learners)


def blanks(name=EXERCISE):
    """Return pairs of differing code cells: a notebook's with blanks, and its solution's."""
    pairs = zip(code(read(name)), code(read(PAIRS[name])), strict=True)
    return [(blank, solved) for blank, solved in pairs if blank.source != solved.source]


@pytest.mark.parametrize(("name", "n"), [(EXERCISE, 6), ("00_first_graph", 3)])
def test_the_solution_is_the_exercise_with_its_blanks_filled(name, n):
    differing = blanks(name)
    assert len(differing) == n
    for blank, solved in differing:
        lines = [line for line in blank.source.splitlines() if line.strip()]
        kept = [line for line in lines if "..." not in line]
        assert 1 <= blank.source.count("...") <= 2
        rest = iter(solved.source.splitlines())
        assert all(line in rest for line in kept)  # in this order
    texts = zip(read(name).cells[1:], read(PAIRS[name]).cells[1:], strict=True)
    to_the_solution = re.compile(rf"^.*\({PAIRS[name]}\.ipynb\).*\n", re.MULTILINE)
    for a, b in texts:
        if a.cell_type == "markdown":
            assert to_the_solution.sub("", a.source) == b.source.replace("(../", "(")


@pytest.fixture
def few_digits(monkeypatch, is_long):
    with on_few_digits(monkeypatch, absent=() if is_long else SLOW_BACKENDS):
        yield


TIMED = re.compile(r"\d ms|\d s$|times (the reading|as long)", re.MULTILINE)


@pytest.mark.parametrize("name", COMPLETE)
def test_every_cell_twice_on_synthetic_digits(name, few_digits):
    """In turn; and once more from the last to the first, as a reader goes back."""
    session, cells, printed = Session(), code(read(name)), ""
    for cell in cells:
        once, again = session.run(cell.source), session.run(cell.source)
        if not TIMED.search(once):
            assert once == again
        cell.printed = once
        printed += once
    for cell in reversed(cells):
        again = session.run(cell.source)
        if not TIMED.search(again):
            assert again == cell.printed
    if "digits = data.load" in str(read(name)):
        assert "SYNTHETIC DIGITS drawn from fonts" in printed
    assert not re.search(r"^(?!.*predictions).*: as (published|real Theano)", printed, re.M)


@pytest.mark.parametrize("batch_size", [0, 20_000])
def test_a_minibatch_that_does_not_fit(batch_size, few_digits):
    session = Session()
    with pytest.raises(ValueError, match="from 1 to 600, the number of validation images"):
        for cell in code(read("02_minibatch_sgd")):
            size = f"batch_size = {batch_size}  # try"
            session.run(cell.source.replace("batch_size = 600  # try", size))
    assert "costs" not in session.names


def choices(name):
    """Return how many values there are to try at each place of a notebook."""
    return [len(v) for cell in code(read(name)) for _, v in invitations(cell.source)]


def ways(name, is_long):
    """Yield functions for `changed`: all places at once; the long way, one place at a time."""
    for k in range(max(choices(name), default=0)):
        yield lambda number, values, k=k: values[min(k, len(values) - 1)]
    for place, n in enumerate(choices(name) if is_long else ()):
        for k in range(n):
            yield (
                lambda number, values, k=k, place=place: values[k] if number == place else None
            )


@pytest.mark.parametrize("name", [name for name in COMPLETE if choices(name)])
def test_every_number_that_a_notebook_invites_to_change(name, few_digits, is_long):
    original = [cell.source for cell in code(read(name))]
    for way in ways(name, is_long):
        session, notebook = Session(), changed(read(name), way)
        assert [cell.source for cell in code(notebook)] != original
        for cell in code(notebook):
            session.run(cell.source)


# For each blank of the exercise: answers, and what the check or Python says of them.
WRONG = [
    {"y_hat = ...": "still empty", "y_hat = pt.dot(X_sym, W) + b": "Is there a softmax"},
    {
        "cost = -pt.sum(pt.log(y_hat)[pt.arange(y_sym.shape[0]), y_sym])": "a sum over them",
        "cost = -pt.mean(pt.log(y_hat[:, y_sym]))": "every label's column",
        "cost = -pt.mean(pt.log(y_hat)[pt.arange(len(X)), y_sym])": "Do the shapes fit",
    },
    {"accuracy = pt.mean(pt.eq(pt.argmax(y_hat, axis=1), y))": "does not depend on y_sym"},
    {
        "train_scores = f_updates(X, y)\ntest_scores = f_updates(test_X, test_y)": "moved",
        "train_scores = f(test_X, test_y)\ntest_scores = f(test_X, test_y)": "other images",
    },
    {
        "def train(eps):\n    f_updates(X, y)": "returns None",
        "def train(eps):\n    return [f_updates(*pair)[0] for pair in minibatches()]": "same",
        "def train(eps):\n    V = pytensor.shared(w_0)\n    pytensor.grad(cost, V)": "very var",
    },
    {
        "momentum_updates = updates": "What remembers",
        "momentum_updates = ((v, 0.9 * v) for v in (W, b))": "make it a list",
    },
]


def test_each_wrong_answer_before_the_right_one(few_digits):
    """After any wrong answers, in any state that they leave, the right one is right."""
    session, done = Session(), 0
    differing = {blank.source: solved.source for blank, solved in blanks()}
    for cell in code(read(EXERCISE)):
        if cell.source not in differing:
            session.run(cell.source)
            continue
        solved, wrong = differing[cell.source], WRONG[done]
        before, check = re.split(r"\n\n+(?=exercises|def recipe)", solved, maxsplit=1)
        for answer, message in wrong.items():
            kept = [line for line in before.splitlines() if line in cell.source.splitlines()]
            head = "" if answer.startswith("def") else "\n".join(kept)
            with pytest.raises(Stop, match=message):
                session.run(f"{head}\n{answer}\n\n{check}")
        done += 1
        assert f" {done} of 6" in session.run(solved)
    assert done == len(WRONG)


def execute(notebook, tmp_path):
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(env=dict(os.environ))
    return notebook


def outcomes(notebook):
    """Return the sentences by which a notebook says that its numbers are as published."""
    texts = (output.get("text", "") for cell in code(notebook) for output in cell.outputs)
    return re.findall(r".*[Aa]s (?:published|real Theano|in the README).*", "\n".join(texts))


@pytest.mark.parametrize("name", [name for name in COMPLETE if "first" not in name])
def test_on_mnist(name, tmp_path, mnist):
    """In a kernel, every number that was as published when it was committed is again."""
    promised = outcomes(read(name))
    notebook = read(name)
    for cell in code(notebook):
        cell.outputs = []
    assert outcomes(execute(notebook, tmp_path)) == promised
    assert len(promised) >= {"01": 5, "02": 5, "04": 1}.get(name[:2], 0)
    assert len(promised) >= 4 or name != SOLUTION


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("y_hat = ...", "y_hat: the blank is still empty"),
        (
            "y_hat = pt.special.softmax(pt.dot(X_sym, W) + b)",
            "over the whole matrix at once",
        ),
        (
            "y_hat = 3\ny_hat = pt.nnet.softmax(pt.dot(X_sym, W) + b)",
            "Line 2 of this cell: AttributeError: .* Names have moved since Theano",
        ),
        ("W_grad = pytensor.grad(W.sum(), b)\ny_hat = 0", "Line 1 .* does not depend on this"),
    ],
)
def test_the_exercise_stops_kindly(answer, message, mnist, tmp_path):
    """In a kernel, with one sentence, whatever was raised."""
    notebook = read(EXERCISE)
    blank = blanks()[0][0].source
    for cell in code(notebook):
        cell.outputs = []
        if cell.source == blank:
            cell.source = cell.source.replace("y_hat = ...", answer)
    with pytest.raises(CellExecutionError):
        execute(notebook, tmp_path)
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    (error,) = [output for output in outputs if output.output_type == "error"]
    (shown,) = error.traceback
    assert re.search(message, shown)
    assert "\n" not in shown
