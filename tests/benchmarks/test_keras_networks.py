"""The networks in Keras: as they are published, and the same with every method."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks.networks.cases import Case
from benchmarks.networks.keras import mobilenet_v2, resnet_50
from benchmarks.networks.keras.conversion import converted, summary
from benchmarks.networks.keras.losses import batches, compare, digits_network, trained_with
from benchmarks.networks.keras.methods import GELU_TANH, MISH, methods
from benchmarks.networks.keras.place import Place
from benchmarks.networks.keras.steps import kept, measure, shapes
from benchmarks.networks.table import differences

SMALL = (64, 64, 3)

RESNET_50 = (resnet_50, keras.applications.ResNet50, keras.activations.relu, 25_636_712, 49)
MOBILENET_V2 = (
    *(mobilenet_v2, keras.applications.MobileNetV2, keras.activations.relu6),
    *(3_538_984, 35),
)


@pytest.fixture(scope="module")
def network(request):
    """A network, its place, and the same of keras.applications."""
    make, published, activation, parameters, places = request.param
    place = Place(activation)
    theirs = published(weights=None, input_shape=SMALL, classifier_activation=None)
    return make(place.everywhere, SMALL), place, theirs, parameters, places


@pytest.mark.parametrize("network", [RESNET_50, MOBILENET_V2], indirect=True)
def test_the_network_is_the_published_one(network):
    ours, place, theirs, parameters, places = network
    assert ours.count_params() == theirs.count_params() == parameters
    ours.set_weights(theirs.get_weights())
    images = np.random.default_rng(0).normal(size=(2, *SMALL)).astype(np.float32)
    expected = theirs(images).numpy()
    np.testing.assert_allclose(ours(images), expected, atol=1e-5 * abs(expected).max(), rtol=0)
    seen = shapes(ours, place, tf.constant(images))
    assert len(seen) == places
    assert seen[0][1:3] == (32, 32)  # the resolution falls by 32
    assert seen[-1][1:3] == (2, 2)


# On 2 x 224 x 224 the factors are larger by some hundredths. In a step they are PyTorch's; an eager
# tape keeps more of Keras' normalization, whatever the activation.
FACTORS = [
    (RESNET_50, "graph", MISH, 1.9),
    (MOBILENET_V2, "eager", GELU_TANH, 2.15),
]


@pytest.mark.parametrize(("network", "mode", "chain", "factor"), FACTORS, indirect=["network"])
def test_a_network_keeps_several_times_less_and_no_more_than_recomputed(
    network, mode, chain, factor
):
    ours, place, *_ = network
    x, functions = tf.zeros((1, *SMALL)), methods(chain)
    names = ("composed", "recompute_grad", "dualad")
    found = {name: kept(ours, place, functions[name], x, mode) for name in names}
    assert found["composed"] >= factor * found["dualad"]
    assert found["dualad"] <= found["recompute_grad"]


def trained(fn):
    keras.utils.set_random_seed(0)
    return trained_with(digits_network(Place(fn).everywhere), batches(10, 64), 0.1)


@pytest.mark.parametrize("chain", [GELU_TANH, MISH], ids=lambda chain: chain.name)
def test_some_steps_have_the_same_losses_with_every_method(chain):
    losses = compare(digits_network, chain, batches(10, 64), learning_rate=0.1)
    assert losses["composed"][-1] < 0.8 * losses["composed"][0]
    found = differences(losses)
    assert found.keys() == {
        "recompute_grad", "dualad", "dualad input", "dualad compiled", "float64",
    }  # fmt: skip
    assert max(found.values()) < 1e-5


def test_another_activation_has_other_losses():
    losses = {"composed": trained(GELU_TANH.composed), "silu": trained(tf.nn.silu)}
    assert differences(losses)["silu"] > 1e-3


def test_a_row_to_each_method_with_the_bytes_that_it_keeps():
    case = Case("digits", digits_network, (4, 8, 8, 1), (GELU_TANH,))
    rows = {row.method: row for row in measure(case, GELU_TANH, rounds=1, mode="graph")}
    assert list(rows) == list(methods(GELU_TANH))
    # Five arrays less in 4 x 8 x 8 x 16 and 4 x 4 x 4 x 32 activations of float32.
    less = 5 * 4 * 4 * (8 * 8 * 16 + 4 * 4 * 32)
    for method in ("dualad", "dualad input", "dualad compiled", "recompute_grad"):
        assert rows["composed"].kept - rows[method].kept == less
    assert all(row.seconds > 0 and row.alone > 0 for row in rows.values())


def test_convert_finds_all_activations_and_changes_no_value():
    case = Case("MobileNetV2", mobilenet_v2, (1, *SMALL), ())
    before, after, report = converted(case, "mish")
    assert summary(report).startswith("35 of 35 activations converted, ")
    images = tf.random.normal((2, *SMALL))
    expected = before(images).numpy()
    np.testing.assert_allclose(after(images), expected, atol=1e-5 * abs(expected).max(), rtol=0)
    assert report.before > 1.5 * report.bytes
