"""Whatever Jupyter, an old system or a user's file tells Matplotlib: no picture is lost."""

import sys

import matplotlib
import pytest

from faults.processes import end, environment, new_process, start
from theano_tutorial import plots, predict
from theano_tutorial.train import main

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("somewhere_else")]

RUN = ["--dataset", "rendered", "--train-size", "50", "--quiet", "--iterations", "2"]
PICTURES = {"log_likelihood.png", "weights.png", "wrong_digits.png"}
SAVED = {"log.csv", "model.npz", "trace.json", "progress.npz"}


def names_in(folder):
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("variables", "settings"),
    [
        ({"MPLBACKEND": "module://no_such_package.backend_inline"}, ""),
        ({"MPLBACKEND": "Qt4Agg"}, ""),  # Matplotlib had it once
        ({"MATPLOTLIBRC": "."}, "text.usetex: True\nfont.family: No Such Font\n"),
        ({}, "backend: Qt4Agg\nfont.family: No Such Font\ntext.usetex: True\nno colon\n"),
        ({"MPLCONFIGDIR": "/dev/null/there"}, ""),
    ],
    ids=["Jupyter's backend", "old backend", "named file", "file here", "folder"],
)
def test_pictures_are_drawn_as_ever(variables, settings, tmp_path):
    (tmp_path / "matplotlibrc").write_text(settings)
    place = environment(**{"MATPLOTLIBRC": None, **variables})
    done = end(start(["softmax", *RUN, "--output", "o"], env=place))
    assert done == (0, "")
    assert names_in(tmp_path / "o" / "softmax") == SAVED | PICTURES
    image = tmp_path / "o" / "softmax" / "weights.png"
    command = [sys.executable, "-m", "theano_tutorial.predict", "--dataset", "rendered"]
    model = str(image.with_name("model.npz"))
    assert end(start([model, "--plots"], command, env=place)) == (0, "")
    assert (tmp_path / "output" / "predict" / "wrong.png").exists()


def test_a_file_of_settings_that_is_no_text(tmp_path):
    """Matplotlib cannot be imported there at all."""
    (tmp_path / "matplotlibrc").write_bytes(b"font.family: \xff\n")
    code, errors = end(start(["softmax", *RUN, "--output", "o"]))
    assert code == 0
    assert errors.startswith("The pictures cannot be drawn (UnicodeDecodeError: ")
    assert errors.endswith("); the run is saved in o/softmax.\n")
    assert errors.count("\n") == 1
    assert names_in(tmp_path / "o" / "softmax") == SAVED


def test_synthetic_digits_need_no_matplotlib():
    """Only its fonts."""
    program = (
        "import sys\nfrom theano_tutorial.data import rendered\n"
        "drawn = rendered.draw_digits((5, 5))\n"
        "print(drawn.train_images.any(), 'matplotlib' in sys.modules)"
    )
    backend = "module://no_such_package.backend_inline"
    assert new_process(program, MPLBACKEND=backend) == "True False\n"


def test_what_fails_at_the_pictures_is_a_line(tmp_path, monkeypatch, capsys, small_data):
    """And the next recipe is trained."""

    def fails(*arguments, **options):
        raise RuntimeError("Failed to process string with tex\nbecause latex is not there")

    monkeypatch.setattr(plots, "save_weights", fails)
    arguments = ["tutorial", "--train-size", "50", "--quiet", "--iterations", "2"]
    assert main([*arguments, "--output", "o"]) == 0
    errors = capsys.readouterr().err.splitlines()
    reason = r"RuntimeError: Failed to process string with tex\nbecause latex is not there"
    assert errors == [
        f"The pictures cannot be drawn ({reason}); the run is saved in o/{name}."
        for name in ("softmax", "tanh")
    ]
    assert names_in(tmp_path / "o" / "tanh") >= SAVED
    monkeypatch.setattr(plots, "save_wrong_digits", fails)
    assert predict.main(["o/softmax/model.npz", "--plots"]) == 0
    out, errors = capsys.readouterr()
    assert out.splitlines()[-1].startswith("Wrong: ")
    assert errors == f"The pictures cannot be drawn ({reason}); the labels are all the same.\n"


def test_a_notebook_keeps_its_own_settings(monkeypatch, small_data):
    """They are neither used for the command line's pictures nor lost by them."""
    seen = []

    def save_weights(*arguments, **options):
        seen.append(matplotlib.rcParams["lines.linewidth"])

    monkeypatch.setattr(plots, "save_weights", save_weights)
    with matplotlib.rc_context({"lines.linewidth": 9, "backend": "svg"}):
        before = dict(matplotlib.rcParams)
        arguments = ["softmax", "--train-size", "50", "--quiet", "--iterations", "2"]
        assert main([*arguments, "--output", "o"]) == 0
        assert dict(matplotlib.rcParams) == before
    assert seen == [matplotlib.rcParamsDefault["lines.linewidth"]]
