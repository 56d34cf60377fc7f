"""Suggest what was meant by a mistyped name or one that other programs use."""

import difflib
import os
from collections.abc import Collection, Iterable
from pathlib import Path

# What other libraries and the tutorials' files call a thing, by our name for it. Words of a key
# after its first are part of the hint.
_FLAGS = {
    "learning-rate": "lr rate learn-rate eta alpha eps step-size",
    "batch-size": "bs b batch batchsize minibatch-size mini-batch-size",
    "epochs": "e ep",
    "iterations": "i iter iters steps",
    "hidden-units": "hidden hidden-size hidden-dim hidden-layer-sizes units neurons",
    "train-size": "train train-samples subset limit",
    "momentum": "mu",
    "optimizer": "optim opt optimiser update-rule rule",
    "rate-decay": "decay lr-decay learning-rate-decay",
    "l1": "l1-reg l1-penalty",
    "l2": "l2-reg l2-penalty weight-decay wd",
    "seed": "s rng random-seed random-state manual-seed",
    "output": "o out out-dir outdir output-dir save save-dir save-path log-dir logdir",
    "data-dir": "data data-path data-root root",
    "dtype": "float floatx precision",
    "backend": "linker engine framework",
    "backend jax, which takes a GPU where it finds one": "gpu gpus cuda use-gpu use-cuda",
    "resume": "continue restore checkpoint",
    "plots": "figures pictures show",
    "verbose": "v",
    "quiet": "q silent",
    "first": "n count",
}
_PREFIXES = ("n-", "num-", "number-of-", "max-")
_WITHOUT_FLAG = ("recipe", "model", "image", "images", "input")
_NAMES = {
    "recipe": {
        "sgd": "logistic_sgd logistic_regression logistic logreg minibatch minibatch_sgd",
        "cg": "logistic_cg conjugate_gradient",
        "softmax": "softmax_regression",
        "tanh": "network neural_network nn",
        "mlp": "multilayer_perceptron multi_layer_perceptron",
        "lenet": "lenet5 lenet_5 convolutional_mlp cnn convnet conv convolutional",
    },
    "optimizer": {
        "sgd": "gd gradient_ascent gradient_descent",
        "nesterov_momentum": "nesterov nag",
    },
    "backend": {"pytorch": "torch", "c": "cvm gcc cxx"},
    "dtype": {"float64": "double fp64 f64", "float32": "single fp32 f32"},
    "dataset": {"rendered": "synthetic"},
}
_NOT_HERE = "da sda rbm dbn"


def of_flags(unknown: Iterable[str], known: Iterable[str]) -> str:
    """Return a hint for the first flag in `unknown` arguments; ``""`` if there is none."""
    flag = next((word for word in unknown if word[:1] == "-" and word.strip("-")), "")
    if Path(flag).suffix and os.path.lexists(flag):
        return f"; did you mean the file ./{flag}?"
    text = flag.partition("=")[0].lstrip("-").lower().replace("_", "-")
    names = [name.removeprefix("--") for name in known if name.startswith("--")]
    for word in (text, *(text.removeprefix(p) for p in _PREFIXES if text.startswith(p))):
        meant = word if word in names else _meant(_FLAGS, word)
        if meant.partition(" ")[0] in names:
            return f"; did you mean --{meant}?"
        if word in _WITHOUT_FLAG:
            return f"; leave out {flag.partition('=')[0]}, it needs no flag"
    near = _nearest(text, names)
    return f"; did you mean --{near}?" if near else ""


def of_name(what: str, text: str, known: Collection[str]) -> str:
    """Return a hint for an unknown name of a `what`, such as a recipe; ``""`` if none."""
    word = text.lower()
    alias = word.removesuffix(".py").replace("-", "_")
    if what == "recipe" and alias in _NOT_HERE.split():
        return "it is not here yet; "
    meant = _meant(_NAMES.get(what, {}), alias) or _nearest(word, known)
    if not meant:
        return ""
    return f"did you mean {meant}; " if "?" in meant else f"did you mean {meant}? "


def _meant(table: dict[str, str], word: str) -> str:
    return next((meant for meant, others in table.items() if word in others.split()), "")


def _nearest(text: str, names: Collection[str]) -> str:
    """Return the name of which `text` is likely a misspelling; ``""`` if there is none.

    People rarely mistype the first letter. Names whose digits differ are different names.
    """
    swapped = [name for name in names if sorted(name) == sorted(text)]
    alike = [name for name in names if name[:1] == text[:1]]
    near = next(iter(swapped or difflib.get_close_matches(text, alike, 1, 0.75)), "")
    return near if set(filter(str.isdigit, text)) <= set(near) else ""
