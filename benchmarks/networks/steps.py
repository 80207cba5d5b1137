"""A training step of a network: what it keeps, how long it takes, how much is activations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

import dualad_torch
from dualad.cli.bench.timing import Clock, alternate, wall_clock
from dualad.cli.bench.torch_methods import on_cuda, step

from .methods import Chain, methods
from .place import Factory, Place

__all__ = ["Row", "measure"]

LEARNING_RATE = 1e-4


@dataclass(frozen=True)
class Row:
    """What was measured of a network with a method.

    Parameters
    ----------
    network, activation, method : str
        Of what.
    kept : int
        Bytes that the whole network keeps for the backward pass, without parameters.
    seconds : float
        The median time of a step: forward, backward, update.
    alone : float
        The median time of forward and backward of the activations alone, on tensors of the same
        shapes.
    """

    network: str
    activation: str
    method: str
    kept: int
    seconds: float
    alone: float

    @property
    def share(self) -> float:
        """What part of the step the activations are."""
        return self.alone / self.seconds


def measure(
    name: str,
    make: Callable[[Factory], nn.Module],
    shape: tuple[int, ...],
    chain: Chain,
    rounds: int,
    device: str = "cpu",
    turn_done: Callable[[], object] = lambda: None,
) -> list[Row]:
    """A row to each method, all with the same weights and inputs, in turns.

    Parameters
    ----------
    name : str
        What the rows are to say.
    make : callable
        The network's class.
    shape : tuple of int
        Of its input.
    chain : Chain
        The activation.
    rounds : int
        Turns that are counted.
    device : str
        Where.
    turn_done : callable
        Called after each of ``2 * (rounds + 1)`` turns of each method.
    """
    torch.manual_seed(0)
    place = Place(chain.composed)
    network = make(place.everywhere).to(device)
    x = torch.randn(shape, device=device)
    clock: Clock = wall_clock if device == "cpu" else on_cuda
    functions = methods(chain, device)
    steps = {name: training_step(network, place, fn, x) for name, fn in functions.items()}
    times = alternate(steps, rounds, clock=clock, turn_done=turn_done)
    kept = {}
    for method, fn in functions.items():
        place.function = fn
        kept[method] = dualad_torch.saved_bytes(network, x).bytes
    pairs = [
        (torch.randn(s, device=device), torch.randn(s, device=device))
        for s in shapes(network, place, x)
    ]
    network.zero_grad()
    alone = alternate(
        {method: all_of([step(fn, *pair) for pair in pairs]) for method, fn in functions.items()},
        rounds, clock=clock, turn_done=turn_done,
    )  # fmt: skip
    return [Row(name, chain.name, m, kept[m], times[m], alone[m]) for m in functions]


def training_step(
    network: nn.Module, place: Place, fn: Callable[[Tensor], Tensor], x: Tensor
) -> Callable[[], None]:
    """Forward, backward and update, with an activation in its place."""
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE)

    def run() -> None:
        place.function = fn
        optimizer.zero_grad()
        network(x).square().mean().backward()
        optimizer.step()

    return run


def shapes(network: nn.Module, place: Place, x: Tensor) -> list[torch.Size]:
    """The shapes of all that goes through the activations."""
    seen: list[torch.Size] = []
    handle = place.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].shape))
    with torch.no_grad():
        network(x)
    handle.remove()
    return seen


def all_of(runs: list[Callable[[], object]]) -> Callable[[], None]:
    """One after the other."""

    def run() -> None:
        for each in runs:
            each()

    return run
