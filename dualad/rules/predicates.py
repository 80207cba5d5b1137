"""Functions whose result is boolean: comparisons, logic, kinds of numbers."""

from __future__ import annotations

from .row import Row

__all__ = ["ROWS"]


ROWS: tuple[Row, ...] = (
    Row("equal", kind="predicate", arity=2, operator="eq", formula="x = y"),
    Row("not_equal", kind="predicate", arity=2, operator="ne", formula="x ≠ y"),
    Row("less", kind="predicate", arity=2, operator="lt", formula="x < y"),
    Row("less_equal", kind="predicate", arity=2, operator="le", formula="x ≤ y"),
    Row("greater", kind="predicate", arity=2, operator="gt", formula="x > y"),
    Row("greater_equal", kind="predicate", arity=2, operator="ge", formula="x ≥ y"),
    Row("logical_and", kind="predicate", arity=2, logical=True, operator="and", formula="x and y"),
    Row("logical_or", kind="predicate", arity=2, logical=True, operator="or", formula="x or y"),
    Row("logical_not", kind="predicate", logical=True, operator="invert", formula="not x"),
    Row(
        "logical_xor",
        kind="predicate",
        arity=2,
        logical=True,
        operator="xor",
        formula="either x or y",
    ),
    Row("isfinite", kind="predicate", formula="x is neither infinite nor NaN"),
    Row("isinf", kind="predicate", formula="x is infinite"),
    Row("isnan", kind="predicate", formula="x is NaN"),
    Row("signbit", kind="predicate", formula="x has a minus sign, zero and NaN too"),
)
