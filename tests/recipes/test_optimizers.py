"""Update rules in the recipes: real Theano's costs, one kernel, state that is resumed."""

import json

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from described import assert_described
from faults.processes import left

from theano_tutorial import backends, updates
from theano_tutorial.data import shared_dataset
from theano_tutorial.errors import Diverged, UsageError
from theano_tutorial.kernel.ops import LogLikelihood, Network
from theano_tutorial.models import SoftmaxRegression
from theano_tutorial.objectives import log_likelihood
from theano_tutorial.recipes import sgd, softmax, tanh
from theano_tutorial.recipes.training import fit
from theano_tutorial.train import main

GOLDEN_TOLERANCE = 1e-10
RECIPES = {"softmax": softmax, "tanh": tanh}
KERNELS = {"softmax": LogLikelihood, "tanh": Network}
# Those that real Theano ran; a new rule need not be among them.
LASAGNES = (
    *("sgd", "momentum", "nesterov_momentum", "adagrad", "rmsprop", "adadelta", "adam"),
    *("adamax", "amsgrad"),
)
CHAOTIC = ("adagrad", "rmsprop")
CASES = [
    *((recipe, rule, "rules") for recipe in RECIPES for rule in LASAGNES),
    *(("tanh", rule, "well_conditioned_alternatives") for rule in CHAOTIC),
]
# At their default rate of 1, the others keep none of float32's digits.
WELL_CONDITIONED = [
    case for case in CASES if case not in {("tanh", rule, "rules") for rule in CHAOTIC}
]


def run(dataset, recipe, rule, theirs, backend):
    """Take 20 steps; return the run, all 20 costs and that after the last update."""
    hyper = {"optimizer": rule, "learning_rate": theirs["learning_rate"]}
    program = RECIPES[recipe].build(dataset, mode=backends.mode(backend), **hyper)
    done = fit(program, 20, every=20)
    costs = [-float(value) for value in done.records["log_likelihood"]]
    return done, np.array([*costs, -float(program.train_model())])


def differences(costs, theirs):
    """Return differences from real Theano's costs: relative to those above 1."""
    golden = np.array([*theirs["costs"], theirs["cost_after_last_update"]])
    return np.abs(costs - golden) / np.maximum(1, golden)


def pytest_generate_tests(metafunc):
    """Follow every rule on NumPy, with --long everywhere: the others take seconds for each.

    Without it, JAX follows every rule on the tanh network in float64; else they follow some.
    """
    cases = {"test_real_theano": CASES, "test_float32": WELL_CONDITIONED}
    function = metafunc.function.__name__
    if function not in cases:
        return
    chosen = [
        (backend, *case)
        for backend in (name for name in backends.NAMES if name != "auto")
        for case in cases[function]
        if backend == "numpy"
        or metafunc.config.getoption("long")
        or case[1] in ("momentum", "amsgrad")
        or (function, case[0], backend) == ("test_real_theano", "tanh", "jax")
    ]
    metafunc.parametrize(("backend", "recipe", "rule", "group"), chosen)


def test_real_theano(mnist, golden, backend, recipe, rule, group, require_backend):
    require_backend(backend)
    theirs = golden["updates"]["models"][recipe][group][rule]
    done, costs = run(mnist, recipe, rule, theirs, backend)
    difference = differences(costs, theirs)
    if (recipe, rule, group) not in WELL_CONDITIONED:
        # Theano adds up the rows of the biases' gradient one by one, and has 7e-14 of it wrong
        # at the first step. JAX and PyTorch sum in pairs; so AdaGrad leaves Theano's path two
        # steps sooner there than Theano itself does with its images in reverse order.
        sooner = 2 if rule == "adagrad" and backend in ("jax", "pytorch") else 0
        assert difference[: theirs["costs_good_to_1e-10"] - sooner].max() < GOLDEN_TOLERANCE
        return
    assert difference.max() < GOLDEN_TOLERANCE
    for error in ("test_error", "validation_error"):
        assert getattr(done, error) == pytest.approx(theirs[error], abs=1e-12)
    assert set(done.parameters) == set(theirs["final_params"])
    assert_described(done.parameters, theirs["final_params"], GOLDEN_TOLERANCE)


