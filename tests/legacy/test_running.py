"""Scripts run as programs of their own, and end as they would without the door."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from theano_tutorial.errors import UsageError
from theano_tutorial.legacy import __main__ as command
from theano_tutorial.legacy import datasets, running, stand_ins


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder for scripts; put the process back as it was."""
    for name in ("argv", "path", "meta_path"):
        monkeypatch.setattr(sys, name, list(getattr(sys, name)))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    sys.meta_path.append(running.OfferedFinder())
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        module = sys.modules[name]
        places = [*getattr(module, "__path__", ()), getattr(module, "__file__", None) or ""]
        is_door = name in running._OFFERED or name.partition(".")[0] == "theano"
        if is_door or any(place.startswith(str(tmp_path.parent)) for place in places):
            del sys.modules[name]  # another library's stay: half of one would be loaded twice


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return str(folder / "script.py")


PROGRAM = """\
'''A program.'''
import os, sys
import pickle
import beside
from package import inner
class Thing: pass
if __name__ == '__main__':
    print sys.argv, sys.path[0], os.getcwd(), __file__, __doc__
    print beside.half(3), inner.third, beside.__name__
    print type(pickle.loads(pickle.dumps(Thing()))) is Thing
"""


# The standard library's under an old name, but for a file of that name.
def test_old_modules(folder, capsys):
    text = (
        "import Queue, cPickle, commands\nfrom StringIO import StringIO\nmodules = [cPickle]\n"
    )
    text += (
        "print modules[0].__name__, Queue.Queue().qsize(), commands.x, StringIO('a').read()\n"
    )
    assert running.run(write(folder, script=text, commands="x = 1\n"), []) == 0
    assert capsys.readouterr().out == "pickle 0 1 a\n"


def test_a_program(folder, capsys):
    (folder / "package").mkdir()
    inner = "from . import sibling\nthird = sibling.x / 3\n"
    write(folder / "package", __init__="", inner=inner, sibling="x = 10\nprint 'imported'\n")
    script = write(folder, script=PROGRAM, beside="def half(x): return x / 2\n")
    assert running.run(script, ["a", "--report", "-x"]) == 0
    expected = [
        "imported",
        f"{[script, 'a', '--report', '-x']} {folder} {Path.cwd()} {script} A program.",
        "1 3 beside",  # Python 2 ran the script, and so what it imports
        "True",
    ]
    assert capsys.readouterr().out.splitlines() == expected
    assert not list(folder.rglob("*.pyc"))


def test_modules_that_are_installed_are_left_to_python(folder, capsys):
    elsewhere = folder / "site-packages"
    elsewhere.mkdir()
    write(elsewhere, installed="half = 3 / 2\n")
    write(folder, added="half = 3 / 2\n")
    sys.path.insert(1, str(elsewhere))
    script = write(folder, script="import installed, added; print installed.half, added.half\n")
    assert running.run(script, []) == 0
    assert capsys.readouterr().out == "1.5 1\n"


LIBRARY = {
    "__init__": "import inner, json\nagain = __import__('inner', globals(), None, ['x'], -1)\n",
    "inner": "import utils\nfrom utils import json as same\nprint 'inner', utils.name, same\n",
    "utils": "name = __name__\njson = 3 / 2\n",
    "json": "name = 'its own'\n",
    "new": "from __future__ import absolute_import\nimport json\n",
}


def test_a_package_of_python_2_imports_from_itself(folder, capsys):
    (folder / "package").mkdir()
    write(folder / "package", **LIBRARY)
    text = "import logging\nlogging.basicConfig(level=logging.INFO)\n"
    text += "import package, package.new as new\n"
    text += "print package.json.name, new.json.__name__, package.again is package.inner\n"
    assert running.run(write(folder, script=text), []) == 0
    printed = capsys.readouterr()
    assert printed.out == "inner package.utils 1\nits own json True\n"
    assert printed.err == ""  # not a word of fissix


