"""Files that MNIST comes in: found, fetched, read without trust."""
