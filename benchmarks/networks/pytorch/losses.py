"""Whether training goes the same way with every method: losses, step by step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from ..chains import Chain, Function
from ..table import COMPOSED
from .convolution import convolution
from .place import Factory, Place
from .resnet import Bottleneck, ResNet50

__all__ = [
    "DigitsNetwork",
    "batches",
    "compare",
    "resnet_of_identities",
    "trained_with",
]

Batch = tuple[Tensor, Tensor]


class DigitsNetwork(nn.Module):
    """Two convolutions and a read-out, for images of 8 x 8."""

    def __init__(self, activation: Factory) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            convolution(1, 16, 3, activation=activation),
            convolution(16, 32, 3, 2, activation=activation),
        )
        self.read_out = nn.Linear(32 * 4 * 4, 10)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of images of shape (n, 1, 8, 8)."""
        return self.read_out(self.layers(x).flatten(1))


def resnet_of_identities(activation: Factory) -> ResNet50:
    """ResNet-50 whose blocks add nothing at first (Goyal et al. 2017, arXiv 1706.02677).

    Without that, on batches this small, the difference of one rounding grows tenfold with each
    step, whatever computes the activation.
    """
    network = ResNet50(activation)
    for module in network.modules():
        if isinstance(module, Bottleneck):
            nn.init.zeros_(module.convolutions[-1][-1].weight)
    return network


def batches(count: int, size: int, enlargement: int = 1, channels: int = 1) -> list[Batch]:
    """Batches of scikit-learn's digits and their labels, the same in every run.

    Parameters
    ----------
    count, size : int
        How many batches, and of how many images.
    enlargement : int
        Each pixel becomes a square of so many.
    channels : int
        All alike.
    """
    digits = load_digits()
    pixels = torch.from_numpy(digits.images).float().div(16)[:, None]
    pixels = pixels.repeat_interleave(enlargement, 2).repeat_interleave(enlargement, 3)
    labels = torch.from_numpy(digits.target)
    generator = torch.Generator().manual_seed(0)
    found = []
    for _ in range(count):
        indices = torch.randint(len(labels), (size,), generator=generator)
        found.append((pixels[indices].expand(-1, channels, -1, -1), labels[indices]))
    return found


def trained_with(network: nn.Module, data: Sequence[Batch], learning_rate: float) -> list[float]:
    """The losses of a copy of a network, a step of SGD to each batch."""
    learner = copy.deepcopy(network)
    optimizer = torch.optim.SGD(learner.parameters(), lr=learning_rate)
    losses = []
    for images, labels in data:
        optimizer.zero_grad()
        loss = F.cross_entropy(learner(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def compare(
    make: Callable[[Factory], nn.Module],
    chain: Chain,
    data: Sequence[Batch],
    learning_rate: float,
) -> dict[str, list[float]]:
    """The losses with each method, all from the same weights and on the same batches.

    ``composed`` is the formula. ``float64`` is the same formula evaluated in double precision and
    rounded once: what an exact activation changes in the losses by its rounding alone, which the
    other layers make larger, step by step.
    """

    def recomputed(x: Tensor) -> Tensor:
        return checkpoint(chain.composed, x, use_reentrant=False)

    functions: dict[str, Function] = {
        COMPOSED: chain.composed,
        "checkpoint": recomputed,
        "dualad": chain.ours,
        'dualad, keep="input"': chain.ours.with_options(keep="input"),
        "float64": lambda x: chain.composed(x.double()).to(x.dtype),
    }
    torch.manual_seed(0)
    place = Place(chain.composed)
    network = make(place.everywhere)
    losses = {}
    for method, fn in functions.items():
        network.apply(lambda module, fn=fn: _exchange(module, fn))
        losses[method] = trained_with(network, data, learning_rate)
    return losses


def _exchange(module: nn.Module, fn: Function) -> None:
    if isinstance(module, Place):
        module.function = fn
