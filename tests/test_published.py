"""The sentences that compare a run with the published ones."""

from theano_tutorial import published


def test_softmax_says_how_far_it_is():
    trace = list(published.SOFTMAX_LOG_LIKELIHOOD)
    assert "trace: 0.0e+00 (10 values)" in published.compare_softmax(trace)
    trace[3] += 2e-5
    assert "trace: 2.0e-05 (10 values)" in published.compare_softmax(trace)
    assert "trace: 2.0e-05 (4 values)" in published.compare_softmax(trace[:4])
    assert "(10 values)" in published.compare_softmax([*trace, -0.7])


def test_tanh_says_where_it_lies():
    one, two = published.TANH_LOG_LIKELIHOOD, published.TANH_LOG_LIKELIHOOD_2
    middle = [(a + b) / 2 for a, b in zip(one, two, strict=True)]
    assert "between the published -0.543043 and -0.515090" in published.compare_tanh(middle)
    assert "between them at 60 of 60" in published.compare_tanh(middle)
    assert ", below the published" in published.compare_tanh([v - 0.1 for v in one])
    assert ", above the published" in published.compare_tanh([v + 0.1 for v in one])
    assert "at most 0.0e+00 from the nearer" in published.compare_tanh(list(one))
