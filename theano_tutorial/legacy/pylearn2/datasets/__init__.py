"""pylearn2's data sets: MNIST."""
