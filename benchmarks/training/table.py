"""The table of what the runs came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .comparison import Comparison, compare
from .runs import EXACT, Runs

__all__ = ["FOOTNOTE", "Row", "rows", "table"]

FOOTNOTE = (
    "deviation: the standard deviation over the seeds; difference: from exact, seed by seed;\n"
    "error: its standard error; within: whether the difference is at most the deviation of exact.\n"
    "A difference of several errors is there, even where it is within"
)

HEADINGS = ("network", "held out", "kept", "mean", "deviation", "difference", "error", "within")


@dataclass(frozen=True)
class Row:
    """A figure of a network with one way to keep f'.

    Parameters
    ----------
    task, figure, kept : str
        What was learnt; ``loss`` or ``accuracy``; what was kept.
    comparison : Comparison
        With the exact runs.
    """

    task: str
    figure: str
    kept: str
    comparison: Comparison


def rows(task: str, runs: Runs) -> list[Row]:
    """Loss and accuracy on what was held out, with each way to keep f'."""
    found = []
    for figure in ("loss", "accuracy"):
        values = {kept: [getattr(run, figure) for run in those] for kept, those in runs.items()}
        found += [Row(task, figure, kept, compare(v, values[EXACT])) for kept, v in values.items()]
    return found


def table(rows: Iterable[Row], headings: bool = True) -> str:
    """The rows below each other."""
    lines = [_cells(row) for row in rows]
    widths = [20, 8, 18, *map(len, HEADINGS[3:])]
    return "\n".join(
        "  ".join(
            text.ljust(width) if column < 3 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in ([HEADINGS, *lines] if headings else lines)
    )


def _cells(row: Row) -> tuple[str, ...]:
    found = row.comparison
    return (
        row.task,
        row.figure,
        row.kept,
        f"{found.mean:.4f}",
        f"{found.deviation:.4f}",
        f"{found.difference:+.4f}",
        f"{found.error:.4f}",
        "yes" if found.within else "no",
    )
