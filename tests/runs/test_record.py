"""What makes a run comparable with the published one."""

from dataclasses import replace

from theano_tutorial.recipes import RECIPES
from theano_tutorial.runs.record import Setup


def test_runs_that_can_be_compared_with_the_published_one():
    """Whatever their length, and their seed, which the network's had not."""
    hyper = RECIPES["tanh"].published
    setup = Setup("tanh", "mnist", 256, "numpy", None, "float64", True, hyper)
    free = {"iterations": 3}, {"seed": 7}
    assert all(
        replace(setup, hyper={**hyper, **changes}).is_published for changes in ({}, *free)
    )
    assert not replace(setup, hyper={**hyper, "hidden_units": 21}).is_published
    assert not replace(setup, dataset="rendered").is_published
