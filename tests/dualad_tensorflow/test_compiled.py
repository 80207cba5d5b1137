"""Programs compiled by XLA: the same numbers, one trace, and a way out where XLA has none."""

import threading
import warnings

import numpy as np
import pytest
import tensorflow as tf

import dualad as da
import dualad_tensorflow
from dualad.activations import gelu, mish, silu
from dualad.compiler import CompilerWarning
from dualad.keep import SecondOrderError
from dualad.linearize import Executable
from dualad.testing import ulp_error
from dualad_tensorflow.compiled import TensorFlowCompiler
from dualad_tensorflow.namespace import dialect, namespace


def compiled(definition, **options):
    """A new activation, of which no kernel has been made yet."""
    return da.activation(definition).with_options(execution="compiled", **options)


def bump(x):
    return x * da.tanh(da.exp(x))


def plain_bump(x):
    return x * tf.tanh(tf.exp(x))


def gate(x, beta):
    return x * da.sigmoid(beta * x)


def plain_gate(x, beta):
    return x * tf.sigmoid(beta * x)


smooth = compiled(bump)


def gradients(f, *xs):
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = f(*xs)
    return [y, *tape.gradient(y, xs)]


def same(got, want, rtol=1e-12):
    for g, w in zip(got, want, strict=True):
        assert (g.shape, g.dtype) == (w.shape, w.dtype)
        np.testing.assert_allclose(g, w, rtol=rtol, atol=1e-14)