def test_float32(mnist32, golden, backend, recipe, rule, group, require_backend):
    """The tolerance is real Theano's own sensitivity to rounding, which float32 has 2**29 fold.

    It was measured in float64, by summing the images in reverse order.
    """
    require_backend(backend)
    theirs = golden["updates"]["models"][recipe][group][rule]
    with pytensor.config.change_flags(floatX="float32"):
        done, costs = run(mnist32, recipe, rule, theirs, backend)
    assert {value.dtype.name for value in done.progress.parameters.values()} == {"float32"}
    tolerance = 2**29 * theirs["images_in_reverse_order"]["largest_cost_difference"]
    assert tolerance < 1e-3
    assert differences(costs, theirs).max() < tolerance


@pytest.mark.parametrize("rule", updates.NAMES)
@pytest.mark.parametrize("recipe", RECIPES)
def test_one_call_of_the_kernel_whatever_the_rule(digits, recipe, rule):
    few = {"optimizer": rule, "train_size": 100, "mode": backends.mode("numpy")}
    program = RECIPES[recipe].build(digits, **few)
    ops = [node.op for node in program.train_model.maker.fgraph.toposort()]
    assert sum(isinstance(op, KERNELS[recipe]) for op in ops) == 1
    others = set(KERNELS.values()) - {KERNELS[recipe]}
    assert not any(isinstance(op, tuple(others)) for op in ops)


def test_the_default_is_the_page_to_the_last_bit(digits):
    x, y = pt.matrix("x"), pt.ivector("y")
    train_x, train_y = shared_dataset(digits.train, "train")
    model = SoftmaxRegression(x, n_in=784, n_out=10)
    objective = log_likelihood(model.p_y_given_x, y)
    step = pytensor.function(
        [],
        objective,
        updates=updates.gradient_ascent(objective, model.params, 0.5),
        givens={x: train_x, y: train_y},
        mode=backends.mode("numpy"),
    )
    program = softmax.build(digits, train_size=600, mode=backends.mode("numpy"))
    assert program.state == ()
    assert fit(program, 5).records["log_likelihood"] == [step() for _ in range(5)]
    for name, value in program.parameters().items():
        np.testing.assert_array_equal(value, getattr(model, name).get_value())


@pytest.mark.parametrize(
    ("backend", "rule"), [("jax", "adam"), *(("pytorch", rule) for rule in updates.NAMES)]
)
def test_many_steps_in_one_call(digits, backend, rule, require_backend):
    """The optimizer's state goes from step to step on the device, too.

    `test_real_theano` follows every rule on JAX, 20 steps in one call.
    """
    require_backend(backend)
    ends = []
    for every in (1, 4):
        few = {"optimizer": rule, "train_size": 100}
        program = softmax.build(digits, mode=backends.mode(backend), **few)
        ends.append(fit(program, 10, every=every).progress)
    one_by_one, many = ends
    assert many.records == one_by_one.records
    assert many.parameters.keys() == one_by_one.parameters.keys()
    for name, value in many.parameters.items():
        np.testing.assert_array_equal(value, one_by_one.parameters[name])
        np.testing.assert_array_equal(
            many.good_parameters[name], one_by_one.good_parameters[name]
        )


def small(digits, rule, **hyper):
    hyper = {"batch_size": 10, "train_size": 100} | hyper
    return sgd.build(digits, optimizer=rule, mode=backends.mode("numpy"), **hyper)


@pytest.mark.parametrize("rule", updates.NAMES)
def test_building_takes_no_step(digits, rule):
    """The functions are called once to compile them; nothing of that is left."""
    assert all(not value.any() for value in small(digits, rule).state_values().values())


