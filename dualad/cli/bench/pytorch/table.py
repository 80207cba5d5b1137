"""The table that the benchmark of PyTorch prints, and the lines below it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..comparison import geometric_means, of_activation, ratios
from ..table import mean_line, number
from ..table import render as aligned
from .calls import SMALL, Bandwidth, SmallCall
from .methods import AGAINST, MEANS, Settings, ours_of
from .pairs import Row

__all__ = ["bandwidth_lines", "footnotes", "mean_lines", "render", "small_call_line"]

HEADINGS = (
    "activation", "method", "ms", "/ best", "/ checkpoint", "/ built-in", "kept", "peak",
)  # fmt: skip


def render(rows: Sequence[Row]) -> str:
    """The table: a group of lines to each activation."""
    groups: list[list[tuple[str, ...]]] = [[HEADINGS]]
    for activation, group in groupby(rows, key=lambda row: row.activation):
        beside = of_activation(rows, activation)
        groups.append([_cells(row, ratios(row, beside, AGAINST)) for row in group])
    return aligned(groups, names=2)


def _cells(row: Row, times: dict[str, float | None]) -> tuple[str, ...]:
    return (
        row.activation,
        row.method,
        f"{row.seconds * 1e3:.3f}",
        *(number(times[name]) for name in ("best", "checkpoint", "built-in")),
        f"{row.kept:.2f}",
        number(row.peak),
    )


def mean_lines(rows: Sequence[Row]) -> list[str]:
    """The geometric means over the chains, a line to each of dualad's methods."""
    ours = ours_of({row.method: row for row in rows})
    found = {method: geometric_means(rows, method, MEANS) for method in ours}
    return [mean_line(method, means) for method, means in found.items() if any(means.values())]


def small_call_line(call: SmallCall) -> str:
    """What a small call costs."""
    return (
        f"{SMALL:,} elements, forward and backward: mish {call.dualad * 1e6:.1f} µs, "
        f"a Function that multiplies {call.multiplication * 1e6:.1f} µs, "
        f"difference {call.difference * 1e6:.1f} µs"
    )


def bandwidth_lines(found: dict[str, Bandwidth]) -> list[str]:
    """How much of a copy's bandwidth each fused forward pass reaches."""
    return [
        f"{activation}: the fused forward pass moves {b.pair / 1e9:.0f} GB/s, "
        f"{b.share:.0%} of copy_ ({b.copy / 1e9:.0f} GB/s)"
        for activation, b in found.items()
    ]


def footnotes(settings: Settings, rows: Sequence[Row]) -> list[str]:
    """A line on each column that says how it was measured."""
    peak = "peak: bytes per element of x, y, the gradient and all between; without the cotangent"
    if all(row.peak is None for row in rows):
        peak = "peak: only Linux and CUDA can be asked for it"
    return [
        f"{settings.size:,} elements, {settings.dtype}, {settings.device}",
        f"ms: forward and backward, the median of {settings.rounds} turns, calls in a turn: "
        f"{settings.calls}; / best: of the alternatives, which are all but dualad",
        "kept: bytes per element that autograd keeps for backward, beyond y",
        peak,
    ]
