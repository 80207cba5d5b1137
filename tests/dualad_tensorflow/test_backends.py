"""The same layer under Keras' other backends, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import dualad as da
import dualad_tensorflow
from dualad.activations import mish, prelu, swiglu

rng = np.random.default_rng(0)
inputs = rng.normal(size=(32, 6)).astype("f")
inputs[0] = 0.0
targets = rng.normal(size=(32, 1)).astype("f")


@keras.saving.register_keras_serializable("tests", "soft")
@da.activation
def soft(x, beta=1.0):
    return da.softplus(beta * x) / beta


def network(activations):
    """A functional model in which an activation stands in every place where one can."""
    keras.utils.set_random_seed(0)
    entry = keras.Input((6,))
    h = activations["mish"](keras.layers.Dense(6)(entry))
    h = activations["soft"](h)
    h = activations["prelu"](h)
    h = activations["swiglu"]([h, keras.layers.Dense(6, activation=activations["bare"])(entry)])
    model = keras.Model(entry, keras.layers.Dense(1)(h))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


def of_dualad():
    return {
        "mish": mish,
        "soft": dualad_tensorflow.Activation(soft, ["beta"], {"beta": 2.0}),
        "prelu": dualad_tensorflow.Activation(prelu, ["weight"], shared_axes=[]),
        "swiglu": dualad_tensorflow.Activation(swiglu),
        "bare": "dualad>mish",
    }


class Soft(keras.layers.Layer):
    def build(self, input_shape):
        self.beta = self.add_weight(shape=(), initializer=keras.initializers.Constant(2.0))

    def call(self, x):
        return keras.ops.logaddexp(self.beta * x, 0.0) / self.beta


def of_keras():
    return {
        "mish": keras.layers.Activation("mish"),
        "soft": Soft(),
        "prelu": keras.layers.PReLU(keras.initializers.Constant(0.25)),
        "swiglu": lambda pair: keras.layers.Multiply()([keras.activations.silu(pair[0]), pair[1]]),
        "bare": "mish",
    }


def losses(model):
    return model.fit(inputs, targets, epochs=3, shuffle=False, verbose=0).history["loss"]


def check(backend, folder):
    """What runs in the child."""
    assert keras.config.backend() == backend
    swiglu(mish(keras.Input((6,))), keras.Input((6,)))
    for layer in (of_dualad()["soft"], of_dualad()["prelu"]):
        layer(keras.ops.ones((2, 6)))
    # Here it would be ours; Keras itself imports it to set its seed, and to save.
    assert "tensorflow" not in sys.modules

    ours = network(of_dualad())
    assert ours.output_shape == (None, 1)
    keras.models.clone_model(ours)

    theirs = network(of_keras())
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(losses(ours), losses(theirs), rtol=1e-4)

    for dtype in ("mixed_float16", "bfloat16"):
        layer = dualad_tensorflow.Activation(soft, ["beta"], dtype=dtype)
        narrow = keras.ops.cast(inputs, layer.compute_dtype)
        want = soft(keras.ops.cast(narrow, "float32"), 1.0)
        got = layer(inputs)
        assert keras.backend.standardize_dtype(got.dtype) == layer.compute_dtype
        assert keras.ops.all(got == keras.ops.cast(want, layer.compute_dtype))

    from_tensorflow = keras.models.load_model(folder / "tensorflow.keras")
    want = np.load(folder / "tensorflow.npy")
    np.testing.assert_allclose(
        from_tensorflow.predict(inputs, verbose=0), want, rtol=1e-5, atol=1e-6
    )
    ours.save(folder / f"{backend}.keras")
    np.save(folder / f"{backend}.npy", ours.predict(inputs, verbose=0))
    {"torch": check_torch, "jax": check_jax}[backend]()


def check_torch():
    import torch

    import dualad_torch

    x = torch.from_numpy(inputs).requires_grad_()
    layer = dualad_tensorflow.Activation(mish)
    assert "KeepDerivative" in type(layer(x).grad_fn).__name__
    assert dualad_torch.saved_bytes(layer, x).bytes == x.nbytes


def check_jax():
    import jax
    from jax import numpy as jnp

    layer = dualad_tensorflow.Activation(soft, ["beta"], {"beta": 2.0})

    def loss(weights, x):
        return jnp.sum(layer.stateless_call(weights, [], x)[0])

    gradients = jax.jit(jax.grad(loss, (0, 1)))([jnp.asarray(2.0)], jnp.asarray(inputs))
    np.testing.assert_allclose(gradients[1], 1 / (1 + np.exp(-2 * inputs)), rtol=1e-5)
    by_hand = inputs / (1 + np.exp(-2 * inputs)) / 2 - np.logaddexp(2 * inputs, 0) / 4
    np.testing.assert_allclose(gradients[0][0], by_hand.sum(), rtol=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    model = network(of_dualad())
    losses(model)
    model.save(folder / "tensorflow.keras")
    np.save(folder / "tensorflow.npy", model.predict(inputs, verbose=0))
    return folder


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_it_works_as_under_tensorflow(backend, folder):
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
    }
    code = (
        f"import sys; sys.path.append({str(Path(__file__).parent)!r})\n"
        "import pathlib, test_backends\n"
        f"test_backends.check({backend!r}, pathlib.Path({str(folder)!r}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()
    back = keras.models.load_model(folder / f"{backend}.keras")
    want = np.load(folder / f"{backend}.npy")
    np.testing.assert_allclose(back.predict(inputs, verbose=0), want, rtol=1e-5, atol=1e-6)
