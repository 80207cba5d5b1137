"""An activation on TensorFlow's tapes: first order everywhere, second right or an error."""

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.autograph.impl import api

import dualad as da
import dualad_tensorflow
from dualad.activations import mish
from dualad.keep import SecondOrderError

kept_input = mish.with_options(keep="input")
X = tf.constant([-2.0, -0.5, 0.3, 1.7], tf.float64)


@da.activation
def swish(x, beta=1.0):
    return x * da.sigmoid(beta * x)


@da.activation
def swiglu(gate, up):
    return gate * da.sigmoid(gate) * up


def true(order):
    return mish.derivative(X.numpy(), order=order)


def grad(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


def jvp(f, x):
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = f(x)
    return accumulator.jvp(y)


def persistent(f, x):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = f(x), 2.0 * f(x)
    return (tape.gradient(y, x) + tape.gradient(z, x)) / 3.0


FIRST_ORDER = {
    "eager": grad,
    "persistent tape": persistent,
    "tape in tf.function": lambda f, x: tf.function(lambda x: grad(f, x))(x),
    "tape in XLA": lambda f, x: tf.function(lambda x: grad(f, x), jit_compile=True)(x),
    "tape around tf.function": lambda f, x: grad(tf.function(f), x),
    "tape around XLA": lambda f, x: grad(tf.function(f, jit_compile=True), x),
    "unknown shape": lambda f, x: tf.function(
        lambda x: grad(f, x), input_signature=[tf.TensorSpec(None, tf.float64)]
    )(x),
    "tf.gradients": lambda f, x: tf.function(lambda x: tf.gradients(f(x), x)[0])(x),
    "forward mode": jvp,
    "forward mode in tf.function": lambda f, x: tf.function(lambda x: jvp(f, x))(x),
    "variable": lambda f, x: grad(f, tf.Variable(x)),
    "recompute_grad": lambda f, x: grad(tf.recompute_grad(f), x),
    "vectorized_map": lambda f, x: tf.vectorized_map(lambda x: grad(f, x), x),
}


@pytest.mark.parametrize("activation", [mish, kept_input], ids=["derivative", "input"])
@pytest.mark.parametrize("situation", FIRST_ORDER)
def test_first_order_in_every_situation(situation, activation):
    got = FIRST_ORDER[situation](lambda x: activation(x), X)
    np.testing.assert_allclose(got, true(1), rtol=1e-13)


HIGHER_ORDER = {
    "tape over tape": (2, lambda f, x: grad(lambda x: grad(f, x), x)),
    "three tapes": (3, lambda f, x: grad(lambda x: grad(lambda x: grad(f, x), x), x)),
    "in tf.function": (2, lambda f, x: tf.function(lambda x: grad(lambda x: grad(f, x), x))(x)),
    "in XLA": (
        2,
        lambda f, x: tf.function(lambda x: grad(lambda x: grad(f, x), x), jit_compile=True)(x),
    ),
    "forward over reverse": (2, lambda f, x: jvp(lambda x: grad(f, x), x)),
    "reverse over forward": (2, lambda f, x: grad(lambda x: jvp(f, x), x)),
    "tape over tf.function": (2, lambda f, x: grad(tf.function(lambda x: grad(f, x)), x)),
}


@pytest.mark.parametrize("situation", HIGHER_ORDER)
def test_keep_input_is_right_to_any_order(situation):
    order, compute = HIGHER_ORDER[situation]
    got = compute(lambda x: kept_input(x), X)
    np.testing.assert_allclose(got, true(order), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("situation", HIGHER_ORDER)
def test_keep_derivative_raises_the_remedy(situation):
    """Eager: our error. In a graph an operation that fails with its words, in XLA by its name."""
    _, compute = HIGHER_ORDER[situation]
    expected = (SecondOrderError, tf.errors.InvalidArgumentError)
    with pytest.raises(expected, match=r'use mish\.with_options\(keep="input"\)|write_keep_input'):
        compute(lambda x: mish(x), X)


def test_the_error_is_ours_in_eager_mode():
    with pytest.raises(SecondOrderError, match="mish keeps only its first derivative"):
        grad(lambda x: grad(mish, x), X)


SHAPES = [((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (2, 3))]


@pytest.mark.parametrize("keep", ["derivative", "input"])
@pytest.mark.parametrize("mode", ["eager", "tf.function", "unknown shape"])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_gradients_of_several_inputs_are_summed_over_broadcast_axes(shapes, mode, keep):
    f = swiglu.with_options(keep=keep)
    rng = np.random.default_rng(0)
    a, b = (tf.constant(rng.normal(size=s)) for s in shapes)

    def gradients(f, a, b):
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            y = f(a, b)
        return tape.gradient(y, [a, b])

    def run(a, b):
        return gradients(f, a, b)

    if mode == "tf.function":
        run = tf.function(run)
    elif mode == "unknown shape":
        run = tf.function(run, input_signature=[tf.TensorSpec(None, tf.float64)] * 2)
    want = gradients(lambda a, b: a * tf.sigmoid(a) * b, a, b)
    for got, expected in zip(run(a, b), want, strict=True):
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_only_wanted_gradients_are_kept():
    up = tf.ones([1000])
    assert dualad_tensorflow.saved_bytes(lambda x: swiglu(x, up), tf.ones([1000])).bytes == 4000


def test_derivatives_are_differentiable_too():
    for f in (mish.derivative, lambda x: mish.linearize(x)[1]):
        np.testing.assert_allclose(grad(f, X), true(2), rtol=1e-12)
        # A maximum's gradient at a tie would make 0.96 of it.
        np.testing.assert_allclose(grad(f, tf.zeros(1, tf.float64)), [0.64], rtol=1e-14)


def test_dtypes_do_not_mix_but_a_scalar_is_weak():
    x = tf.constant([1.0, 2.0], tf.bfloat16)
    assert swish(x, tf.constant(2.0)).dtype == tf.bfloat16
    with pytest.raises(TypeError, match="tensors of dtype float64 and float32 in one call"):
        swish(X, tf.ones(4))


def test_transforms_run_on_tensors_of_unknown_shape():
    d = da.derivative(lambda x: x * da.tanh(da.softplus(x)))
    np.testing.assert_allclose(d(X), true(1), rtol=1e-13)
    for shape in (None, [None]):
        traced = tf.function(d, input_signature=[tf.TensorSpec(shape, tf.float64)])
        np.testing.assert_allclose(traced(X), true(1), rtol=1e-13)


def test_constants_and_integers():
    assert da.activation(lambda x: 3.0)(X).numpy().tolist() == [3.0] * 4
    line = da.activation(lambda x: 2.0 * x + 1.0)
    assert grad(line, X).numpy().tolist() == [2.0] * 4
    assert mish(tf.constant([1, 2])).dtype == tf.float32
    with tf.GradientTape(), pytest.raises(TypeError, match=r"write tf\.cast"):
        mish(tf.constant([1, 2]))


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_types_are_computed_in_single_and_rounded_once(dtype):
    x = tf.cast(tf.linspace(-8.0, 8.0, 2001), dtype)
    wide = tf.cast(x, tf.float32)
    assert mish(x).dtype == dtype
    np.testing.assert_array_equal(
        tf.cast(mish(x), tf.float32), tf.cast(tf.cast(mish(wide), dtype), tf.float32)
    )
    got, want = (tf.cast(g, tf.float64).numpy() for g in (grad(mish, x), grad(mish, wide)))
    # f' is rounded to float16 to be kept, and the product to the dtype.
    info = ml_dtypes.finfo(dtype.as_numpy_dtype)
    size = np.maximum(abs(want), float(info.smallest_normal))
    spacing = 2.0 ** np.floor(np.log2(size)) * float(info.eps)
    assert (abs(got - want) <= 2.0**-11 * abs(want) + spacing / 2).all()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        (lambda: [1.0, 2.0], r"got list; write np\.asarray"),
        (lambda: tf.constant(["a"]), "takes real numbers, got a tensor of dtype string"),
        (lambda: tf.constant([1j]), "takes real numbers, got a tensor of dtype complex128"),
    ],
)
def test_bad_input_is_named(argument, message):
    with pytest.raises(TypeError, match=message):
        mish(argument())


def test_mixed_libraries_are_named():
    with pytest.raises(
        TypeError, match=r"two libraries in one call: numpy\.ndarray and tensorflow"
    ):
        swiglu(np.ones(4), X)


def test_a_variable_of_the_closure_is_an_error():
    beta = tf.Variable(1.0)
    f = da.activation(lambda x: x * da.sigmoid(beta * x))
    with pytest.raises(TypeError, match="variable that the definition uses must be an argument"):
        f(tf.ones(3))


def test_a_saved_model_has_gradients(tmp_path):
    module = tf.Module()
    module.f = tf.function(lambda x: mish(x), input_signature=[tf.TensorSpec([None], tf.float64)])
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=True)
    tf.saved_model.save(module, str(tmp_path), options=options)
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(grad(loaded.f, X), true(1), rtol=1e-13)


