"""The names: one module under two names, renamed, rewritten or explained; and the settings."""

import importlib
import subprocess
import sys
from operator import attrgetter

import numpy as np
import pytensor
import pytest

from theano_tutorial import legacy
from theano_tutorial.errors import BackendUnavailable, UsageError
from theano_tutorial.legacy import stand_ins


def test_one_module_has_two_names(door):
    import theano.tensor
    import theano.tensor.var

    from theano_tutorial.legacy.theano import tensor

    assert theano is door
    assert theano.tensor is tensor
    assert tensor.__spec__.name == tensor.__name__
    assert callable(theano.tensor.var)  # the function, as in Theano, not the module
    assert importlib.import_module("theano.tensor.var").TensorVariable is tensor.TensorVariable


NAMES = """
    theano.Apply theano.config.floatX theano.gof.graph.inputs theano.gof.local_optimizer
    theano.gof.toolbox.Feature theano.compile.function_module.FunctionMaker
    theano.compile.mode.Mode theano.compile.sharedvalue.SharedVariable theano.compile.io.In
    theano.compile.ops.as_op theano.scan_module.scan_utils.until
    theano.scan_module.scan_op.Scan theano.tensor.basic.matrix
    theano.tensor.elemwise.Elemwise theano.tensor.subtensor.Subtensor
    theano.tensor.extra_ops.cumsum theano.tensor.sharedvar.TensorSharedVariable
    theano.tensor.nlinalg.matrix_inverse theano.tensor.slinalg.cholesky
    theano.tensor.opt.register_canonicalize theano.misc.pkl_utils.dump theano.tensor.inv
    theano.tensor.sgn theano.tensor.abs_ theano.scalar.float32
    theano.printing.Print theano.printing.pydotprint theano.gradient.DisconnectedType
    theano.gradient.consider_constant theano.compat.python2x.OrderedDict
    theano.sparse.csr_matrix theano.tensor.xlogx.xlogx theano.sandbox.cuda.cuda_available
    theano.gpuarray.pygpu_activated theano.compile.FAST_RUN theano.tensor.config.floatX
    theano.raise_op.Assert
    theano.tensor.signal.pool.pool_2d theano.ifelse.IfElse
    theano.compile.builders.OpFromGraph theano.tensor.fft.rfft theano.sparse.SparseType
    theano.tensor.nnet.conv3d2d.conv3d theano.misc.safe_asarray._asarray
    theano.version.version theano.tensor.nnet.nnet.softmax_graph
    theano.tensor.signal.conv.conv2d theano.tensor.Join theano.tensor.Tensor
    theano.sandbox.softsign.softsign theano.sandbox.linalg.diag
    theano.tensor.AdvancedSubtensor1 theano.sparse.enable_sparse theano.gof.graph.is_same_graph
    theano.gof.opt.PatternSub theano.gof.EquilibriumOptimizer theano.gof.Query
    theano.ProfileMode theano.gradient.format_as theano.sandbox.cuda.dnn.dnn_available
    theano.sandbox.cuda.dnn.GpuDnnConv theano.gpuarray.basic_ops.gpu_contiguous
    theano.sandbox.gpuarray.dnn.dnn_available
    theano.sandbox.cuda.basic_ops.HostFromGpu theano.sandbox.cuda.basic_ops.host_from_gpu
    theano.tensor.nnet.abstract_conv.get_conv_output_shape theano.sparse_grad
    theano.tensor.inplace.exp_inplace theano.tensor.nnet.sigm.sigmoid_inplace
    theano.sandbox.cuda.rng_curand.CURAND_RandomStreams theano.sandbox.linalg.ops.psd
    theano.sandbox.cuda.type.CudaNdarrayType theano.sandbox.cuda.var.CudaNdarraySharedVariable
    theano.sandbox.cuda.var.float32_shared_constructor theano.sandbox.cuda.blas.GpuCorrMM
    theano.sandbox.cuda.nvcc_compiler.__name__ theano.gpuarray.type.GpuArrayType
    theano.gof.compilelock.set_lock_status theano.gof.cmodule.get_lib_extension
    theano.sparse.SparseVariable theano.tensor.nnet.sigm.ScalarSigmoid
    theano.compat.six.moves.xrange theano.compat.six.iteritems theano.compat.PY3
    theano.compat.imap theano.gof.op.debug_assert theano.gof.op.debug_error_message
    theano.tensor.nnet.nnet.relu theano.tensor.nnet.abstract_conv2d
    theano.tensor.nnet.conv2d_grad_wrt_inputs theano.sandbox.cuda.basic_ops.gpu_from_host
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_names_are_found_by_import_and_as_attributes(name, door):
    module, _, attribute = name.rpartition(".")
    found = door
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    scope = {}
    if not module.endswith("config"):
        exec(f"from {module} import {attribute} as it", scope)
        assert scope["it"] is found or scope["it"] == found


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("from theano.tensor import topk", "theano.tensor.topk chose the largest k"),
        ("import theano.tensor.nnet.ctc", "theano.tensor.nnet.ctc was a wrapper"),
        ("import theano.misc.pycuda_init", "ran on a GPU"),
        ("import theano.sandbox.cuda.opt", "theano.sandbox.cuda.opt is missing"),
        ("from theano.sandbox.cuda.dnn import dnn_gemm", "dnn_gemm is missing: .* on a GPU"),
        ("from theano.gof import nothing", "theano.gof.nothing is not in the door"),
        ("import theano.nothing.at_all", "theano.nothing is not in the door"),
        ("import theano; theano.tensor.nothing", "theano.tensor.nothing is not in the door"),
    ],
)
def test_what_is_missing_is_explained(statement, words, door):
    with pytest.raises((ImportError, AttributeError), match=words) as caught:
        exec(statement, {})
    assert "\n" not in str(caught.value)


ORDERS = """
import sys
from operator import attrgetter
from theano_tutorial import legacy
legacy.install()
from theano_tutorial.legacy import renames
ALL = {*renames.HOMES, "theano.gradient.consider_constant", "theano.tensor.nnet.conv2d"}
ALL |= {"theano.tensor.nnet.nnet.relu", "theano.tensor.signal.pool.pool_2d"}
for first in renames.HOMES:
    for name in [*sys.modules]:
        if f"{name}.".startswith(("theano.", f"{renames.OURS}.")):
            del sys.modules[name]
    renames.renamed.cache_clear()
    exec(f"from {first} import *", {})
    found = sys.modules["theano"]
    assert all(attrgetter(name.partition(".")[2])(found) for name in ALL - {"theano"}), first
