"""The table: one row per primitive, a file for each family of functions.

From the rows come the public functions, the operators of the number types, the reference page of
the documentation and the tests.
"""

from __future__ import annotations

from . import (
    arithmetic,
    bits,
    cardinal,
    entropy,
    error_functions,
    exponential,
    gamma,
    hyperbolic,
    normal,
    polar,
    powers,
    predicates,
    rectifiers,
    roots,
    selection,
    sigmoids,
    steps,
    trigonometric,
)
from .row import Row, Rule

__all__ = ["ROWS", "TABLE", "Row", "Rule"]

FAMILIES = (
    arithmetic,
    powers,
    roots,
    selection,
    exponential,
    entropy,
    trigonometric,
    polar,
    hyperbolic,
    sigmoids,
    rectifiers,
    error_functions,
    normal,
    gamma,
    cardinal,
    steps,
    predicates,
    bits,
)
"""The families in the order of the documentation."""

ROWS: tuple[Row, ...] = tuple(row for family in FAMILIES for row in family.ROWS)

TABLE: dict[str, Row] = {row.name: row for row in ROWS}
"""Every primitive by its name."""
