"""Functions and models that are stored: SavedModel, .keras, TFLite, copies."""

from __future__ import annotations

import contextlib
import copy
import pickle
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from ..situation import require
from .framework import situation
from .layers import model, trains
from .truth import agree, check, derivative, forward, points, reverse, same


@contextlib.contextmanager
def saved(f, gradients=True, shape=(None,)):
    """A module with ``f``, stored and loaded."""
    module = tf.Module()
    signature = [tf.TensorSpec(shape, tf.float64)]
    module.f = tf.function(lambda x: f(x), input_signature=signature)
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=gradients)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, options=options)
        yield tf.saved_model.load(folder)


@situation()
def saved_model(f, reference):
    x = points(5)
    for gradients in (True, False):
        with saved(f, gradients) as loaded:
            same(loaded.f(x), derivative(reference, x, 0))


@situation()
def saved_model_of_a_gradient(f, reference):
    x = points(5)
    with saved(reverse(f)) as loaded:
        same(loaded.f(x), derivative(reference, x))


@situation()
def gradient_of_a_saved_model(f, reference):
    with saved(f) as loaded:
        check(loaded.f, reference, points(5))
        same(tf.function(reverse(loaded.f))(points(5)), derivative(reference, points(5)))


@situation()
def gradient_of_a_saved_model_of_unknown_shape(f, reference):
    with saved(f, shape=None) as loaded:
        check(loaded.f, reference, points(2, 3))


@situation()
def gradient_of_a_saved_model_without_custom_gradients(f, reference):
    with saved(f, gradients=False) as loaded:
        check(loaded.f, reference, points(5))


@situation()
def persistent_tape_around_a_saved_model(f, reference):
    x = points(5)
    with saved(f) as loaded, tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = loaded.f(x)
    same(tape.gradient(y, x), derivative(reference, x))


@situation()
def forward_mode_of_a_saved_model(f, reference):
    x = points(5)
    with saved(f) as loaded:
        same(forward(loaded.f)(x), derivative(reference, x))


@situation()
def saved_model_saved_again(f, reference):
    with saved(f) as once, saved(once.f) as twice:
        check(twice.f, reference, points(5))


@situation(order=2)
def saved_model_of_a_second_derivative(f, reference):
    x = points(5)
    with saved(reverse(reverse(f))) as loaded:
        same(loaded.f(x), derivative(reference, x, 2))


@situation(order=2)
def second_order_of_a_saved_model(f, reference):
    x = points(5)
    with saved(f) as loaded:
        same(reverse(reverse(loaded.f))(x), derivative(reference, x, 2))


@situation(order=2)
def second_order_of_a_saved_model_inside_tf_function(f, reference):
    x = points(5)
    with saved(f) as loaded:
        same(tf.function(reverse(reverse(loaded.f)))(x), derivative(reference, x, 2))


@situation(order=2)
def gradient_of_a_saved_gradient(f, reference):
    x = points(5)
    with saved(reverse(f)) as loaded:
        same(reverse(loaded.f)(x), derivative(reference, x, 2))


@situation()
def copied_and_pickled(f, reference):
    check(copy.deepcopy(f), reference, points(5))
    check(pickle.loads(pickle.dumps(f)), reference, points(5))


@situation()
def keras_file(f, reference):
    network = model(f)
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / "model.keras")
        loaded = keras.models.load_model(Path(folder) / "model.keras")
    trains(loaded, reference)


@situation()
def keras_weights(f, reference):
    network, other = model(f), model(f, seed=5)
    with tempfile.TemporaryDirectory() as folder:
        network.save_weights(Path(folder) / "model.weights.h5")
        other.load_weights(Path(folder) / "model.weights.h5")
    trains(other, reference)


@situation()
def keras_export(f, reference):
    x = points(2, 3, dtype=tf.float32)
    network = model(f)
    with tempfile.TemporaryDirectory() as folder:
        network.export(folder, verbose=False)
        loaded = tf.saved_model.load(folder)
    same(loaded.serve(x), model(reference)(x))
    same(reverse(loaded.serve)(x), reverse(model(reference))(x))


@situation()
def keras_model_cloned_and_pickled(f, reference):
    network = model(f)
    clone = keras.models.clone_model(network)
    clone.set_weights(network.get_weights())
    trains(clone, reference)
    trains(pickle.loads(pickle.dumps(network)), reference)


@situation()
def checkpoint(f, reference):
    x = points(5)

    class Activated(tf.Module):
        def __init__(self):
            self.scale = tf.Variable(2.0, dtype=tf.float64)

        def __call__(self, x):
            return f(self.scale * x)

    module, fresh = Activated(), Activated()
    module.scale.assign(3.0)
    with tempfile.TemporaryDirectory() as folder:
        path = tf.train.Checkpoint(module).save(f"{folder}/it")
        tf.train.Checkpoint(fresh).restore(path).assert_consumed()
    agree(fresh, lambda x: reference(3.0 * x), x)


@situation()
def frozen_graph(f, reference):
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    function = tf.function(lambda x: f(x))
    frozen = convert_variables_to_constants_v2(
        function.get_concrete_function(tf.TensorSpec([5], tf.float64))
    )
    same(frozen(points(5))[0], derivative(reference, points(5), 0))


@situation()
def tflite(f, reference):
    x = points(5, dtype=tf.float32)
    function = tf.function(lambda x: f(x), input_signature=[tf.TensorSpec([5], tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [function.get_concrete_function()], function
    )
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    operations = {detail["op_name"] for detail in interpreter._get_ops_details()}
    require(not any("Flex" in name for name in operations), f"not TFLite's own: {operations}")
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.asarray(x))
    interpreter.invoke()
    got = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    same(got, derivative(reference, x, 0))
