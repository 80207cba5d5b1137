"""MultiWorkerMirroredStrategy with two processes: as one process trains, and what it saves."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from .child import RUNS
from .training import ComposedSwish, composed, data, network

NAMES = [name for _, name in RUNS["worker"]]


@pytest.fixture(scope="module")
def workers(train_in_processes):
    return train_in_processes("worker", 2)


@pytest.mark.parametrize("name", NAMES)
def test_losses_and_weights_are_those_of_one_process_with_the_composed_function(name, workers):
    _, both = workers
    for found in both:
        got, want = found[f"loop: {name}"], found[f"alone: {composed(name)}"]
        np.testing.assert_allclose(got["losses"], want["losses"], rtol=1e-12)
        for mine, other in zip(got["weights"], want["weights"], strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_chief_saves_is_loaded_by_a_process_alone(name, workers):
    folder, (chief, _) = workers
    model = keras.models.load_model(folder / f"{name} 0.keras")
    for mine, saved in zip(model.get_weights(), chief[f"loop: {name}"]["weights"], strict=True):
        np.testing.assert_array_equal(mine, saved)
    truth = network(composed(name))
    truth.set_weights(model.get_weights())
    inputs = tf.constant(data()[0])
    np.testing.assert_allclose(model(inputs), truth(inputs), rtol=1e-12, atol=1e-14)
    assert not any(isinstance(layer, ComposedSwish) for layer in model.layers)


def test_kerass_own_fit_takes_no_two_workers_with_a_function_of_tensorflow_either(workers):
    # If Keras mends it, docs/distributed.md has something to say.
    _, both = workers
    for found in both:
        assert "PerReplica" in found["refused"]
