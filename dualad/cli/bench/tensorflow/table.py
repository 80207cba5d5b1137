"""The table that the benchmark of TensorFlow prints, and the lines below it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..comparison import geometric_means, of_activation, ratios
from ..table import mean_line, number
from ..table import render as aligned
from .methods import AGAINST, MEANS, Settings, ours_of
from .pairs import Row

__all__ = ["footnotes", "in_mode", "mean_lines", "means", "render"]

HEADINGS = ("mode", "activation", "method", "ms", *(f"/ {name}" for name in AGAINST), "kept")


def in_mode(rows: Sequence[Row], mode: str) -> list[Row]:
    """The rows of a mode."""
    return [row for row in rows if row.mode == mode]


def render(rows: Sequence[Row]) -> str:
    """The table: a group of lines to each activation in each mode."""
    groups: list[list[tuple[str, ...]]] = [[HEADINGS]]
    for (mode, activation), group in groupby(rows, key=lambda row: (row.mode, row.activation)):
        beside = of_activation(in_mode(rows, mode), activation)
        groups.append([_cells(row, ratios(row, beside, AGAINST)) for row in group])
    return aligned(groups, names=3)


def _cells(row: Row, times: dict[str, float | None]) -> tuple[str, ...]:
    names = (row.mode, row.activation, row.method)
    return (*names, f"{row.seconds * 1e3:.3f}", *map(number, times.values()), f"{row.kept:.2f}")


def means(rows: Sequence[Row]) -> dict[str, dict[str, dict[str, float | None]]]:
    """The geometric means over the chains, by mode and dualad's methods."""
    found = {}
    for mode in dict.fromkeys(row.mode for row in rows):
        here = in_mode(rows, mode)
        ours = ours_of({row.method: row for row in here})
        found[mode] = {method: geometric_means(here, method, MEANS) for method in ours}
    return found


def mean_lines(found: dict[str, dict[str, dict[str, float | None]]]) -> list[str]:
    """A line to each of dualad's methods in each mode; those of `means`."""
    return [
        mean_line(f"{mode}, {method}", values)
        for mode, by_method in found.items()
        for method, values in by_method.items()
        if any(values.values())
    ]


def footnotes(settings: Settings) -> list[str]:
    """A line on each column that says how it was measured."""
    return [
        f"{settings.size:,} elements, float32, CPU",
        f"ms: forward and backward, the median of {settings.rounds} turns; / best: of the "
        "alternatives, which are all but dualad",
        "graph, xla: the whole step is one tf.function, plain or compiled by XLA",
        "compiled: a tf.function of the activation alone that XLA compiles",
        "kept: bytes per element for backward, beyond y: what an eager tape keeps alive; in a "
        "step, what its graph keeps, before XLA",
    ]
