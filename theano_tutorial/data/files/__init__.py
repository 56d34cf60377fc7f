"""Find and fetch the files that MNIST comes in, and read them without trusting them."""
