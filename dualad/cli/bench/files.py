"""What a benchmark leaves behind: its picture, and its figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_figures", "save_picture"]


def save_picture(figure: Figure, path: Path) -> None:
    """Write a picture, in the format that the file's suffix says, and say where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    print(f"picture: {path}")


def save_figures(figures: Mapping[str, Any], path: Path) -> None:
    """Write what was measured as JSON, and say where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"figures: {path}")
