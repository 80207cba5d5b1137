"""What bears an activation's name and is none, what a user's mapping adds, and misuse."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from dualad import activations
from dualad_tensorflow import Activation, convert

LAYERS = keras.layers
DATA = np.random.default_rng(2).normal(size=(8, 4)).astype(np.float32)


def gelu(x):
    """Says one thing and does another, by a hair."""
    return keras.activations.gelu(x) + 1e-4 * keras.ops.exp(-((x - 1) ** 2))


def silu(x):
    """The value is right, the gradient is not."""
    return keras.activations.silu(x) + (x - tf.stop_gradient(x))


def tanhshrink(x):
    return x - keras.ops.tanh(keras.ops.mean(x))


def softplus(x, scale):
    return keras.ops.softplus(x) * scale


def softsign(x):
    return keras.ops.softsign(x)[:1]


def gelu_new(x):
    """In single precision only, as constants of that type are written into it."""
    return tf.constant(0.5) * x * (1 + tf.tanh(tf.constant(0.79788456) * (x + 0.044715 * x**3)))


class SELU(LAYERS.Layer):
    """Another function in inference than in training."""

    def call(self, x, training=False):
        return keras.activations.selu(x) * (1.0 if training else 0.9)


class Mish(LAYERS.Layer):
    def __init__(self, sharpness):
        super().__init__()
        self.sharpness = sharpness

    def call(self, x):
        return keras.activations.mish(x)


class CELU(LAYERS.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.steps = self.add_weight(shape=(), trainable=False, name="steps")

    def call(self, x):
        return keras.activations.celu(x)


class Swish(LAYERS.Layer):
    def __init__(self, start=1.0, **options):
        super().__init__(**options)
        self.start = start

    def build(self, shape):
        one = keras.initializers.Constant(self.start)
        self.slope = self.add_weight(shape=(shape[-1],), initializer=one, name="slope")

    def call(self, x):
        return x * keras.ops.sigmoid(self.slope * x)


def around(thing):
    """A model with one activation, which can be converted by itself."""
    given = thing if isinstance(thing, LAYERS.Layer) else LAYERS.Activation(thing, name="act")
    return keras.Sequential([keras.Input((4,)), LAYERS.Dense(4, name="d"), given])


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        (gelu, r"it is not gelu\(x\): its value at 1 is 0\.841445 instead of 0\.841345"),
        (silu, r"it is not silu\(x\): its derivative at [-\d.e]+ is .* instead of"),
        (tanhshrink, r"it is not tanhshrink\(x\): its (value|derivative)"),
        (softsign, r"is not element-wise: of shape \(404,\) it makes \(1,\)"),
        (SELU(), r"it is not selu\(x\): its value at .* is .* instead of"),
        (CELU(), r"has a variable 'steps' that is not trained"),
        (LAYERS.PReLU(trainable=False), r"has a variable 'alpha' that is not trained"),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_what_is_called_like_an_activation_and_is_none_stays(thing, reason):
    model = around(thing)
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(convert(model)[1].changes[0].reason)
    assert convert(model)[0] is model


def test_what_cannot_be_called_alone_stays():
    layer = LAYERS.Dense(4)
    layer.act = functools.partial(softplus)
    model = keras.Sequential([keras.Input((4,)), layer])
    _, report = convert(model, inplace=True)
    assert "cannot be called with one tensor (" in report.changes[0].reason


def test_what_computes_in_single_precision_only_is_compared_in_it():
    keras.saving.register_keras_serializable("tests")(gelu_new)
    model = around(gelu_new)
    new, report = convert(model)
    assert report.changes[0].now == "gelu_tanh(x)"
    np.testing.assert_allclose(new(DATA), model(DATA), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("start", [1.0, 0.7])
def test_learned_weights_of_any_shape_go_along(start):
    model = around(Swish(start, name="swish"))
    model.layers[1].slope.assign([1.0, 0.5, 2.0, -1.0])
    new, report = convert(model, mapping={Swish: activations.swish})
    # It keeps no more alone; its own input and f' stand against that and sigmoid.
    assert report.changes[0].now == "swish(x, beta learned)"
    assert [w.name for w in new.layers[1].weights] == ["slope"]
    np.testing.assert_array_equal(new.layers[1].weights[0], model.layers[1].slope)
    np.testing.assert_allclose(new(DATA), model(DATA), rtol=1e-5, atol=1e-6)


def test_a_kink_that_is_another_is_told():
    _, report = convert(around(LAYERS.PReLU(alpha_initializer=keras.initializers.Constant(0.25))))
    assert report.changes[0].now == "prelu(x, weight learned)"
    assert report.changes[0].reason == "at its kink the slope was 0 and is 0.25"
    assert report.changes[0].reason in str(report)


@pytest.mark.parametrize("key", ["gate", "tests.gate", None])
def test_a_mapping_knows_things_by_themselves_or_by_name(key):
    def gate(x):
        return x * keras.ops.sigmoid(3.0 * x)

    gate.__module__ = "tests"
    gate.__name__ = "gate"
    keras.saving.register_keras_serializable("tests", "gate")(gate)

    def chosen(found):
        assert found is gate
        return activations.silu

    model = around(gate)
    with pytest.raises(
        ValueError, match=r"mapping: act.activation \(gate\) is not silu\(x\): its "
    ):
        convert(model, mapping={key or gate: chosen})
    assert model.layers[1].activation is gate


def test_a_mapping_may_lead_to_a_layer_and_may_leave_one():
    class Sharp(LAYERS.Layer):
        def call(self, x):
            return x * keras.ops.sigmoid(3.0 * x)

    model = around(Sharp(name="sharp"))
    new, report = convert(
        model, mapping={Sharp: lambda layer: Activation(activations.swish, values={"beta": 3.0})}
    )
    assert report.changes[0].now == "swish(x, beta=3)"
    assert new.layers[1].name == "sharp"
    np.testing.assert_allclose(new(DATA), model(DATA), rtol=1e-5, atol=1e-6)
    same, report = convert(model, mapping={"Sharp": lambda layer: None, "Other": activations.elu})
    assert same is model
    assert "the mapping leaves it" in str(report)
    assert str(report).endswith("mapping: the model has no Other")


def test_a_layer_with_something_else_to_say_is_not_lost():
    class Mixed(LAYERS.Layer):
        def __init__(self):
            super().__init__()
            self.inner = LAYERS.Dense(3)

        def call(self, x):
            return x + 0.0 * keras.ops.sum(self.inner(x))

    with pytest.raises(ValueError, match=r"mapping: mixed \(Mixed\(\)\) has a layer 'dense.*' wit"):
        convert(around(Mixed()), mapping={Mixed: activations.elu})


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: convert(keras.activations.gelu),
            TypeError,
            r"takes a keras\.Model, got function;",
        ),
        (lambda: convert(LAYERS.ELU()), TypeError, r"takes a keras\.Model, got ELU; in place of a"),
        (
            lambda: convert(keras.Sequential([LAYERS.Dense(3, "mish")])),
            ValueError,
            "has no weights yet; call it once on an input before",
        ),
        (
            lambda: convert(around("mish"), sample=DATA[:, :3]),
            ValueError,
            r"cannot be called with a sample of shape \(8, 3\): ",
        ),
        (lambda: convert(around("mish"), keep="all"), ValueError, "unknown keep='all'"),
        (
            lambda: convert(around("mish"), mapping=[1]),
            TypeError,
            "a dict from a class, .*got list",
        ),
        (
            lambda: convert(around("mish"), mapping={3: activations.elu}),
            TypeError,
            "mapping: a key is a class, a function or a name, got 3",
        ),
        (
            lambda: convert(around("mish"), mapping={"mish": LAYERS.ELU()}),
            TypeError,
            "mapping: mish maps to a dualad activation or to a function from the original to one",
        ),
        (
            lambda: convert(around("mish"), mapping={"mish": lambda f: "mish"}),
            ValueError,
            r"act.activation \(mish\) was mapped to 'mish', which is neither",
        ),
        (
            lambda: convert(
                around("mish"), mapping={"mish": lambda f: Activation(activations.mish)}
            ),
            ValueError,
            r"is a function; map it to the activation, not to a layer",
        ),
    ],
    ids=range(10),
)
def test_misuse_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_optimizer_or_a_metric_that_cannot_be_copied_is_named():
    class Pace(keras.optimizers.SGD):
        def __init__(self, pace):
            super().__init__(pace)

    model = around("mish")
    model.compile(Pace(0.1), "mse")
    with pytest.raises(TypeError, match=r"Pace 'pace' cannot be copied .*before it is compiled"):
        convert(model)
