"""The porting guide names what a script uses of Theano, and what PyTensor calls it."""

import importlib
import re

import numpy as np
import pytest
from pytensor import function
from pytensor import tensor as pt

from theano_tutorial import backends
from theano_tutorial.cli import porting
from theano_tutorial.errors import BadFile
from theano_tutorial.legacy import spellings, theano

SCRIPT = """\
import theano
from theano import tensor as T
import theano.tensor.nnet as nn
from theano.tensor.nnet import conv, relu as rectify
from theano.tensor.shared_randomstreams import RandomStreams
import helper, numpy
nnet = T.nnet
x = T.matrix('x'); y = T.matrix('y', 'float32')
p = nnet.softmax(T.dot(x, y)) + nn.softmax(x)
c = T.mean(T.log(p)[T.arange(y.shape[0]), y]) + rectify(x).sum()
print T.inv(x), T.abs_(x), theano.config.floatX.upper(), T.nosuch(1)
theano.shared(x, broadcastable=(True,)); theano.shared(x)
theano.gof.graph.inputs([c]); theano.tensor.basic.dot(x, x)
theano.function([theano.In(x, value=3)], T.stack(x, y, x)); conv.conv2d(x, y)
"""


@pytest.fixture
def reported(tmp_path):
    """Return a function that reports on a script: headings, with their rows."""

    def of(text):
        (tmp_path / "script.py").write_text(text)
        lines = "\n".join(porting.report(str(tmp_path / "script.py"))).split("\n")
        groups, rows = {}, []
        for line in lines[1:]:
            if heading := re.match(r"(\w[\w ]*) \(\d+\):", line):
                groups[heading[1]] = rows = []
            elif line:
                rows.append(re.sub("  +", " | ", line.strip()))
        return lines, groups

    return of


def test_a_script(reported):
    lines, groups = reported(SCRIPT)
    assert re.fullmatch(r".*script\.py: 20 Theano names\. .*", lines[0])
    assert "Python 2" in lines[1]
    same = groups["the same"]
    assert "theano.tensor.dot | pt.dot | lines 9, 13" in same
    assert "theano.tensor.matrix | pt.matrix | line 8" in same
    assert "but the dtype is a keyword: dtype=" in same
    assert "theano.config.floatX | pytensor.config.floatX | line 11" in same
    assert "theano.shared | pytensor.shared | line 12" in same
    assert groups["renamed"] == [
        "theano.gof.graph.inputs | pytensor.graph.traversal.graph_inputs | line 13",
        "theano.tensor.abs_ | pt.abs | line 11",
        "theano.tensor.inv | pt.reciprocal | line 11",
    ]
    changed = "\n".join(groups["changed in meaning"])
    assert "theano.tensor.nnet.softmax | pt.special.softmax(x, axis=-1) | line 9" in changed
    assert "theano.In | pytensor.In | line 14" in changed
    assert "theano.tensor.stack | pt.stack | line 14" in same
    assert "RandomStreams | pt.random.shared_rng | line 5" in changed
    missing = "\n".join(groups["missing from PyTensor"])
    assert "theano.tensor.nnet.relu | lines 4, 10" in missing
    assert "theano.tensor.nosuch | line 11" in missing
    assert not re.search(r"foo|bar|nothing|numpy", "\n".join(lines))


def test_a_script_without_theano(reported):
    lines, groups = reported("x = 1\n")
    assert lines[0].endswith("script.py: 0 Theano names. pt is pytensor.tensor.")
    assert not groups


def test_a_script_that_cannot_be_parsed(reported):
    with pytest.raises(BadFile, match=r"script\.py: line 1: "):
        reported("x = = 2\n")


@pytest.mark.parametrize("name", [n for n, s in spellings.SPELLINGS.items() if s.new])
def test_the_table_names_what_is_there(name):
    new = spellings.SPELLINGS[name].new.partition("(")[0].replace("pt.", "pytensor.tensor.", 1)
    module, _, last = new.rpartition(".")
    assert hasattr(importlib.import_module(module or "builtins"), last)


X = np.array([[-3.0, -0.4, 0.3, 2.7], [0.1, -1.0, 4.0, -0.2]])
P = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("relu", {"x": X}),
        ("elu", {"x": X, "alpha": 1.0}),
        ("softsign", {"x": X}),
        ("hard_sigmoid", {"x": X}),
        ("binary_crossentropy", {"p": P, "y": P[::-1]}),
        ("sigmoid_binary_crossentropy", {"x": X, "y": P}),
        ("categorical_crossentropy", {"p": P, "y": np.array([2, 0])}),
    ],
)
def test_formulas_compute_what_the_door_computes(name, values):
    variables = {name: pt.as_tensor(value).type(name) for name, value in values.items()}
    note = spellings.SPELLINGS[f"theano.tensor.nnet.{name}"].note
    formula = eval(re.split(r"; ", note)[0], {"pt": pt}, variables)
    door = getattr(theano.tensor.nnet, name)(*variables.values())
    both = function([*variables.values()], [formula, door], mode=backends.mode("numpy"))
    np.testing.assert_allclose(*both(*values.values()), rtol=0, atol=1e-12)