@pytest.mark.parametrize("rule", updates.NAMES)
def test_sgd_resumes_with_the_rules_state(digits, rule):
    whole = sgd.fit(small(digits, rule), 6).progress
    part = sgd.fit(small(digits, rule), 2).progress
    kept = {name: value.copy() for name, value in part.state.items()}
    resumed = sgd.fit(small(digits, rule), 6, progress=part).progress
    assert resumed.epochs == whole.epochs
    assert resumed.state.keys() == whole.state.keys()
    for name, value in (whole.parameters | whole.state).items():
        np.testing.assert_array_equal((resumed.parameters | resumed.state)[name], value)
    for name, value in kept.items():
        np.testing.assert_array_equal(part.state[name], value)
    assert bool(whole.state) == (rule != "sgd")


def test_state_that_overflows_is_divergence(digits):
    """AdaGrad's sum becomes infinite; its steps would be zeros, and nobody would know."""
    program = small(digits, "adagrad")
    progress = sgd.start(program)
    progress.state["accu_W"] = np.full((784, 10), np.inf)
    with pytest.raises(Diverged, match="accu_W is no longer finite at epoch 1"):
        sgd.fit(program, 2, progress=progress)


def test_a_rate_that_changes_as_training_goes_on(digits):
    """Halved at each epoch, and as if it had been typed so."""
    rate = pytensor.shared(0.2, name="rate")
    training = sgd.Training(small(digits, "sgd", learning_rate=rate))
    for _ in sgd.train(training, 3):
        rate.set_value(0.2 / 2**training.steps_done)
    costs = [record["cost"] for record in training.progress.epochs]
    progress = None
    for epoch in range(3):
        program = small(digits, "sgd", learning_rate=0.2 / 2**epoch)
        progress = sgd.fit(program, epoch + 1, progress=progress).progress
    assert costs == [record["cost"] for record in progress.epochs]


@pytest.mark.parametrize("decay", [0.5, 1.0])
@pytest.mark.parametrize("rule", ["sgd", "adam"])
def test_a_rate_that_decays(digits, rule, decay):
    """Epoch by epoch, as if each had been trained at its own rate; also when resumed."""
    whole = sgd.fit(small(digits, rule, learning_rate=0.2, rate_decay=decay), 4).progress
    part = sgd.fit(small(digits, rule, learning_rate=0.2, rate_decay=decay), 2).progress
    program = small(digits, rule, learning_rate=0.2, rate_decay=decay)
    assert sgd.fit(program, 4, progress=part).progress.epochs == whole.epochs
    progress = None
    for epoch in range(4):
        program = small(digits, rule, learning_rate=0.2 * decay**epoch)
        progress = sgd.fit(program, epoch + 1, progress=progress).progress
    assert progress.epochs == whole.epochs


def test_a_decay_that_cannot_be(digits):
    for decay in (-0.1, 1.1, float("nan")):
        with pytest.raises(UsageError, match=f"rate decay must be from 0 to 1; got {decay}"):
            small(digits, "sgd", rate_decay=decay)
    with pytest.raises(UsageError, match="that decays must be a number; got rate"):
        small(digits, "sgd", learning_rate=pytensor.shared(0.1, name="rate"), rate_decay=0.5)


QUIET = ["--dataset", "rendered", "--train-size", "200", "--no-plots", "--quiet"]
SHORT = {
    "softmax": ["--iterations", "4"],
    "tanh": ["--iterations", "4", "--hidden-units", "5"],
    "sgd": ["--epochs", "4", "--batch-size", "50"],
}


