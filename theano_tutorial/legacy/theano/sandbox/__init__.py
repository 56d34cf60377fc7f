"""`theano.sandbox`: nothing of its own."""
