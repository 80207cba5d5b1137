"""The table of array functions: what is not element-wise, and how a tangent goes through it."""

from __future__ import annotations

from . import indexing, linear_algebra, manipulation, scaling, selection, statistics
from .row import ArrayRow

__all__ = ["ARRAY_ROWS", "ARRAY_TABLE", "ArrayRow"]

FAMILIES = (manipulation, indexing, statistics, linear_algebra, selection)
"""The families in the order of the documentation."""

ARRAY_ROWS: tuple[ArrayRow, ...] = tuple(
    row for family in (*FAMILIES, scaling) for row in family.ROWS
)

ARRAY_TABLE: dict[str, ArrayRow] = {row.title: row for row in ARRAY_ROWS}
"""Every array function by its name, those of an extension with it: ``"linalg.solve"``."""
