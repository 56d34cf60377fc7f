"""The rewrite: where a graph, as the tutorials write it, means one of our layers.

When it recognises an expression, it asks `pytensor.grad` for the gradient and looks for that
very expression in the graph, to put a layer in its place. So most of the pattern follows from
how PyTensor, in any version, writes gradients. Only where to look is spelt out: the operations
through which a gradient reaches a label's entry (`_seeds`), the weights (`patterns.gradients`)
and a hidden layer (`_network`).

It runs before every other rewrite, while the graph is as `grad` left it.
"""

from collections.abc import Iterator

import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.scalar.basic import Mul, Second, Tanh, TrueDiv
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.math import Dot
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor, Subtensor

from theano_tutorial.kernel import patterns
from theano_tutorial.kernel.ops import Affine, AffineGradient, LogLikelihood, Network
from theano_tutorial.kernel.patterns import is_elemwise, is_transpose, of_one_dtype, same
from theano_tutorial.kernel.steps import add_steps
from theano_tutorial.rewrites.index_rewrites import labels_of_every_row
from theano_tutorial.rewrites.minibatches import minibatch_of
from theano_tutorial.rewrites.reading import op_of

# `index_rewrites` start at 0.01.
POSITION = 0.005


class UseLayers(GraphRewriter):
    """Replace the expressions that our layers compute by these layers."""

    def apply(self, fgraph: FunctionGraph) -> None:
        for replace in (_log_likelihood, _tanh_gradient, _affine, _network):
            for node in list(fgraph.toposort()):
                if node in fgraph.apply_nodes:
                    replace(fgraph, node)


def _log_likelihood(fgraph: FunctionGraph, node: Apply) -> None:
    """Rewrite the mean or sum of ``log(softmax(x W + b))[arange(n), y]``, with its gradient."""
    if not isinstance(node.op, AdvancedSubtensor):
        return
    log_p, *indices = node.inputs
    (chosen,) = node.outputs
    y = labels_of_every_row(log_p, indices, node.op)
    z = patterns.softmax_of(log_p)
    parts = None if z is None else patterns.affine_map(z)
    if y is None or parts is None:
        return
    for is_mean, reduced in ((True, pt.mean(chosen)), (False, pt.sum(chosen))):
        total = _find(fgraph, reduced)
        for g in _seeds(fgraph, is_mean) if total is not None else ():
            gz = _find(fgraph, _gradient(total, g, z))
            if gz is None:
                continue
            old = list(patterns.gradients(fgraph, parts.x, gz))
            with_gz = len(fgraph.clients[gz]) > len(old)
            new_total, new_chosen, gW, gb, *new_gz = LogLikelihood(is_mean, with_gz)(*parts, y)
            new = {"W": g * gW, "b": g * gb}
            pairs = [(gradient, new[which]) for gradient, which in old]
            pairs += [(gz, g * value) for value in new_gz]
            _replace(fgraph, [(total, new_total), (chosen, new_chosen), *pairs])
            return


def _tanh_gradient(fgraph: FunctionGraph, node: Apply) -> None:
    """Rewrite the gradients through ``h = tanh(x W + b)`` with respect to W and b."""
    if not is_elemwise(node, Tanh):
        return
    (a,), (h,) = node.inputs, node.outputs
    parts = patterns.affine_map(a)
    if parts is None:
        return
    for _, ga in list(patterns.transposed_products(fgraph, parts.x)):
        for g in ga.owner.inputs if ga.owner else ():
            if getattr(g.type, "broadcastable", None) == h.type.broadcastable and same(
                ga, _gradient(h, g, a)
            ):
                product = g.owner
                if product and isinstance(product.op, Dot) and of_one_dtype(*product.inputs):
                    narrow = Affine()(*product.inputs)
                    _replace(fgraph, [(g, narrow)])
                    g = narrow
                gW, gb = AffineGradient()(parts.x, g, h)
                new = {"W": gW, "b": gb}
                old = patterns.gradients(fgraph, parts.x, ga)
                _replace(fgraph, [(gradient, new[which]) for gradient, which in old])
                break


