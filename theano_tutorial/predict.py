"""``python -m theano_tutorial.predict``: read pictures of digits with a saved model."""

import sys

from theano_tutorial.cli import signals


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, the process's if `arguments` is None; return its exit code."""
    if arguments is None:
        signals.end_quietly()
    from theano_tutorial.cli import predict  # only now: it takes a tenth of a second

    return predict.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
