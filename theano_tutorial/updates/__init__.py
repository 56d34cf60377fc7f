"""Update rules: how a training step changes parameters, as pairs for ``pytensor.function``.

`RULES` has those that make a cost small, by name; `gradient_ascent` makes an objective large.
A rule takes a cost, or a list of its gradients; parameters; and rates, each a number or a
symbolic or shared scalar. It returns pairs of a shared variable and its new value: the
parameters, and the rule's own state, new shared variables named in its docstring. All keep
their dtype, and all expressions use the old values. Defaults are Lasagne's.

A shared learning rate makes a schedule: the value that it is set to holds from the next call.
`Schedule` is one, of which recipes take a fraction from epoch to epoch.

A new rule is one file in ``updates/rules``, named like its function; ``--optimizer`` finds it
there. Nothing heavy is imported before a rule is asked for.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

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

_FOLDER = Path(__file__).parent / "rules"
# The rules that make a cost small.
NAMES = tuple(sorted(found.name for found in pkgutil.iter_modules([str(_FOLDER)])))

# Where the rest is.
_OTHERS = {
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


class _Rules(Mapping[str, "Rule"]):
    """The rules by name, each imported when it is asked for."""

    def __getitem__(self, name: str) -> "Rule":
        if name not in NAMES:
            raise KeyError(name)
        module = importlib.import_module(f"{__name__}.rules.{name}")
        rule: Rule = getattr(module, name)
        return rule

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


RULES: Mapping[str, "Rule"] = _Rules()


def customary_rate(name: str) -> float | None:
    """Return the default learning rate of a rule, or None if it has none, as `sgd`."""
    default = inspect.signature(RULES[name]).parameters["learning_rate"].default
    return None if default is inspect.Parameter.empty else float(default)


def __getattr__(name: str) -> "Rule":
    if name in RULES:
        return RULES[name]
    if name in _OTHERS:
        found: Rule = getattr(importlib.import_module(f"{__name__}.{_OTHERS[name]}"), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
