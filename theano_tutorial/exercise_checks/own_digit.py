"""A learner's own digit: drawn with characters in a cell, or photographed."""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from theano_tutorial._types import Array
from theano_tutorial.data.photographs import load_image
from theano_tutorial.errors import BadFile
from theano_tutorial.exercise_checks.support import Stop

_SCALE = 20  # pixels per character, so that strokes are as thick as a pen's


def own_digit(drawing: str, photograph: str = "") -> Array:
    """Return the pixels ``(784,)`` of a digit, float32 from 0 for paper to 1 for ink.

    `drawing` has a line of characters for each row, ``#`` for ink and anything else for paper.
    If `photograph` names an image file, of a kind that `predict` reads, that is used instead.
    Either way, the digit gets the size and position of MNIST's. A drawing without a digit
    raises `Stop`; a file without one raises `BadFile`.
    """
    if photograph:
        return load_image(Path(photograph).expanduser()).astype(np.float32) / 255
    rows = drawing.strip("\n").splitlines()
    width = max(map(len, rows), default=0)
    ink = np.array([[character == "#" for character in row.ljust(width)] for row in rows])
    if not ink.any():
        raise Stop("own_digit: there is no # in the drawing.")
    fine = np.kron(np.pad(~ink, 2, constant_values=True), np.ones((_SCALE, _SCALE), bool))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawing.png"
        Image.fromarray(np.uint8(255) * fine.astype(np.uint8)).save(path)
        try:
            return load_image(path).astype(np.float32) / 255
        except BadFile as error:
            raise Stop(f"own_digit: {error.reason}.") from error
