"""MNIST is where old code looks for it, verified, and what is served runs nothing."""

import gzip
import pickle
import subprocess
import sys

import pytest

from theano_tutorial.legacy import datasets

LOADS = """\
import cPickle, gzip, os, sys, urllib
import numpy as np
from pylearn2.datasets import mnist
from six.moves import urllib as modern

assert os.path.isfile('../data/mnist.pkl.gz') and not os.path.isfile('../data/other.pkl.gz')
f = gzip.open('../data/mnist.pkl.gz', 'rb')
train, valid, test = cPickle.load(f)
f.close()
origin = 'http://www.iro.umontreal.ca/~lisa/deep/data/mnist/mnist.pkl.gz'
name, headers = urllib.urlretrieve(origin, 'nowhere/mnist.pkl.gz')
assert name == 'nowhere/mnist.pkl.gz' and not os.path.exists('nowhere')
modern.request.urlretrieve(origin, 'mnist.pkl.gz')
assert os.path.getsize('mnist.pkl.gz') == len(urllib.urlopen(origin).read())

def idx(path, offset, opened=open):
    with opened(path) as f:
        if opened is gzip.open:
            return np.frombuffer(f.read(), np.uint8, offset=offset)
        return np.fromfile(file=f, dtype=np.uint8)[offset:]

images = idx('/media/datasets/mnist/train-images-idx3-ubyte', 16).reshape(60000, 784)
labels = idx('no/such/folder/train-labels.idx1-ubyte', 8)
tests = idx('t10k-images-idx3-ubyte.gz', 16, gzip.open).reshape(10000, 784)
ds = mnist.MNIST('train')
part = mnist.MNIST('train', start=50000, stop=60000)

assert (train[0].shape, valid[0].shape) == ((50000, 784), (10000, 784))
some = slice(None, None, 100)
assert train[0].dtype == valid[0].dtype == 'float32' and train[1].dtype == 'int64'
assert (train[0][some] * 256 == images[:50000][some]).all()
assert (valid[0][some] * 256 == images[50000:][some]).all()
assert (test[0][some] * 256 == tests[some]).all() and (train[1] == labels[:50000]).all()
assert (np.rint(ds.X[some] * 255) == images[some]).all()
assert ds.X.dtype == 'float32' and ds.X.max() == 1
assert ds.y.shape == (60000,) and (ds.y == labels).all() and (part.y == valid[1]).all()
assert ds.get_test_set().X.shape == (10000, 784)
print idx('t10k-labels-idx1-ubyte', 8)[:5], images.sum(dtype=int)
"""


def run(folder, text, *options):
    (folder / "script.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "theano_tutorial.legacy", *options, "script.py"],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip


def test_the_old_places(tmp_path, mnist):
    done = run(tmp_path, LOADS)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == "[7 2 1 0 4] 1567298545\n"


OWN = """\
import utils, os, pickle
from utils import tile_raster_images
print utils.__file__ == os.path.abspath('utils.py'), tile_raster_images()
print open('mnist.pkl.gz').read()
open('t10k-labels-idx1-ubyte', 'w').write('mine')
print open('t10k-labels-idx1-ubyte').read()
try:
    open('other-idx3-ubyte')
except IOError, e:
    print e.filename
"""


FILES = """\
import csv, struct
import numpy as np
from scipy.misc import imsave

rows = csv.writer(open('rows.csv', 'wb'))
rows.writerows([['body', 'n'], [u'caf\xe9', 1 / 2]])
del rows
rows = csv.reader(open('rows.csv', 'rb'))
print rows.next(), [text.decode('utf-8') for text in rows.next()]
print list(csv.DictReader(open('rows.csv')))[0]['n']

f = open('arrays.npy', 'w')
np.save(f, np.ones(2)); np.save(f, np.array([[1], [2, 3]])); f.close()
f = open('arrays.npy'); print np.load(f), np.load(f)[1]

f = open('t10k-labels-idx1-ubyte', 'rb')
print struct.unpack('>II', f.read(8)), np.fromstring(f.read(3), dtype=np.uint8), ord(f.read(1))
print np.fromstring('1 2', sep=' '), np.linspace(0, 1, 3.0)
imsave('map.png', np.eye(3))
"""


def test_files_of_text_and_of_bytes_are_one(tmp_path, mnist):
    done = run(tmp_path, FILES)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines() == [
        *("['body', 'n'] ['café', '0']", "0", "[1. 1.] [2, 3]"),
        *("(2049, 10000) [7 2 1] 0", "[1. 2.] [0.  0.5 1. ]"),
    ]
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


def test_a_scripts_own_come_first(tmp_path):
    (tmp_path / "utils.py").write_text("def tile_raster_images(): return 'own'\n")
    (tmp_path / "mnist.pkl.gz").write_text("my file")
    done = run(tmp_path, OWN)
    assert done.stdout.splitlines() == ["True own", "my file", "mine", "other-idx3-ubyte"]
    assert (done.stderr, done.returncode) == ("", 0)


NEXT = """\
import os
name = 'mnist.pkl.gz'  # as in deeplearning.net's logistic_sgd.py
print open(name if os.path.isfile(name) else os.path.join('..', 'data', name)).read()
"""


def test_a_users_own_in_the_next_place_is_not_passed_over(tmp_path):
    for folder in ("data", "code"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data" / "mnist.pkl.gz").write_text("my file")
    done = run(tmp_path / "code", NEXT)
    assert (done.stdout, done.stderr) == ("my file\n", "")


class Bomb:
    def __reduce__(self):
        return print, ("RUN",)


def test_a_pickle_that_lies_there_is_never_handed_on(tmp_path):
    there = tmp_path / "data"
    there.mkdir()
    with gzip.open(there / "mnist.pkl.gz", "wb") as file:
        pickle.dump(Bomb(), file)
    text = "import cPickle, gzip\nprint cPickle.load(gzip.open('../mnist.pkl.gz'))\n"
    done = run(tmp_path, text, "--data-dir", str(there))
    assert done.returncode == 2
    assert "mnist.pkl.gz" in done.stderr
    assert "only NumPy arrays are accepted" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../data/mnist.pkl.gz", "mnist.pkl.gz"),
        ("C:\\data\\mnist.pkl.gz", "mnist.pkl.gz"),
        ("x/mnist_py3k.pkl.gz", "mnist_py3k.pkl.gz"),
        ("my-train-images-idx3-ubyte", "train-images-idx3-ubyte"),
        ("x/t10k-labels.idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
        ("mnist.pkl.gz.part", None),
        ("mnist.pkl.gz/other", None),
        ("cifar.pkl.gz", None),
    ],
)
def test_names(path, name):
    assert datasets.served(path) == name


def test_a_notebook_finds_them_too(tmp_path):
    (tmp_path / "theano").mkdir()  # of somebody's scripts; the door does not mind
    text = "from theano_tutorial import legacy; legacy.install(); legacy.install()\n"
    text += "import theano, utils, sys\nfrom pylearn2.datasets import mnist\n"
    text += "print(theano.__version__, utils.tile_raster_images.__name__)\n"
    text += "import numpy, time, scipy.misc\n"
    text += "print(type(open).__name__, numpy.int is int, time.clock() > 0, scipy.misc.imsave)"
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.startswith("1.0.5 tile_raster_images\n"), done.stderr
    assert "\nbuiltin_function_or_method True True <function" in done.stdout
