"""Models saved and loaded: names, configurations, files, clones, exports; what a file may do."""

import json
import os
import subprocess
import sys
import types
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

import dualad as da
import dualad_tensorflow
from dualad import activations
from dualad.activations import gelu, mish, prelu, silu, swiglu
from dualad.keep import Input

CATALOGUE = [getattr(activations, name) for name in activations.__all__]
rng = np.random.default_rng(0)
inputs = rng.normal(size=(5, 8)).astype("f")


@da.activation
def swish(x, beta=1.0):
    return x * da.sigmoid(beta * x)


@keras.saving.register_keras_serializable("tests")
@da.activation
def halved(x):
    return 0.5 * da.silu(x)


def layer_of(*arguments, **options):
    return dualad_tensorflow.Activation(*arguments, **options)


def predicted(model):
    return model.predict(inputs, verbose=0)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    entry = keras.Input((8,))
    h = keras.layers.Dense(6, activation=mish)(entry)
    h = keras.layers.Activation(gelu.with_options(keep="input"))(h)
    h = layer_of(swish, ["beta"], {"beta": 1.5}, regularizer="l2")(h)
    h = layer_of(prelu, {"weight": "slope"}, shared_axes=[], initializer="random_normal")(h)
    h = layer_of(swiglu.with_options(execution="whole"))([h, halved(h)])
    return keras.Model(entry, keras.layers.Dense(2, activation="dualad>silu")(h))


@pytest.mark.parametrize("activation", CATALOGUE, ids=activations.__all__)
def test_the_catalogue_is_known_by_name(activation):
    name = f"dualad>{activation.__name__}"
    assert keras.activations.get(name) is activation
    assert keras.saving.get_registered_object(name) is activation
    assert keras.saving.get_registered_name(activation) == name
    assert layer_of(name).activation is activation
    assert layer_of(activation).get_config()["activation"] == name
    saved = json.loads(json.dumps(keras.activations.serialize(activation)))
    assert saved["config"]["registered_name"] == name
    assert keras.activations.get(saved) is activation
    assert keras.activations.deserialize(saved) is activation


@pytest.mark.parametrize(
    "options",
    [{"keep": "input"}, {"order": 2}, {"execution": "whole"}, {"name": "my_mish"}],
    ids=str,
)
def test_options_come_back(options):
    given = mish.with_options(**options)
    for twin in (
        keras.activations.get(keras.activations.serialize(given)),
        layer_of(**layer_of(given).get_config()).activation,
    ):
        assert (twin.definition, twin.options) == (mish.definition, given.options)
        assert twin.keep == given.keep


def test_a_configuration_gives_the_layer_back():
    layer = layer_of(
        swish,
        {"beta": "slope"},
        shared_axes=1,
        initializer=keras.initializers.Constant(2.0),
        constraint=keras.constraints.MinMaxNorm(0.5, 1.5),
        name="gated",
        dtype="mixed_bfloat16",
        trainable=False,
    )
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    twin = keras.saving.deserialize_keras_object(config)
    assert twin.get_config() == layer.get_config()
    twin.build((None, 4, 3))
    assert twin.slope.shape == (1, 3)
    assert float(twin.slope[0, 0]) == 2.0
    assert twin.slope.constraint.max_value == 1.5
    assert (twin.name, twin.compute_dtype, twin.trainable) == ("gated", "bfloat16", False)
    fixed = layer_of(swish, values={"beta": 2})
    assert layer_of(**fixed.get_config()).constants == {"beta": 2.0}
    array = layer_of(prelu, ["weight"], {"weight": np.array([[0.1], [0.2]])})
    np.testing.assert_array_equal(layer_of(**array.get_config()).weight, array.weight)


def test_a_file_gives_the_model_back(model, tmp_path):
    model.save(tmp_path / "model.keras")
    twin = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(predicted(twin), predicted(model))
    dense, kept, learned, each, _, gate, last = twin.layers[1:]
    assert (dense.activation, last.activation) == (mish, silu)
    assert (kept.activation.definition, kept.activation.keep) == (gelu.definition, Input())
    assert (learned.activation, float(learned.beta)) == (swish, 1.5)
    assert each.slope.shape == (6,)
    assert gate.activation.options.execution == "whole"
    assert float(twin.losses[0]) == pytest.approx(0.01 * 1.5**2)


