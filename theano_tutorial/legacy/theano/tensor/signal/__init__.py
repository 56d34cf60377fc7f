"""`theano.tensor.signal`: pooling, and convolution without channels."""