@pytest.fixture
def said():
    """What a compiler warns of, each time that it does."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", CompilerWarning)
        yield caught


@pytest.fixture
def traces(monkeypatch):
    """The operands of every trace that is made from now on."""
    made = []
    traced = Executable.traced

    def counted(self, operands, *others):
        made.append(operands)
        return traced(self, operands, *others)

    monkeypatch.setattr(Executable, "traced", counted)
    return made


MODES = {
    "compiled": lambda f: f.with_options(execution="compiled").linearize,
    "graph": lambda f: tf.function(lambda x: f.linearize(x)),
    "XLA": lambda f: tf.function(lambda x: f.linearize(x), jit_compile=True),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("activation", "end"), [(mish, -85.0), (gelu, -12.5)], ids=str)
def test_no_compiler_spoils_the_left_tail(activation, end, mode):
    """Beyond the end the numbers are subnormal, which TensorFlow takes for zero."""
    x = np.linspace(end, -2.0, 4001, dtype=np.float32)
    y, slope = MODES[mode](activation)(tf.constant(x))
    for got, order in ((y, 0), (slope, 1)):
        exact = activation.derivative(x.astype(np.float64), order=order)
        assert np.max(np.abs(ulp_error(got.numpy(), exact))) <= 12


@pytest.mark.parametrize("mode", MODES)
def test_no_compiler_spoils_the_zero_of_a_slope(mode):
    """The root is a number in three parts; their sum, rounded, would leave no digit."""
    x = np.linspace(-1.279, -1.278, 2001, dtype=np.float32)
    _, slope = MODES[mode](silu)(tf.constant(x))
    exact = silu.derivative(x.astype(np.float64))
    assert np.max(np.abs(ulp_error(slope.numpy(), exact))) <= 8


def test_one_trace_serves_every_shape_and_every_mode(traces):
    f = compiled(bump)
    for shape in [(3,), (1000,), (2, 3), (2, 1, 4), (0, 3), (1, 1)]:
        x = tf.random.normal(shape, dtype=tf.float64, seed=1)
        same(gradients(f, x), gradients(plain_bump, x))
        same(tf.function(gradients)(f, x), gradients(plain_bump, x))
    assert len(traces) == 1


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_types_are_computed_in_single_precision_and_rounded_once(dtype):
    x = tf.cast(tf.linspace(-20.0, 20.0, 4001), dtype)
    for mine, wide in zip(
        smooth.linearize(x), smooth.linearize(tf.cast(x, tf.float32)), strict=True
    ):
        assert mine.dtype == dtype
        np.testing.assert_array_equal(mine, tf.cast(wide, dtype))


def test_numbers_that_change_are_no_other_trace(traces):
    f, x = compiled(gate), tf.linspace(tf.constant(-2.0, tf.float64), 2.0, 9)
    for beta in (1.0, 2, 0.0, -3.5):
        np.testing.assert_allclose(f(x, beta), plain_gate(x, float(beta)), rtol=1e-12)
    assert len(traces) == 1
    np.testing.assert_allclose(f(x, tf.constant(0.5, tf.float64)), plain_gate(x, 0.5), rtol=1e-12)


SHAPES = [((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (2, 3)), ((2, 3), ()), ((), ())]


@pytest.mark.parametrize("signature", [None, [tf.TensorSpec(None, tf.float64)] * 2], ids=str)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_arguments_broadcast(shapes, signature):
    rng = np.random.default_rng(0)
    x, beta = (tf.constant(rng.normal(size=s)) for s in shapes)
    want = gradients(plain_gate, x, beta)
    f = compiled(gate)
    same(gradients(f, x, beta), want)
    in_graph = tf.function(lambda x, beta: gradients(f, x, beta), input_signature=signature)
    same(in_graph(x, beta), want)


@pytest.mark.parametrize("shape", [None, [None], [None, 3], [2, None]], ids=str)
def test_shapes_unknown_in_a_graph_stay_as_known_as_they_are(shape):
    seen = []

    def step(x):
        y, slope = gradients(smooth, x)
        seen.append((y.shape, slope.shape))
        return y, slope

    x = tf.constant([[0.5, -1.0, 2.0], [0.1, 0.0, -3.0]], tf.float64)
    x = x[0] if shape == [None] else x
    got = tf.function(step, input_signature=[tf.TensorSpec(shape, tf.float64)])(x)
    same(got, gradients(plain_bump, x))
    assert [s.as_list() if s.rank is not None else None for s in seen[0]] == [shape, shape]


def test_a_slope_that_is_a_number_stays_one():
    x = tf.constant([[1.0, 2.0, 4.0]])
    line, sum_ = compiled(lambda x: 3.0 * x), compiled(lambda x, y: x + 2.0 * da.exp(y))
    same(gradients(line, x), [3.0 * x, 3.0 * tf.ones_like(x)], rtol=0)
    same(gradients(sum_, x, x), gradients(lambda x, y: x + 2.0 * tf.exp(y), x, x), rtol=1e-6)
    assert dualad_tensorflow.saved_bytes(line, x).bytes == 0


def test_every_order_with_the_input_kept_and_none_with_the_derivative():
    x = tf.linspace(tf.constant(-2.0, tf.float64), 2.0, 9)
    kept = smooth.with_options(keep="input")
    got = gradients(lambda x: gradients(kept, x)[1], x)
    same(got, gradients(lambda x: gradients(plain_bump, x)[1], x))
    with pytest.raises(SecondOrderError, match=r"use bump\.with_options"):
        gradients(lambda x: gradients(smooth, x)[1], x)


@pytest.mark.parametrize(("keep", "beyond"), [("derivative", 4), ("input", 4)])
def test_the_tape_keeps_what_the_form_says(keep, beyond):
    f = mish.with_options(execution="compiled", keep=keep)
    assert dualad_tensorflow.saved_bytes(f, tf.zeros([50, 20])).bytes == 1000 * beyond


def test_the_result_is_computed_by_one_kernel():
    """An XLA kernel in a graph is a call; what is whole is a call for each function."""
    x = tf.TensorSpec([4], tf.float32)
    operations = tf.function(smooth).get_concrete_function(x).graph.get_operations()
    assert not {"Exp", "Tanh", "Mul"} & {o.type for o in operations}
    (call,) = [o for o in operations if "PartitionedCall" in o.type]
    assert call.get_attr("_XlaMustCompile")


def test_threads_share_a_kernel(traces):
    f, found = compiled(bump), []
    x = tf.linspace(-3.0, 3.0, 1001)
    start = threading.Barrier(6)

    def work():
        start.wait()
        found.append(gradients(f, x))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 6
    assert len(traces) == 1
    for pair in found:
        same(pair, found[0], rtol=0)
        np.testing.assert_allclose(pair[0], plain_bump(x), rtol=1e-6)


@pytest.mark.parametrize("way", [lambda f, x: f(x), lambda f, x: tf.function(f)(x)])
def test_what_xla_cannot_compile_runs_whole_and_says_so_once(way, said):
    def outside(x):
        if not tf.is_tensor(x):
            return np.arctan(x)
        y = tf.numpy_function(np.arctan, [x], x.dtype)
        y.set_shape(x.shape)
        return y

    arctan = da.primitive(outside, lambda x: 1.0 / (1.0 + x * x), name=f"arctan{id(way)}")
    f = compiled(lambda x: x * arctan(x))
    x = tf.constant([[0.5, -1.0, 2.0]], tf.float64)
    for _ in range(2):
        np.testing.assert_allclose(way(f, x), x * tf.atan(x), rtol=1e-12)
    (warning,) = said
    assert "could not be compiled by XLA (InvalidArgumentError: " in str(warning.message)
    assert 'goes on without, as with execution="whole"' in str(warning.message)


def test_without_xla_everything_runs_whole(monkeypatch, said):
    def refusing(function, **options):
        def call(*_):
            raise tf.errors.UnimplementedError(None, None, "no XLA in this build")

        return call

    x = tf.constant([0.5, -1.0])
    compiler = TensorFlowCompiler(dialect)
    monkeypatch.setattr(namespace, "compiler", compiler)
    with monkeypatch.context() as patch:
        patch.setattr(tf, "function", refusing)
        for _ in range(2):
            np.testing.assert_allclose(compiled(bump)(x), plain_bump(x), rtol=1e-6)
    (warning,) = said
    assert "XLA (UnimplementedError: no XLA in this build)" in str(warning.message)


def test_shapes_that_do_not_fit_leave_the_kernels_as_they_are(said):
    f = compiled(gate)
    x, beta = tf.ones([2, 3], tf.float64), tf.ones([4], tf.float64)
    refused = (ValueError, tf.errors.InvalidArgumentError)
    for call in (f, tf.function(f)):
        with pytest.raises(refused, match=r"Incompatible shapes|Dimensions must be equal"):
            call(x, beta)
    specs = [tf.TensorSpec([None, None], tf.float64), tf.TensorSpec([None], tf.float64)]
    unknown = tf.function(f, input_signature=specs)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Incompatible shapes|dimension"):
        unknown(x, beta)
    np.testing.assert_allclose(unknown(x, beta[:3]), plain_gate(x, beta[:3]), rtol=1e-12)
    assert not said