def test_weights_clones_and_exports(model, tmp_path):
    clone = keras.models.clone_model(model)
    assert not np.array_equal(predicted(clone), predicted(model))
    model.save_weights(tmp_path / "model.weights.h5")
    clone.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(predicted(clone), predicted(model))

    model.export(tmp_path / "exported", verbose=False)
    served = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(served.serve(inputs), predicted(model), rtol=1e-6, atol=1e-7)
    again = keras.layers.TFSMLayer(tmp_path / "exported", call_endpoint="serve")
    gradients = []
    for f in (model, again):
        x = tf.constant(inputs)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        gradients.append(tape.gradient(y, x))
    np.testing.assert_allclose(*gradients, rtol=1e-5, atol=1e-7)


LOADER = """\
import sys
import keras, numpy as np
import dualad_tensorflow
import dualad as da

@da.activation
def swish(x, beta=1.0):
    return x * da.sigmoid(beta * x)

halved = da.activation(lambda x: 0.5 * da.silu(x))

inputs, want = np.load("inputs.npy"), np.load("want.npy")
for name in sys.argv[1:]:
    try:
        keras.models.load_model(name)
        print("loaded")
    except ValueError as error:
        print(error)
twin = keras.models.load_model("model.keras", custom_objects={"swish": swish, "halved": halved})
np.testing.assert_allclose(twin.predict(inputs, verbose=0), want, rtol=1e-6, atol=1e-7)
keras.saving.register_keras_serializable("tests", "halved")(halved)
twin = keras.models.load_model("registered.keras")
np.testing.assert_allclose(twin(inputs), halved(inputs), rtol=1e-6, atol=1e-7)
"""


def test_a_fresh_process_has_to_know_the_users_own_activations(model, tmp_path):
    np.save(tmp_path / "inputs.npy", inputs)
    np.save(tmp_path / "want.npy", predicted(model))
    model.save(tmp_path / "model.keras")
    keras.Sequential([keras.Input((8,)), layer_of(halved)]).save(tmp_path / "registered.keras")
    keras.Sequential([keras.Input((8,)), layer_of(swish)]).save(tmp_path / "own.keras")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", LOADER, "own.keras", "registered.keras"],
        check=True,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.stdout.splitlines() == [
        f"no activation {name!r} in module {__name__!r}: define or import it under that name "
        "before loading what was saved with it, or pass "
        f"custom_objects={{{name!r}: ...}} to what loads it"
        for name in ("swish", "halved")
    ]


def renamed(path, **changes):
    """Change the names in a file, as its owner's or an attacker's editor would."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    saved = config["config"]["layers"][-1]["config"]["activation"]["config"]
    saved.update(changes)
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    ("module", "qualname"),
    [
        ("antigravity", "swish"),  # a module that is not imported
        ("os", "system"),  # something else than an activation
        ("importing", "swish"),  # a module that imports what it is asked for
        ("dualad.activations", "no_such"),
        ("__main__", "swish"),
    ],
)
def test_a_file_imports_and_runs_nothing(module, qualname, tmp_path, monkeypatch):
    importing = types.ModuleType("importing")
    asked = []
    importing.__getattr__ = asked.append
    monkeypatch.setitem(sys.modules, "importing", importing)
    path = tmp_path / "model.keras"
    keras.Sequential([keras.Input((8,)), layer_of(swish)]).save(path)
    renamed(path, module=module, qualname=qualname)
    with pytest.raises(
        ValueError, match=f"no activation '{qualname}' in module '{module}': define"
    ):
        keras.models.load_model(path)
    assert not asked
    assert "antigravity" not in sys.modules


def test_custom_objects_come_before_what_the_file_names():
    other = da.activation(lambda x, beta=1.0: x)
    config = keras.activations.serialize(swish)
    with keras.saving.custom_object_scope({"swish": other}):
        assert keras.activations.get(config) is other
    assert keras.activations.get(config) is swish