"""


def test_names_are_found_whatever_was_imported_first():
    command = [sys.executable, "-W", "ignore", "-c", ORDERS]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_star_import(door):
    scope = {}
    exec("from theano.tensor.nnet import *", scope)
    assert {"relu", "softmax", "conv2d", "bn", "LogSoftmax"} <= set(scope)
    exec("from theano.tensor import *", scope)
    assert {"matrix", "dot", "grad", "tanh", "nnet", "fvector"} <= set(scope)
    assert scope["matrix"] is door.tensor.matrix
    exec("from numpy import *\nfrom theano.tensor import *", scope)
    kept = {"abs": np.abs, "linspace": np.linspace, "unique": np.unique, "sum": door.tensor.sum}
    assert {name: scope[name] for name in kept} == kept


@pytest.mark.parametrize(
    ("module", "there"),
    [
        ("theano", "function shared grad tensor scan pp config dot In printing gradient"),
        ("theano.tensor", "theano np matrix max"),
        ("theano.gradient", "grad jacobian theano"),
        ("theano.printing", "pp Print debugprint"),
        ("theano.ifelse", "ifelse IfElse"),
        ("theano.compile", "function Mode In"),
        ("theano.tensor.shared_randomstreams", "RandomStreams"),
        ("theano.tensor.signal.pool", "pool_2d"),
        ("theano.sandbox.rng_mrg", "MRG_RandomStreams"),
        ("theano.sparse", "csr_matrix as_sparse_variable"),
    ],
)
def test_star_import_brings_theanos_names_but_not_pytensors_abs(door, module, there):
    scope = {}
    exec(f"from {module} import *", scope)
    assert set(there.split()) <= set(scope)
    assert "abs" not in scope


def test_the_same_graph(door):
    x = door.tensor.matrix()
    assert door.gof.graph.is_same_graph(x.mean(), x.mean())
    assert not door.gof.graph.is_same_graph(x.mean(), x.sum())


def test_rows_are_of_the_operation_that_updates_of_embeddings_look_for(door):
    T = door.tensor
    assert isinstance(T.matrix()[T.lvector()].owner.op, T.AdvancedSubtensor1)


def test_constructors(door):
    T = door.tensor
    assert T.matrix("a", "int32").dtype == T.imatrix().dtype == "int32"
    assert [v.name for v in T.matrices("ab")] == ["a", "b"]
    made = T.TensorType("float32", (False, True))
    assert made == T.TensorType(dtype="float32", broadcastable=(0, 1)) == T.fcol().type
    assert isinstance(made, T.TensorType)
    assert T.tensor("float32", (True,), name="t").broadcastable == (True,)
    assert T.col("c").broadcastable == (False, True)
    assert door.Variable(made).owner is None


def test_functions_with_old_arguments(door):
    T = door.tensor
    x, v = T.matrix("x"), T.vector("v")
    outputs = [
        T.stack(v, v),
        T.stack([v, v], 1),
        T.flatten(x, outdim=1),
        x.reshape((3, 2), 2),
        T.batched_dot(x, x),
        *T.split(x, [1, 2], 2, 1),
    ]
    X, V = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0])
    expected = [
        np.stack([V, V]),
        np.stack([V, V], 1),
        X.ravel(),
        X.reshape(3, 2),
        (X * X).sum(1),
        X[:, :1],
        X[:, 1:],
    ]
    for result, wanted in zip(door.function([x, v], outputs)(X, V), expected, strict=True):
        np.testing.assert_array_equal(result, wanted)


X = np.array([[1.0, 2.0, 4.0], [7.0, 11.0, 16.0]])


def test_a_dtype_may_be_another_variables(door):
    x, f = door.tensor.dmatrix(), door.tensor.fvector()
    assert (x.zeros_like(x).dtype, x.ones_like(f).dtype) == ("float64", "float32")
    assert (x.zeros_like("int8").dtype, x.ones_like(dtype="int8").dtype) == ("int8", "int8")


def test_axes_by_pattern(door):
    T = door.tensor
    x = T.matrix()
    assert T.Rebroadcast((0, True))(x).broadcastable == (True, False)
    assert T.Rebroadcast((1, False))(T.col()).broadcastable == (False, False)
    assert T.DimShuffle((False, False), (1, "x", 0))(x).broadcastable == (False, True, False)
    assert isinstance(x.T.owner.op, T.DimShuffle)


def test_a_graph_is_copied(door):
    x = door.tensor.matrix()
    (copied,), (doubled,) = door.gof.graph.clone([x], [x * 2])
    assert copied is not x
    assert doubled.eval({copied: X}).tolist() == (2 * X).tolist()


def test_graphs_are_walked_into_lists(door):
    graph, x, y = door.gof.graph, door.tensor.vector(), door.tensor.vector()
    z = x + y
    assert (len(graph.ancestors([z])), len(graph.variables([x, y], [z]))) == (3, 3)
    assert (graph.ops([x, y], [z]), graph.orphans([x], [z])) == ([z.owner], [y])


def test_variances_subtract_ddof_from_each_length(door):
    """As Theano did, which divided by 1 * 2, not by 5. Numbers from real Theano 1.0.5."""
    T = door.tensor
    x = T.matrix("x")
    for variance, wanted in [
        (T.var(x, axis=(0, 1), ddof=1), 83.41666666666667),
        (x.var(None, 1), 83.41666666666667),
        (x.std(axis=[0, -1], ddof=1), 9.133272505880171),
        (T.std(x, ddof=1), 9.133272505880171),
        (T.var(x, 0, 1), [18, 40.5, 72]),
        (x.var(1, 1, True), [[7 / 3], [61 / 3]]),
        (T.std(x), 5.273097339852125),
    ]:
        np.testing.assert_allclose(variance.eval({x: X}), wanted, 1e-14)
    assert [T.var(T.fmatrix(), 0, n).dtype for n in (0, 1)] == ["float32", "float64"]


def test_functions_that_pytensor_changed_or_dropped(door):
    """Numbers from real Theano 1.0.5."""
    T = door.tensor
    x, v = T.matrix("x"), T.vector("v")
    a = T.constant(np.arange(8.0).reshape(2, 2, 2))
    batched = {1: [[2, 3], [6, 11]], 2: 14}
    batched |= {((1,), (2,)): [[2, 6], [3, 11]], (2, 1): [[2, 3], [6, 11]]}
    for axes, first in batched.items():
        assert T.batched_tensordot(a, a, axes).eval()[0].tolist() == first
    assert T.tile(x, (2,), ndim=3).eval({x: X}).tolist() == [[[*row, *row] for row in X]]
    assert T.tile(v, (2, 1), 2).eval({v: [1.0, 2.0]}).tolist() == [[1, 2], [1, 2]]
    assert T.Join()(1, x, x).eval({x: X}).tolist() == [[*row, *row] for row in X]
    assert T.nlinalg.AllocDiag()(v).eval({v: [1.0, 2.0]}).tolist() == [[1, 0], [0, 2]]
    matrix = T.constant([[2.0, 5.0], [1.0, 4.0]])
    for given, first in ((("U",), -2.099019513592784), ((), 1.585786437626905)):
        np.testing.assert_allclose(T.nlinalg.eigh(matrix, *given)[0].eval()[0], first, 1e-14)
    solved = T.slinalg.solve_symmetric(T.constant([[2.0, 1.0], [1.0, 4.0]]), v)
    np.testing.assert_allclose(solved.eval({v: [1.0, 2.0]}), [2 / 7, 3 / 7], 1e-14)


def test_broadcasting_is_promised_and_forgotten(door):
    T = door.tensor
    x = T.matrix("x")
    row = T.addbroadcast(x, 0)
    assert row.broadcastable == (True, False)
    assert T.unbroadcast(row, 0).broadcastable == (False, False)
    assert T.patternbroadcast(row, (False, True)).broadcastable == (False, True)
    cost = (T.unbroadcast(row, 0) * 2).sum()
    assert door.function([x], T.grad(cost, x))(np.ones((1, 3))).tolist() == [[2, 2, 2]]


def test_operations_of_linear_algebra_that_are_made_first(door):
    """Numbers from real Theano 1.0.5."""
    from theano.tensor import nlinalg, slinalg

    x, b, v = (
        door.tensor.constant(a) for a in ([[2.0, 1], [1, 4]], [[1.0, 2], [3, 5]], [1.0, 2, 4])
    )
    general = [[1 / 7, 3 / 7], [5 / 7, 8 / 7]]
    for structure, wanted in {
        "general": general,
        "symmetric": general,
        "lower_triangular": [[0.5, 1], [0.625, 1]],
        "upper_triangular": [[0.125, 0.375], [0.75, 1.25]],
    }.items():
        solved = slinalg.Solve(A_structure=structure)(x, b).eval()
        np.testing.assert_allclose(solved, wanted, 1e-14)
    np.testing.assert_allclose(slinalg.Solve()(x, b).eval(), general, 1e-14)
    tall = door.tensor.constant([[1.0, 2], [3, 4], [5, 7]])
    found = [output.eval() for output in nlinalg.lstsq()(tall, v, -1)]
    np.testing.assert_allclose(found[0], [0.0714285714285714, 0.5], 1e-12)
    np.testing.assert_allclose(found[1], [0.07142857142857144], 1e-12)
    assert found[2] == 2
    np.testing.assert_allclose(found[3], [10.191428257097224, 0.36713768594389923], 1e-12)
    for mode, shapes in {
        "reduced": [(3, 2), (2, 2)],
        "full": [(3, 2), (2, 2)],
        "complete": [(3, 3), (3, 2)],
    }.items():
        assert [part.eval().shape for part in nlinalg.qr(tall, mode)] == shapes
    assert nlinalg.qr(tall, "r").eval().shape == (2, 2)
    inverse = nlinalg.MatrixPinv()(tall).eval()
    np.testing.assert_allclose(inverse[0], [-29 / 14, 11 / 14, 2 / 14], 1e-12)


def test_eigenvalues_are_real_and_in_lapacks_order(door):
    """Numbers from real Theano 1.0.5; PyTensor's are complex, and here in ascending order."""
    T, a = door.tensor, [[4.0, 1, 0], [1, 3, 1], [0, 1, 2]]
    x = T.dmatrix()
    for eig in (T.nlinalg.eig, T.nlinalg.Eig()):
        values, vectors = door.function([x], eig(T.dot(x, x.T)))(a)
        assert (values.dtype, vectors.dtype) == (np.float64, np.float64)
        np.testing.assert_allclose(values, [22.392304845413268, 9, 1.6076951545867355], 1e-12)
        np.testing.assert_allclose(abs(vectors[:, 1]), 3**-0.5, 1e-12)