def test_sparse_cotangents_of_gather():
    for f in (mish, kept_input):
        with tf.GradientTape() as tape:
            tape.watch(X)
            y = tf.gather(f(X), [0, 0, 2])
        d = mish.derivative(X.numpy())
        np.testing.assert_allclose(tape.gradient(y, X), [2 * d[0], 0.0, d[2], 0.0], rtol=1e-13)


def test_a_tape_that_is_entered_after_the_forward_pass():
    with tf.GradientTape() as outer:
        outer.watch(X)
        with tf.GradientTape() as inner:
            inner.watch(X)
            y = kept_input(X)
        d = inner.gradient(y, X)
    np.testing.assert_allclose(outer.gradient(d, X), mish.derivative(X.numpy(), order=2), rtol=1e-9)
    inner = tf.GradientTape()
    with inner:
        inner.watch(X)
        y = kept_input(X)
    with tf.GradientTape() as late:
        late.watch(X)
        d = inner.gradient(y, X)
    np.testing.assert_allclose(late.gradient(d, X), mish.derivative(X.numpy(), order=2), rtol=1e-9)


def test_a_late_tape_over_the_derivative_alone_raises():
    with tf.GradientTape() as inner:
        inner.watch(X)
        y = mish(X)
    with tf.GradientTape() as late:
        late.watch(X)
        slope = inner.gradient(y, X)
    with pytest.raises(SecondOrderError):
        late.gradient(slope, X)


