"""The table that the demo prints."""

from collections.abc import Sequence
from itertools import groupby

from .training import ACTIVATION_ELEMENTS, Row

HEADINGS = ("framework", "activation", "method", "kept for backward", "ms/step", "accuracy")


def bytes_per_element(row: Row) -> float:
    """Return what a row's activations keep for each of their elements."""
    return row.kept.bytes / ACTIVATION_ELEMENTS


def cells(row: Row) -> tuple[str, ...]:
    """Return the texts of a row, in the order of `HEADINGS`."""
    return (
        row.framework,
        row.activation,
        row.method,
        f"{row.kept.bytes / 1e6:.1f} MB ({bytes_per_element(row):.1f} B/element)",
        f"{row.milliseconds:.1f}",
        f"{row.accuracy:.1%}",
    )


def render(rows: Sequence[Row]) -> str:
    """Return the table, a rule between its groups, with footnotes on how it was measured.

    Parameters
    ----------
    rows
        What was measured; the rows of one framework and activation stand together.

    Returns
    -------
    str
        Lines of text: names to the left of their column, numbers to the right.
    """
    widths = [max(map(len, column)) for column in zip(HEADINGS, *map(cells, rows), strict=True)]

    def line(texts: Sequence[str]) -> str:
        names, numbers = texts[:3], texts[3:]
        aligned = [text.ljust(width) for text, width in zip(names, widths[:3], strict=True)]
        aligned += [text.rjust(width) for text, width in zip(numbers, widths[3:], strict=True)]
        return "  ".join(aligned).rstrip()

    rule = "  ".join("─" * width for width in widths)
    lines = [line(HEADINGS)]
    for _, group in groupby(rows, key=lambda row: (row.framework, row.activation)):
        lines += [rule, *(line(cells(row)) for row in group)]
    return "\n".join([*lines, rule, "", *footnotes(rows)])


def footnotes(rows: Sequence[Row]) -> list[str]:
    """Return a line on each figure of the table that says how it was measured."""
    how = {row.framework: row.kept.how for row in rows}
    return [
        "kept for backward: by the network's activations, for one batch, beyond their outputs",
        *(f"  {framework}: {measured}" for framework, measured in how.items()),
        "ms/step: the median over the training steps, in which the methods take turns",
        "accuracy: on the test images, from the same initial weights and the same batches",
    ]
