"""The kernel's functions in NumPy, for machines without a C compiler."""

from collections.abc import Sequence

import numpy as np

from theano_tutorial._types import Array


def wrong_label(n_out: int) -> IndexError:
    """Return the error for labels that no class has."""
    return IndexError(f"labels must be from 0 to {n_out - 1}")


class Reference:
    """What the operations in `ops` compute with where there is no `call.Kernel`."""

    # Images of a block stay in the processor's cache between its two products.
    BLOCK = 256

    def log_likelihood(
        self, x: Array, W: Array, b: Array, y: Array, scale: float, with_gz: bool
    ) -> list[Array]:
        """Return the sum of ``log_p`` in float64, ``log_p``; and the sum's gradients.

        These, times `scale`, are ``gW``, ``gb`` and, if wanted, ``gz``.
        """
        n, (_, n_out) = len(x), W.shape
        if n and (y.min() < -n_out or y.max() >= n_out):
            raise wrong_label(n_out)
        log_p, gW, gb = np.empty(n, x.dtype), np.zeros_like(W), np.zeros_like(b)
        gz = np.empty((n, n_out), x.dtype) if with_gz else None
        for start in range(0, n, self.BLOCK):
            rows = slice(start, start + self.BLOCK)
            label = np.arange(len(y[rows])), y[rows]
            z = x[rows] @ W + b
            z -= z.max(axis=1, keepdims=True)
            p = np.exp(z)
            total = p.sum(axis=1, keepdims=True)
            log_p[rows] = z[label] - np.log(total[:, 0])
            G = p * (-scale / total)
            G[label] += scale
            gW += x[rows].T @ G
            gb += G.sum(axis=0)
            if gz is not None:
                gz[rows] = G
        log_likelihood = np.asarray(log_p.sum(dtype=np.float64))
        return [log_likelihood, log_p, gW, gb] + ([] if gz is None else [gz])

    def network(self, x: Array, params: Sequence[Array], y: Array, scale: float) -> list[Array]:
        """Return the same two, and the gradients for ``W_xh, b_xh, W_hy, b_hy``."""
        W_xh, b_xh, W_hy, b_hy = params
        h = self.affine(x, W_xh, b_xh, True)
        total, log_p, gW_hy, gb_hy, gz = self.log_likelihood(h, W_hy, b_hy, y, scale, True)
        return [total, log_p, *self.affine_gradient(x, gz @ W_hy.T, h), gW_hy, gb_hy]

    def affine(self, x: Array, W: Array, b: Array | None, is_tanh: bool) -> Array:
        out: Array = x @ W
        if b is not None:
            out += b
        return np.tanh(out, out=out) if is_tanh else out

    def affine_gradient(self, x: Array, g: Array, h: Array | None) -> list[Array]:
        if h is not None:
            g = g * (1 - h * h)
        return [x.T @ g, g.sum(axis=0)]
