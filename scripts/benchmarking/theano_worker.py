"""Real Theano's part of the benchmark; run by an old Python that has it.

theano_worker.py step FOLDER  trains on minibatches FIRST to before LAST for each such line that
                              it reads; prints the last cost and the seconds taken
theano_worker.py first FOLDER prints the first log-likelihood of softmax regression
theano_worker.py sgd FOLDER   runs document 3's program to its early stop
"""

import gzip
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

# No wheel of Theano links a BLAS: it is given the one in NumPy's wheel, and OpenMP's threads.
_FLAGS = os.environ.get("THEANO_FLAGS", "")
for _library in (Path(np.__file__).parent.parent / "numpy.libs").glob("libopenblas*.so"):
    if "blas.ldflags" not in _FLAGS:
        _FLAGS += f",blas.ldflags=-L{_library.parent} -l:{_library.name}"
os.environ["THEANO_FLAGS"] = f"{_FLAGS},openmp=True".strip(",")

import theano  # noqa: E402  (it reads its flags when it is imported)
import theano.tensor as T  # noqa: E402  (as above)
from theano.tensor.signal.pool import pool_2d  # noqa: E402  (as above)


def graph(initial, dtype):
    """Return x, y, the probabilities, the cost, and the parameters with their initial values.

    Weights of four dimensions are filters, for images of 28 x 28. The last weights are the
    output layer's, all others those of hidden layers.
    """
    x, y = T.matrix("x", dtype=dtype), T.ivector("y")
    params = [theano.shared(value.astype(dtype)) for value in initial]
    inputs = x.reshape((-1, 1, 28, 28)) if initial[0].ndim == 4 else x
    for W, b in zip(params[:-2:2], params[1:-2:2]):
        if W.ndim == 4:
            maps = T.nnet.conv2d(inputs, W, filter_shape=W.get_value().shape)
            pooled = pool_2d(maps, (2, 2), ignore_border=True)
            inputs = T.tanh(pooled + b.dimshuffle("x", 0, "x", "x"))
        else:
            inputs = T.tanh(T.dot(inputs.flatten(2), W) + b)
    p_y_given_x = T.nnet.softmax(T.dot(inputs, params[-2]) + params[-1])
    cost = -T.mean(T.log(p_y_given_x)[T.arange(y.shape[0]), y])
    return x, y, p_y_given_x, cost, params


def softmax_regression(dtype):
    """Return the graph of softmax regression."""
    return graph([np.zeros((784, 10)), np.zeros(10)], dtype)


def descent(cost, params, rate, dtype):
    """Return the updates of gradient descent."""
    rate = np.asarray(rate, dtype)
    return [(p, p - rate * g) for p, g in zip(params, T.grad(cost, params))]


def step(path):
    """Compile a task's training step, and take it as each line read says."""
    folder = Path(path)
    about = json.loads((folder / "about.json").read_text())
    x_value, y_value = (np.load(str(folder / name)) for name in ("x.npy", "y.npy"))
    dtype = str(x_value.dtype)
    x_all, y_all = theano.shared(x_value, borrow=True), theano.shared(y_value, borrow=True)
    n_params = len(list(folder.glob("param*.npy")))
    initial = [np.load(str(folder / f"param{number}.npy")) for number in range(n_params)]
    x, y, _, cost, params = graph(initial, dtype)
    if about["l2"]:
        cost += np.asarray(about["l2"], dtype) * sum(T.sum(W**2) for W in params[::2])
    index, batch = T.lscalar(), about["batch"]
    rows = slice(index * batch, (index + 1) * batch) if batch else slice(None)
    train = theano.function(
        [index],
        cost,
        updates=descent(cost, params, about["rate"], dtype),
        givens={x: x_all[rows], y: y_all[rows]},
        on_unused_input="ignore",
    )
    print("ready", flush=True)
    for line in sys.stdin:
        first, last = map(int, line.split())
        started = time.time()
        for number in range(first, last):
            value = float(train(number))
        print(f"{value!r} {time.time() - started!r}", flush=True)


def mnist(folder, dtype):
    """Return training, validation and test images and labels."""

    def read(name, skip):
        with gzip.open(f"{folder}/{name}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8)[skip:]

    parts = []
    for name in ("train", "t10k"):
        x = read(name + "-images-idx3", 16).reshape(-1, 784) / np.asarray(256, dtype)
        parts.append((x.astype(dtype), read(name + "-labels-idx1", 8).astype("int32")))
    (x, y), test = parts
    return (x[:50000], y[:50000]), (x[50000:], y[50000:]), test


def first(folder):
    """Print the first log-likelihood of softmax regression, full batch."""
    (x_value, y_value), _, _ = mnist(folder, "float64")
    x, y, _, cost, params = softmax_regression("float64")
    train = theano.function(
        [],
        -cost,
        updates=descent(cost, params, 0.5, "float64"),
        givens={x: theano.shared(x_value, borrow=True), y: theano.shared(y_value, borrow=True)},
    )
    print(f"Log-likelihood = {train():.16g}", flush=True)


def sgd(folder):
    """Run document 3's program: minibatches of 600, patience, the best model's test error."""
    dtype = theano.config.floatX
    index, size = T.lscalar(), 600
    x, y, p_y_given_x, cost, params = softmax_regression(dtype)
    error = T.mean(T.neq(T.argmax(p_y_given_x, axis=1), y))
    functions, counts = [], []
    for number, (x_value, y_value) in enumerate(mnist(folder, dtype)):
        rows = slice(index * size, (index + 1) * size)
        givens = {
            x: theano.shared(x_value, borrow=True)[rows],
            y: theano.shared(y_value, borrow=True)[rows],
        }
        changes = descent(cost, params, 0.13, dtype) if number == 0 else []
        output = cost if number == 0 else error
        functions.append(theano.function([index], output, updates=changes, givens=givens))
        counts.append(len(y_value) // size)
    train, validate, test = functions
    patience, best, tested, done, epoch = 5000, np.inf, None, False, 0
    started = time.time()
    while not done:
        epoch += 1
        for batch in range(counts[0]):
            train(batch)
            iteration = (epoch - 1) * counts[0] + batch
            if (iteration + 1) % counts[0] == 0:
                valid = np.mean([validate(i) for i in range(counts[1])])
                if valid < best:
                    if valid < best * 0.995:
                        patience = max(patience, iteration * 2)
                    best, tested = valid, np.mean([test(i) for i in range(counts[2])])
            if patience <= iteration:
                done = True
                break
    rate = epoch / (time.time() - started)
    print(f"{100 * best:.6f} {100 * tested:.6f} {epoch} {rate:.3f}", flush=True)


if __name__ == "__main__":
    {"step": step, "first": first, "sgd": sgd}[sys.argv[1]](sys.argv[2])
