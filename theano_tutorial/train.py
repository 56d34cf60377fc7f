"""``python -m theano_tutorial.train``: run a tutorial, print what it printed, save the run."""

import sys

from theano_tutorial import cli


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, the process's if `arguments` is None; return its exit code."""
    return cli.call("train", arguments)


if __name__ == "__main__":
    sys.exit(cli.run_module("train"))
