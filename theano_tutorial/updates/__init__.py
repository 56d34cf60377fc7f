"""Update rules: how a training step changes parameters, as pairs for ``pytensor.function``.

`RULES` has those that minimise a cost, by name; `gradient_ascent` maximises an objective.
A rule takes a cost, or a list of its gradients; the parameters; and rates, each a number or a
symbolic or shared scalar. It returns pairs of a shared variable and its new value, for the
parameters and for the rule's own state: new shared variables, named in its docstring. All keep
their dtype, and all expressions use the old values. Defaults are Lasagne's.

A learning rate in a shared variable can be scheduled: a value set between two calls holds from
the next one. Recipes do so with `Schedule`, which decays the rate from epoch to epoch.

A new rule is one file in ``updates/rules``, named like its function; ``--optimizer`` finds it
there. Nothing heavy is imported until a rule is asked for.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

from theano_tutorial.updates import rules

if TYPE_CHECKING:
    from theano_tutorial.updates.ascent import gradient_ascent as gradient_ascent
    from theano_tutorial.updates.by_name import ascending as ascending
    from theano_tutorial.updates.by_name import descending as descending
    from theano_tutorial.updates.composition import apply_momentum as apply_momentum
    from theano_tutorial.updates.composition import (
        apply_nesterov_momentum as apply_nesterov_momentum,
    )
    from theano_tutorial.updates.composition import (
        total_norm_constraint as total_norm_constraint,
    )
    from theano_tutorial.updates.schedule import Schedule as Schedule
    from theano_tutorial.updates.steps import Rule as Rule
    from theano_tutorial.updates.steps import Scalar as Scalar
    from theano_tutorial.updates.steps import Updates as Updates

    RULES: Mapping[str, Rule]

# The rules that minimise a cost.
NAMES = tuple(sorted(rule.name for rule in pkgutil.iter_modules(rules.__path__)))

_MODULES = {name: f"rules.{name}" for name in NAMES} | {
    "ascending": "by_name",
    "descending": "by_name",
    "gradient_ascent": "ascent",
    "apply_momentum": "composition",
    "apply_nesterov_momentum": "composition",
    "total_norm_constraint": "composition",
    "Rule": "steps",
    "Scalar": "steps",
    "Updates": "steps",
    "Schedule": "schedule",
}

__all__ = [
    "NAMES",
    "RULES",
    "ascent",
    "by_name",
    "composition",
    "customary_rate",
    "rules",
    "schedule",
    "steps",
]
__all__ += sorted(_MODULES)


def customary_rate(name: str) -> float | None:
    """Return the default learning rate of a rule, or None if it has none, like `sgd`."""
    from theano_tutorial.updates.by_name import descending

    default = inspect.signature(descending(name)).parameters["learning_rate"].default
    return None if default is inspect.Parameter.empty else float(default)


def __getattr__(name: str) -> "Rule":
    if name == "RULES":
        globals()[name] = {rule: __getattr__(rule) for rule in NAMES}
    elif name in _MODULES:
        module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
        globals()[name] = getattr(module, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: Rule = globals()[name]
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
