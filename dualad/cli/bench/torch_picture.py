"""The picture that the benchmark of PyTorch draws: time against bytes kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .torch_methods import Settings
from .torch_pairs import Row, of_activation

__all__ = ["draw", "save"]

# From the palette of Okabe and Ito, which the colour-blind can tell apart. What dualad is compared
# with is grey, and told apart by its marker.
BLUE, INK, GREY, PALE_GREY = "#0072B2", "#222222", "#7F7F7F", "#DDDDDD"
MARKERS = {
    "composed": ("o", GREY),
    "compiled": ("s", GREY),
    "checkpoint": ("^", GREY),
    "built-in": ("D", GREY),
    "dualad": ("o", BLUE),
    "dualad compiled": ("s", BLUE),
}
HEADLINE = "Less kept, less time: the lower left corner is where to be"
TITLE, HEADING, LABEL, NOTE = 28, 18, 14, 12  # points, on a page of 16 x 9 inches
COLUMNS = 4


def save(rows: Sequence[Row], settings: Settings, machine: str, path: Path) -> None:
    """Draw what was measured into a file; its folder is made if need be.

    Parameters
    ----------
    rows
        The rows of the table.
    settings
        What was measured.
    machine
        On what, in a line.
    path
        The file; its suffix says the format.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(rows, settings, machine).savefig(path, dpi=120)


def draw(rows: Sequence[Row], settings: Settings, machine: str) -> Figure:
    """Return the figure: a panel to each activation, a point to each method."""
    # A figure made without pyplot needs no display and leaves no global state; Agg renders it.
    figure = Figure(figsize=(16, 9))
    setting = f"forward and backward of {settings.size:,} elements, {settings.dtype}; {machine}"
    figure.text(0.05, 0.92, HEADLINE, size=TITLE, weight="bold", color=INK)
    figure.text(0.05, 0.02, setting, size=NOTE, color=GREY)
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
    names = dict.fromkeys(row.method for row in rows)
    handles = [
        figure.axes[0].plot([], [], marker, color=colour, markersize=12, label=name)[0]
        for name, (marker, colour) in MARKERS.items()
        if name in names
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.04, 0.905), ncols=len(handles),
        frameon=False, fontsize=LABEL, handletextpad=0.1,
    )  # fmt: skip
    return figure


def _draw_points(axes: Axes, methods: dict[str, Row]) -> None:
    """Draw a point to each method; dualad's last, on top."""
    for row in methods.values():
        marker, colour = MARKERS[row.method]
        axes.plot(row.kept, row.seconds * 1e3, marker, color=colour, markersize=12, alpha=0.85)
    axes.set_ylim(0, 1.12e3 * max(row.seconds for row in methods.values()))
    axes.grid(color=PALE_GREY, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=LABEL, length=0, colors=GREY)
    axes.spines[:].set_visible(False)
