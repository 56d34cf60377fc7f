"""Parameters that a golden file describes: by shape, norm and some entries."""

import numpy as np
import pytest


def assert_described(values, described, tolerance):
    """Hold parameters against the entries of them that a golden file has."""
    for name, theirs in described.items():
        assert list(values[name].shape) == theirs["shape"]
        entries = theirs.get("sample", [])
        np.testing.assert_allclose(
            [values[name][tuple(entry["index"])] for entry in entries],
            [entry["value"] for entry in entries],
            rtol=0,
            atol=tolerance,
        )
        l2 = np.sqrt(np.sum(values[name].astype(np.float64) ** 2))
        assert l2 == pytest.approx(theirs["l2"], rel=max(tolerance, 1e-12))
