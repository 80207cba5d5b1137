"""MirroredStrategy on two devices, by Keras' fit and by a loop: as one device trains."""

import numpy as np
import pytest

from .child import RUNS
from .training import composed


@pytest.fixture(scope="module")
def found(train_in_processes):
    _, (found,) = train_in_processes("mirrored")
    return found


@pytest.mark.parametrize(("way", "name"), RUNS["mirrored"], ids=str)
def test_losses_and_weights_are_those_of_one_device_with_the_composed_function(way, name, found):
    got, want = found[f"{way}: {name}"], found[f"alone: {composed(name)}"]
    np.testing.assert_allclose(got["losses"], want["losses"], rtol=1e-12)
    for mine, other in zip(got["weights"], want["weights"], strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-14)


def test_the_losses_fall_and_every_weight_is_trained(found):
    for name in ("composed", "composed, learned"):
        first, last = found[f"alone: {name}"]["losses"]
        assert last < 0.8 * first
    beta = found["alone: composed, learned"]["weights"][2]
    assert abs(beta - 1.5) > 0.01


def test_in_mixed_precision_it_is_nearer_the_truth_than_the_composed_function(found):
    """The truth is one device in float32; the composed function rounds three times, ours once."""

    def errors(name):
        both = found[f"mixed: {name}"], found["single: composed"]
        got, want = ([run["losses"], *run["weights"]] for run in both)
        return [
            np.linalg.norm(np.subtract(a, b)) / np.linalg.norm(b)
            for a, b in zip(got, want, strict=True)
        ]

    (loss, *weights), (their_loss, *their_weights) = errors("derivative"), errors("composed")
    assert 1e-5 < loss < their_loss
    assert max(weights) < 1.2 * max(their_weights)
