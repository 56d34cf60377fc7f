"""Datasets in shared variables, as the tutorials keep them."""

from typing import TYPE_CHECKING

from theano_tutorial.data.splits import Split, checked

if TYPE_CHECKING:  # so that data can be read while PyTensor is being imported
    from pytensor.tensor.sharedvar import TensorSharedVariable
    from pytensor.tensor.variable import TensorVariable


def shared_dataset(
    split: Split, name: str = ""
) -> "tuple[TensorSharedVariable, TensorVariable]":
    """Put a split into shared variables.

    A shared variable keeps its value between calls, on the device that computes, so the images
    are transferred once instead of with every call. That is why the tutorials pass data
    through ``givens`` rather than as inputs.

    Returns a shared matrix ``(n, 784)`` in the images' dtype, and a symbolic ``int32`` vector
    ``(n,)`` that casts the stored labels. `name` is the prefix of the variables' names. The
    images are not copied: do not change them. A split that `checked` rejects raises `BadData`.

    Labels are stored as floats, like the images, and cast to ``int32`` in the graph. When
    the tutorials were written, shared variables on a GPU could only be ``float32``, so labels
    had to be stored as floats; but labels index the rows of a matrix, so the graph needs
    integers. ``float32`` holds integers up to 16,777,216 exactly.

    Differs from the tutorial: the variables have a static shape, so that PyTensor knows the
    number of rows when it compiles (document 3, ``shared_dataset``).
    """
    import pytensor
    import pytensor.tensor as pt

    split = checked(split)
    x_value, y_value = split.x, split.y.astype(split.x.dtype)
    shared_x = pytensor.shared(x_value, name=f"{name}_x", borrow=True, shape=x_value.shape)
    shared_y = pytensor.shared(y_value, name=f"{name}_y", borrow=True, shape=y_value.shape)
    return shared_x, pt.cast(shared_y, "int32")
