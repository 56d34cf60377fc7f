"""The published numbers, verbatim, each with its source.

Documents 1 and 2 are two printings of "Training Neural Networks with Theano"; document 3 is
deeplearning.net's "Classifying MNIST digits using Logistic Regression". The numbers are as
printed: document 1's softmax trace in full float64 precision, the rest to at most 12 digits.
"""

from collections.abc import Sequence

from theano_tutorial._text import counted


def _numbers(printed: str) -> tuple[float, ...]:
    return tuple(map(float, printed.split()))


# Mean log-likelihood before each of ten updates. Document 1, output of cell 15.
SOFTMAX_LOG_LIKELIHOOD = _numbers("""
    -2.3025850929940463 -1.8391209025064599 -1.5250543679632202 -1.3142440592188174
    -1.1682410159224519 -1.0617673924666753 -0.9820455376704271 -0.9194230935951666
    -0.869394886438446 -0.8276885884406652
""")

# The same run, document 2: twelve digits.
SOFTMAX_LOG_LIKELIHOOD_2 = _numbers("""
    -2.302585093 -1.83912090251 -1.52505436796 -1.31424405922 -1.16824101592
    -1.06176739247 -0.98204553767 -0.919423093595 -0.869394886438 -0.827688588441
""")

# The same for the network's sixty updates; its initial weights had no seed. Document 1, output
# of cell 20.
TANH_LOG_LIKELIHOOD = _numbers("""
    -2.30258509299 -2.301260143 -2.29985742336 -2.29814933548 -2.29585974449
    -2.2926097774 -2.28785314718 -2.28079743549 -2.27031674023 -2.25487812942
    -2.23253100489 -2.20104023375 -2.1582595724 -2.10278232534 -2.03470964692
    -1.95612616578 -1.87084468946 -1.78339741578 -1.69781819817 -1.61686684319
    -1.54193010867 -1.47336522593 -1.41092281327 -1.35405500976 -1.30209894369
    -1.25438406129 -1.21029452586 -1.16929950344 -1.13096059734 -1.09492559978
    -1.06091566234 -1.02871055443 -0.998135176742 -0.969049151498 -0.941339587098
    -0.914915833679 -0.889704949206 -0.86564729478 -0.842692353352 -0.820795127401
    -0.799913392634 -0.780005880711 -0.761031287056 -0.742947906704 -0.725713685377
    -0.709286504208 -0.693624565104 -0.678686790458 -0.664433187553 -0.650825153157
    -0.637825709613 -0.625399672875 -0.613513757875 -0.602136629008 -0.59123890443
    -0.580793122897 -0.570773681465 -0.561156751609 -0.551920180443 -0.543043382773
""")

# Another run of sixty updates. Document 2, same place.
TANH_LOG_LIKELIHOOD_2 = _numbers("""
    -2.30258509299 -2.30123532532 -2.2998167966 -2.29812291581 -2.29590367206
    -2.29281799209 -2.28837617693 -2.28186920166 -2.27228942655 -2.25826075997
    -2.23801271431 -2.20944653423 -2.17036118024 -2.11893562814 -2.05448392668
    -1.9781664624 -1.89308937088 -1.80356444392 -1.71390604967 -1.62743071587
    -1.54612544874 -1.47089832383 -1.40197788868 -1.33918043475 -1.28205618089
    -1.23000534858 -1.1823856608 -1.13858981262 -1.09808364787 -1.06041545036
    -1.02521125894 -0.992165825303 -0.96103293577 -0.931615847613 -0.903757946709
    -0.877333927776 -0.852241954255 -0.828397170186 -0.805726712165 -0.784166136418
    -0.76365701148 -0.744145358272 -0.725580637598 -0.707915058331 -0.691103068952
    -0.675100970071 -0.65986663098 -0.645359309369 -0.631539569966 -0.61836928705
    -0.605811706762 -0.593831541869 -0.582395074029 -0.571470244429 -0.561026720601
    -0.551035933447 -0.541471083378 -0.532307117743 -0.523520683596 -0.515090060711
""")

