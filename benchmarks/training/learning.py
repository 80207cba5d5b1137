"""One run: a network learns with one way to keep f', and is tested on what was held out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dualad.activations import gelu
from dualad.keep import Keep

from ..networks.pytorch.place import Place
from .tasks import Task

__all__ = ["Run", "learn"]


@dataclass(frozen=True)
class Run:
    """What a run came to.

    Parameters
    ----------
    losses : list of float
        Of the batches, step by step.
    loss, accuracy : float
        On what was held out, after the last step.
    """

    losses: list[float]
    loss: float
    accuracy: float


def learn(
    task: Task, keep: str | Keep, seed: int, step_done: Callable[[], object] = lambda: None
) -> Run:
    """Train a network with gelu.

    The seed alone decides on the weights and, by a generator of their own, on the batches. What
    stochastic rounding draws changes neither.

    Parameters
    ----------
    task : Task
        What is learnt.
    keep : str or Keep
        What gelu keeps for the backward pass.
    seed : int
        Of the run.
    step_done : callable
        Called after each step.
    """
    torch.manual_seed(seed)
    network = task.make(Place(gelu.with_options(keep=keep)).everywhere)
    optimizer = task.optimizer(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, optimizer.defaults["lr"], task.steps, pct_start=0.1, cycle_momentum=False
    )
    generator = torch.Generator().manual_seed(seed)
    losses = []
    for _ in range(task.steps):
        inputs, classes = task.batch(generator)
        optimizer.zero_grad()
        loss = _loss(network(inputs), classes)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        step_done()
    return Run(losses, *_tested(network, task))


def _tested(network: nn.Module, task: Task) -> tuple[float, float]:
    """The loss and the accuracy on what was held out."""
    inputs, classes = task.held_out
    network.eval()
    with torch.no_grad():
        logits = network(inputs)
        right = logits.argmax(-1) == classes
        return _loss(logits, classes).item(), right.double().mean().item()


def _loss(logits: Tensor, classes: Tensor) -> Tensor:
    return F.cross_entropy(logits.flatten(0, -2), classes.flatten())
