"""LeNet by minibatch SGD with early stopping: deeplearning.net's convolutional network.

It is trained as `sgd` trains softmax regression, with the same loop and the same kinds of files
and printed lines.
"""

from pytensor.compile.mode import Mode

from theano_tutorial.data import N_CLASSES, Dataset
from theano_tutorial.models import LeNet
from theano_tutorial.recipes.judge import MinibatchJudge
from theano_tutorial.recipes.program import Program
from theano_tutorial.recipes.sgd import Progress, Training, build_with, fit, start, train
from theano_tutorial.updates import Scalar, Schedule

__all__ = ["Progress", "Training", "build", "fit", "start", "train"]

LEARNING_RATE, EPOCHS, BATCH_SIZE, TRAIN_SIZE = 0.1, 200, 500, 50_000
NKERNS, HIDDEN_UNITS, SEED, PATIENCE = (20, 50), 500, 23455, 10_000


def build(
    dataset: Dataset,
    *,
    learning_rate: Scalar = LEARNING_RATE,
    rate_decay: float | None = None,
    optimizer: str = "sgd",
    batch_size: int = BATCH_SIZE,
    train_size: int = TRAIN_SIZE,
    hidden_units: int = HIDDEN_UNITS,
    seed: int = SEED,
    mode: Mode | None = None,
) -> Program[MinibatchJudge]:
    """Build the network and compile its functions; `seed` is for all weights but the last.

    Raises `UsageError` if a minibatch is larger than one of the three splits.
    """
    return build_with(
        lambda x: LeNet(x, NKERNS, hidden_units, N_CLASSES, seed),
        dataset,
        optimizer=optimizer,
        schedule=Schedule(learning_rate, rate_decay),
        batch_size=batch_size,
        train_size=train_size,
        mode=mode,
        patience=PATIENCE,
    )