@pytest.mark.parametrize("word", ["None", "zero", "Disconnected"])
def test_a_gradient_that_is_not_there(word, door):
    T = door.tensor
    x, y = T.vectors("x", "y")
    for grad in (door.grad, T.grad, door.gradient.grad):
        told = {"disconnected_inputs": "ignore", "return_disconnected": word}
        nothing = grad(x.sum(), [x, y], **told)[1]
        if word == "zero":
            assert nothing.eval({y: [1.0, 2.0]}).tolist() == [0, 0]
        else:
            assert (nothing is None) == (word == "None")


def test_a_compiled_graph_is_asked_what_computes(door):
    T = door.tensor
    x = T.vector("x")
    nodes = door.function([x], T.exp(x)).maker.fgraph.toposort()
    assert [isinstance(node.op, T.Elemwise) for node in nodes] == [True]  # not on a GPU
    assert isinstance((x + 1).owner.op, T.elemwise.Elemwise)
    assert not isinstance(x.sum().owner.op, T.Elemwise)
    twice = T.Elemwise(door.scalar.mul)(x, 2)
    assert twice.eval({x: [1.5]}).tolist() == [3]


def test_numpys_bool_may_be_pythons(door, monkeypatch):
    monkeypatch.setattr(np, "bool", bool)
    assert np.dtype(bool).name == "bool"
    assert door.tensor.constant(np.ones(2, bool)).dtype == "bool"