@pytest.mark.parametrize("execution", ["eager", "graph"])
def test_selections_and_comparisons_are_numpys(execution):
    def definition(x):
        return (
            da.where(x >= 0, da.minimum(x, 1.0), 0.5 * x)
            + da.where(x <= 0, x, 2.0)
            + da.where(x < 0, 1.0, 0.0)
            + da.where(x > 0, 3.0, x)
            + da.where(x > 0, x, 0.1)
            + da.maximum(0.5, x)
            + da.where(da.equal(0.0, x), 5.0, x)
            + da.where(da.not_equal(x, 0.0), 7.0, 0.0)
        )

    f = da.activation(definition)
    run = tf.function(lambda x: f(x)) if execution == "graph" else f
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    np.testing.assert_allclose(run(tf.constant(x)), definition(x), rtol=1e-15)


def test_isdtype_of_the_standards_kinds():
    xp = da.array_namespace(X)
    kinds = ["bool", "integral", "real floating", "complex floating", "numeric"]
    for dtype, true in [
        (tf.bool, {"bool"}),
        (tf.int32, {"integral", "numeric"}),
        (tf.bfloat16, {"real floating", "numeric"}),
        (tf.complex64, {"complex floating", "numeric"}),
    ]:
        assert {k for k in kinds if xp.isdtype(dtype, k)} == true
    assert xp.isdtype(tf.int32, ("bool", "integral"))
    assert xp.isdtype(tf.int32, tf.int32)


def test_gradients_in_the_arguments_dtype_shape():
    f = da.activation(lambda x, y: 2.0 * x + 0.0 * y)
    a, b = tf.ones([3]), tf.ones([2, 3])
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        y = f(a, b)
    da_, db = tape.gradient(y, [a, b])
    assert (da_.shape, db.shape) == ((3,), (2, 3))
    assert da_.numpy().tolist() == [4.0] * 3


def test_the_result_has_the_broadcast_shape():
    assert da.activation(lambda x, y: 2.0 * x)(tf.ones([3]), tf.ones([2, 3])).shape == (2, 3)


def test_a_numpy_scalar_is_a_number():
    assert swish(tf.ones([3]), np.float64(0.5)).dtype == tf.float32


def test_sparse_cotangents_of_a_line():
    line = da.activation(lambda x: 2.0 * x)
    with tf.GradientTape() as tape:
        tape.watch(X)
        y = tf.gather(line(X), [0, 0, 2])
    assert tf.convert_to_tensor(tape.gradient(y, X)).numpy().tolist() == [4.0, 0.0, 2.0, 0.0]


@pytest.mark.parametrize("levels", [1, 2])
def test_late_tapes_in_graphs(levels):
    def second(x):
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = kept_input(x)
        with tf.GradientTape() as late:
            late.watch(x)
            d = inner.gradient(y, x)
        return late.gradient(d, x)

    run = tf.function(second)
    if levels == 2:
        inner = run
        run = tf.function(lambda x: inner(x))
    np.testing.assert_allclose(run(X), mish.derivative(X.numpy(), order=2), rtol=1e-9)


def test_the_remedy_in_a_graph_whatever_the_name():
    f = mish.with_options(name="my f (1)")

    with pytest.raises(tf.errors.InvalidArgumentError, match="keeps only its first derivative"):
        tf.function(lambda x: grad(lambda x: grad(f, x), x))(X)


CALLS = {
    "activation": lambda x: mish(x),
    "derivative": lambda x: mish.derivative(x),
    "linearize": lambda x: mish.linearize(x)[1],
    "function": lambda x: da.softplus(x) + da.logaddexp(x, 0.0),
    "array function": lambda x: da.sum(da.exp(x)),
}


@pytest.mark.parametrize("call", CALLS)
def test_autograph_rewrites_nothing_of_ours(call, monkeypatch):
    """It would take seconds, and warn of what it cannot."""
    rewritten = []
    convert = api._convert_actual

    def seen(function, context):
        rewritten.append(function.__module__)
        return convert(function, context)

    monkeypatch.setattr(api, "_convert_actual", seen)
    tf.function(lambda x: CALLS[call](x) + 0.0)(X)
    assert set(rewritten) == {__name__}
