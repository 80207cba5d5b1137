"""The picture: time in each mode, and the bytes that an eager tape keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..picture import BLUE, GREY, HEADING, INK, NOTE, legend, page, quiet
from .methods import Settings
from .pairs import Row
from .table import in_mode

__all__ = ["draw"]

MARKERS = {
    "composed": ("o", GREY),
    "compiled": ("s", GREY),
    "recompute_grad": ("^", GREY),
    "built-in": ("D", GREY),
    "dualad": ("o", BLUE),
    "dualad input": ("^", BLUE),
    "dualad compiled": ("s", BLUE),
}
TITLES = {
    "eager": "eager: ms",
    "graph": "step in a tf.function: ms",
    "xla": "step compiled by XLA: ms",
}
COLUMNS = 2
HEADLINE = "Low is good: time of forward and backward, and memory"


def draw(rows: Sequence[Row], settings: Settings, machine: str) -> Figure:
    """A panel to each mode, and one to the bytes kept in the first; a column to each activation.

    Parameters
    ----------
    rows
        The rows of the table.
    settings
        What was measured.
    machine
        On what, in a line.
    """
    figure = page(HEADLINE, f"{settings.size:,} elements, float32; {machine}")
    panels = [(TITLES[mode], in_mode(rows, mode), _milliseconds) for mode in settings.modes]
    first = settings.modes[0]
    panels.append((f"kept, {first}: bytes per element", in_mode(rows, first), _kept))
    grid = figure.add_gridspec(
        -(-len(panels) // COLUMNS), COLUMNS,
        left=0.05, right=0.98, top=0.8, bottom=0.11, wspace=0.12, hspace=0.42,
    )  # fmt: skip
    for index, (title, here, height) in enumerate(panels):
        axes = figure.add_subplot(grid[divmod(index, COLUMNS)])
        _draw_points(axes, here, height)
        axes.set_title(title, size=HEADING, weight="bold", loc="left", color=INK)
    legend(figure, MARKERS, (row.method for row in rows))
    return figure


def _milliseconds(row: Row) -> float:
    return 1e3 * row.seconds


def _kept(row: Row) -> float:
    return row.kept


def _draw_points(axes: Axes, rows: Sequence[Row], height: Callable[[Row], float]) -> None:
    """Draw a point to each method over its activation; dualad's last, on top."""
    activations = list(dict.fromkeys(row.activation for row in rows))
    for row in rows:
        marker, colour = MARKERS[row.method]
        place = activations.index(row.activation)
        axes.plot(place, height(row), marker, color=colour, markersize=12, alpha=0.85)
    # Of one activation the slowest method takes many times what the fastest takes.
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    quiet(axes)
    axes.set_xticks(range(len(activations)), activations, size=NOTE)
    axes.set_xlim(-0.5, len(activations) - 0.5)
