"""The picture: time against bytes kept."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..comparison import of_activation
from ..picture import BLUE, GREY, HEADING, INK, LABEL, legend, page, quiet
from .methods import Settings
from .pairs import Row

__all__ = ["draw"]

MARKERS = {
    "composed": ("o", GREY),
    "compiled": ("s", GREY),
    "checkpoint": ("^", GREY),
    "built-in": ("D", GREY),
    "dualad": ("o", BLUE),
    "dualad compiled": ("s", BLUE),
}
HEADLINE = "Less kept, less time: the lower left corner is where to be"
COLUMNS = 4


def draw(rows: Sequence[Row], settings: Settings, machine: str) -> Figure:
    """A panel to each activation, a point to each method.

    Parameters
    ----------
    rows
        The rows of the table.
    settings
        What was measured.
    machine
        On what, in a line.
    """
    size = f"{settings.size:,} elements, {settings.dtype}"
    figure = page(HEADLINE, f"forward and backward of {size}; {machine}")
    activations = list(dict.fromkeys(row.activation for row in rows))
    columns = min(COLUMNS, len(activations))
    lines = -(-len(activations) // columns)
    grid = figure.add_gridspec(
        lines, columns, left=0.06, right=0.98, top=0.76, bottom=0.13, wspace=0.22, hspace=0.42
    )
    widest = max(row.kept for row in rows)
    for index, activation in enumerate(activations):
        axes = figure.add_subplot(grid[divmod(index, columns)])
        _draw_points(axes, of_activation(rows, activation))
        axes.set_title(activation, size=HEADING, weight="bold", loc="left", color=INK)
        axes.set_xlim(0, 1.15 * max(widest, 1.0))
        if index % columns == 0:
            axes.set_ylabel("ms", size=LABEL, color=INK)
        if index + columns >= len(activations):
            axes.set_xlabel("bytes kept per element", size=LABEL, color=INK)
    legend(figure, MARKERS, (row.method for row in rows))
    return figure


def _draw_points(axes: Axes, methods: dict[str, Row]) -> None:
    """Draw a point to each method; dualad's last, on top."""
    for row in methods.values():
        marker, colour = MARKERS[row.method]
        axes.plot(row.kept, row.seconds * 1e3, marker, color=colour, markersize=12, alpha=0.85)
    axes.set_ylim(0, 1.12e3 * max(row.seconds for row in methods.values()))
    quiet(axes)
