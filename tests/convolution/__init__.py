"""Tests of convolution and pooling."""
