"""Times beside each other: ratios, and the geometric means of these."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

__all__ = ["CHAINS", "Against", "Timed", "geometric_means", "of_activation", "ratios"]

CHAINS = ("gelu_tanh", "mish", "tanhexp", "serf")
"""Chains of several operations, over which the geometric mean is taken."""

Against = Mapping[str, Sequence[str]]
"""Denominators by what the table calls them: the methods of which the fastest is taken."""


class Timed(Protocol):
    """A row of a table: the time of a method of computing an activation."""

    @property
    def activation(self) -> str:
        """The activation's name."""

    @property
    def method(self) -> str:
        """The method's name."""

    @property
    def seconds(self) -> float:
        """The median time."""


Row = TypeVar("Row", bound=Timed)


def of_activation(rows: Iterable[Row], activation: str) -> dict[str, Row]:
    """The rows of an activation, by method."""
    return {row.method: row for row in rows if row.activation == activation}


def ratios(row: Timed, beside: Mapping[str, Timed], against: Against) -> dict[str, float | None]:
    """The time of a row over those of others.

    Parameters
    ----------
    row : Timed
        Whose time is the numerator.
    beside : mapping of str to Timed
        All rows of that activation, by method.
    against : mapping of str to sequence of str
        The denominators.

    Returns
    -------
    dict
        By the names in `against`; None where none of the methods was measured.
    """
    found: dict[str, float | None] = {}
    for name, methods in against.items():
        times = [beside[method].seconds for method in methods if method in beside]
        found[name] = row.seconds / min(times) if times else None
    return found


def geometric_means(
    rows: Sequence[Timed], method: str, against: Against
) -> dict[str, float | None]:
    """The geometric means over `CHAINS` of a method's `ratios`; None where one of them is None."""
    found: dict[str, list[float | None]] = {name: [] for name in against}
    for activation in CHAINS:
        beside = of_activation(rows, activation)
        here = ratios(beside[method], beside, against) if method in beside else {}
        for name, values in found.items():
            values.append(here.get(name))
    return {name: _geometric_mean(values) for name, values in found.items()}


def _geometric_mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.geometric_mean(known) if len(known) == len(values) else None
