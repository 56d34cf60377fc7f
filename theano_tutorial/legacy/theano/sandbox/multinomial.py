"""Outcomes by given probabilities, from uniform numbers."""

from theano_tutorial.legacy.draws.from_uniform import ChoiceFromUniform, MultinomialFromUniform

__all__ = ["ChoiceFromUniform", "MultinomialFromUniform"]
