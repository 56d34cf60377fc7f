"""What contestants train, and how it reaches the workers."""

import json
from dataclasses import dataclass

import numpy as np

SIDE, FILTER = 28, 5  # pixels of LeNet's images and filters


@dataclass(frozen=True)
class Task:
    """A model to train, and the data to train it on.

    Attributes
    ----------
    name
        For people to read.
    x, y
        Images and int32 labels.
    rate
        Learning rate.
    batch
        Images in a minibatch; 0 for all at once.
    hidden
        Hidden tanh units; 0 for softmax regression.
    classes
        The number of classes.
    l2
        Weight of the sum of the squared weights in the cost.
    maps
        Feature maps of LeNet's two layers, each of 5 x 5 pixels and pooled by 2 x 2, below the
        hidden layer.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    rate: float
    batch: int = 0
    hidden: int = 0
    classes: int = 10
    l2: float = 0.0
    maps: tuple[int, ...] = ()

    @property
    def size(self):
        """Images in a step."""
        return self.batch or len(self.y)

    def rows(self, index):
        """Return the rows of minibatch number `index`."""
        start = index * self.batch
        return slice(start, start + self.size)

    def shapes(self):
        """Return the shapes of the layers' weights, from the first to the last."""
        channels, side, shapes = 1, SIDE, []
        for maps in self.maps:
            shapes.append((maps, channels, FILTER, FILTER))
            channels, side = maps, (side - FILTER + 1) // 2
        width = channels * side**2 if self.maps else self.x.shape[1]
        hidden = [(width, self.hidden)] if self.hidden else []
        return [*shapes, *hidden, (self.hidden or width, self.classes)]

    def initial(self):
        """Return the initial weights and biases of each layer, from the first to the last."""
        rng, params = np.random.RandomState(0), []
        for shape in self.shapes():
            inside, n_out = (np.prod(shape[1:]), shape[0]) if len(shape) == 4 else shape
            bound = np.sqrt(6 / (inside + n_out))
            params += [rng.uniform(-bound, bound, shape), np.zeros(n_out)]
        params[-2][:] = 0
        return [value.astype(self.x.dtype) for value in params]

    def multiply_adds(self):
        """Return how many an image takes: layers compute forwards once and backwards twice.

        The first layer computes only once backwards, as its input needs no gradient.
        """
        side, counts = SIDE, []
        for shape in self.shapes():
            counts.append(np.prod(shape, dtype=float))
            if len(shape) == 4:
                side -= FILTER - 1
                counts[-1] *= side**2
                side //= 2
        return 3 * sum(counts) - counts[0]


def save(task, folder):
    """Save a task in a folder, for workers to load."""
    np.save(folder / "x.npy", task.x)
    np.save(folder / "y.npy", task.y)
    for number, value in enumerate(task.initial()):
        np.save(folder / f"param{number}.npy", value)
    about = {k: v for k, v in vars(task).items() if k not in ("x", "y")}
    (folder / "about.json").write_text(json.dumps(about))


def load(folder):
    """Return the task that was saved in a folder."""
    about = json.loads((folder / "about.json").read_text())
    about["maps"] = tuple(about["maps"])
    return Task(x=np.load(folder / "x.npy"), y=np.load(folder / "y.npy"), **about)
