"""The table that the benchmark of PyTorch prints, and the lines below it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, groupby

from .torch_calls import SMALL, Bandwidth, SmallCall
from .torch_methods import Settings, ours_of
from .torch_pairs import CHAINS, Row, geometric_mean, of_activation, ratios

__all__ = ["bandwidth_lines", "footnotes", "mean_lines", "render", "small_call_line"]

HEADINGS = (
    "activation", "method", "ms", "/ best", "/ checkpoint", "/ built-in", "kept", "peak",
)  # fmt: skip


def render(rows: Sequence[Row]) -> str:
    """The table: names to the left of their column, numbers to the right."""
    groups: list[list[tuple[str, ...]]] = [[HEADINGS]]
    for activation, group in groupby(rows, key=lambda row: row.activation):
        beside = of_activation(rows, activation)
        groups.append([_cells(row, ratios(row, beside)) for row in group])
    widths = [max(map(len, column)) for column in zip(*chain(*groups), strict=True)]

    def line(texts: Sequence[str]) -> str:
        pairs = list(zip(texts, widths, strict=True))
        aligned = [text.ljust(width) for text, width in pairs[:2]]
        aligned += [text.rjust(width) for text, width in pairs[2:]]
        return "  ".join(aligned).rstrip()

    rule = "  ".join("─" * width for width in widths)
    return f"\n{rule}\n".join("\n".join(map(line, group)) for group in groups)


def _cells(row: Row, times: dict[str, float | None]) -> tuple[str, ...]:
    return (
        row.activation,
        row.method,
        f"{row.seconds * 1e3:.3f}",
        *(_number(times[name]) for name in ("best", "checkpoint", "built-in")),
        f"{row.kept:.2f}",
        _number(row.peak),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def mean_lines(rows: Sequence[Row]) -> list[str]:
    """The geometric means over the chains, a line to each of dualad's methods."""
    lines = []
    for method in ours_of({row.method: row for row in rows}):
        means = {name: geometric_mean(rows, method, name) for name in ("best", "checkpoint")}
        texts = [
            f"{value:.2f} of {'the best alternative' if name == 'best' else name}"
            for name, value in means.items()
            if value is not None
        ]
        if texts:
            lines.append(f"{method}: {', '.join(texts)} (geometric mean over {', '.join(CHAINS)})")
    return lines


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
