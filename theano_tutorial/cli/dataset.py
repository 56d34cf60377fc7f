"""Load the dataset that a command asks for; errors refer to the command's flags."""

from theano_tutorial import data
from theano_tutorial.errors import DataUnavailable, UsageError


def load(
    name: str | None, data_dir: str | None, dtype: str, pixel_divisor: int
) -> data.Dataset:
    """Load a dataset with `theano_tutorial.data.load`; errors name the flags that help."""
    try:
        return data.load(name, data_dir=data_dir, dtype=dtype, pixel_divisor=pixel_divisor)
    except UsageError as error:
        raise UsageError(f"--data-dir: {error}") from error
    except DataUnavailable as error:
        raise DataUnavailable(
            f"{error}; put its four files in a folder and name it with --data-dir, "
            "or use --dataset rendered"
        ) from error
