"""A table as the benchmarks print it: groups of lines, a rule between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from .comparison import CHAINS

__all__ = ["mean_line", "number", "render"]


def render(groups: Sequence[Sequence[Sequence[str]]], names: int) -> str:
    """The first columns to the left, they are names; all others, they are numbers, to the right.

    Parameters
    ----------
    groups : sequence
        Of groups of lines of cells; the headings are the first group.
    names : int
        How many columns are names.
    """
    widths = [max(map(len, column)) for column in zip(*chain(*groups), strict=True)]

    def line(cells: Sequence[str]) -> str:
        pairs = list(zip(cells, widths, strict=True))
        aligned = [cell.ljust(width) for cell, width in pairs[:names]]
        aligned += [cell.rjust(width) for cell, width in pairs[names:]]
        return "  ".join(aligned).rstrip()

    rule = "  ".join("─" * width for width in widths)
    return f"\n{rule}\n".join("\n".join(map(line, group)) for group in groups)


def number(value: float | None) -> str:
    """Two digits, or a dash for what there is none of."""
    return "–" if value is None else f"{value:.2f}"


def mean_line(method: str, means: Mapping[str, float | None]) -> str:
    """What `geometric_means` found for a method, in a line."""
    texts = [
        f"{value:.2f} of {'the best alternative' if name == 'best' else name}"
        for name, value in means.items()
        if value is not None
    ]
    return f"{method}: {', '.join(texts)} (geometric mean over {', '.join(CHAINS)})"
