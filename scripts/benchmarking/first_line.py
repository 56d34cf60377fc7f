"""Document 1's softmax regression in other libraries: prints each log-likelihood at once.

first_line.py {numpy,jax,pytorch,pytensor} FOLDER ITERATIONS

FOLDER holds MNIST's gzipped files.
"""

import gzip
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))


def mnist(folder):
    """Return the 50,000 training images and their labels."""
    import numpy as np

    with gzip.open(f"{folder}/train-images-idx3-ubyte.gz") as file:
        x = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)[:50_000] / 256
    with gzip.open(f"{folder}/train-labels-idx1-ubyte.gz") as file:
        y = np.frombuffer(file.read(), np.uint8, offset=8)[:50_000].astype(np.int32)
    return x, y


def main(library, folder, iterations):
    """Train and print."""
    from benchmarking import by_hand
    from benchmarking.tasks import Task

    task = Task("first line", *mnist(folder), rate=0.5)
    if library == "pytensor":
        step = pytensor_step(task)
    else:
        step = getattr(by_hand, f"in_{library}")(task)
    for _ in range(iterations):
        print(f"Log-likelihood = {-float(step(0))!r}", flush=True)


def pytensor_step(task):
    """Return a step in PyTensor as it comes, without this package."""
    import pytensor
    import pytensor.tensor as pt

    x, y = pt.dmatrix("x"), pt.ivector("y")
    W, b = (pytensor.shared(value) for value in task.initial())
    log_p = pt.log(pt.special.softmax(x @ W + b, axis=-1))
    cost = -pt.mean(log_p[pt.arange(y.shape[0]), y])
    gradients = pytensor.grad(cost, [W, b])
    train = pytensor.function(
        [],
        cost,
        updates=[(p, p - task.rate * g) for p, g in zip((W, b), gradients, strict=True)],
        givens={
            x: pytensor.shared(task.x, borrow=True),
            y: pytensor.shared(task.y, borrow=True),
        },
    )
    return lambda index: train()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
