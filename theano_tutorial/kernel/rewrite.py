"""The pattern: where a graph, as the tutorials write it, means one of our layers.

What a gradient looks like is not written down here. `pytensor.grad` is asked for the gradient
of the part that was recognised, and where the graph holds the very same expression, a layer
takes its place. So the pattern follows PyTensor's own way of writing gradients, in every
version.

It has to come before every other rewrite, while the graph is as `grad` left it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.scalar.basic import Add, Log, Mul, Second, Tanh, TrueDiv
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Dot, Sum
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor, Subtensor

from theano_tutorial.kernel.ops import Affine, AffineGradient, LogLikelihood, Network
from theano_tutorial.kernel.same import same
from theano_tutorial.rewrites.index_rewrites import labels_of_every_row

POSITION = 0.005


class AffineMap(NamedTuple):
    """The parts of ``x W + b``."""

    x: Variable
    W: Variable
    b: Variable


class UseLayers(GraphRewriter):
    """Put our layers in the place of what means the same."""

    def apply(self, fgraph: Any) -> None:
        """Rewrite a graph: softmax with its gradient, tanh with its own, and both as one."""
        for replace in (_log_likelihood, _tanh_gradient, _affine, _network):
            for node in list(fgraph.toposort()):
                if node in fgraph.apply_nodes:
                    replace(fgraph, node)


def _log_likelihood(fgraph: Any, node: Any) -> None:
    """Rewrite the mean or sum of ``log(softmax(x W + b))[arange(n), y]``, with its gradient."""
    if not isinstance(node.op, AdvancedSubtensor):
        return
    log_p, *indices = node.inputs
    (chosen,) = node.outputs
    y = labels_of_every_row(log_p, indices, node.op)
    z = _softmax_of(log_p)
    parts = None if z is None else affine_map(z)
    if y is None or parts is None:
        return
    for is_mean, reduced in ((True, pt.mean(chosen)), (False, pt.sum(chosen))):
        total = _find(fgraph, reduced)
        if total is None:
            continue
        for g in _gradients_of(fgraph, total, is_mean):
            gz = _find(fgraph, _gradient(total, g, z))
            if gz is not None:
                _use_log_likelihood(fgraph, parts, y, (total, chosen), (g, gz), is_mean)
                return


def _use_log_likelihood(
    fgraph: Any,
    parts: AffineMap,
    y: Variable,
    values: tuple[Variable, Variable],
    gradients: tuple[Variable, Variable],
    is_mean: bool,
) -> None:
    g, gz = gradients
    products = list(_products(fgraph, parts.x, gz))
    with_gz = len(fgraph.clients[gz]) > len(products)
    total, log_p, gW, gb, *new_gz = LogLikelihood(is_mean, with_gz)(*parts, y)
    new = {"W": g * gW, "b": g * gb}
    pairs = [(old, new[which]) for old, which in products]
    pairs += [(gz, g * value) for value in new_gz]
    _replace(fgraph, [*zip(values, (total, log_p), strict=True), *pairs])


def _tanh_gradient(fgraph: Any, node: Any) -> None:
    """Rewrite the gradients through ``h = tanh(x W + b)`` with respect to W and b."""
    if not _is_elemwise(node, Tanh):
        return
    (a,), (h,) = node.inputs, node.outputs
    parts = affine_map(a)
    if parts is None:
        return
    for _, ga in list(_transposed_products(fgraph, parts.x)):
        for g in ga.owner.inputs if ga.owner else ():
            if g.type.broadcastable == h.type.broadcastable and same(ga, _gradient(h, g, a)):
                product = g.owner
                if product and isinstance(product.op, Dot) and _of_one_dtype(*product.inputs):
                    narrow = Affine()(*product.inputs)
                    _replace(fgraph, [(g, narrow)])
                    g = narrow
                gW, gb = AffineGradient()(parts.x, g, h)
                new = {"W": gW, "b": gb}
                _replace(
                    fgraph, [(old, new[which]) for old, which in _products(fgraph, parts.x, ga)]
                )
                break


def _affine(fgraph: Any, node: Any) -> None:
    """Rewrite ``x W + b`` and its tanh, where x is data: BLAS does not know of zeros."""
    (out,) = node.outputs if len(node.outputs) == 1 else (None,)
    if out is None:
        return
    parts = affine_map(out)
    if parts is None or not _is_data(parts.x):
        return
    clients = [client for client, _ in fgraph.clients[out]]
    for client in clients:
        if _is_elemwise(client, Tanh):
            _replace(fgraph, [(client.outputs[0], Affine(is_tanh=True)(*parts))])
    if fgraph.clients.get(out):
        _replace(fgraph, [(out, Affine()(*parts))])


def _network(fgraph: Any, node: Any) -> None:
    """Put the layers of a network with one hidden layer together."""
    if not isinstance(node.op, AffineGradient) or len(node.inputs) != 3:
        return
    x, gh, h = node.inputs
    narrow, hidden = gh.owner, h.owner  # (g gz) W_hy', and tanh(x W_xh + b_xh)
    if narrow is None or narrow.op != Affine() or hidden.op != Affine(is_tanh=True):
        return
    scaled, transposed = (v.owner for v in narrow.inputs)
    if scaled is None or not _is_elemwise(scaled, Mul) or len(scaled.inputs) != 2:
        return
    if transposed is None or not _is_transpose(transposed):
        return
    g, gz = scaled.inputs
    output = gz.owner
    if output is None or not isinstance(output.op, LogLikelihood) or gz.index != 4:
        return
    if output.inputs[:2] != [h, *transposed.inputs] or hidden.inputs[0] is not x:
        return
    g = g.squeeze()
    _, *of_output = output.inputs
    total, log_p, gW_xh, gb_xh, gW_hy, gb_hy = Network(output.op.is_mean)(
        *hidden.inputs, *of_output
    )
    old = [*node.outputs, *output.outputs[:4]]
    new = [g * gW_xh, g * gb_xh, total, log_p, gW_hy, gb_hy]
    _replace(fgraph, list(zip(old, new, strict=True)))


def affine_map(z: Variable) -> AffineMap | None:
    """Return x, W and b if the variable is ``x W + b``, else None."""
    if z.owner is None or not _is_elemwise(z.owner, Add) or len(z.owner.inputs) != 2:
        return None
    for product, row in (z.owner.inputs, z.owner.inputs[::-1]):
        b = _row_of(row)
        if b is not None and product.owner is not None and isinstance(product.owner.op, Dot):
            x, W = product.owner.inputs
            if x.type.ndim == W.type.ndim == 2 and _of_one_dtype(x, W, b, z):
                return AffineMap(x, W, b)
    return None


def _of_one_dtype(*variables: Variable) -> bool:
    """Return whether the kernel can compute with these: all are of one precision."""
    dtypes = {v.type.dtype for v in variables}
    return dtypes in ({"float32"}, {"float64"})


def _is_elemwise(node: Any, operation: type) -> bool:
    return isinstance(node.op, Elemwise) and isinstance(node.op.scalar_op, operation)


def _is_transpose(node: Any) -> bool:
    return isinstance(node.op, DimShuffle) and tuple(node.op.new_order) == (1, 0)


def _row_of(row: Variable) -> Variable | None:
    """Return b if the variable is the vector b as a row."""
    owner = row.owner
    if owner is None or not isinstance(owner.op, DimShuffle):
        return None
    if tuple(owner.op.new_order) != ("x", 0):
        return None
    return owner.inputs[0] if owner.inputs[0].type.broadcastable == (False,) else None


def _softmax_of(log_p: Variable) -> Variable | None:
    """Return z if the variable is the logarithm of the softmax of z's rows."""
    node = log_p.owner
    if node is None:
        return None
    if _is_elemwise(node, Log):
        node = node.inputs[0].owner
        if node is None or not isinstance(node.op, Softmax):
            return None
    elif not isinstance(node.op, LogSoftmax):
        return None
    return node.inputs[0] if _over_rows(node.op) else None