@pytest.mark.one_python
@pytest.mark.parametrize(
    ("recipe", "rule"),
    [*(("softmax", rule) for rule in updates.NAMES), ("tanh", "adam"), ("sgd", "adam")],
)
def test_saved_resumed_and_repeated(recipe, rule, in_folder, capsys):
    """Every rule in one recipe, and every recipe with one rule that has state."""
    command = [recipe, *QUIET, *SHORT[recipe], "--optimizer", rule]
    assert main([*command, "--output", "whole"]) == 0
    trace, model = left(in_folder / "whole" / recipe)
    assert trace["optimizer"] == rule
    own = updates.customary_rate(rule)
    assert trace["learning_rate"] == (own or {"sgd": 0.13}.get(recipe, 0.5))
    part = [word if word != "4" else "2" for word in command]
    assert main([*part, "--output", "part"]) == 0
    assert main([*command, "--output", "part", "--resume"]) == 0
    assert left(in_folder / "part" / recipe) == (trace, model)
    like = ["--like", f"whole/{recipe}/trace.json", "--no-plots", "--quiet"]
    assert main([*like, "--output", "again"]) == 0
    assert left(in_folder / "again" / recipe) == (trace, model)
    capsys.readouterr()
    other = "adam" if rule != "adam" else "sgd"
    assert main([*command[:-1], other, "--output", "part", "--resume"]) == 2
    assert f"has optimizer {rule}, not {other}" in capsys.readouterr().err


@pytest.mark.one_python
def test_a_rate_that_was_given_stays(in_folder):
    command = ["softmax", *QUIET, *SHORT["softmax"], "--optimizer", "adam"]
    assert main([*command, "--learning-rate", "0.25", "--output", "o"]) == 0
    assert left(in_folder / "o" / "softmax")[0]["learning_rate"] == 0.25


@pytest.mark.one_python
def test_files_from_before_there_were_rules(in_folder, capsys):
    """They lack the rule, and mean the recipe's own."""
    command = ["softmax", *QUIET, *SHORT["softmax"]]
    assert main([*command, "--output", "o"]) == 0
    folder = in_folder / "o" / "softmax"
    trace, model = left(folder)
    old = {name: value for name, value in trace.items() if name != "optimizer"}
    (in_folder / "old.json").write_text(json.dumps(old))
    assert main(["--like", "old.json", "--no-plots", "--quiet", "--output", "again"]) == 0
    assert left(in_folder / "again" / "softmax") == (trace, model)

    with np.load(folder / "progress.npz") as saved:
        arrays = dict(saved)
    metadata = json.loads(str(arrays["metadata"]))
    assert metadata["setup"].pop("optimizer") == "sgd"
    np.savez(folder / "progress.npz", **arrays | {"metadata": np.array(json.dumps(metadata))})
    capsys.readouterr()
    assert main([*command, "--optimizer", "adam", "--output", "o", "--resume"]) == 2
    assert "has optimizer sgd, not adam" in capsys.readouterr().err
    assert main([*command, "--output", "o", "--resume"]) == 0
    assert left(folder) == (trace, model)


@pytest.mark.one_python
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["softmax", "--optimizer", "adm"], "unknown optimizer 'adm'; did you mean adam? acce"),
        (["sgd", "--optimizer", "Nesterov"], "did you mean nesterov_momentum?"),
        (["tanh", "--optimizer", ""], "unknown optimizer ''; accepted: adadelta, adagrad, ada"),
        (["--optimizer", "lbfgs"], "unknown optimizer 'lbfgs'; accepted: adadelta"),
        (["cg", "--optimizer", "adam"], "cg does not use --optimizer; it uses --epochs"),
        (["exercise", "--optimizer", "adm"], "exercise does not use --optimizer; it uses"),
    ],
)
def test_names_that_are_no_rule(arguments, message, one_line_error):
    assert message in one_line_error(main, arguments)


@pytest.mark.one_python
def test_a_trace_with_a_name_that_is_no_rule(in_folder, capsys, one_line_error):
    assert main(["softmax", *QUIET, *SHORT["softmax"], "--output", "o"]) == 0
    path = in_folder / "o" / "softmax" / "trace.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"optimizer": "adamw"}))
    capsys.readouterr()
    error = one_line_error(main, ["--like", path])
    assert "repeated: --optimizer: unknown optimizer 'adamw'" in error
