"""``python -m theano_tutorial.predict``: read pictures of digits with a saved model."""

import sys

from theano_tutorial.cli.predict import main

if __name__ == "__main__":
    sys.exit(main())
