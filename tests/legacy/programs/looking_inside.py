"""What people did to look inside: Print, test values, pp, debugprint, modes, errors, profiles."""

import sys

import numpy as np
import theano
from theano import pp
from theano import tensor as T
from theano.printing import Print, debugprint

trace = []
rng = np.random.RandomState(400)
theano.config.compute_test_value = "off"
theano.config.warn.subtensor_merge_bug = False if hasattr(theano.config, "warn") else None
feats, N, steps = 7, 40, 30
D = (rng.randn(N, feats), rng.randint(size=N, low=0, high=2))

x, y = T.matrix("x"), T.vector("y")
x.tag.test_value, y.tag.test_value = D
w, b = theano.shared(rng.randn(feats), name="w"), theano.shared(0.0, name="b")
p_1 = 1 / (1 + T.exp(-T.dot(x, w) - b))
prediction = p_1 > 0.5
xent = -y * T.log(p_1) - (1 - y) * T.log(1 - p_1)
cost = xent.mean() + 0.01 * (w ** 2).sum()
gw, gb = T.grad(cost, [w, b])
train = theano.function(
    inputs=[x, y],
    outputs=[prediction, xent],
    updates=((w, w - 0.1 * gw), (b, b - 0.1 * gb)),
    name="train",
    profile=False,
)
predict = theano.function(inputs=[x], outputs=prediction, mode="FAST_COMPILE")
careful = theano.function([x, y], cost, mode=theano.Mode(optimizer="fast_run", linker="py"))
for i in range(steps):
    pred, err = train(D[0], D[1])
    trace.append([float(err.mean()), int(pred.sum()), float(b.get_value())])
trace.append([w.get_value().tolist(), careful(D[0], D[1]).item()])
print("predictions:", predict(D[0])[:8].astype("int8"))
assert predict(D[0]).dtype == bool

print(w, b, x.type.dtype, y.ndim, cost.dtype, x.broadcastable, type(cost.owner.op).__name__)
assert isinstance(pp(T.grad(x.sum() ** 2, x)), str)
assert len(debugprint(cost, file="str").splitlines()) > 10
ops = [node.op for node in train.maker.fgraph.toposort()]
assert len(ops) > 3 and any(node.op for node in train.maker.fgraph.apply_nodes)
variable = cost
while variable.owner:
    variable = variable.owner.inputs[0]
assert variable.owner is None

shown = Print("the sum is", attrs=["shape"])(T.dot(x, w))
keep, sys.stdout = sys.stdout, sys.stderr  # Print's own words are not compared
trace.append(float(theano.function([x], (shown * 2).sum())(D[0])))
sys.stdout = keep

try:
    train(D[0][:, :3], D[1])
except ValueError:
    print("a shape mismatch is a ValueError")
for wrong in ("a string", np.ones((2, 2, 2))):
    try:
        predict(wrong)
    except (TypeError, ValueError):
        print("refused:", type(wrong).__name__)
i, f = T.lscalar("i"), T.fscalar("f")
strict = theano.function([f], f * 2)
try:
    strict(np.float64(0.1))
except TypeError:
    print("a float64 does not fit into a float32")
loose = theano.function([f, i], [f * 2, i / 2, i // 2], allow_input_downcast=True)
trace.append([float(value) for value in loose(0.1, 7)])
print([str(value.dtype) for value in loose(0.25, 7)])

c = theano.shared(np.float64(1.0), name="c")
grow = theano.function([], c, updates=[(c, c * 1.5 + 0.25)], givens={})
trace.append([grow().item() for _ in range(5)] + [c.get_value().item()])
swapped = grow.copy(share_memory=False, swap={c: theano.shared(np.float64(10.0))})
trace.append([float(np.ravel(f())[0]) for f in (swapped, swapped, grow)])
accumulator = theano.function([i], c, updates={c: c + i}, no_default_updates=True)
trace.append([accumulator(2).item(), accumulator(3).item(), c.get_value().item()])
