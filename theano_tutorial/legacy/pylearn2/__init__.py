"""As much of pylearn2 as scripts take MNIST from, where pylearn2 itself is not installed."""
