"""A learner's own digit, drawn in a cell or photographed."""

import numpy as np
import pytest
from PIL import Image

from theano_tutorial.errors import BadFile
from theano_tutorial.exercise_checks import Stop, own_digit

ONE = """
...#...
..##...
...#...
...#...
...#...
..###..
"""


def test_a_drawing_is_sized_and_placed_as_mnist():
    digit = own_digit(ONE)
    assert digit.shape == (784,)
    assert digit.dtype == np.float32
    assert digit.max() <= 1
    rows, columns = np.nonzero(digit.reshape(28, 28) > 0.5)
    assert 17 <= np.ptp(rows) <= 20
    mass = digit.reshape(28, 28)
    centre = (mass.sum(axis=1) @ np.arange(28) / mass.sum(), np.arange(28) @ mass.sum(axis=0))
    assert centre[0] == pytest.approx(13.5, abs=1)
    assert centre[1] / mass.sum() == pytest.approx(13.5, abs=1)
    assert len(np.unique(columns)) < len(np.unique(rows))


@pytest.mark.parametrize(
    "drawing",
    [
        ONE.replace(".", " "),  # rows of different lengths, once an editor cuts their ends off
        "\n".join(line.rstrip(".") for line in ONE.splitlines()),
        ONE.replace("#", "##").replace(".", ".."),  # wider
        "." * 7 + ONE,
    ],
)
def test_of_any_size(drawing):
    assert own_digit(drawing).sum() > 20


def test_what_shows_no_digit_is_said_in_a_sentence(tmp_path):
    for drawing in ("", "...\n...", "\n\n"):
        with pytest.raises(Stop, match="there is no # in the drawing"):
            own_digit(drawing)
    for drawing in ("#", "\n".join("." * 10 + "#" * 20 for _ in range(3))):
        with pytest.raises(Stop, match=r"^own_digit: [^/]+$"):
            own_digit(drawing)
    with pytest.raises(BadFile, match=r"nowhere\.png: cannot be read"):
        own_digit(ONE, str(tmp_path / "nowhere.png"))


def test_a_photograph_counts_instead_of_the_drawing(tmp_path):
    path = tmp_path / "seven.png"
    paper = np.full((100, 100), 255, np.uint8)
    paper[20:28, 30:70] = paper[20:80, 62:70] = 0
    Image.fromarray(paper).save(path)
    assert own_digit("", str(path)).reshape(28, 28)[6:10, 8:20].mean() > 0.5
