"""What was measured of networks, row by row, and the table that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

__all__ = ["COMPOSED", "Row", "difference_line", "differences", "footnotes", "table"]

COMPOSED = "composed"

HEADINGS = ("network", "activation", "method", "kept, MiB", "fewer", "step, ms")
SHARES = ("activations, ms", "of the step")


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


def table(rows: Iterable[Row], recomputed: str, headings: bool = True) -> str:
    """Rows of a network and an activation, with their ratios.

    Parameters
    ----------
    rows : iterable of Row
        Of which those of a network and an activation stand together.
    recomputed : str
        The method by which the framework itself keeps less.
    headings : bool
        Whether the table begins here.
    """
    columns = (*HEADINGS, f"/ {COMPOSED}", f"/ {recomputed}", *SHARES)
    lines = []
    for _, group in groupby(rows, key=lambda row: (row.network, row.activation)):
        beside = {row.method: row for row in group}
        lines += [_cells(row, beside[COMPOSED], beside[recomputed]) for row in beside.values()]
    widths = [15, 12, 15, *map(len, columns[3:])]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column < 3 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in ([columns, *lines] if headings else lines)
    )


def _cells(row: Row, composed: Row, recomputed: Row) -> tuple[str, ...]:
    return (
        row.network,
        row.activation,
        row.method,
        f"{row.kept / 2**20:.1f}",
        f"{composed.kept / row.kept:.2f}",
        f"{row.seconds * 1e3:.1f}",
        f"{row.seconds / composed.seconds:.2f}",
        f"{row.seconds / recomputed.seconds:.2f}",
        f"{row.alone * 1e3:.1f}",
        f"{row.share:.0%}",
    )


def footnotes(rounds: int) -> str:
    """What the columns say."""
    return (
        "kept: by the whole network for backward, without parameters; fewer: composed over this\n"
        f"step: forward, backward and update by SGD, float32; the median of {rounds} turns; "
        "activations: their forward and backward alone, on the same shapes"
    )


def differences(losses: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """How far each method's losses are from the composed function's: the most, of the loss."""
    return {
        method: max(abs(a - b) / abs(b) for a, b in zip(found, losses[COMPOSED], strict=True))
        for method, found in losses.items()
        if method != COMPOSED
    }


def difference_line(name: str, losses: Mapping[str, Sequence[float]]) -> str:
    """The differences, and where the composed function's losses begin and end."""
    texts = [f"{method} {value:.1e}" for method, value in differences(losses).items()]
    first, last = losses[COMPOSED][0], losses[COMPOSED][-1]
    return f"{name} ({first:.3f} to {last:.3f}): {', '.join(texts)}"
