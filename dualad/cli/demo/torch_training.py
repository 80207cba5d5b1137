"""The demo's network in PyTorch, its activations computed by one of the methods."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

import dualad_torch

from .definitions import Definition
from .digits import BATCH, Images
from .training import (
    ACTIVATION_SIDES,
    CHANNELS,
    CLASSES,
    COMPOSED,
    DUALAD,
    FEATURES,
    FIRST_POOL,
    LEARNING_RATE,
    RECOMPUTED,
    SECOND_POOL,
    Kept,
)


def mish(x: Tensor) -> Tensor:
    """Return mish composed from PyTorch's operations."""
    return x * torch.tanh(F.softplus(x))


def tanhexp(x: Tensor) -> Tensor:
    """Return tanhexp composed from PyTorch's operations."""
    return x * torch.tanh(torch.exp(x))


COMPOSITIONS = {"mish": mish, "tanhexp": tanhexp}


class Network(nn.Module):
    """Two convolutions, an activation and a pooling after each, and a linear read-out."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, CHANNELS, 3, padding=1)
        self.second = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.read_out = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Tensor, activation: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the logits of images of shape (n, 1, side, side)."""
        x = F.max_pool2d(activation(self.first(x)), FIRST_POOL)
        x = F.max_pool2d(activation(self.second(x)), SECOND_POOL)
        logits: Tensor = self.read_out(x.flatten(start_dim=1))
        return logits


class TorchLearner:
    """A network, its activation and its optimizer: a `Learner`."""

    def __init__(self, network: Network, activation: Callable[[Tensor], Tensor]) -> None:
        self.network = network
        self.activation = activation
        self.optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)

    def step(self, batch: Images) -> None:
        """Run one training step."""
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self._logits(batch), torch.from_numpy(batch.labels))
        torch.autograd.backward(loss)
        self.optimizer.step()

    def accuracy(self, images: Images) -> float:
        """Return the share of the images that the network labels rightly."""
        with torch.no_grad():
            labels = self._logits(images).argmax(dim=1)
        return (labels == torch.from_numpy(images.labels)).float().mean().item()

    def kept(self) -> Kept:
        """Measure what the activations keep for one batch, beyond their outputs."""
        reports = [
            dualad_torch.saved_bytes(
                self.activation, torch.zeros(BATCH, CHANNELS, side, side, requires_grad=True)
            )
            for side in ACTIVATION_SIDES
        ]
        return Kept(sum(report.bytes for report in reports), reports[0].how)

    def _logits(self, images: Images) -> Tensor:
        logits: Tensor = self.network(torch.from_numpy(images.pixels)[:, None], self.activation)
        return logits


def learners(definition: Definition) -> dict[str, TorchLearner]:
    """Return a learner to each method, all with the same initial weights."""
    composed = COMPOSITIONS[definition.name]

    def recomputed(x: Tensor) -> Tensor:
        y: Tensor = checkpoint(composed, x, use_reentrant=False)
        return y

    torch.manual_seed(0)
    network = Network()
    activations: dict[str, Callable[[Tensor], Tensor]] = {
        COMPOSED: composed,
        RECOMPUTED: recomputed,
        DUALAD: definition.activation,
    }
    return {
        method: TorchLearner(copy.deepcopy(network), activation)
        for method, activation in activations.items()
    }
