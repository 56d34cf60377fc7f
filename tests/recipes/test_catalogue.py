"""The catalogue repeats the defaults of the recipes, so that nothing heavy is loaded."""

import inspect

import pytest

from theano_tutorial import recipes
from theano_tutorial.recipes import HYPER_PARAMETERS, RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_published_hyper_parameters_are_the_defaults(name):
    module, published = getattr(recipes, name), dict(RECIPES[name].published)
    assert set(published) <= set(HYPER_PARAMETERS)
    length = published.pop(RECIPES[name].length_name)
    assert length == getattr(module, RECIPES[name].length_name.upper())
    given = inspect.signature(module.build).parameters
    defaults = {k: v.default for k, v in given.items() if k not in ("dataset", "mode")}
    assert defaults == published