# Both documents, "Using the model for classification": the first ten test images.
FIRST_TEST_LABELS = (7, 2, 1, 0, 4, 1, 4, 9, 5, 9)
SOFTMAX_FIRST_PREDICTIONS = (7, 2, 1, 0, 4, 1, 4, 9, 2, 9)

# Both documents: "Classification error: 15.12%".
SOFTMAX_TEST_ERROR = 0.1512

# Both documents print the same figure again for the network, but from the function compiled
# for the first model: it is not the network's error.
TANH_STALE_TEST_ERROR = 0.1512

# Document 3's speeds, in epochs a second: a Core 2 Duo E8400 at 3 GHz, and a GPU.
SGD_EPOCHS_PER_SECOND = 1.936
SGD_EPOCHS_PER_SECOND_GPU = 10.0

# By recipe with early stopping: the best validation error and its test error, in percent.
BEST_PERCENTS = {
    # Document 3, "Putting it All Together": the result that the run ends by printing.
    "sgd": (7.500000, 7.489583),
    # deeplearning.net, "Multilayer Perceptron": best at iteration 2,070,000.
    "mlp": (1.690000, 1.650000),
    # deeplearning.net, "Convolutional Neural Networks (LeNet)": best at iteration 17,800.
    "lenet": (0.910000, 0.920000),
}


# float32 stays far below this on any backend; other settings end up far above it.
_LARGEST = 1e-3
_WHY = "; other settings, or this cell ran before: restart to begin anew"


def compare(
    what: str, ours: float, theirs: float, within: float, source: str = "published"
) -> str:
    """Say in one line whether a notebook's number agrees with the published one, or Theano's.

    The two agree if they differ by `within` at most.

    >>> compare("last cost", 14.0155, 14.01549, within=1e-4, source="real Theano")
    'last cost 14.0155: as real Theano'
    >>> compare("test error", 0.0981, 0.1512, within=0)
    'test error 0.0981; published 0.1512, of other digits or settings'
    """
    if abs(ours - theirs) <= within:
        return f"{what} {ours:.8g}: as {source}"
    return f"{what} {ours:.8g}; {source} {theirs:.8g}, of other digits or settings"


def compare_softmax(log_likelihood: Sequence[float]) -> str:
    """Say in one line how far a trace is from the published one, over their common length."""
    pairs = list(zip(log_likelihood, SOFTMAX_LOG_LIKELIHOOD, strict=False))
    largest = max(abs(float(ours) - theirs) for ours, theirs in pairs)
    n = counted(len(pairs), "values")
    why = _WHY if largest > _LARGEST else ""
    return f"Largest difference from the published trace: {largest:.1e} ({n}){why}"


def compare_tanh(log_likelihood: Sequence[float]) -> str:
    """Say in one line where a trace lies relative to the two published ones."""
    triples = list(
        zip(log_likelihood, TANH_LOG_LIKELIHOOD, TANH_LOG_LIKELIHOOD_2, strict=False)
    )
    between = sum(min(a, b) <= ours <= max(a, b) for ours, a, b in triples)
    nearest = max(min(abs(ours - a), abs(ours - b)) for ours, a, b in triples)
    ours, a, b = triples[-1]
    where = "between" if min(a, b) <= ours <= max(a, b) else "below" if ours < a else "above"
    return (
        f"Iteration {len(triples)}: {ours:.6f}, {where} the published {min(a, b):.6f} and "
        f"{max(a, b):.6f}, whose initial weights had no seed; between them at {between} of "
        f"{len(triples)}, at most {nearest:.1e} from the nearer"
    )


def compare_sgd(best_validation_error: float, test_error: float, recipe: str = "sgd") -> str:
    """Say in one line how far the best errors (fractions) are from the published ones."""
    both = (100 * best_validation_error, 100 * test_error), BEST_PERCENTS[recipe]
    # The pages print six decimals, so no finer difference can be seen.
    ours, theirs = (tuple(f"{percent:.6f}" for percent in pair) for pair in both)
    if ours == theirs:
        return f"As published: {theirs[0]} % and {theirs[1]} %, to the last printed digit"
    return f"Published: {theirs[0]} % and {theirs[1]} %; this run: {ours[0]} % and {ours[1]} %"
