"""``python -m theano_tutorial.train``: run a tutorial, print what it printed, save the run."""

import sys

from theano_tutorial.cli.train import main

if __name__ == "__main__":
    sys.exit(main())
