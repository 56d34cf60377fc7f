"""The kernel's functions in NumPy, for machines without a C compiler."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import pairwise

import numpy as np

from theano_tutorial._types import Array
from theano_tutorial.system.blas import blas
from theano_tutorial.system.threads import count


def wrong_label(n_out: int) -> IndexError:
    """Return the error for labels that are not classes."""
    return IndexError(f"labels must be from 0 to {n_out - 1}")


class Reference:
    """What the operations in `ops` compute with where there is no `call.Kernel`."""

    # The images of a block stay in the processor's cache between the block's two products.
    BLOCK = 256
    # How many images make it worth starting a thread.
    SHARE = 2048

    def log_likelihood(
        self, x: Array, W: Array, b: Array, y: Array, scale: float, with_gz: bool
    ) -> list[Array]:
        """Return the sum of ``log_p`` in float64, ``log_p``, and the gradients of the sum.

        The gradients, multiplied by `scale`, are ``gW``, ``gb`` and, if `with_gz`, ``gz``.
        """
        n, (_, n_out) = len(x), W.shape
        if n and (y.min() < -n_out or y.max() >= n_out):
            raise wrong_label(n_out)
        log_p = np.empty(n, x.dtype)
        gz = np.empty((n, n_out), x.dtype) if with_gz else None

        def part(first: int, end: int) -> list[Array]:
            gW, gb = np.zeros_like(W), np.zeros_like(b)
            for start in range(first, end, self.BLOCK):
                rows = slice(start, min(start + self.BLOCK, end))
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
            return [gW, gb]

        gradients = self._shared_out(n, part)
        log_likelihood = np.asarray(log_p.sum(dtype=np.float64))
        return [log_likelihood, log_p, *gradients] + ([] if gz is None else [gz])

    def network(self, x: Array, params: Sequence[Array], y: Array, scale: float) -> list[Array]:
        """Return the sum, ``log_p``, and gradients for ``W_xh, b_xh, W_hy, b_hy``."""
        W_xh, b_xh, W_hy, b_hy = params
        h = self.affine(x, W_xh, b_xh, True)
        total, log_p, gW_hy, gb_hy, gz = self.log_likelihood(h, W_hy, b_hy, y, scale, True)
        return [total, log_p, *self.affine_gradient(x, gz @ W_hy.T, h), gW_hy, gb_hy]

    def network_step(
        self,
        x: Array,
        params: Sequence[Array],
        y: Array,
        scale: float,
        rate: float,
        decay: float,
    ) -> list[Array]:
        """Return the same, with the old W_xh's sum of squares for its gradient; update W_xh.

        In place, it becomes ``W_xh + rate * gW_xh - decay * W_xh``.
        """
        total, log_p, gW_xh, *gradients = self.network(x, params, y, scale)
        W_xh = params[0]
        squares = np.asarray(np.vdot(W_xh, W_xh), np.float64)
        gW_xh *= rate
        gW_xh -= decay * W_xh
        W_xh += gW_xh
        return [total, log_p, squares, *gradients]

    def affine(self, x: Array, W: Array, b: Array | None, is_tanh: bool) -> Array:
        out = np.empty((len(x), W.shape[1]), x.dtype)

        def part(first: int, end: int) -> list[Array]:
            rows = np.matmul(x[first:end], W, out=out[first:end])
            if b is not None:
                rows += b
            if is_tanh:
                np.tanh(rows, out=rows)
            return []

        self._shared_out(len(x), part)
        return out

    def affine_gradient(self, x: Array, g: Array, h: Array | None) -> list[Array]:
        def part(first: int, end: int) -> list[Array]:
            rows = g[first:end]
            if h is not None:
                rows = rows * (1 - h[first:end] * h[first:end])
            return [x[first:end].T @ rows, rows.sum(axis=0)]

        return self._shared_out(len(x), part)

    def _shared_out(self, n: int, part: Callable[[int, int], list[Array]]) -> list[Array]:
        """Share `n` rows out to threads; return the sums of what `part` returns for each share.

        BLAS uses one thread for each share: its own threads would wait for one another at every
        block, tens of times as long when other programs use the processor.
        """

        def alone(first: int, end: int) -> list[Array]:
            with blas().one_thread():
                return part(first, end)

        threads = max(1, min(count(), n // self.SHARE))
        with blas().one_thread():
            if threads == 1:
                return part(0, n)
            cuts = [n * k // threads for k in range(threads + 1)]
            with ThreadPoolExecutor(threads) as pool:
                jobs = [  # each with the caller's `errstate`
                    pool.submit(copy_context().run, alone, first, end)
                    for first, end in pairwise(cuts)
                ]
            sums, *others = (job.result() for job in jobs)
        for other in others:
            for total, array in zip(sums, other, strict=True):
                total += array
        return sums
