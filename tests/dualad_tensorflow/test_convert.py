"""What a conversion finds in functional and sequential models, and what it leaves as it was."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import dualad as da
import dualad_tensorflow
from dualad import activations
from dualad_tensorflow import convert

LAYERS = keras.layers
DATA = np.random.default_rng(0).normal(size=(16, 6)).astype(np.float32)
TARGETS = np.sin(DATA.sum(axis=1, keepdims=True))


def losses(model, epochs=2):
    history = model.fit(DATA, TARGETS, epochs=epochs, batch_size=8, shuffle=False, verbose=0)
    return history.history["loss"]


def of_all_kinds():
    """Every way in which Keras holds an activation; a shared layer, a model in the model."""
    keras.utils.clear_session()  # operations are named by how many there have been
    keras.utils.set_random_seed(3)
    inputs = keras.Input((6,))
    inner = keras.Sequential(
        [keras.Input((8,)), LAYERS.Dense(8, name="wide"), LAYERS.Activation("gelu", name="act")],
        name="inner",
    )
    shared = LAYERS.LeakyReLU(name="leaky")
    h = LAYERS.Dense(8, "mish", name="by_name")(inputs)
    h = shared(LAYERS.Dense(8, name="plain")(shared(h)))
    h = LAYERS.Dropout(0.2, name="drop")(inner(h))
    h = LAYERS.BatchNormalization(name="norm")(keras.ops.silu(h))
    h = LAYERS.Dense(8, LAYERS.LeakyReLU(0.1), name="by_layer")(h)
    h = LAYERS.PReLU(alpha_initializer="ones", alpha_constraint="non_neg", name="learned")(h)
    h = LAYERS.Dense(8, "relu", name="relu")(h)
    model = keras.Model(inputs, LAYERS.Dense(1, name="out")(h), name="kinds")
    model.get_layer("plain").trainable = False
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    losses(model, 1)
    model.optimizer.learning_rate = 0.02
    return model


@pytest.fixture(scope="module")
def kinds():
    model = of_all_kinds()
    state = [v.numpy().copy() for v in (*model.variables, *model.optimizer.variables)]
    return model, *convert(model), state


def test_it_finds_them_however_keras_holds_them(kinds):
    _, _, report, _ = kinds
    assert {c.module: (c.was, c.now) for c in report.changes} == {
        "by_name.activation": ("mish", "mish(x)"),
        "leaky": ("LeakyReLU()", "leaky_relu(x, negative_slope=0.3)"),
        "inner.act.activation": ("gelu", "gelu(x)"),
        "silu": ("Silu()", "silu(x)"),
        "by_layer.activation": (
            "LeakyReLU(negative_slope=0.1)",
            "leaky_relu(x, negative_slope=0.1)",
        ),
        "learned": ("PReLU()", "prelu(x, weight learned)"),
        "relu.activation": ("relu", None),
    }
    assert report.changes[-1].reason == "relu(x) would keep more"


def test_the_model_given_is_as_it_was(kinds):
    model, _, _, state = kinds
    assert model.get_layer("by_name").activation is keras.activations.mish
    for now, before in zip((*model.variables, *model.optimizer.variables), state, strict=True):
        np.testing.assert_array_equal(now, before)


def test_names_flags_and_weights_are_those_of_the_original(kinds):
    model, new, _, _ = kinds
    names = [layer.name for layer in model.layers]
    # An operation is a layer now, and bears its name.
    assert [layer.name for layer in new.layers if layer.name != "silu"] == names
    assert new.operations[6].name == model.operations[6].name == "silu"
    assert [w.path for w in new.weights] == [w.path for w in model.weights]
    assert [v.trainable for v in new.variables] == [v.trainable for v in model.variables]
    assert new.get_layer("plain").trainable is False
    assert new.name == model.name
    for here, there in zip(new.variables, model.variables, strict=True):
        assert here is not there
        np.testing.assert_array_equal(here, there)
    alpha = new.get_layer("learned").trainable_weights[0]
    assert (alpha.name, alpha.shape) == ("alpha", (8,))
    assert isinstance(alpha.constraint, keras.constraints.NonNeg)
    shared = new.get_layer("leaky")
    assert [node.operation for node in shared._inbound_nodes] == [shared, shared]


def test_training_goes_on_as_if_nothing_had_happened(kinds):
    model, new, _, _ = kinds
    assert float(new.optimizer.learning_rate) == pytest.approx(0.02)
    assert int(new.optimizer.iterations) == int(model.optimizer.iterations) == 2
    np.testing.assert_allclose(losses(new), losses(model), rtol=2e-6)
    np.testing.assert_allclose(
        new.predict(DATA, verbose=0), model.predict(DATA, verbose=0), rtol=2e-5, atol=2e-6
    )
    assert new.evaluate(DATA, TARGETS, verbose=0, return_dict=True).keys() == {"loss", "mae"}


def test_it_comes_back_from_a_file_and_stays_converted(kinds, tmp_path):
    _, new, _, _ = kinds
    new.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_layer("by_name").activation is activations.mish
    np.testing.assert_array_equal(loaded.predict(DATA, verbose=0), new.predict(DATA, verbose=0))
    assert losses(loaded, 1)


def test_a_second_conversion_changes_nothing(kinds):
    _, new, _, _ = kinds
    again, report = convert(new)
    assert again is new
    assert report.converted == ()
    assert [c.module for c in report.changes] == ["relu.activation"]


def test_intermediate_results_can_be_taken_from_it(kinds):
    _, new, _, _ = kinds
    part = keras.Model(new.input, new.get_layer("learned").output)
    assert part(DATA).shape == (16, 8)


def test_the_report_is_a_table_of_what_the_graph_keeps(kinds):
    _, new, report, _ = kinds
    lines = str(report).splitlines()
    assert lines[0] == (
        "6 of 7 activations converted; bytes kept for backward (by a training step on one example "
        "of the model's input, in a graph):"
    )
    by_name = {c.module: (c.before, c.after) for c in report.changes}
    # x, tanh and the sigmoid that is softplus' derivative, against f', of 8 numbers.
    assert by_name["by_name.activation"] == (96, 32)
    assert by_name["relu.activation"] == (0, 0)
    assert report.bytes < report.before
    step = dualad_tensorflow.saved_bytes(tf.function(new.train_step), (DATA[:1], TARGETS[:1]))
    # The loss adds what it reads: one error per output.
    assert report.bytes < step.bytes <= report.bytes + 100


def test_the_default_is_an_example_of_the_models_input(kinds):
    model, _, report, _ = kinds
    _, ten = convert(model, sample=DATA[:10])
    assert "on the sample" in ten.how
    one = {c.module: c.before for c in report.changes}
    assert {c.module: c.before for c in ten.changes if c.module != "learned"} == {
        name: 10 * before for name, before in one.items() if name != "learned"
    }


def test_what_keeps_more_in_its_place_stays():
    # The input of Softsign is kept by Square anyway: f' would be one more.
    inputs = keras.Input((8,))
    x = LAYERS.Dense(8)(inputs)
    y = LAYERS.Activation("silu", name="act")(x)
    model = keras.Model(inputs, LAYERS.Dense(1)(LAYERS.Concatenate()([y, keras.ops.square(x)])))
    new, report = convert(model)
    assert new is model
    assert report.changes[0].reason == "it would keep more in this place"
    assert report.bytes == report.before


def test_keep_is_passed_on_and_compiled_options_too():
    model = keras.Sequential([keras.Input((6,)), LAYERS.Dense(4, "mish"), LAYERS.Dense(1)])
    error = keras.metrics.MeanAbsoluteError()
    model.compile("sgd", keras.losses.Huber(), metrics=[error], steps_per_execution=2)
    new, report = convert(model, keep="input")
    assert report.changes[0].now == "mish(x) keep='input'"
    assert new.layers[0].activation.options.keep == "input"
    assert isinstance(new.loss, keras.losses.Huber)
    (metric,) = new._compile_config.config["metrics"]
    assert type(metric) is type(error)
    assert metric is not error  # each model counts by itself
    assert new.steps_per_execution == 2
    assert not new.optimizer.built  # as the other, which has not been trained yet
    assert new.optimizer is not model.optimizer


def test_a_loss_that_no_file_could_hold_goes_along():
    def loss_of(power):
        return lambda y, found: keras.ops.mean(keras.ops.abs(y - found) ** power)

    model = keras.Sequential([keras.Input((6,)), LAYERS.Dense(4, "mish"), LAYERS.Dense(1)])
    model.compile("sgd", loss_of(3.0))
    new, _ = convert(model)
    assert new.loss is model.loss
    assert model.compiled
    np.testing.assert_allclose(losses(new, 1), losses(model, 1), rtol=2e-6)


def test_half_precision_stays_half_precision():
    policy = keras.DTypePolicy("mixed_float16")
    model = keras.Sequential(
        [
            keras.Input((6,)),
            LAYERS.Dense(4, "mish", dtype=policy),
            LAYERS.LeakyReLU(dtype=policy),
            LAYERS.Dense(1, dtype=policy),
        ]
    )
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)), "mse")
    losses(model, 1)
    new, report = convert(model)
    assert len(report.converted) == 2
    assert [layer.dtype_policy.name for layer in new.layers] == ["mixed_float16"] * 3
    assert report.changes[0].before == 24  # three halves for each of 4
    assert float(new.optimizer.dynamic_scale) == float(model.optimizer.dynamic_scale)
    np.testing.assert_allclose(losses(new, 1), losses(model, 1), rtol=2e-3)


def test_a_model_with_a_step_of_its_own_keeps_its_class():
    class Doubled(keras.Model):
        def train_step(self, data):
            x, y = data
            return super().train_step((x, 2 * y))

    inputs = keras.Input((6,))
    model = Doubled(inputs, LAYERS.Dense(1)(LAYERS.ELU()(LAYERS.Dense(4, "mish")(inputs))))
    model.compile("sgd", "mse")
    new, report = convert(model)
    assert type(new) is Doubled
    assert len(report.converted) == 1
    np.testing.assert_allclose(losses(new), losses(model), rtol=2e-6)


@pytest.mark.parametrize(
    ("given", "now"),
    [
        ("celu", "celu(x)"),
        ("hard_silu", "hardswish(x)"),
        ("hard_tanh", None),
        ("leaky_relu", "leaky_relu(x, negative_slope=0.2)"),
        ("log_sigmoid", "log_sigmoid(x)"),
        ("soft_shrink", None),
        ("softplus", "softplus(x)"),
        ("softsign", "softsign(x)"),
        ("squareplus", "squareplus(x)"),
        ("tanh_shrink", "tanhshrink(x)"),
        pytest.param(tf.nn.gelu, "gelu(x)", id="tf.nn.gelu"),
    ],
    ids=str,
)
def test_the_activations_that_keras_has_by_name(given, now):
    model = keras.Sequential([keras.Input((4,)), LAYERS.Dense(3, given, name="d")])
    new, report = convert(model, sample=DATA[:, :4])
    (change,) = report.changes
    assert change.now == now or (now is None and change.reason)
    np.testing.assert_allclose(new(DATA[:, :4]), model(DATA[:, :4]), rtol=2e-5, atol=2e-6)


def test_one_that_is_ours_already_is_left_alone():
    mine = da.activation(lambda x: x * da.sigmoid(x))
    model = keras.Sequential(
        [keras.Input((4,)), LAYERS.Dense(3, activations.mish), dualad_tensorflow.Activation(mine)]
    )
    new, report = convert(model)
    assert new is model
    assert str(report) == "no activation that could be converted was found; the model is as it was"
