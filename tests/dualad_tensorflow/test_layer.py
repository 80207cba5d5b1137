"""The Keras layer: its weights, their shapes, dtypes, masks, several inputs, the functional API."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.regularizers import L2

import dualad as da
import dualad_tensorflow
from dualad.activations import gelu, mish, prelu, sigmoid, snake, swiglu, tanh

rng = np.random.default_rng(0)
inputs = rng.normal(size=(64, 8)).astype("f")
images = rng.normal(size=(4, 6, 5, 3)).astype("f")


@da.activation
def swish(x, beta=1.0):
    return x * da.sigmoid(beta * x)


@da.activation
def line(x, slope, offset=0.0):
    return slope * x + offset


def layer_of(activation, *arguments, **options):
    return dualad_tensorflow.Activation(activation, *arguments, **options)


def value_and_gradients(layer, x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(tf.cast(y, tf.float32) ** 2)
    return [y, *tape.gradient(loss, [x, *(w.value for w in layer.trainable_weights)])]


def test_learned_arguments_are_weights():
    layer = layer_of(swish, ["beta"], {"beta": 1.5})
    assert [w.name for w in layer.trainable_weights] == ["beta"]
    assert float(layer.beta) == 1.5
    y, dx, dbeta = value_and_gradients(layer, inputs)
    s = 1 / (1 + np.exp(-1.5 * inputs.astype("d")))
    want = inputs * s
    np.testing.assert_allclose(y, want, rtol=1e-6, atol=1e-7)
    slope = s + 1.5 * inputs * s * (1 - s)
    np.testing.assert_allclose(dx, 2 * want * slope, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dbeta, (2 * want * inputs**2 * s * (1 - s)).sum(), rtol=1e-5)


def test_a_weight_may_bear_another_name():
    layer = layer_of(swish, {"beta": "slope"})
    assert layer.trainable_weights[0] is layer.slope
    np.testing.assert_allclose(layer(inputs), swish(inputs, 1.0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axes", [None, [1, 2], [3], 1], ids=str)
def test_shared_axes_are_those_of_prelu(axes):
    ours = layer_of(prelu, ["weight"], shared_axes=[] if axes is None else axes)
    theirs = keras.layers.PReLU(shared_axes=axes)
    theirs(images)
    slopes = rng.uniform(0.1, 0.5, theirs.alpha.shape).astype("f")
    ours(images)
    assert ours.weight.shape == slopes.shape
    for layer in (ours, theirs):
        layer.set_weights([slopes])
    for got, want in zip(*(value_and_gradients(m, images) for m in (ours, theirs)), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)
    with pytest.raises(ValueError, match="incompatible with the layer"):
        ours(images[:, :, :4, :2])


def test_it_trains_as_prelu_does():
    targets = rng.normal(size=(4, 1)).astype("f")
    curves = []
    for layer in (
        layer_of(prelu, ["weight"], shared_axes=[1, 2], constraint="non_neg", regularizer=L2(1.0)),
        keras.layers.PReLU(
            "zeros", shared_axes=[1, 2], alpha_constraint="non_neg", alpha_regularizer=L2(1.0)
        ),
    ):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input(images.shape[1:]),
                keras.layers.Conv2D(4, 3),
                layer,
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(1),
            ]
        )
        layer.set_weights([np.full((1, 1, 4), 0.05, "f")])
        model.compile(keras.optimizers.SGD(0.5), "mse")
        curves.append(model.fit(images, targets, epochs=5, shuffle=False, verbose=0).history)
        assert layer.get_weights()[0].min() == 0.0  # the constraint was at work
    np.testing.assert_allclose(curves[0]["loss"], curves[1]["loss"], rtol=1e-5)


@pytest.mark.parametrize(
    "values",
    [np.linspace(0.1, 0.5, 3), [0.1, 0.3, 0.5], tf.linspace(0.1, 0.5, 3)],
    ids=["array", "list", "tensor"],
)
def test_the_value_may_be_an_array(values):
    layer = layer_of(prelu, ["weight"], {"weight": values})
    assert (layer.weight.shape, layer.weight.dtype) == ((3,), "float32")
    want = np.maximum(images, 0) + np.linspace(0.1, 0.5, 3) * np.minimum(images, 0)
    np.testing.assert_allclose(layer(images), want, rtol=1e-6)
    assert layer.compute_output_shape((None, 6, 5, 3)) == (None, 6, 5, 3)
    assert layer.compute_output_shape((None, 6, 5, 1)) == (None, 6, 5, 3)


def test_an_array_may_fill_shared_axes():
    values = {"weight": np.linspace(0.1, 0.5, 3)}
    layer = layer_of(prelu, ["weight"], values, shared_axes=[1, 2])
    layer.build((None, 6, 5, 3))
    np.testing.assert_allclose(np.ravel(layer.weight), values["weight"], rtol=1e-6)


def test_options_of_weights_are_for_all_or_by_argument():
    every = layer_of(
        line, ["slope", "offset"], initializer="ones", regularizer=keras.regularizers.L1(3.0)
    )
    assert [float(w) for w in every.trainable_weights] == [1.0, 1.0]
    assert [float(loss) for loss in every.losses] == [3.0, 3.0]
    one = layer_of(
        line,
        ["slope", "offset"],
        {"offset": 2.0},
        initializer={"slope": keras.initializers.Constant(5.0)},
        constraint={"offset": keras.constraints.NonNeg()},
        shared_axes={"slope": [1, 2]},
    )
    one.build(images.shape)
    assert one.slope.shape == (1, 1, 3)
    assert (float(one.slope[0, 0, 0]), float(one.offset)) == (5.0, 2.0)
    assert (one.slope.constraint, type(one.offset.constraint)) == (None, keras.constraints.NonNeg)


def test_a_layer_may_be_frozen():
    layer = layer_of(swish, ["beta"], trainable=False)
    assert (layer.trainable_weights, len(layer.non_trainable_weights)) == ([], 1)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layer_of(tf.nn.relu), TypeError, "expected an activation made with"),
        (lambda: layer_of("mish"), ValueError, "'mish'; write \"dualad>mish\""),
        (lambda: layer_of("mine>own"), ValueError, "'mine>own'; register it with keras.saving"),
        (lambda: layer_of(mish, ["beta"]), TypeError, "mish has no argument"),
        (lambda: layer_of(mish, ["x"]), TypeError, "'x' has no default"),
        (lambda: layer_of(mish, values={"b": 1.0}), TypeError, "mish has no argument 'b'"),
        (
            lambda: layer_of(swish, {"beta": "call"}),
            TypeError,
            r"the layer has another 'call'; write learned=\{'beta': ...\} with a name",
        ),
        (
            lambda: layer_of(line, {"slope": "w", "offset": "w"}, initializer="ones"),
            TypeError,
            "the layer has another 'w'",
        ),
        (lambda: layer_of(swish, "beta"), TypeError, r"learned is a list .* write \['beta'\]"),
        (
            lambda: layer_of(swish, values={"beta": np.ones(3)}),
            TypeError,
            "'beta' is a number, got ndarray; put it into learned as well",
        ),
        (
            lambda: layer_of(swish, ["beta"], {"beta": 1.0}, initializer="ones"),
            TypeError,
            "'beta' has a value and an initializer; give one of them",
        ),
        (
            lambda: layer_of(swish, ["beta"], regularizer={"gamma": "l2"}),
            TypeError,
            "regularizer is given for 'gamma', which is not learned; learned: beta",
        ),
        (
            lambda: layer_of(prelu, ["weight"], shared_axes=[0])(images),
            ValueError,
            "0 is no axis of inputs of shape .* axis 0 is the batch",
        ),
        (
            lambda: layer_of(prelu, ["weight"], shared_axes=[4])(images),
            ValueError,
            "4 is no axis of inputs",
        ),
        (
            lambda: layer_of(prelu, ["weight"], shared_axes=[2])(keras.Input((None, 5))),
            ValueError,
            "axis 1 of the inputs .* has no fixed length; put 1 into shared_axes",
        ),
        (
            lambda: layer_of(prelu, ["weight"], {"weight": np.ones(4)}, shared_axes=[1, 2])(images),
            ValueError,
            r"shape \(4,\); for inputs of shape .* it is \(1, 1, 3\)",
        ),
        (lambda: layer_of(swiglu)(inputs), TypeError, "swiglu takes gate, up here, got 1 input"),
        (lambda: layer_of(mish)(inputs + 1j), TypeError, "takes real numbers, got .* complex"),
        (
            lambda: layer_of(mish)(tf.constant(["a"])),
            TypeError,
            "takes real numbers, got .* string",
        ),
        (lambda: layer_of(mish)([inputs, inputs]), TypeError, "mish takes x here, got 2 input"),
        (
            lambda: layer_of(swiglu)([keras.Input((2,)), keras.Input((3,))]),
            ValueError,
            "do not broadcast",
        ),
        (lambda: da.tanh(keras.Input((2,))), TypeError, "a KerasTensor has no values; put the"),
        (
            lambda: mish.derivative(keras.Input((2,))),
            TypeError,
            "a Keras model is made of layers; derivatives are for its tensors",
        ),
        (
            lambda: swish(keras.Input((2,)), np.ones(2)),
            TypeError,
            r"'beta' is a number or .* got ndarray; write .*learned=\['beta'\]",
        ),
        (
            lambda: swish(keras.Input((2,)), keras.Variable(1.0)),
            TypeError,
            r"'beta' is a number or .* got Variable; write .*learned=\['beta'\]",
        ),
    ],
)
def test_misuse_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_half_types_are_computed_in_single_precision_and_rounded_once(half):
    beta = 1.2345678
    for policy in (f"mixed_{half}", half):
        layer = layer_of(swish, ["beta"], {"beta": beta}, dtype=policy)
        y = layer(inputs)
        assert y.dtype == half
        assert layer.beta.dtype == ("float32" if "mixed" in policy else half)
        narrow = tf.cast(inputs, half)
        exact = swish(tf.cast(narrow, tf.float32), float(layer.beta))
        assert tf.reduce_all(y == tf.cast(exact, half))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
@pytest.mark.parametrize("axes", [None, [1, 2]], ids=str)
def test_gradients_of_weights_are_summed_in_single_precision(policy, axes):
    # TensorFlow's own sum of these along the first axes is 64 in float16.
    layer = layer_of(prelu, ["weight"], shared_axes=axes, dtype=policy)
    x = tf.fill((4, 64, 256, 2), -0.01)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.cast(layer(x), tf.float32))
    (gradient,) = tape.gradient(loss, [layer.weight.value])
    share = -0.01 * 4 * 64 * 256 * (2 if axes is None else 1)
    np.testing.assert_allclose(tf.cast(gradient, tf.float32), share, rtol=4e-3)


def test_mixed_precision_does_not_overflow_the_gradient_of_a_number():
    layer = layer_of(prelu, ["weight"], dtype="mixed_float16")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.cast(layer(tf.fill((1000, 1000), -1.0)), tf.float32))
    assert tape.gradient(loss, layer.weight.value) == -1e6


def test_float64_and_integers():
    assert layer_of(mish, dtype="float16", autocast=False)(inputs).dtype == "float16"
    layer = layer_of(swish, ["beta"], dtype="float64")
    x = inputs.astype("d")
    assert layer.beta.dtype == "float64"
    np.testing.assert_allclose(layer(x), x / (1 + np.exp(-x)), rtol=1e-14)
    entry = keras.Input((3,), dtype="int32")
    whole = keras.Model(entry, layer_of(mish)(entry))
    assert layer_of(mish)(np.array([True])).dtype == "float32"
    assert whole.output.dtype == "float32"
    np.testing.assert_allclose(
        whole(np.arange(6).reshape(2, 3)), mish(np.arange(6.0)).reshape(2, 3), rtol=1e-6
    )


def test_masks_pass_through():
    x = np.array([[[1.0], [0.0], [2.0]]])
    masked = keras.layers.Masking()(x)
    layer = layer_of(mish)
    np.testing.assert_array_equal(layer(masked)._keras_mask, [[True, False, True]])
    other = keras.layers.Masking()(x[:, ::-1] * [[[0.0], [1.0], [1.0]]])
    gated = layer_of(swiglu)
    np.testing.assert_array_equal(gated([masked, other])._keras_mask, [[True, False, True]])
    assert not hasattr(gated([masked, tf.constant(x)]), "_keras_mask")
    want = keras.layers.Multiply()([masked, other])._keras_mask
    np.testing.assert_array_equal(gated([masked, other])._keras_mask, want)


def test_several_inputs_in_a_list_or_one_after_the_other():
    a, b = inputs, inputs[::-1].copy()
    want = a / (1 + np.exp(-a.astype("d"))) * b
    layer = layer_of(swiglu)
    gate, up = keras.Input((8,)), keras.Input((8,))
    for made in (layer([gate, up]), layer(gate, up), swiglu(gate, up)):
        assert made.shape == (None, 8)
        np.testing.assert_allclose(
            keras.Model([gate, up], made)([a, b]), want, rtol=1e-5, atol=1e-6
        )
    for result in (layer([a, b]), layer(a, b)):
        np.testing.assert_allclose(result, want, rtol=1e-5, atol=1e-6)
    assert layer.compute_output_shape([(None, 1, 8), (None, 7, 1)]) == (None, 7, 8)
    per_channel = layer_of(line, ["offset"], shared_axes=[1])
    per_channel([images[:, :, 0], images[:, :1, 0]])
    assert per_channel.offset.shape == (1, 3)


def test_a_bare_activation_in_the_functional_api():
    entry = keras.Input((8,))
    model = keras.Model(entry, mish(keras.layers.Dense(4)(entry)))
    assert isinstance(model.layers[-1], dualad_tensorflow.Activation)
    assert model(inputs).shape == (64, 4)
    for symbolic, want in (
        (swish(entry, 2.0), swish(inputs, 2.0)),
        (swish(2.0, entry), swish(2.0, inputs)),
        (swish(entry, entry), swish(inputs, inputs)),
    ):
        np.testing.assert_allclose(keras.Model(entry, symbolic)(inputs), want, rtol=1e-5, atol=1e-6)
    half = mish(keras.Input((2,), dtype="float16"))
    assert (half.shape, half.dtype) == ((None, 2), "float16")


def test_a_keras_variable_is_what_it_holds():
    variable = keras.Variable(inputs)
    with tf.GradientTape() as tape:
        y = mish(variable)
    np.testing.assert_allclose(
        tape.gradient(y, variable.value), mish.derivative(inputs), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        mish.derivative(variable), mish.derivative(inputs), rtol=1e-5, atol=1e-6
    )
    with pytest.raises(TypeError, match=r"got a Keras variable; write variable\.value"):
        da.tanh(variable)


@pytest.mark.parametrize(
    ("ours", "theirs", "layer"),
    [
        (mish, "mish", lambda f: keras.layers.Activation(f)),
        (mish, "mish", lambda f: keras.layers.Dense(4, activation=f)),
        (gelu, "gelu", lambda f: keras.layers.Conv1D(4, 2, activation=f)),
        (tanh, "tanh", lambda f: keras.layers.LSTM(4, activation=f)),
        (mish, "mish", lambda f: keras.layers.RNN(keras.layers.GRUCell(4, activation=f))),
        (sigmoid, "sigmoid", lambda f: keras.layers.SimpleRNN(4, activation=f)),
    ],
    ids=["activation", "dense", "convolution", "lstm", "gru", "rnn"],
)
def test_it_is_the_activation_of_any_layer(ours, theirs, layer):
    sequences = rng.normal(size=(2, 5, 3)).astype("f")
    both = []
    for activation in (ours, theirs):
        keras.utils.set_random_seed(0)
        both.append(value_and_gradients(layer(activation), sequences))
    for got, want in zip(*both, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-6)


def test_within_other_layers():
    sequences = rng.normal(size=(2, 5, 3)).astype("f")
    inner = layer_of(snake, ["alpha"], shared_axes=[])
    outer = keras.layers.TimeDistributed(inner)
    np.testing.assert_allclose(
        outer(sequences), sequences + np.sin(sequences) ** 2, rtol=1e-5, atol=1e-6
    )
    assert inner.alpha.shape == (3,)
