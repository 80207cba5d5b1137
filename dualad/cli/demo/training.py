"""What is measured, and how: the same experiment for every framework.

The methods take turns, step by step, so that whatever else the machine does hits them all alike.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .digits import BATCH, SIDE, Images

COMPOSED = "composed"  # of the framework's own operations
RECOMPUTED = "recomputed"  # as composed, but the framework computes it again in the backward pass
DUALAD = "dualad"
METHODS = (COMPOSED, RECOMPUTED, DUALAD)

# The network is the same in both frameworks: two convolutions, an activation and a pooling after
# each, and a linear read-out. Its layers' sides are those of the images, pooled.
CHANNELS = 64
CLASSES = 10
FIRST_POOL, SECOND_POOL = 4, 2
LEARNING_RATE = 1e-2
ACTIVATION_SIDES = (SIDE, SIDE // FIRST_POOL)
ACTIVATION_ELEMENTS = BATCH * CHANNELS * sum(side**2 for side in ACTIVATION_SIDES)
FEATURES = CHANNELS * (SIDE // FIRST_POOL // SECOND_POOL) ** 2


@dataclass(frozen=True)
class Kept:
    """The bytes that activations keep for the backward pass, and how they were measured."""

    bytes: int
    how: str


class Learner(Protocol):
    """A network that learns with one of the methods."""

    def step(self, batch: Images) -> None:
        """Run one training step, and return when it is complete."""

    def accuracy(self, images: Images) -> float:
        """Return the share of the images that the network labels rightly."""

    def kept(self) -> Kept:
        """Measure what the network's activations keep for one batch, beyond their outputs."""


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    framework: str
    activation: str
    method: str
    kept: Kept
    milliseconds: float
    accuracy: float


def compare(
    framework: str,
    activation: str,
    learners: Mapping[str, Learner],
    batches: Sequence[Images],
    test_images: Images,
    step_done: Callable[[], object],
) -> list[Row]:
    """Train the learners side by side and measure them.

    Parameters
    ----------
    framework, activation
        What the rows are to say.
    learners
        A learner to each method, all with the same initial weights.
    batches
        What each of them learns from, in this order.
    test_images
        What each of them is tested on.
    step_done
        Called after each step of each learner.

    Returns
    -------
    list of Row
        A row to each method. Its time is the median over the steps, which leaves out the first
        ones, where a framework traces or compiles.
    """
    seconds: dict[str, list[float]] = {method: [] for method in learners}
    for index, batch in enumerate(batches):
        for method in _rotated(list(learners), index):
            start = time.perf_counter()
            learners[method].step(batch)
            seconds[method].append(time.perf_counter() - start)
            step_done()
    return [
        Row(
            framework,
            activation,
            method,
            learner.kept(),
            1e3 * statistics.median(seconds[method]),
            learner.accuracy(test_images),
        )
        for method, learner in learners.items()
    ]


def _rotated(methods: list[str], turns: int) -> list[str]:
    """Let another method begin at each step: the first one finds the caches as others left them."""
    first = turns % len(methods)
    return methods[first:] + methods[:first]
