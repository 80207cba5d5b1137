"""The forms of dualad.keep on TensorFlow's tapes: y, pieces, few bits, half types, the planner."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import dualad as da
import dualad_tensorflow
from dualad import activations
from dualad.keep import (
    Auto,
    Derivative,
    KeepError,
    Output,
    Quantized,
    SecondOrderError,
    Segments,
)
from dualad.keep.choice import choose
from dualad_tensorflow import convert

FROM_OUTPUT = (
    *("relu", "sigmoid", "tanh", "softplus", "elu", "celu", "selu", "leaky_relu", "softsign"),
    "log_sigmoid",
)
STRAIGHT = ("relu6", "hardtanh", "hardsigmoid", "softshrink", "hardshrink")
SMOOTH = ("gelu", "silu", "mish", "tanhexp", "serf", "hardswish")

# Both tails, kinks, zeros; a size that is no multiple of 8.
X = np.concatenate(
    [np.linspace(-9.0, 9.0, 1001), [0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 0.5, -0.5, 80.0, -80.0]]
).astype(np.float32)
x = tf.constant(X)
assert len(X) % 8 == 4


def named(name, keep, **options):
    return getattr(activations, name).with_options(keep=keep, **options)


def grad(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


def persistent(f, x):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
        z = 2.0 * y
    return (tape.gradient(y, x) + tape.gradient(z, x)) / 3.0


def jvp(f, x):
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = f(x)
    return accumulator.jvp(y)


def traced(f, x, compute=grad, shape=(None,), **options):
    def step(x):
        return compute(f, x)

    signature = [tf.TensorSpec(shape, x.dtype)]
    return tf.function(step, input_signature=signature, autograph=False, **options)(x)


SITUATIONS = {
    "eager": grad,
    "persistent tape": persistent,
    "forward mode": jvp,
    "unknown size": traced,
    "unknown rank": lambda f, x: traced(f, x, shape=None),
    "known size": lambda f, x: traced(f, x, shape=x.shape),
    "XLA": lambda f, x: traced(f, x, jit_compile=True),
    "tape around tf.function": lambda f, x: grad(tf.function(f, autograph=False), x),
    "forward mode in tf.function": lambda f, x: traced(f, x, jvp),
    "tf.gradients": lambda f, x: traced(f, x, lambda f, x: tf.gradients(f(x), x)[0]),
}
in_every_situation = pytest.mark.parametrize("situation", SITUATIONS)


def code_of(f, x=x):
    return choose(f, f.bind((x,), {}), x.dtype.name).code


def true_slope(f, x=x):
    return np.asarray(f.derivative(np.asarray(x, np.float64)))


@pytest.mark.parametrize("name", FROM_OUTPUT)
def test_the_derivative_from_y_is_that_from_x_but_for_rounding(name):
    # y of tanh has lost what f' = 1 - y^2 has of it: as much as one ulp of 1.
    np.testing.assert_allclose(
        grad(named(name, "output"), x), grad(named(name, "derivative"), x), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("name", [*STRAIGHT, "relu", "leaky_relu"])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64, tf.float16, tf.bfloat16])
def test_segments_are_exact_with_the_same_choice_at_kinks(name, dtype):
    at = tf.cast(tf.concat([x, [np.inf, -np.inf]], 0), dtype)
    got = grad(named(name, "segments"), at)
    # A float16 that is multiplied with a power of two is read as it was.
    want = tf.cast(grad(named(name, "derivative"), tf.cast(at, tf.float64)), dtype)
    np.testing.assert_array_equal(tf.cast(got, tf.float64), tf.cast(want, tf.float64))


@pytest.mark.parametrize("name", [*STRAIGHT, "relu", "leaky_relu"])
def test_a_slope_that_is_nan_is_read_as_the_lowest(name):
    got = grad(named(name, "segments"), tf.constant([np.nan, 1e3, 0.0, -1e3]))
    # That of hardtanh is 1 at NaN, which is not on either side.
    assert got[0] == {"leaky_relu": np.float32(0.01), "hardtanh": 1.0}.get(name, 0.0)


@in_every_situation
@pytest.mark.parametrize(
    ("name", "keep"), [("relu6", "segments"), ("softshrink", "segments"), ("elu", "output")]
)
def test_exact_forms_in_every_situation(situation, name, keep):
    got = SITUATIONS[situation](named(name, keep), x)
    np.testing.assert_allclose(got, grad(named(name, "derivative"), x), rtol=1e-6, atol=2e-7)


@pytest.mark.parametrize("bits", [8, 4, 3, 2])
@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
@pytest.mark.parametrize("name", [*SMOOTH, "sigmoid", "tanh"])
def test_the_bound_of_few_bits(name, rounding, bits):
    f = named(name, Quantized(bits, rounding))
    off = np.abs(grad(f, x).numpy().astype(np.float64) - true_slope(f))
    assert 0.0 < off.max() <= code_of(f).error


@in_every_situation
@pytest.mark.parametrize("keep", [Quantized(3), Quantized(8, "stochastic")], ids=repr)
def test_few_bits_in_every_situation(situation, keep):
    f = named("mish", keep)
    got = SITUATIONS[situation](f, x).numpy()
    off = np.abs(got - true_slope(f))
    assert 0.0 < off.max() <= code_of(f).error
    # What is saturated neither leaks nor fades.
    assert got[X == -80.0] == 0.0
    assert got[X == 80.0] == 1.0


@pytest.mark.parametrize("execution", ["whole", "compiled"])
@pytest.mark.parametrize("mode", ["eager", "unknown size"])
@pytest.mark.parametrize("keep", [Output(), Segments(), Quantized(4), Quantized(2, "stochastic")])
def test_encoding_and_decoding_are_part_of_the_kernel(keep, mode, execution):
    name = {Output(): "softplus", Segments(): "relu6"}.get(keep, "silu")
    f = named(name, keep, execution=execution)
    off = np.abs(SITUATIONS[mode](f, x).numpy() - true_slope(f))
    assert off.max() <= max(0.0 if keep == Output() else code_of(f).error, 1e-6)


def test_stochastic_rounding_is_right_on_average():
    f = named("gelu", Quantized(2, "stochastic"))
    at = tf.linspace(-3.0, 3.0, 13)
    many = tf.repeat(at[:, None], 40_000, axis=1)
    for situation in ("eager", "XLA"):
        tf.random.set_seed(1)
        compute = SITUATIONS[situation]
        got = compute(f, tf.reshape(many, [-1])).numpy().reshape(many.shape)
        # The levels of 2 bits are up to one apart: the mean of 40000 is 0.0025 off, or less.
        np.testing.assert_allclose(got.mean(axis=1), true_slope(f, at), atol=5 * 0.0025)
        assert (got.std(axis=1) > 0.0).all()


def test_noise_follows_the_seed_of_tensorflow():
    f = named("gelu", Quantized(2, "stochastic"))
    runs = []
    for seed in (1, 1, 2):
        tf.random.set_seed(seed)
        runs.append(grad(f, x).numpy())
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


@da.activation
def cube(x):
    return x * x * x


@da.activation
def swiglu(gate, up):
    return gate * da.sigmoid(gate) * up


@in_every_situation
@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
@pytest.mark.parametrize("bits", [8, 4])
def test_an_unbounded_derivative_has_the_range_of_its_run(bits, rounding, situation):
    """A run of 256 is at most half a step off, or a whole one: its own range over 2^bits - 2."""
    at = x[:999]
    f = cube.with_options(keep=Quantized(bits, rounding))
    slope = true_slope(f, at)
    runs = np.resize(np.concatenate([slope, np.zeros(25)]), (4, 256))
    step = np.repeat(runs.max(axis=1), 256)[:999] / (2**bits - 2)
    off = np.abs(SITUATIONS[situation](f, at).numpy() - slope)
    assert (off <= step * (0.5 if rounding == "nearest" else 1.0) * 1.001).all()
    assert (off > 0.0).any()


@pytest.mark.parametrize("mode", ["eager", "tf.function"])
def test_several_arrays_have_ranges_and_are_summed(mode):
    rng = np.random.default_rng(0)
    gate, up = (tf.constant(rng.normal(size=s).astype(np.float32)) for s in ((40, 30), (30,)))

    def gradients(f):
        def step(gate, up):
            with tf.GradientTape() as tape:
                tape.watch([gate, up])
                y = f(gate, up)
            return tape.gradient(y, [gate, up])

        return (tf.function(step, autograph=False) if mode != "eager" else step)(gate, up)

    exact, rounded = gradients(swiglu), gradients(swiglu.with_options(keep=Quantized(8)))
    for one, other, terms in zip(exact, rounded, (1, 40), strict=True):
        assert other.shape == one.shape
        off = np.abs(one - other).max()
        assert 0.0 < off < terms * 0.05


def test_half_types_of_a_wide_argument():
    exact = grad(activations.mish, x)
    for dtype, relative in (("float16", 2.0**-11), ("bfloat16", 2.0**-8)):
        got = grad(named("mish", Derivative(dtype)), x)
        np.testing.assert_allclose(got, exact, rtol=1.01 * relative, atol=1e-8)
        assert got.dtype == tf.float32


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_types_are_coded_from_single_precision(dtype):
    at = tf.cast(x, dtype)
    f = named("mish", Quantized(8, "stochastic"))
    got = grad(f, at)
    slope = true_slope(f, tf.cast(at, tf.float64))
    rounding = {tf.float16: 2.0**-11, tf.bfloat16: 2.0**-8}[dtype] * 1.1
    assert got.dtype == dtype
    assert np.abs(tf.cast(got, tf.float64) - slope).max() <= code_of(f, at).error + rounding


def saved(*activations, size=4000):
    """Bytes an element beyond y, in eager mode, of all of them together."""
    report = dualad_tensorflow.saved_bytes(
        lambda x: [f(x) for f in activations], tf.random.normal([size])
    )
    return report.bytes / size


EXPECTED = [
    (FROM_OUTPUT, "auto", 0.0),
    (("hardtanh", "relu6", "hardsigmoid", "softshrink", "hardshrink"), "auto", 5 * 0.125),
    (SMOOTH, "auto", 6 * 4.0),
    (SMOOTH, Quantized(8), 6 * 1.0),
    (SMOOTH, Quantized(4), 6 * 0.5),
    (SMOOTH, Quantized(3, "stochastic"), 6 * 0.375),
    (SMOOTH, Quantized(2), 6 * 0.25),
    (SMOOTH, Derivative("float16"), 6 * 2.0),
]


@pytest.mark.parametrize(("names", "keep", "expected"), EXPECTED)
def test_what_a_tape_keeps_beyond_y(names, keep, expected):
    assert saved(*(named(name, keep) for name in names)) == expected


def test_what_a_tape_keeps_of_kernels():
    kept = [("softplus", "auto"), ("relu6", "auto"), ("mish", Quantized(8)), ("mish", Quantized(4))]
    total = saved(*(named(name, keep, execution="compiled") for name, keep in kept))
    assert total == 0.0 + 0.125 + 1.0 + 0.5


def test_what_a_tape_keeps_for_runs():
    """Beside the bits two numbers of four bytes for each 256 elements."""
    assert saved(cube.with_options(keep=Quantized(8)), size=4096) == 1.0 + 8.0 / 256.0
    assert saved(cube.with_options(keep=Quantized(4)), size=4096) == 0.5 + 8.0 / 256.0


@pytest.mark.parametrize("execution", ["whole", "compiled"])
@pytest.mark.parametrize(
    ("name", "keep", "expected"),
    [
        ("tanh", "output", 4.0),
        ("relu6", "segments", 4.125),
        ("mish", Quantized(4), 4.5),
        ("mish", Quantized(8), 5.0),
    ],
)
def test_what_a_graph_keeps_with_y(name, keep, expected, execution):
    """Nothing is decoded before the gradient is there: decoded it would be kept instead."""
    f = named(name, keep, execution=execution)

    def step(x):
        made = 2.0 * x
        with tf.GradientTape() as tape:
            tape.watch(made)
            loss = tf.reduce_sum(tf.sin(f(made)))  # sin keeps y
        return tape.gradient(loss, made)

    report = dualad_tensorflow.saved_bytes(tf.function(step), tf.random.normal([4000]))
    assert report.bytes / 4000 == expected
    outside = dualad_tensorflow.saved_bytes(
        tf.function(f, autograph=False), tf.random.normal([4000])
    )
    assert outside.bytes / 4000 == expected  # without y, but TensorFlow holds x


@pytest.mark.parametrize("shape", [(), (0,), (1,), (7,), (3, 5), (2, 0, 3), (2, 3, 4, 5)], ids=str)
@pytest.mark.parametrize("keep", [Output(), Segments(), Quantized(3), Quantized(4, "stochastic")])
def test_shapes(keep, shape):
    name = {Output(): "softplus", Segments(): "relu6"}.get(keep, "mish")
    at = tf.random.normal(shape) * 3.0
    f, exact = named(name, keep), getattr(activations, name)
    for g in (
        grad(f, at),
        traced(f, at, shape=[None] * len(shape)),
        traced(f, at, shape=[None] * len(shape), jit_compile=True),
    ):
        assert g.shape == shape
        bound = 1e-6 if isinstance(keep, Output) else code_of(f).error + 1e-6
        assert np.all(np.abs(g - grad(exact, at)) <= bound)
    by_range = cube.with_options(keep=Quantized(8))
    size = 1e-2 * (1e-6 + float(tf.reduce_sum(at * at)))
    np.testing.assert_allclose(grad(by_range, at), 3.0 * at * at, atol=size)
    np.testing.assert_allclose(traced(by_range, at, shape=None), 3.0 * at * at, atol=size)


def second(f, x):
    return grad(lambda x: grad(f, x), x)


SECOND_ORDER = {
    "tape over tape": second,
    "in tf.function": lambda f, x: traced(f, x, second),
    "in XLA": lambda f, x: traced(f, x, second, jit_compile=True),
    "forward over reverse": lambda f, x: jvp(lambda x: grad(f, x), x),
    "reverse over forward": lambda f, x: grad(lambda x: jvp(f, x), x),
    "tape over tf.function": lambda f, x: grad(lambda x: traced(f, x), x),
    "tf.gradients twice": lambda f, x: traced(
        f, x, lambda f, x: tf.gradients(tf.gradients(f(x), x)[0], x)[0]
    ),
}


@pytest.mark.parametrize("situation", SECOND_ORDER)
@pytest.mark.parametrize(
    ("name", "keep"),
    [
        ("softplus", "output"),
        ("relu6", "segments"),
        ("mish", Quantized(4)),
        ("mish", Derivative("float16")),
    ],
)
def test_a_second_order_raises_the_remedy(situation, name, keep):
    expected = (SecondOrderError, tf.errors.InvalidArgumentError)
    remedy = rf'use {name}\.with_options\(keep="input"\)|write_keep_input'
    with pytest.raises(expected, match=remedy):
        SECOND_ORDER[situation](named(name, keep), x)


@pytest.mark.parametrize("mode", ["eager", "tf.function", "compiled"])
@pytest.mark.parametrize("keep", ["output", Quantized(4)], ids=repr)
def test_the_gradient_of_a_gradient_by_its_cotangent(keep, mode):
    """The product is linear in the cotangent, whatever is kept: a second tape may ask for that."""
    f = named("softplus", keep, execution="compiled" if mode == "compiled" else "whole")

    def by_cotangent(x, c):
        with tf.GradientTape() as outer:
            outer.watch(c)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = f(x)
            g = inner.gradient(y, x, c)
        return g, outer.gradient(g, c)

    step = by_cotangent if mode == "eager" else tf.function(by_cotangent, autograph=False)
    g, slope = step(x, tf.fill(x.shape, 2.0))
    np.testing.assert_allclose(slope, g / 2.0, rtol=1e-6)
    np.testing.assert_allclose(slope, grad(f, x), rtol=1e-6)


@pytest.mark.parametrize("keep", ["output", "auto", "input"])
def test_two_orders_are_there_where_they_are_asked_for(keep):
    f = named("tanh", keep, order=2)
    np.testing.assert_allclose(
        second(f, x), activations.tanh.derivative(X, order=2), rtol=1e-5, atol=1e-6
    )


def test_jacobians_maps_and_recomputation():
    f = named("mish", Quantized(8))
    at, want = x[::100], grad(f, x[::100])
    with tf.GradientTape() as tape:
        tape.watch(at)
        y = f(at)
    np.testing.assert_array_equal(tape.jacobian(y, at), tf.linalg.diag(want))

    def mapped(x):
        return tf.map_fn(f, x)

    # One by one each is a code of its own, and the code is that of the whole.
    np.testing.assert_array_equal(traced(mapped, at, shape=at.shape), want)
    np.testing.assert_array_equal(grad(tf.recompute_grad(f), at), want)
    exact = tf.vectorized_map(lambda x: grad(f, x), at)  # it drops custom gradients
    np.testing.assert_allclose(exact, grad(activations.mish, at), rtol=1e-5)


REFUSED = [
    ("mish", "output", (), "defined without derivative_from_output"),
    ("mish", "segments", (), "not made of straight pieces"),
    ("softplus", "segments", (), 'use keep="derivative", or keep="auto"'),
    ("prelu", "segments", (tf.ones([1]),), "several arguments are arrays"),
]


@pytest.mark.parametrize("mode", ["eager", "tf.function"])
@pytest.mark.parametrize(("name", "keep", "others", "words"), REFUSED)
def test_a_form_that_does_not_serve_says_why_and_what_to_write(name, keep, others, words, mode):
    f = named(name, keep)
    with pytest.raises(KeepError, match=rf"{name} cannot be kept as .*{words}"):
        (grad if mode == "eager" else traced)(lambda x: f(x, *others), x)


def test_a_derivative_without_bounds_is_not_kept_as_float16():
    f = cube.with_options(keep=Derivative("float16"))
    with pytest.raises(KeepError, match=r'float16 overflows; use Derivative\(dtype="bfloat16"\)'):
        grad(f, x)


def test_what_nobody_differentiates_is_never_refused_nor_coded():
    f = named("mish", "segments")
    np.testing.assert_array_equal(f(x), activations.mish(x))


def test_auto_takes_what_serves():
    assert saved(named("mish", Auto(tolerance=0.1))) == 0.375
    assert saved(named("mish", Auto(tolerance=0.01))) == 1.0
    kept = named("mish", Auto(alive=("input",)))  # x is kept: any order
    np.testing.assert_allclose(
        second(kept, x), activations.mish.derivative(X, order=2), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("custom", [True, False])
def test_a_saved_model_has_exact_gradients(custom, tmp_path):
    f = named("mish", Quantized(2, "stochastic"))
    module = tf.Module()
    module.f = tf.function(f, input_signature=[tf.TensorSpec([None])], autograph=False)
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=custom)
    tf.saved_model.save(module, str(tmp_path / "saved"), options=options)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    np.testing.assert_allclose(loaded.f(x), activations.mish(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(grad(loaded.f, x), grad(activations.mish, x), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "keep",
    [Quantized(4, "stochastic"), Auto(0.1, ("input", "output")), Derivative("float16"), "auto"],
    ids=repr,
)
def test_a_keras_file_says_what_is_kept(keep, tmp_path):
    f = named("mish", keep)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(4, f),
            dualad_tensorflow.Activation(f),
            keras.layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[0].activation.keep == loaded.layers[1].activation.keep == f.keep
    data = np.random.default_rng(0).normal(size=(16, 8))
    np.testing.assert_array_equal(*(m.predict(data, verbose=0) for m in (model, loaded)))
    loaded.fit(data, data[:, :1], verbose=0)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    layer = dualad_tensorflow.Activation(named("gelu", Quantized(8)), dtype=policy)
    g = grad(lambda x: tf.cast(layer(x), tf.float32), x)
    assert g.dtype == tf.float32
    assert np.abs(g - true_slope(activations.gelu)).max() < 0.02


def dense(*names):
    return keras.Sequential(
        [keras.Input((8,)), *(keras.layers.Dense(16, n) for n in names), keras.layers.Dense(4)]
    )


def test_a_conversion_takes_a_form_that_rounds():
    """What is compared is the exact one, and bytes are those of the form."""
    model = dense("mish", "relu")
    converted, report = convert(model, keep=Quantized(8))
    mish, relu = report.changes
    assert mish.now == "mish(x) keep=Quantized(bits=8)"
    assert (mish.before, mish.after) == (16 * 12, 16)
    assert (relu.now, relu.reason) == (None, "relu(x) keep=Quantized(bits=8) would keep more")
    assert converted.layers[0].activation.keep == Quantized(8)


def test_a_conversion_with_the_planner_replaces_what_keeps_no_more():
    model = dense("relu", "mish", "tanh")
    converted, report = convert(model, keep="auto")
    assert [c.now for c in report.changes] == [
        f"{name}(x) keep='auto'" for name in ("relu", "mish", "tanh")
    ]
    assert [c.after for c in report.changes] == [0, 16 * 4, 0]
    data = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    np.testing.assert_allclose(converted(data), model(data), rtol=1e-4, atol=1e-6)


def test_a_conversion_leaves_what_a_form_does_not_serve():
    _, report = convert(dense("relu", "mish"), keep="output")
    relu, mish = report.changes
    assert relu.now == "relu(x) keep='output'"
    assert mish.now is None
    assert "mish cannot be kept as Output()" in mish.reason
