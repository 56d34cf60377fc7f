"""Python 2 source runs as Python 2 ran it, line for line."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from pytensor import tensor as pt

from theano_tutorial.errors import UsageError
from theano_tutorial.legacy import python2, running, stand_ins

# What files that Python 2 ran print; then those of them that parse as Python 3, too.
STATEMENTS = """\
print 'a', 1
-> a 1

print 'a',
print 'b'
-> a b

print
->

print ('a', 1); print 2
-> ('a', 1)
-> 2

from __future__ import print_function
print('a', 1 / 2, 10L)
-> a 0 10

print 0777, 10L, 1 <> 2, `3`
-> 511 10 True 3

print u'x', ur'y', unicode(1), long(2.5), unichr(65)
-> x y 1 2 A

try:
    raise ValueError, 'no'
except (ValueError, KeyError), e:
    print e
-> no

exec 'x = 3'
print x
-> 3

import math; from math import floor, sqrt
print math.floor(7) / 2, math.ceil(1.2), floor(3.7), sqrt(4)
-> 3.5 2.0 3.0 2.0

def f((a, b), c=1): return a + b + c
print f((1, 2)), map(lambda (a, b): b, {3: 4}.items())
-> 4 [4]

print map(str, [1])[0], zip([1], [2]), filter(None, [0, 3])
-> 1 [(1, 2)] [3]

d = {1: 2}
print d.has_key(1), d.keys()[0], [k for k, v in d.iteritems()]
-> True 1 [1]

x = range(3); x.append(9)
print x, reduce(lambda a, b: a + b, xrange(4))
-> [0, 1, 2, 9] 6

import numpy as np
axis = 0
x = np.array([[2], [1]]); x.sort(axis); print np.sort(x, axis).T
-> [[1 2]]

x = [3, 1, 2]; x.sort(lambda a, b: b - a); print x, sorted(x, cmp=lambda a, b: cmp(a, b))
x.sort(cmp=cmp, key=lambda v: -v); print x, sorted(x, key=abs, reverse=True), sorted('ba')
-> [3, 2, 1] [1, 2, 3]
-> [3, 2, 1] [3, 2, 1] ['a', 'b']

import numpy as np
x = np.ones(3)
print x == None, x != None, 'none' if x == None else 'some', 1 == None
-> False True some False

print round(2.5), round(-0.5), round(0.125, 2), round(2.675, 2), round(1250, -2), round(1e300)
-> 3.0 -1.0 0.13 2.67 1300.0 1e+300

import numpy as np
x = np.array([[1], [2, 3]]); print x.shape, x.dtype, np.asarray([[1, 2], [3]])[1], ord(b'a'[0])
-> (2,) object [3] 97

print 7 / 2, -7 / 2, 7 / 2., 7. / 2, True / 2
-> 3 -4 3.5 3.5 0

from __future__ import division
print 7 / 2
-> 3.5

from a_division import division
print 7 / 2, division
-> 3 no feature

x = 7; x /= 2; print x
-> 3

class A: n = 7
A.n /= 2; l = [9]; l[-1:][0] /= 2; l[0] /= 2; print A.n, l
-> 3 [4]

calls = []
def at(i): calls.append(i); return i
l = [7, 8]; l[at(1)] /= 3; print l, calls
-> [7, 2] [1]

import numpy as np
x = np.arange(4); y = x; x /= 2; print y, x / 2, x / 2., np.int8(7) / 2
-> [0 0 1 1] [0 0 0 0] [0.  0.  0.5 0.5] 3

class N:
    def __nonzero__(self): return False
    def next(self): return 5
print bool(N()), N().next(), iter([[3, 4]]).next()[1]
-> False 5 4

class Node:
    def __init__(self, next=None): self.next = next
print Node(Node()).next.next, Node(3).next
-> None 3

class Both:
    def __iter__(self): return self
    def next(self, size=2): raise StopIteration(size)
    def __next__(self): return self.next()
class Alias(Both):
    def next(self, size=2): return size * 10
    __next__ = next
class Old(Alias):
    def next(self, size=2): return super(Old, self).next(size) + 1
class Inner(Old):
    class Of: next = 5
print list(Both()), next(Alias()), Old().next(size=1), next(Old()), next(Inner()), Inner.Of.next
-> [] 20 11 21 21 5

class Outer:
    '''Python 3 would call it __next__.'''
    class Part:
        def next(self): return 2
    def __iter__(self): return self
    def next(self): raise StopIteration
class Linked:
    '''
    def next(self)
    '''
print list(Outer()), next(Outer.Part()), hasattr(Linked, '__next__')
-> [] 2 False

class Counter:
    n = 0
    @property
    def next(self): self.n += 1; return self.n
counter = Counter()
print counter.next, counter.next
-> 1 2

import types
print type('') is types.StringType, isinstance(u'', types.StringTypes)
-> True True

class M(type): n = 4
class C: __metaclass__ = M
print C.n
-> 4

import StringIO, ConfigParser, Queue, urllib2, urlparse, cPickle
print urlparse.urljoin('a/b', 'c')
-> a/c

from itertools import izip
import itertools, sys, os
print list(izip([1], [2])), list(itertools.imap(abs, [-1])), sys.maxint > 0
-> [(1, 2)] [1] True

if True:
\tif True:
        \tprint 'tabs'
\tprint 'too'
-> tabs
-> too

s = '''a
\tb'''
print len(s), 'x'.decode('utf-8')
-> 4 x

