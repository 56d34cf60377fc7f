"""What contestants train, and how it reaches the workers."""

import json
from dataclasses import dataclass

import numpy as np

SIDE, FILTER = 28, 5  # pixels of LeNet's images and filters


@dataclass(frozen=True)
class Task:
    """A model to train, and the images and int32 labels to train it on."""

    name: str
    x: np.ndarray
    y: np.ndarray
    rate: float  # the learning rate
    batch: int = 0  # images in a minibatch; 0 for all at once
    hidden: int = 0  # tanh units; 0 for softmax regression
    classes: int = 10
    l2: float = 0.0  # weight of the sum of the squared weights in the cost
    maps: tuple[int, ...] = ()  # of LeNet's two layers, below the hidden one

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


def of_tutorials(train):
    """Return the tutorials' own steps, on a training split."""
    x, y = train.x, train.y
    return [
        Task("softmax, full batch", x, y, 0.5),
        Task("sgd, batch of 600", x, y, 0.13, batch=600),
        Task("tanh, 20 hidden units", x[:5000], y[:5000], 0.5, hidden=20),
        Task("mlp, batch of 20", x, y, 0.01, batch=20, hidden=500, l2=0.0001),
        Task("lenet, batch of 500", x, y, 0.1, batch=500, hidden=500, maps=(20, 50)),
    ]


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
