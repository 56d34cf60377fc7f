"""``python -m theano_tutorial.predict``: what a saved model says of digits."""

import sys

from theano_tutorial.cli.predict import main

if __name__ == "__main__":
    sys.exit(main())
