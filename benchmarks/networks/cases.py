"""What is measured, one case after the other, behind a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dualad.cli.bench.progress import progress_bar

from .chains import Chain
from .table import Row, table

__all__ = ["ROUNDS", "Case", "measure_all", "rounds"]

ROUNDS, QUICK_ROUNDS = 9, 1


class Measure(Protocol):
    """Measures a case with one of its chains."""

    def __call__(
        self, case: Case, chain: Chain, rounds: int, *, turn_done: Callable[[], object]
    ) -> list[Row]:
        """A row to each method; `turn_done` is called after each turn."""


@dataclass(frozen=True)
class Case:
    """A network, its input and the activations that it is measured with.

    Parameters
    ----------
    name : str
        What the table calls the network.
    make : callable
        From a factory of activations to the network.
    shape : tuple of int
        Of its input.
    chains : tuple of Chain
        The activations.
    """

    name: str
    make: Callable[..., Any]
    shape: tuple[int, ...]
    chains: tuple[Chain, ...]


def rounds(quick: bool) -> int:
    """How many turns are counted."""
    return QUICK_ROUNDS if quick else ROUNDS


def measure_all(
    cases: Sequence[Case],
    measure: Measure,
    methods: Callable[[Chain], Collection[str]],
    rounds: int,
    recomputed: str,
) -> list[Row]:
    """Measure and print, the rows of each network and activation when they are there.

    Parameters
    ----------
    cases : sequence of Case
        What is measured.
    measure : callable
        How; it takes ``2 * (rounds + 1)`` turns of each method.
    methods : callable
        The methods that there are for a chain.
    rounds : int
        Turns that are counted.
    recomputed : str
        As `table` takes it.
    """
    rows: list[Row] = []
    turns = sum(len(methods(chain)) for case in cases for chain in case.chains)
    with progress_bar(turns * 2 * (rounds + 1), "turn") as progress:
        for case in cases:
            for chain in case.chains:
                progress.describe(f"{case.name}, {chain.name}")
                found = measure(case, chain, rounds, turn_done=progress.update)
                print(table(found, recomputed, headings=not rows), flush=True)
                rows += found
    return rows
