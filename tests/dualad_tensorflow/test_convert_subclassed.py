"""Subclassed models and layers: copied by their configuration, or changed in place."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from dualad import activations
from dualad_tensorflow import Activation, convert

LAYERS = keras.layers
DATA = np.random.default_rng(1).normal(size=(16, 6)).astype(np.float32)
TARGETS = np.cos(DATA.sum(axis=1, keepdims=True))


class Gate(LAYERS.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.gate = LAYERS.Dense(8, "softplus")
        self.act = keras.activations.mish

    def call(self, x):
        return self.act(x) * self.gate(x)


@keras.saving.register_keras_serializable()
class Net(keras.Model):
    """Activations in lists, dicts, tuples, wrappers and models within."""

    def __init__(self, width=8, **options):
        super().__init__(**options)
        self.width = width
        self.blocks = [LAYERS.Dense(width, "gelu"), Gate()]
        self.by_name = {"act": LAYERS.LeakyReLU(), "fn": keras.activations.mish}
        self.pair = (keras.activations.silu, keras.activations.tanh)
        self.inner = keras.Sequential(
            [keras.Input((width,)), LAYERS.Dense(width), LAYERS.LeakyReLU(0.1, name="leaky")]
        )
        self.drop = LAYERS.Dropout(0.2)
        self.each = LAYERS.TimeDistributed(LAYERS.Dense(4, "mish"))
        self.both = LAYERS.Bidirectional(LAYERS.SimpleRNN(3, activation="softsign"))
        self.last = LAYERS.Dense(1)

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        x = self.by_name["fn"](self.by_name["act"](x))
        x = self.drop(self.inner(self.pair[0](x)))
        x = self.each(tf.stack([x, self.pair[1](x)], axis=1))
        return self.last(self.both(x))

    def get_config(self):
        return {"width": self.width, "name": self.name}


def trained():
    keras.utils.set_random_seed(5)
    model = Net(name="net")
    model(DATA)
    model.blocks[0].trainable = False
    model.compile(keras.optimizers.RMSprop(0.01), "mse")
    losses(model, 1)
    return model


def losses(model, epochs=2):
    history = model.fit(DATA, TARGETS, epochs=epochs, batch_size=8, shuffle=False, verbose=0)
    return history.history["loss"]


PATHS = {
    "blocks.0.activation": "gelu(x)",
    "blocks.1.act": "mish(x)",
    "blocks.1.gate.activation": "softplus(x)",
    "by_name.act": "leaky_relu(x, negative_slope=0.3)",
    "by_name.fn": "mish(x)",
    "pair.0": "silu(x)",
    "pair.1": None,
    "inner.leaky": "leaky_relu(x, negative_slope=0.1)",
    "each.layer.activation": "mish(x)",
    "both.forward_layer.cell.activation": "softsign(x)",
    "both.backward_layer.cell.activation": "softsign(x)",
}


@pytest.fixture(scope="module")
def net():
    model = trained()
    return model, *convert(model)


def test_it_finds_them_wherever_attributes_lead(net):
    model, new, report = net
    assert {c.module: c.now for c in report.changes} == PATHS
    assert type(new) is Net
    assert (new.width, new.name) == (8, "net")
    assert new.blocks[1].act is activations.mish
    assert model.blocks[1].act is keras.activations.mish
    assert isinstance(new.by_name["act"], Activation)
    assert new.pair == (activations.silu, keras.activations.tanh)
    assert isinstance(new.inner.layers[1], Activation)


def test_layers_keep_their_names_order_and_flags(net):
    model, new, _ = net
    theirs, ours = model._flatten_layers(), new._flatten_layers()
    assert [layer.name for layer in ours] == [layer.name for layer in theirs]
    assert [layer.trainable for layer in ours] == [layer.trainable for layer in theirs]
    assert new.blocks[0].trainable is False


def test_training_goes_on(net):
    model, new, _ = net
    np.testing.assert_allclose(losses(new), losses(model), rtol=2e-6)


def test_twice_is_once(net):
    _, new, _ = net
    again, report = convert(new)
    assert again is new
    assert report.converted == ()


def test_what_was_converted_stays_so_when_more_is(net):
    _, new, _ = net
    more, report = convert(new, mapping={"tanh": lambda fn: activations.tanh}, keep="input")
    assert [c.module for c in report.changes] == ["pair.1"]
    assert more is new  # keeps more: tanh's result is kept anyway
    other = Net.from_config(new.get_config())
    other(DATA)
    assert len(convert(other, inplace=True)[1].converted) == 9
    last, report = convert(other)
    assert report.converted == ("inner.leaky",)
    assert last.blocks[1].act is activations.mish
    assert isinstance(last.by_name["act"], Activation)
    assert isinstance(last.inner.layers[1], Activation)
    np.testing.assert_allclose(last(DATA), other(DATA), rtol=1e-5, atol=1e-6)


def test_a_saved_one_has_the_weights_for_the_class_as_it_is_written(net, tmp_path):
    _, new, _ = net
    new.save(tmp_path / "net.keras")
    loaded = keras.models.load_model(tmp_path / "net.keras", compile=False)
    assert loaded.blocks[1].act is keras.activations.mish
    np.testing.assert_allclose(loaded(DATA), new(DATA), rtol=1e-5, atol=1e-6)


def test_a_loop_of_steps_says_that_it_is_not_counted():
    model = keras.Sequential([keras.Input((5, 3)), LAYERS.SimpleRNN(4, "softsign", name="rnn")])
    _, report = convert(model)
    (change,) = report.changes
    assert (change.module, change.now) == ("rnn.cell.activation", "softsign(x)")
    assert "of unknown size are not counted" in str(report)


class Closed(keras.Model):
    """Made with something that no configuration holds."""

    def __init__(self, function):
        super().__init__()
        self.function = functools.partial(function, approximate=True)
        self.first = LAYERS.Dense(8, "mish")
        self.graph = keras.Sequential([keras.Input((8,)), LAYERS.LeakyReLU(name="leaky")])
        self.last = LAYERS.Dense(1)

    def call(self, x):
        return self.last(self.graph(self.function(self.first(x))))


def test_what_cannot_be_copied_says_so_and_is_changed_in_place():
    keras.utils.set_random_seed(6)
    model = Closed(keras.activations.gelu)
    model.compile("adam", "mse")
    losses(model, 1)
    kernel = model.first.kernel
    with pytest.raises(TypeError, match=r"cannot be copied, as Closed .*inplace=True") as error:
        convert(model)
    assert "give the class a get_config and a from_config" in str(error.value)
    before = model.predict(DATA, verbose=0)
    same, report = convert(model, inplace=True, sample=DATA)
    assert same is model
    assert model.train_function is None  # traced with the others
    assert {c.module: c.now for c in report.changes} == {
        "function": "gelu_tanh(x)",
        "first.activation": "mish(x)",
        "graph.leaky": None,
    }
    assert "cannot be changed in place" in report.changes[2].reason
    assert model.first.kernel is kernel
    assert report.bytes < report.before
    np.testing.assert_allclose(model.predict(DATA, verbose=0), before, rtol=1e-5, atol=1e-6)
    assert losses(model, 1)[0] > 0.0
    assert convert(model, inplace=True)[1].converted == ()


class Forgetful(keras.Model):
    def __init__(self, width=8):
        super().__init__()
        self.first = LAYERS.Dense(width, "mish")

    def call(self, x):
        return self.first(x)

    def get_config(self):
        return {}


def test_a_configuration_that_forgets_an_argument_is_noticed():
    model = Forgetful(5)
    model(DATA)
    with pytest.raises(TypeError, match=r"its get_config is different: 'dense.*' has units=8, not"):
        convert(model)


def test_weights_of_another_shape_are_noticed():
    class Scale(LAYERS.Layer):
        def __init__(self, count=1):
            super().__init__()
            self.scale = self.add_weight(shape=(count,), name="scale")

        def call(self, x):
            return self.scale[0] * x

        def get_config(self):
            return {}

    model = keras.Sequential([keras.Input((6,)), Scale(3), LAYERS.LeakyReLU()])
    with pytest.raises(TypeError, match=r"'scale.*' has weights \[\(1,\)\], not \[\(3,\)\]; see"):
        convert(model)


def test_a_configuration_that_forgets_a_setting_is_noticed():
    class Dropping(Forgetful):
        def __init__(self, rate=0.5):
            super().__init__()
            self.drop = LAYERS.Dropout(rate)

        def call(self, x):
            return self.drop(super().call(x))

    model = Dropping(0.1)
    model(DATA)
    with pytest.raises(TypeError, match=r"'dropout.*' has rate=0\.5, not 0\.1; see that get_conf"):
        convert(model)


def test_a_compile_of_its_own_is_left_to_the_user():
    class Own(Forgetful):
        def compile(self, pace):
            super().compile(keras.optimizers.SGD(pace), "mse")

    model = Own()
    model(DATA)
    model.compile(0.1)
    new, report = convert(model)
    assert not new.compiled
    assert str(report).endswith("compile the new model: its class has a compile() of its own")


def test_a_graph_with_a_constructor_of_its_own_stays():
    class Own(keras.Model):
        def __init__(self, width):
            inputs = keras.Input((6,))
            hidden = LAYERS.LeakyReLU(name="leaky")(LAYERS.Dense(width, "mish", name="d")(inputs))
            super().__init__(inputs, LAYERS.Dense(1, name="last")(hidden))
            self.width = width

        def get_config(self):
            return {"width": self.width}

        @classmethod
        def from_config(cls, config):
            return cls(**config)

    new, report = convert(Own(4))
    assert type(new) is Own
    assert report.converted == ("d.activation",)
    assert "is in the graph of a Own, which has a constructor of its own" in str(report)
