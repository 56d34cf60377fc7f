"""`theano.sandbox`: what was on trial, and stayed there."""