def test_an_op_that_has_no_perform(door):
    class Lazy(door.gof.PureOp):
        def make_node(self, x):
            return door.Apply(self, [x], [x.type()])

    with pytest.raises(NotImplementedError, match="no perform"):
        Lazy().perform(None, [], [])


def test_an_op_of_ones_own(door):
    T = door.tensor

    class Double(door.Op):
        __props__ = ()

        def make_node(self, x):
            x = T.as_tensor_variable(x)
            return door.Apply(self, [x], [x.type()])

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0] * 2

        def infer_shape(self, node, shapes):
            return shapes

        def grad(self, inputs, output_grads):
            return [output_grads[0] * 2]

        def R_op(self, inputs, eval_points):
            return [eval_points[0] * 2]

    x = T.vector("x")
    y = Double()(x)
    outputs = [y, y.shape[0], T.grad(y.sum(), x), T.Rop(y, x, x)]
    results = door.function([x], outputs)([1.0, 3.0])
    assert [np.asarray(result).tolist() for result in results] == [[2, 6], 2, [2, 2], [2, 6]]


def test_an_operation_that_is_left_out(door):
    """The recipe of clipped gradients: an operation for its gradient's sake alone."""
    T = door.tensor

    class Clip(door.Op):
        __props__ = ()

        def make_node(self, x):
            return door.Apply(self, [x], [x.type()])

        def grad(self, inputs, output_grads):
            return [T.clip(output_grads[0], -1, 1)]

    T.opt.register_canonicalize(door.gof.OpRemove(Clip()), name="test_clip_is_left_out")
    x = T.scalar()
    y = Clip()(x)
    f = door.function([x], [y, T.grad(5 * y, x)])
    assert f(2.0) == [2, 1]