def _affine(fgraph: FunctionGraph, node: Apply) -> None:
    """Rewrite ``x W + b`` and its tanh if x is data, whose zeros BLAS would not skip."""
    if len(node.outputs) != 1:
        return
    (out,) = node.outputs
    parts = patterns.affine_map(out)
    if parts is None or not patterns.is_data(parts.x):
        return
    for client, _ in list(fgraph.clients[out]):
        if is_elemwise(client, Tanh):
            _replace(fgraph, [(client.outputs[0], Affine(is_tanh=True)(*parts))])
    if fgraph.clients.get(out):
        _replace(fgraph, [(out, Affine()(*parts))])


def _network(fgraph: FunctionGraph, node: Apply) -> None:
    """Combine the layers of a network with one hidden layer into a `Network`."""
    if not isinstance(node.op, AffineGradient) or len(node.inputs) != 3:
        return
    x, gh, h = node.inputs
    narrow, hidden = gh.owner, h.owner  # (g gz) W_hy', and tanh(x W_xh + b_xh)
    if narrow is None or narrow.op != Affine() or hidden.op != Affine(is_tanh=True):
        return
    scaled, transposed = (v.owner for v in narrow.inputs)
    if not is_elemwise(scaled, Mul) or len(scaled.inputs) != 2 or not is_transpose(transposed):
        return
    g, gz = scaled.inputs
    if not isinstance(op_of(gz), LogLikelihood) or gz.index != 4:
        return
    output = gz.owner
    if output.inputs[:2] != [h, *transposed.inputs] or hidden.inputs[0] is not x:
        return
    g = g.squeeze()
    inputs = *hidden.inputs, *output.inputs[1:]
    network = Network(output.op.is_mean, _most_rows(x))
    total, log_p, gW_xh, gb_xh, gW_hy, gb_hy = network(*inputs)
    old = [*node.outputs, *output.outputs[:4]]
    new = [g * gW_xh, g * gb_xh, total, log_p, gW_hy, gb_hy]
    _replace(fgraph, list(zip(old, new, strict=True)))


def _most_rows(x: Variable) -> int | None:
    """Return the length of x if it is a minibatch, else None."""
    minibatch = minibatch_of(x.owner) if isinstance(op_of(x), Subtensor) else None
    return None if minibatch is None else minibatch.length


def _gradient(of: Variable, g: Variable, wrt: Variable) -> Variable | None:
    """Return the gradient with respect to `wrt`, given `g`, the one for `of`."""
    if g.type.ndim != of.type.ndim or g.type.dtype != of.type.dtype:
        return None
    gradient: Variable = pytensor.grad(None, wrt, known_grads={of: g})
    return gradient


def _find(fgraph: FunctionGraph, wanted: Variable | None) -> Variable | None:
    """Return the graph's variable that is the wanted expression, if there is one."""
    if wanted is None:
        return None
    nodes = (node for node in fgraph.apply_nodes if node.op == wanted.owner.op)
    return next((v for node in nodes for v in node.outputs if same(v, wanted)), None)


def _seeds(fgraph: FunctionGraph, is_mean: bool) -> Iterator[Variable]:
    """Yield scalars that may be the gradient with respect to a sum or mean of chosen entries.

    The gradient of a sum fills a vector with the scalar; that of a mean, with the scalar / n.
    """
    nodes = [node for node in fgraph.apply_nodes if isinstance(node.op, AdvancedIncSubtensor)]
    for filled in (node.inputs[1].owner for node in nodes):
        if is_elemwise(filled, Second) and isinstance(op_of(filled.inputs[1]), DimShuffle):
            (number,) = filled.inputs[1].owner.inputs
            if is_mean and is_elemwise(number.owner, TrueDiv):
                number = number.owner.inputs[0]
            if number.type.ndim == 0:
                yield number


def _replace(fgraph: FunctionGraph, pairs: list[tuple[Variable, Variable]]) -> None:
    for old, new in pairs:
        new.name = old.name
        typed = old.type.filter_variable(new, allow_convert=True)
        fgraph.replace(old, typed, reason="UseLayers", import_missing=True)


def add_layers(mode: Mode) -> Mode:
    """Return a mode that inserts our layers before all its other rewrites."""
    return add_steps(mode.register((UseLayers(), POSITION)))