import numpy  # the order that NumPy 1.19 left ties in
lengths = [n ** 2 % 5 for n in xrange(20)]
print numpy.argsort(lengths)[:6], numpy.array([lengths, lengths]).argsort(axis=1)[1, :6]
-> [ 0 15  5 10 16 14] [ 0 15  5 10 16 14]
"""

PARSED = """\
print(7 / 2, [x for x in xrange(2)])
-> 3 [0, 1]

import cPickle
print('a', 7 / 2)
-> a 3

from urllib import urlretrieve
print(7 / 2)
-> 3

import sys
print >>sys.stdout, 'to', 7 / 2
-> to 3

print({1: 2}.has_key(1), 7 / 2)
-> True 3

print(raw_input, 7 / 2) if 0 else None
print(7 / 2)
-> 3

class Batches:
    def __iter__(self): return self
    def next(self): raise StopIteration
print(list(Batches()), 7 / 2)
-> [] 3
"""

# Of both Pythons, or of Python 3: as it is.
NEWER = """\
print(7 / 2, round(2.5))
-> 3.5 2

try:
    xrange
except NameError:
    xrange = range
print(7 / 2, xrange(1)[0])
-> 3.5 0

try:
    import cPickle as pickle
except:
    import pickle
print(7 / 2)
-> 3.5

import sys
if sys.version_info[0] < 3:
    range = xrange
print(7 / 2)
-> 3.5

class six: iteritems = dict.items
print(7 / 2, list(six.iteritems({1: 2})))
-> 3.5 [(1, 2)]

def f(map, keys): return map(keys)[0]
print(7 / 2)
-> 3.5

from functools import reduce
print(reduce(max, [1, 3]), 7 / 2)
-> 3 3.5

import urllib.request
print(urllib.request is None, 7 / 2)
-> False 3.5

class Batches:
    def __iter__(self): return self
    def __next__(self): raise StopIteration
    def next(self): return self.__next__()
class Chain:
    def next(self, half=2): return 7 / half
print(list(Batches()), Chain().next(), Chain().next(half=1.0))
-> [] 3.5 7.0

print(iter([1]).next(), [*map((n for n in [2]).next, '')])
try: [].next
except AttributeError as error: print(error)
-> 1 []
-> 'list' object has no attribute 'next'
"""


@pytest.fixture(autouse=True)
def old_modules(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, running.OfferedFinder()])
    monkeypatch.setitem(sys.modules, "a_division", SimpleNamespace(division="no feature"))


def cases(block):
    """Return each text of a block, and what it prints."""
    found = []
    for case in block.strip("\n").split("\n\n"):
        lines = case.split("\n")
        printed = [line[3:] for line in lines if line.startswith("->")]
        text = [line for line in lines if not line.startswith("->")]
        found.append(("\n".join(text), "\n".join(printed)))
    return found


def run(text, path="old.py", **options):
    source = python2.parse(text.encode(), path, **options)
    names = {"__name__": "old", "__builtins__": stand_ins.builtins_of(source.is_old)}
    exec(source.compiled(path), names)
    return names


@pytest.mark.parametrize(("text", "printed"), cases(STATEMENTS) + cases(PARSED))
def test_python2_prints(text, printed, capsys):
    run(text)
    assert capsys.readouterr().out == printed + "\n"


@pytest.mark.parametrize(("text", "printed"), cases(NEWER))
def test_python3_is_left_alone(text, printed, capsys):
    run(text)
    assert capsys.readouterr().out == printed + "\n"


@pytest.mark.parametrize(("text", "printed"), cases(PARSED))
def test_the_user_may_say_which_python(text, printed, capsys):
    assert python2.parse(b"print(7 / 2)", "old.py", python=2).is_old
    assert not python2.parse(text.encode(), "old.py", python=3).is_old
    run("import sys\nprint(7 / 2)\nprint >>sys.stdout, 1", python=2)
    assert capsys.readouterr().out == "3\n1\n"


def test_symbolic_integers_floor_too():
    names = run("def halved(x): return x / 2 if unicode else 0")
    assert names["halved"](pt.iscalar()).dtype == "int32"
    assert names["halved"](pt.dscalar()).dtype == "float64"
    assert names["halved"](np.float32(3)) == 1.5


@pytest.mark.parametrize(
    ("text", "line"),
    [("print 'a'\nx = = 2\n", 2), ("x = 1\nif True print 3\n", 2), ("print 'a'\nx = (\n", 2)],
)
def test_a_file_of_neither_python(text, line):
    with pytest.raises(SyntaxError) as error:
        python2.parse(text.encode(), "bad.py")
    assert error.value.lineno == line
    assert error.value.filename == "bad.py"


def test_without_fissix(monkeypatch):
    monkeypatch.setattr(python2, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"^dir/old\.py, line 2: .* pip install fissix$"):
        python2.parse(b"x = 1\nprint x\n", "dir/old.py")
    assert run("y = [x / 2 for x in xrange(4)]")["y"] == [0, 0, 1, 1]  # stand-ins do
    assert not python2.parse(b"x = 1 / 2\n", "new.py").is_old


@pytest.mark.parametrize("coding", ["latin-1", "utf-8", "cp1252"])
def test_encodings(coding, capsys):
    text = f"# -*- coding: {coding} -*-\r\nprint u'\xe9'  # no newline at the end"
    source = python2.parse(text.encode(coding), "old.py")
    exec(source.compiled("old.py"), {})
    assert capsys.readouterr().out == "\xe9\n"


def test_bytes_of_no_encoding_in_a_comment():
    assert python2.parse(b"x = 1  # \xe9\xff\n", "old.py").tree.body
