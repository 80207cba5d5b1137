"""The picture: a table of bytes, coloured, with the error of each form beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ....keep import Derivative, Keep, Quantized
from ...bench.picture import BLUE, GREY, INK, NOTE, page
from .cases import FORMS, written
from .rows import Row, Summary

__all__ = ["draw"]

HEADLINE = "What is enough for the backward pass: bytes per element"
KEY = (
    'framed: what keep="auto" keeps between linear layers   ·   '
    "small: the error of f' in the mean square under N(0,1); none: exact but for rounding"
)

COLUMNS = {
    "Derivative": "f'",
    "Input": "x",
    "Output": "y",
    "Segments": "straight\npieces",
}
"""What forms keep, by their kind; the others are of so many bits."""

SHADES = LinearSegmentedColormap.from_list("bytes", ["#F4F9FC", BLUE])
LEAST, MOST = 0.0625, 8.0
"""Bytes between which the shades change; below, as above, they are the same."""

TOP, ROOM, TALLEST = 0.81, 0.745, 0.06
"""Of the page: where the cells begin, what all of them have, what one has at most."""

LARGEST = 11  # points: what a cell is wide enough for

DARK = 0.55
"""The shade from which on ink would not be read."""


def draw(rows: Sequence[Row], auto: Mapping[str, Summary], machine: str) -> Figure:
    """A line to each activation, those of which less is kept above; a column to each form.

    Parameters
    ----------
    rows
        The rows of the table.
    auto
        What ``keep="auto"`` keeps, by activation.
    machine
        On what it was measured, in a line.
    """
    figure = page(HEADLINE, f"float32, added to what the linear layers keep; {machine}")
    figure.text(0.05, 0.885, KEY, size=NOTE, color=GREY)
    names = sorted(auto, key=lambda name: (auto[name].bytes, name))
    forms = [written(form) for form in FORMS]
    height = min(ROOM, TALLEST * len(names))
    axes = figure.add_axes((0.115, TOP - height, 0.865, height))
    axes.set_xlim(0, len(forms))
    axes.set_ylim(len(names), 0)
    size = min(LARGEST, 270 / len(names))  # points; the lines share some six inches
    by_place = {(row.activation, row.form): row for row in rows}
    for line, name in enumerate(names):
        for column, form in enumerate(forms):
            _draw_cell(axes, by_place[name, form], column, line, size)
    axes.set_yticks([line + 0.5 for line in range(len(names))], names, size=size + 1.5)
    axes.set_xticks([k + 0.5 for k in range(len(forms))], map(_heading, FORMS), size=NOTE)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, colors=INK)
    axes.spines[:].set_visible(False)
    return figure


def _heading(form: Keep) -> str:
    if isinstance(form, Quantized):
        return f"{form.bits} bits\n{form.rounding}"
    half = f" as\n{form.dtype}" if isinstance(form, Derivative) and form.dtype else ""
    return f"{COLUMNS[type(form).__name__]}{half}"


def _draw_cell(axes: Axes, row: Row, column: int, line: int, size: float) -> None:
    if row.bytes is None:
        axes.text(column + 0.5, line + 0.5, "–", size=size, color=GREY, ha="center", va="center")
        return
    shade = _shade(row.bytes)
    axes.add_patch(Rectangle((column + 0.02, line + 0.04), 0.96, 0.92, color=SHADES(shade)))
    ink = "white" if shade > DARK else INK
    weight = "bold" if row.auto else "normal"
    x, side = (column + 0.5, "center") if row.bound == 0.0 else (column + 0.44, "right")
    axes.text(
        x, line + 0.5, f"{row.bytes:.3g}",
        size=size, color=ink, ha=side, va="center", weight=weight,
    )  # fmt: skip
    if row.bound != 0.0:
        axes.text(
            column + 0.52, line + 0.5, _error(row.rms), size=0.8 * size, color=ink, va="center"
        )
    if row.auto:
        axes.add_patch(
            Rectangle(
                (column + 0.02, line + 0.06), 0.96, 0.88, fill=False, color=INK, linewidth=1.5
            )
        )


def _shade(bytes_: float) -> float:
    """From 0 to 1; a doubling is a step."""
    within = min(max(bytes_, LEAST), MOST)
    return log2(within / LEAST) / log2(MOST / LEAST)


def _error(rms: float | None) -> str:
    """Short enough for a cell."""
    if rms is None:
        return ""
    return "0" if rms == 0.0 else f"{rms:.3f}"[1:] if 5e-4 <= rms < 1.0 else f"{rms:.0e}"
