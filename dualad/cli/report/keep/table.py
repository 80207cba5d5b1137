"""The table that the report of what is kept prints, and the lines below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ...bench.table import number
from ...bench.table import render as aligned
from .rows import ROUNDS, Row, Settings, Summary

__all__ = ["auto_lines", "footnotes", "reasons", "render"]

HEADINGS = ("activation", "", "form", "bytes", "bound", "sup", "rms", "ms", "ratio")
NAMES = 3
NONE = "–"


def render(rows: Sequence[Row], times: bool) -> str:
    """The table: a group of lines to each activation."""
    columns = len(HEADINGS) if times else HEADINGS.index("ms")
    groups: list[list[tuple[str, ...]]] = [[HEADINGS[:columns]]]
    for _, group in groupby(rows, key=lambda row: row.activation):
        groups.append([_cells(row)[:columns] for row in group])
    return aligned(groups, names=NAMES)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.activation,
        "auto" if row.auto else "",
        row.form,
        NONE if row.bytes is None else f"{row.bytes:.5g}",
        "exact" if row.bound == 0.0 else _short(row.bound),
        f"{_short(row.sup)}{'!' if row.exceeds else ''}",
        _short(row.rms),
        NONE if row.seconds is None else f"{row.seconds * 1e3:.2f}",
        number(row.ratio),
    )


def _short(value: float | None) -> str:
    """An error: a decimal fraction, or a power where that would be long."""
    if value is None:
        return NONE
    if value == 0.0:
        return "0"
    return f"{value:.4f}" if value >= 5e-4 else f"{value:.0e}"


def auto_lines(auto: Mapping[str, Summary]) -> Iterator[str]:
    """What ``keep="auto"`` keeps: a line to each number of bytes."""
    yield 'bytes for each element that keep="auto" keeps, and of what:'
    found = sorted({(summary.bytes, summary.form) for summary in auto.values()})
    for bytes_, form in found:
        names = [name for name, summary in auto.items() if summary == Summary(form, bytes_)]
        yield f"{bytes_:>6.5g}  {form}: {', '.join(names)}"


def reasons(rows: Sequence[Row]) -> Iterator[str]:
    """Why forms do not serve: a line to each reason of each form."""
    refused = [row for row in rows if row.why]
    for form, why in dict.fromkeys((row.form, row.why) for row in refused):
        names = [row.activation for row in refused if (row.form, row.why) == (form, why)]
        yield f"not as {form}, {why}: {', '.join(names)}"


def footnotes(settings: Settings, rows: Sequence[Row]) -> Iterator[str]:
    """A line on each column that says how it was measured."""
    yield "bytes: for each element, in float32, added to what linear layers before and behind keep"
    yield (
        "bound, sup, rms: of the error of f', in any place and under N(0,1); exact: but for "
        "rounding"
    )
    if any(row.sup is not None and row.bound is None for row in rows):
        yield "no bound: none is stated, or it depends on the numbers; sup of gates: under N(0,1)"
    if settings.time:
        yield (
            f"ms: forward and backward of {settings.size:,} elements, the median of "
            f'{ROUNDS} turns, execution="{settings.execution}"; '
            "ratio: to PyTorch's own function"
        )
    for row in rows:
        if row.exceeds:
            yield f"! {row.activation}, {row.form}: {row.sup} off, {row.bound} is stated"
    if any(row.why for row in rows):
        yield "forms that do not serve are dashes; --why says why"
