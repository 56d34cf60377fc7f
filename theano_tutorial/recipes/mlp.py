"""A multilayer perceptron by minibatch SGD with early stopping: deeplearning.net's next page.

It is trained as `sgd` trains softmax regression, with the same loop and the same kinds of files
and printed lines.
"""

from pytensor.compile.mode import Mode

from theano_tutorial.data import N_CLASSES, N_PIXELS, Dataset
from theano_tutorial.models import MultilayerPerceptron
from theano_tutorial.recipes.judge import MinibatchJudge
from theano_tutorial.recipes.program import Program
from theano_tutorial.recipes.sgd import Progress, Training, build_with, fit, start, train
from theano_tutorial.updates import Scalar, Schedule

__all__ = ["Progress", "Training", "build", "fit", "start", "train"]

LEARNING_RATE, L2, EPOCHS, BATCH_SIZE, TRAIN_SIZE = 0.01, 0.0001, 1000, 20, 50_000
HIDDEN_UNITS, SEED, PATIENCE = 500, 1234, 10_000


def build(
    dataset: Dataset,
    *,
    learning_rate: Scalar = LEARNING_RATE,
    rate_decay: float | None = None,
    optimizer: str = "sgd",
    l1: float = 0.0,
    l2: float = L2,
    batch_size: int = BATCH_SIZE,
    train_size: int = TRAIN_SIZE,
    hidden_units: int = HIDDEN_UNITS,
    seed: int = SEED,
    mode: Mode | None = None,
) -> Program[MinibatchJudge]:
    """Build the network and compile its functions; `seed` is for the hidden layer's weights.

    Raises `UsageError` if a minibatch is larger than one of the three splits.
    """
    return build_with(
        lambda x: MultilayerPerceptron(x, N_PIXELS, hidden_units, N_CLASSES, seed),
        dataset,
        optimizer=optimizer,
        schedule=Schedule(learning_rate, rate_decay),
        l1=l1,
        l2=l2,
        batch_size=batch_size,
        train_size=train_size,
        mode=mode,
        patience=PATIENCE,
    )
