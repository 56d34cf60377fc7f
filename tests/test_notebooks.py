"""The notebooks: executed, small, in step with each other; the exercise stops kindly.

`scripts/test --nbmake notebooks/01* ...` executes them on MNIST; here they run without it.
"""

import json
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).parent.parent / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
EXERCISE = "03_logistic_regression_exercise"
SOLUTION = "03_logistic_regression_solution"

# nbclient talks to its kernel over local sockets, and warns that it does.
pytestmark = [pytest.mark.filterwarnings("ignore::Warning"), pytest.mark.one_python]


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute(notebook, tmp_path, env=None):
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute(env=os.environ | (env or {}))
    return notebook


def test_there_are_six():
    assert [name[:2] for name in NAMES] == ["01", "02", "03", "03", "04", "05"]


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


def blanks():
    """Return pairs of differing code cells: the exercise's and the solution's."""
    pairs = zip(code(read(EXERCISE)), code(read(SOLUTION)), strict=True)
    return [(blank, solved) for blank, solved in pairs if blank.source != solved.source]


def test_the_solution_is_the_exercise_with_its_blanks_filled():
    differing = blanks()
    assert len(differing) == 6
    for blank, solved in differing:
        kept = [line for line in blank.source.splitlines() if "..." not in line]
        assert 1 <= blank.source.count("...") <= 2
        assert [line for line in solved.source.splitlines() if line in kept] == kept
    texts = zip(read(EXERCISE).cells[1:], read(SOLUTION).cells[1:], strict=True)
    assert all(a.source == b.source for a, b in texts if a.cell_type == "markdown")


# What `test_notebook_05` runs with smaller numbers takes a minute with its own.
@pytest.mark.parametrize("name", [n for n in NAMES if n != EXERCISE and n[:2] != "05"])
def test_on_rendered_digits(name, tmp_path):
    """Without MNIST each notebook says so, and runs to its end."""
    env = {
        "THEANO_TUTORIAL_DATA": str(tmp_path),
        "THEANO_TUTORIAL_CACHE": str(tmp_path / "cache"),
        "THEANO_TUTORIAL_MIRRORS": "http://127.0.0.1:9/",
    }
    notebook = execute(read(name), tmp_path, env)
    assert "SYNTHETIC DIGITS drawn from fonts" in json.dumps(notebook)


def fill(notebook, number, answer):
    """Put the right answers into the first blanks, and `answer` into blank `number`."""
    for i, (blank, solved) in enumerate(blanks()[:number], start=1):
        cell = next(cell for cell in code(notebook) if cell.source == blank.source)
        cell.source = solved.source
        if i == number and answer is not None:
            check = solved.source.index("\n\nexercises")
            cell.source = answer + solved.source[check:]
    return notebook


@pytest.mark.parametrize(
    ("number", "answer", "message"),
    [
        (0, None, "y_hat: the blank is still empty"),
        (
            1,
            "y_hat = pt.special.softmax(pt.dot(X_sym, W) + b)",
            "over the whole matrix at once",
        ),
        (1, "y_hat = pt.special.softmax(pt.dot(X_sym, W) + b, axis=0)", "columns sum to 1"),
        (
            2,
            "cost = -pt.sum(pt.log(y_hat)[pt.arange(y_sym.shape[0]), y_sym])",
            "a sum over them where there should be a mean",
        ),
        (2, None, "accuracy: the blank is still empty"),
        (
            6,
            "momentum_updates = []\n"
            "for param, gradient in ((W, W_grad), (b, b_grad)):\n"
            "    velocity = pytensor.shared(np.zeros_like(param.get_value()), name='v')\n"
            "    new = np.array(0.9) * velocity - 0.1 * gradient\n"
            "    momentum_updates += [(velocity, new), (param, param + new)]",
            "v is float32 and its new value is float64",
        ),
    ],
)
def test_the_exercise_stops_kindly(number, answer, message, mnist, tmp_path):
    notebook = fill(read(EXERCISE), number, answer)
    for cell in code(notebook):
        cell.outputs = []
    with pytest.raises(CellExecutionError) as caught:
        execute(notebook, tmp_path)
    assert caught.value.ename == "Stop"
    assert message in caught.value.evalue
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    (error,) = [output for output in outputs if output.output_type == "error"]
    assert error.traceback == [caught.value.evalue]  # the sentence, and nothing else
