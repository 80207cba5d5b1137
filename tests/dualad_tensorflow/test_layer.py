"""The Keras layer: training, saving, loading, the functional API."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import dualad as da
import dualad_tensorflow
from dualad.activations import mish


@da.activation
def swish(x, beta=1.0):
    return x * da.sigmoid(beta * x)


rng = np.random.default_rng(0)
inputs, targets = rng.normal(size=(64, 8)).astype("f"), rng.normal(size=(64, 1)).astype("f")


def model(layer):
    keras.utils.set_random_seed(0)
    built = keras.Sequential(
        [keras.layers.Input((8,)), keras.layers.Dense(16), layer, keras.layers.Dense(1)]
    )
    return built


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {}, {"jit_compile": True}], ids=str)
def test_fit_gives_the_composed_functions_losses(options):
    losses = []
    for layer in (
        dualad_tensorflow.Activation(mish),
        keras.layers.Activation(lambda x: x * tf.tanh(tf.math.softplus(x))),
    ):
        built = model(layer)
        built.compile("sgd", "mse", **options)
        history = built.fit(inputs, targets, epochs=3, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    assert losses[0][-1] < losses[0][0]


def test_save_and_load_in_a_fresh_process(tmp_path):
    layer = dualad_tensorflow.Activation(mish.with_options(keep="input"))
    built = model(layer)
    built.add(keras.layers.Dense(2, activation=mish))
    built.add(keras.layers.Activation(mish.with_options(execution="whole")))
    built.save(tmp_path / "model.keras")
    np.save(tmp_path / "want.npy", built.predict(inputs, verbose=0))
    np.save(tmp_path / "inputs.npy", inputs)
    code = (
        "import keras, numpy as np, dualad_tensorflow\n"
        "m = keras.models.load_model('model.keras')\n"
        "got = m.predict(np.load('inputs.npy'), verbose=0)\n"
        "np.testing.assert_allclose(got, np.load('want.npy'), rtol=1e-6, atol=1e-7)\n"
        "assert m.layers[1].activation.options.keep == 'input'\n"
        "assert m.layers[3].activation is __import__('dualad').activations.mish\n"
        "assert m.layers[4].activation.options.execution == 'whole'\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)


def test_a_users_own_activation_comes_back_by_its_name():
    layer = dualad_tensorflow.Activation(swish, learned=["beta"], values={"beta": 1.5})
    config = layer.get_config()
    twin = dualad_tensorflow.Activation.from_config(config)
    assert twin.activation is swish
    assert [float(w) for w in twin.trainable_weights] == [1.5]
    config["activation"]["qualname"] = "no_such"
    with pytest.raises(
        ValueError, match=r"no activation 'no_such' in module .* define or import it"
    ):
        dualad_tensorflow.Activation.from_config(config)


def test_learned_arguments_are_trained():
    layer = dualad_tensorflow.Activation(swish, learned=["beta"])
    built = model(layer)
    built.compile("sgd", "mse")
    built.fit(inputs, targets, verbose=0)
    assert float(layer.beta) != 1.0


def test_functional_api_and_activation_of_a_layer():
    entry = keras.Input((8,))
    built = keras.Model(entry, mish(keras.layers.Dense(4)(entry)))
    assert built(inputs).shape == (64, 4)
    assert isinstance(built.layers[-1], dualad_tensorflow.Activation)
    assert keras.layers.Dense(3, activation=mish)(inputs).shape == (64, 3)
    scaled = keras.Model(entry, swish(entry, 2.0))
    np.testing.assert_allclose(scaled(inputs), swish(inputs, 2.0), rtol=1e-5, atol=1e-6)
    with pytest.raises(TypeError, match="arguments that are numbers come last"):
        swish(2.0, entry)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_dtype_policies(policy):
    layer = dualad_tensorflow.Activation(swish, learned=["beta"], dtype=policy)
    assert layer(inputs).dtype == policy.removeprefix("mixed_")
    assert layer.beta.dtype == "float32"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dualad_tensorflow.Activation(tf.nn.relu), "expected an activation made with"),
        (lambda: dualad_tensorflow.Activation(mish, learned=["beta"]), "mish has no argument"),
        (lambda: dualad_tensorflow.Activation(mish, learned=["x"]), "'x' has no default"),
        (
            lambda: dualad_tensorflow.Activation(
                da.activation(lambda x, call=1.0: x * call), learned=["call"]
            ),
            "a layer has a 'call' of its own",
        ),
        (lambda: dualad_tensorflow.Activation(mish, values={"b": 1.0}), "mish has no argument 'b'"),
    ],
)
def test_misuse_is_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_masks_pass_through():
    layer = dualad_tensorflow.Activation(mish)
    assert layer.supports_masking


def test_constants_and_options_come_back_from_the_configuration():
    layer = dualad_tensorflow.Activation(swish.with_options(keep="input"), values={"beta": 2.0})
    twin = dualad_tensorflow.Activation.from_config(layer.get_config())
    assert twin.constants == {"beta": 2.0}
    assert twin.activation.options.keep == "input"
    np.testing.assert_array_equal(twin(tf.ones([4])), layer(tf.ones([4])))