def test_an_expression_in_a_text(folder, capsys):
    text = "k = 3\ndef half(k): return eval('k / 2  # floored'), eval(' k / 2', {'k': 9.0})\n"
    text += "print half(7), eval('k / 2'), eval('`k`'), eval(compile('k', '', 'eval'))\n"
    assert running.run(write(folder, script=text), []) == 0
    assert capsys.readouterr().out == "(3, 4.5) 1 3 3\n"
    text = "from __future__ import division\nprint eval('3 / 2')\n"
    assert running.run(write(folder, script=text), []) == 0
    assert capsys.readouterr().out == "1.5\n"


def test_a_packages_own_module_comes_before_one_that_is_offered(folder, capsys):
    (folder / "package").mkdir()
    write(
        folder / "package", __init__="", utils="name = __name__\n", new="from utils import *\n"
    )
    script = write(folder, script="from package.new import name\nprint(name)\n")
    assert running.run(script, []) == 0
    assert capsys.readouterr().out == "package.utils\n"


def test_a_folder_of_pips_that_a_script_adds_is_modern(folder, tmp_path_factory, capsys):
    pips = tmp_path_factory.mktemp("pips")
    (pips / "new-1.0.dist-info").mkdir()
    (pips / "new").mkdir()
    write(pips / "new", __init__="half = 3 / 2\n")
    text = f"import sys\nsys.path.append({str(pips)!r})\nimport new\nprint new.half\n"
    assert running.run(write(folder, script=text), []) == 0
    assert capsys.readouterr().out == "1.5\n"


def test_an_old_library_on_pythonpath(folder, tmp_path_factory, monkeypatch, capsys):
    library, pips = tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("pips")
    (pips / "new-1.0.dist-info").mkdir()
    write(library, old="print 'old'\nhalf = 3 / 2\n", new="half = 3 / 2\n")
    write(pips, installed="unicode = xrange = 3 / 2\n")
    monkeypatch.setenv("PYTHONPATH", f"{library}:{pips}")
    sys.path[1:1] = [str(library), str(pips)]
    text = "import old, new, installed; print old.half, new.half, installed.xrange\n"
    assert running.run(write(folder, script=text), []) == 0
    assert capsys.readouterr().out == "old\n1 1.5 1.5\n"


def test_a_new_program_may_import_old_modules(folder, capsys):
    (folder / "src").mkdir()
    write(folder / "src", old="print 'old'\nhalf = 3 / 2\n", new="half = 3 / 2\n")
    text = f"import sys\nsys.path.append({str(folder / 'src')!r})\nimport old, new\n"
    script = write(folder, script=text + "print(old.half, new.half, 3 / 2)\n")
    assert running.run(script, []) == 0
    assert capsys.readouterr().out == "old\n1 1.5 1.5\n"


BROKEN = """\
def inner(a, b):
    return beside.fail(a)
import beside
inner(1, 02)
"""
FAILS = """\
def fail(x):
    try:
        x.y
    except AttributeError:
        raise ValueError, "broken"
"""


def test_a_traceback_is_the_scripts_own(folder, capsys):
    script = write(folder, script=BROKEN, beside=FAILS)
    assert running.run(script, []) == 1
    expected = f"""\
Traceback (most recent call last):
  File "{folder}/beside.py", line 3, in fail
    x.y
AttributeError: 'int' object has no attribute 'y'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "{script}", line 4, in <module>
    inner(1, 02)
  File "{script}", line 2, in inner
    return beside.fail(a)
  File "{folder}/beside.py", line 5, in fail
    raise ValueError, "broken"
ValueError: broken
"""
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("x = = 2", "SyntaxError: invalid syntax"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("import beside", "SyntaxError: invalid syntax"),
        ("def f(:", "SyntaxError: invalid syntax"),
    ],
)
def test_errors_before_anything_runs(folder, capsys, text, last):
    assert running.run(write(folder, script=text, beside="1 +"), []) == 1
    printed = capsys.readouterr().err
    assert printed.splitlines()[-1] == last
    assert "theano_tutorial" not in printed
    assert "importlib" not in printed
    assert "ast.py" not in printed