def _over_rows(op: Any) -> bool:
    axis = op.axis if isinstance(op.axis, tuple) else (op.axis,)
    return axis in ((1,), (-1,))


def _gradient(of: Variable, g: Variable, wrt: Variable) -> Variable | None:
    """Return the gradient with respect to `wrt`, given `g`, that of `of`."""
    if g.type.ndim != of.type.ndim or g.type.dtype != of.type.dtype:
        return None
    gradient: Variable = pytensor.grad(None, wrt, known_grads={of: g})
    return gradient


def _find(fgraph: Any, wanted: Variable | None) -> Variable | None:
    """Return what the graph has that computes the same in the same way."""
    if wanted is None:
        return None
    for node in fgraph.apply_nodes:
        if node.op == wanted.owner.op:
            for found in node.outputs:
                if same(found, wanted):
                    return found
    return None


def _gradients_of(fgraph: Any, total: Variable, is_mean: bool) -> Iterator[Variable]:
    """Yield what may be the gradient with respect to `total`: a number.

    The gradient of a sum fills a vector with it; that of a mean, with it over n.
    """
    for node in fgraph.apply_nodes:
        if not isinstance(node.op, AdvancedIncSubtensor):
            continue
        filled = node.inputs[1].owner
        if filled is None or not _is_elemwise(filled, Second):
            continue
        value = filled.inputs[1].owner
        if value is None or not isinstance(value.op, DimShuffle):
            continue
        (number,) = value.inputs
        if is_mean and number.owner is not None and _is_elemwise(number.owner, TrueDiv):
            number = number.owner.inputs[0]
        if number.type.ndim == 0:
            yield number


def _products(fgraph: Any, x: Variable, g: Variable) -> Iterator[tuple[Variable, str]]:
    """Yield ``x' g`` as "W" and the sum of g's rows as "b", where the graph has them."""
    for client, _ in fgraph.clients[g]:
        is_sum = isinstance(client.op, Sum) and tuple(client.op.axis or ()) == (0,)
        if is_sum and client.outputs[0].type.dtype == g.type.dtype:
            yield client.outputs[0], "b"
    for product, right in _transposed_products(fgraph, x):
        if right is g:
            yield product, "W"


def _transposed_products(fgraph: Any, x: Variable) -> Iterator[tuple[Variable, Variable]]:
    """Yield ``x' g`` and g for every g that the graph multiplies so."""
    for client, _ in fgraph.clients[x]:
        if _is_transpose(client):
            for product, position in fgraph.clients[client.outputs[0]]:
                if isinstance(product.op, Dot) and position == 0:
                    yield product.outputs[0], product.inputs[1]


def _is_data(x: Variable) -> bool:
    """Return whether a variable is given, or a slice of what is."""
    while x.owner is not None and isinstance(x.owner.op, Subtensor):
        x = x.owner.inputs[0]
    return x.owner is None


def _replace(fgraph: Any, pairs: list[tuple[Variable, Variable]]) -> None:
    for old, new in pairs:
        new.name = old.name
        typed = old.type.filter_variable(new, allow_convert=True)
        fgraph.replace(old, typed, reason="UseLayers", import_missing=True)


def add_layers(mode: Any) -> Any:
    """Return a mode that puts our layers in place before all its other rewrites."""
    return mode.register((UseLayers(), POSITION))