def test_a_gradient_of_ones_own_for_one_of_theanos_ops(door):
    """Clipping gradients, as in recurrent networks; letting them through where values round."""
    T = door.tensor

    class Clip(door.compile.ViewOp):
        def grad(self, inputs, output_grads):
            return [T.clip(g, -0.5, 0.5) for g in output_grads]

    class Straight(door.scalar.RoundHalfToEven):
        def grad(self, inputs, output_grads):
            return output_grads

    x = T.vector("x")
    rounded = T.Elemwise(Straight(door.scalar.same_out_float_only))(x)
    outputs = [T.grad((Clip()(x) * 3).sum(), x), rounded, T.grad((rounded * 2).sum(), x)]
    results = door.function([x], outputs)([0.6, 1.4])
    assert [result.tolist() for result in results] == [[0.5, 0.5], [1, 1], [2, 2]]


def test_inputs_of_a_graph_in_theanos_order(door):
    T = door.tensor
    a, b, c, d = T.scalars("a", "b", "c", "d")
    found = door.gof.graph.inputs([a * b, c + d * a])
    assert [v.name for v in found] == ["c", "d", "a", "b"]


def test_settings(door, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("THEANORC", str(tmp_path / "rc"))
    (tmp_path / "rc").write_text(
        "[global]\nfloatX = float32\ndevice = gpu\n[nvcc]\nfastmath=True"
    )
    config = door.config
    config.read()
    assert (config.floatX, config.device, config.nvcc.fastmath) == ("float32", "cpu", True)
    assert capsys.readouterr().err.count("\n") == 1
    assert type(config.base_compiledir) is str  # scripts print "compiled in " + it
    monkeypatch.setenv("THEANO_FLAGS", "floatX=float64,lib.cnmem=0.5,device=gpu")
    config.read()
    assert (config.floatX, config.lib.cnmem) == ("float64", 0.5)
    assert not capsys.readouterr().err  # said once
    config.read("float32")
    assert door.tensor.matrix().dtype == "float32"
    with door.change_flags(floatX="float64", warn__round=True):
        assert (config.floatX, config.warn.round) == ("float64", True)
    assert (config.floatX, config.warn.round) == ("float32", False)
    with pytest.raises(ZeroDivisionError), door.change_flags(warn__round=True, new__flag=1):
        assert (config.warn.round, config.new.flag) == (True, 1)
        1 / 0  # noqa: B018
    assert config.warn.round is False
    with pytest.raises(AttributeError, match="'new'"):
        config.new  # noqa: B018
    with pytest.raises(AttributeError, match="nothing_here"):
        config.nothing_here  # noqa: B018
    for flags in ("floatX=float128", "floatX"):
        monkeypatch.setenv("THEANO_FLAGS", flags)
        with pytest.raises(UsageError, match="THEANO_FLAGS"):
            config.read()


# What real Theano 1.0.5 says of its settings, but for those that name its own compiler.
SETTINGS = """
    DebugMode.check_finite=True DebugMode.check_preallocated_output=
    DebugMode.check_preallocated_output_ndim=4 DebugMode.check_py=True
    DebugMode.check_strides=0 DebugMode.patience=10 DebugMode.warn_input_not_reused=True
    NanGuardMode.action=raise NanGuardMode.big_is_error=True NanGuardMode.inf_is_error=True
    NanGuardMode.nan_is_error=True allow_gc=True assert_no_cpu_op=ignore
    blas.check_openmp=True blas.ldflags= cache_optimizations=False cast_policy=custom
    check_input=True check_stack_trace=off cmodule.age_thresh_use=2073600
    cmodule.compilation_warning=False cmodule.debug=False cmodule.preload_cache=False
    cmodule.remove_gxx_opt=False cmodule.warn_no_version=False compile.timeout=120
    compile.wait=5 compute_test_value=off compute_test_value_opt=off contexts=
    conv.assert_shape=False ctc.root= cuda.root=/usr/local cycle_detection=regular
    deterministic=default device=cpu dnn.base_path= dnn.bin_path= dnn.conv.algo_bwd=True
    dnn.conv.algo_bwd_data=none dnn.conv.algo_bwd_filter=none dnn.conv.algo_fwd=small
    dnn.conv.precision=as_input_f32 dnn.conv.workmem=True dnn.conv.workmem_bwd=True
    dnn.enabled=auto dnn.include_path= dnn.library_path= exception_verbosity=low
    experimental.local_alloc_elemwise=True experimental.local_alloc_elemwise_assert=True
    experimental.unpickle_gpu_on_cpu=False floatX=float64 force_device=False gcc.cxxflags=
    gpu.local_elemwise_fusion=True gpuarray.preallocate=0.0 gpuarray.sched=default
    gpuarray.single_stream=True gpuarray.sync=False gpuelemwise.sync=True init_gpu_device=
    int_division=int lib.amdlibm=False magma.enabled=False magma.include_path=
    magma.library_path= metaopt.optimizer_excluding= metaopt.optimizer_including=
    metaopt.verbose=0 mode=Mode nocleanup=False numpy.seterr_all=ignore
    numpy.seterr_divide=None numpy.seterr_invalid=None numpy.seterr_over=None
    numpy.seterr_under=None on_opt_error=warn on_shape_error=warn on_unused_input=raise
    openmp=False openmp_elemwise_minsize=200000 optdb.max_use_ratio=8.0
    optdb.position_cutoff=inf optimizer=o4 optimizer_excluding= optimizer_including=
    optimizer_requiring= optimizer_verbose=False pickle_test_value=True
    print_active_device=True print_global_stats=False print_test_value=False profile=False
    profile_memory=False profile_optimizer=False profiling.debugprint=False
    profiling.destination=stderr profiling.ignore_first_call=False
    profiling.min_memory_size=1024 profiling.min_peak_memory=False profiling.n_apply=20
    profiling.n_ops=20 profiling.output_line_width=512 profiling.time_thunks=True
    reoptimize_unpickled_function=False scan.allow_gc=False scan.allow_output_prealloc=True
    scan.debug=False tensor.cmp_sloppy=0 tensor.insert_inplace_optimizer_validate_nb=-1
    tensor.local_elemwise_fusion=True traceback.compile_limit=0 traceback.limit=8
    unittests.rseed=666 unpickle_function=True vm.lazy=None warn.argmax_pushdown_bug=False
    warn.gpu_set_subtensor1=False warn.gpusum_01_011_0111_bug=False
    warn.identify_1pexp_bug=False warn.inc_set_subtensor1=False warn.inc_subtensor1_opt=True
    warn.reduce_join=False warn.round=False warn.signal_conv2d_interface=False
    warn.subtensor_merge_bug=False warn.sum_div_dimshuffle_bug=False warn.sum_sum_bug=False
    warn.vm_gc_bug=False warn_float64=ignore
"""


def test_every_setting_of_theanos_has_its_default(door):
    for name, _, default in (each.partition("=") for each in SETTINGS.split()):
        assert str(attrgetter(name)(door.config)) == default, name
    for name in ("allow_gc", "optimizer_including", "scan.debug", "blas.ldflags"):
        with door.change_flags(**{name.replace(".", "__"): "new"}):
            assert attrgetter(name)(door.config) == "new"


def test_constants_and_shared_variables_are_no_plain_variables(door):
    def asked(question):
        names = {"__builtins__": stand_ins.builtins_of(False), "theano": door, "T": door.tensor}
        return eval(question, names)

    for value, is_plain in ("T.vector()", True), ("T.exp(2)", True), ("3", False):
        assert asked(f"isinstance({value}, T.TensorVariable)") is is_plain
    for value in "theano.shared(2.0)", "T.constant(2.0)":
        assert not asked(f"isinstance({value}, T.TensorVariable)")
        assert not asked(f"isinstance({value}, (int, (T.TensorVariable,)))")
        assert not asked(f"isinstance({value}, int | T.TensorVariable)")
        assert asked(f"isinstance({value}, theano.Variable)")
    assert asked("isinstance(T.constant(2.0), (T.TensorVariable, T.TensorConstant))")


def test_a_setting_of_ones_own(door, monkeypatch):
    from theano.configparser import AddConfigVar, BoolParam, EnumStr

    monkeypatch.setattr(door.config, "_kept", {**door.config._kept})
    monkeypatch.setenv("THEANO_FLAGS", "mine.mode=slow")
    door.config.read()
    AddConfigVar("mine.mode", "How.", EnumStr("fast", "slow"), in_c_key=False)
    AddConfigVar("mine.checks", "Whether.", BoolParam(True))
    assert (door.config.mine.mode, door.config.mine.checks) == ("slow", True)


def test_what_was_on_a_gpu_is_found_and_nothing_is_of_it(door):
    import theano.sandbox.cuda
    from theano.misc.strutil import render_string
    from theano.sandbox.cuda.type import CudaNdarrayType

    theano.sandbox.cuda.use("gpu0")
    theano.gof.compilelock.release_lock()
    assert not isinstance(door.tensor.vector().type, CudaNdarrayType)
    assert not hasattr(door.tensor, "GpuWhatever")
    assert render_string("%(a)s", {"a": 1}) == "1"


def test_a_convolution_says_the_size_of_its_maps(door):
    sizes = door.tensor.nnet.conv.ConvOp.getOutputShape
    # As real Theano has them.
    assert sizes((28, 27), (5, 4)) == (24, 24)
    assert sizes((28, 27), (5, 4), (2, 3), "full") == (16, 10)


def test_flags_that_pytensor_has_too(door, monkeypatch):
    x, unused = door.tensor.fmatrix("x"), door.tensor.scalar()
    flags = "on_unused_input=ignore,cast_policy=numpy+floatX,floatX=float32,cxx=none"
    monkeypatch.setenv("THEANO_FLAGS", flags)
    with pytensor.config.change_flags(on_unused_input="raise", cast_policy="custom"):
        door.config.read()
        assert door.function([x, unused], x)([[1.0]], 0.0).tolist() == [[1]]
        assert (door.tensor.ivector() / 2).dtype == "float32"
        assert pytensor.config.cxx != "none"


def test_an_unknown_backend(door):
    with pytest.raises(BackendUnavailable, match="unknown backend 'cuda'"):
        legacy.install("cuda")


def test_an_op_of_early_days(door):
    """Its hash was `hashtype`, and a tensor's type `Tensor`."""
    T = door.tensor

    class Doubled(door.Op):
        def __eq__(self, other):
            return type(self) is type(other)

        def __hash__(self):
            return T.hashtype(self)

        def make_node(self, x):
            return door.Apply(self, [x], [T.Tensor("float64", [False])()])

        def perform(self, node, inputs, outputs):
            outputs[0][0] = inputs[0] * 2

    x = T.dvector()
    assert isinstance(x.type, T.Tensor)
    assert (Doubled()(x) + Doubled()(x)).eval({x: [1.0]}) == 4


def test_ties_are_sorted_as_they_were(door):
    """Real Theano's answer, by NumPy 1.19."""
    x, values = door.tensor.lvector(), np.arange(20) ** 2 % 5
    order = [0, 15, 5, 10, 16, 14, 11, 9, 6, 4, 1, 19, 8, 18, 12, 13, 3, 2, 17, 7]
    assert door.tensor.argsort(x).eval({x: values}).tolist() == order
    assert door.tensor.sort(x).eval({x: values}).tolist() == sorted(values)


PROGRAM = """
import sys
from theano_tutorial import legacy
assert legacy.{before}
try:
    legacy.install()
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_real_theano_is_never_hidden(tmp_path):
    (tmp_path / "theano").mkdir()
    (tmp_path / "theano" / "__init__.py").write_text("")
    for before in ("install", "install and __import__('theano')"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(before=before)],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        )
        assert done.stdout.startswith("UsageError a real Theano is ")
        assert done.stdout.count("\n") == 1


def test_nothing_changes_without_install():
    program = "import sys; from theano_tutorial import legacy; print('pytensor' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n"