@pytest.mark.parametrize(("given", "code"), [("", None), ("3", 3), ("'words'", "words")])
def test_exit_codes(folder, given, code):
    with pytest.raises(SystemExit) as left:
        running.run(write(folder, script=f"import sys; sys.exit({given})"), [])
    assert left.value.code == code


def test_errors_for_the_user_are_one_line(folder, capsys, monkeypatch):
    text = "from theano_tutorial import data\ndata.load('nothing')\n"
    monkeypatch.setattr(stand_ins, "accept", lambda: None)  # this process keeps its `open`
    monkeypatch.setattr(datasets, "answer", lambda folder: None)
    assert command.main([write(folder, script=text)]) == 2
    assert capsys.readouterr().err.startswith("theano-tutorial: error: unknown dataset")
    assert command.main([write(folder, script="raise KeyboardInterrupt")]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
    with pytest.raises(UsageError, match=r"none\.py: cannot be read \(No such file"):
        running.run(str(folder / "none.py"), [])
    assert command.main([str(folder / "old.ipynb")]) == 2
    assert "old.ipynb is a notebook: save its code" in capsys.readouterr().err


HINTS = [
    ("range(2.5)", "float"),
    ("import numpy; numpy.zeros(2.5)", "float"),
    ("import numpy; numpy.zeros((2.5, 3))", "float"),
    ("import numpy; numpy.linspace(0, 1, 5.0)", "float"),
    ("[1, 2][1.0]", "float"),
    ("import numpy; numpy.zeros(4)[2.0]", "float"),
    ("import numpy; numpy.zeros((4, 4))[[slice(2), slice(2)]]", "tuple(...)"),
    ("import numpy; numpy.float128x", "was there"),
    ("import scipy; scipy.factorial", "was there"),
    ("with open(__file__, 'rb') as f: f.read().replace('a', 'b')", "bytes for text"),
    ("with open(__file__) as f: f.write(b'text')", "bytes for text"),
    ("b'a' + 'b'", "bytes for text"),
    ("'a'.join([b'b'])", "bytes for text"),
    ("type('GpuSoftmax', (), {})('fast')", "it ran on a GPU: leave it out"),
    ("import numpy; numpy.random.RandomState(0).randn(2.5)", "float"),
    ("b'\\xff'.decode('utf-8')", "bytes for text"),
    ("range(3).append(1)", "returned a list"),
    ("x = {}.keys(); x.sort()", "returned a list"),
    ("x = map(str, [1]); x[0]", "returned a list"),
]


@pytest.mark.parametrize(("text", "hint"), HINTS)
def test_what_cannot_be_mended_is_said(folder, monkeypatch, capsys, text, hint):
    monkeypatch.chdir(folder)  # frames of compiled code name files that are not there
    script = write(folder, script=f"\n{text}\n")
    assert running.run(script, []) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(f"{script}, line 2: ")
    assert hint in last


def test_other_errors_have_no_hint(folder, capsys):
    assert running.run(write(folder, script="{}['x']"), []) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "KeyError: 'x'"


def test_the_command_line(capsys, tmp_path):
    assert command.main([]) == 0
    printed = capsys.readouterr().out
    assert "SCRIPT.py" in printed and "sandboxed" in printed
    for arguments, words in [
        (["--report"], "which script?"),
        (["--dtype", "float16", "x.py"], "unknown dtype"),
        (["--backend", "torch", "x.py"], "did you mean pytorch?"),
        (["--nothing", "x.py"], "--nothing"),
        (["--report", str(tmp_path / "x.py")], "cannot be read"),
    ]:
        assert command.main(arguments) == 2
        captured = capsys.readouterr()
        assert words in captured.err
        assert captured.err.count("\n") == 1


def start(script, *arguments, options=(), **settings):
    return subprocess.Popen(
        [sys.executable, "-m", "theano_tutorial.legacy", *options, str(script), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings,
    )  # fmt: skip


OLD = """\
import sys, time, inspect, collections, pickle
import cPickle
import numpy as np
import six
from six.moves import cPickle as same, xrange as counted
from six.moves.urllib.request import urlretrieve
import six.moves.cPickle
import theano, theano.tensor as T
def f(a, b=2, *c): pass
print inspect.getargspec(f).args, time.clock() >= 0, issubclass(dict, collections.Mapping)
print same is cPickle, list(counted(2))
print np.cast['int8'](3.7), np.cast[np.int]([3.7])
print np.float, np.product([2, 3]), np.asscalar(np.ones(1)), np.Inf
print np.in1d([1, 2], [2]), np.rank([[1]])
print open(sys.argv[1], 'rU').read().strip()
cPickle.dump({'a': np.arange(3)}, open('dumped.pkl', 'w'), -1)
print cPickle.load(open('dumped.pkl'))['a'], cPickle.load(open(sys.argv[2]))
print pickle.loads(open(sys.argv[2], 'rb').read()), [n for n, v in six.iteritems({1: 2})]
x = T.ivector('x')
print theano.function([x], x / 2)([1, 2, 3]), theano.config.floatX, T.vector().dtype
execfile('part.py')
names = {}
execfile('part.py', names)
print part, names['part']
print [np.float64(0.5), np.int64(2)], {'a': np.mean([1, 2])}, np.array([1, 2], copy=False)
sys.exit(3)
"""


def test_old_names_are_there_again(tmp_path):
    (tmp_path / "table.csv").write_text("a,1\n")
    (tmp_path / "part.py").write_text("part = zip([1, 2], [3, 4])[0][1] / 2\nprint 'part'\n")
    # As Python 2 wrote it: a text that is an array's bytes to Python 3, and no ASCII.
    (tmp_path / "old.pkl").write_bytes(b"(lp0\nS'\\xe9'\np1\na.")
    (tmp_path / "script.py").write_text(OLD)
    process = start(
        "script.py", "table.csv", "old.pkl", options=["--dtype", "float32"], cwd=tmp_path
    )
    out, err = process.communicate(timeout=120)
    assert err == ""
    assert process.returncode == 3
    assert out.splitlines() == [
        "['a', 'b'] True True",
        "True [0, 1]",
        "3 [3]",
        "<class 'float'> 6 1.0 inf",
        "[False  True] 2",
        "a,1",
        "[0 1 2] ['\xe9']",
        "['\xe9'] [1]",
        "[0 1 1] float32 float32",
        *("part", "part", "1 1"),
        "[0.5, 2] {'a': 1.5} [1 2]",
    ]


EXECUTED = """\
x = 7
exec "y = x / 2"
exec "print y / 2" in {'y': 5}
def f(n):
    exec("print n / 2; x = 0")
    space = {}
    exec "n = 9 / 2" in {}, space
    return space['n']
print x, y, f(5)
"""


def test_text_that_is_executed_is_python2(folder, capsys):
    assert running.run(write(folder, script=EXECUTED), []) == 0
    assert capsys.readouterr().out == "2\n2\n7 3 4\n"
    assert running.run(write(folder, script="n = 3\nexec('print(n / 2)')\n"), []) == 0
    assert capsys.readouterr().out == "1.5\n"


def test_python2_drew_other_numbers(folder, capsys):
    """Numbers that readers of Python 2.6 and 2.7 published."""
    text = "import random\nrandom.seed(1)\nprint [random.randint(1, 100) for _ in xrange(9)]\n"
    text += (
        "l = ['list', 'elements', 'go', 'here']; random.seed(448); random.shuffle(l); print l"
    )
    assert running.run(write(folder, script=text), []) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "[14, 85, 77, 26, 50, 45, 66, 79, 10]"
    assert second == "['here', 'go', 'list', 'elements']"


def test_control_c(tmp_path):
    script = Path(tmp_path, "script.py")
    script.write_text("import time\nprint('begun', flush=True)\ntime.sleep(60)\n")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore it
    process = start(script)
    signal.signal(signal.SIGINT, before)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "Interrupted.\n")
