"""``python -m theano_tutorial.legacy``: run old Theano code, unchanged, on PyTensor."""

import sys

from theano_tutorial.cli.legacy import main

if __name__ == "__main__":
    sys.exit(main())
