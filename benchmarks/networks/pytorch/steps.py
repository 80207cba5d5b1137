"""A training step of a network: what it keeps, how long it takes, how much is activations."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

import dualad_torch
from dualad.cli.bench.pytorch.device import clock
from dualad.cli.bench.pytorch.methods import step
from dualad.cli.bench.timing import alternate

from ..cases import Case
from ..chains import Chain
from ..table import Row
from .methods import methods
from .place import Place

__all__ = ["measure"]

LEARNING_RATE = 1e-4


def measure(
    case: Case,
    chain: Chain,
    rounds: int,
    device: str = "cpu",
    turn_done: Callable[[], object] = lambda: None,
) -> list[Row]:
    """A row to each method, all with the same weights and inputs, in turns.

    Parameters
    ----------
    case : Case
        The network and its input.
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
    network = case.make(place.everywhere).to(device)
    x = torch.randn(case.shape, device=device)
    functions = methods(chain, device)
    steps = {name: training_step(network, place, fn, x) for name, fn in functions.items()}
    times = alternate(steps, rounds, clock=clock(device), turn_done=turn_done)
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
        rounds, clock=clock(device), turn_done=turn_done,
    )  # fmt: skip
    return [Row(case.name, chain.name, m, kept[m], times[m], alone[m]) for m in functions]


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
