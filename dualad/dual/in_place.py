"""``x += y`` on dual numbers: every name of the number sees it, as with arrays of NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..namespace import array_namespace
from ..rules import ROWS, Row
from .array_rules import bare, check_views
from .numbers import Tagged
from .row_rules import apply

__all__ = ["overwrite"]


def overwrite(target: Tagged, new: Any) -> None:
    """Give a dual number other values and tangents, of the same shape and in its dtype.

    Raises
    ------
    ValueError
        The shapes differ, or the target is a part of another number, or has parts in use.
    TypeError
        The new numbers are of another kind.
    """
    if target.is_view:
        raise ValueError(
            "x += ... on what was taken out of another dual number, which would not change: "
            "write x = x + ..., or assign to the whole"
        )
    if type(new) is not type(target):
        raise TypeError(
            f"x += ... would make a {type(new).__name__} of a {type(target).__name__}; "
            "write x = x + ... instead"
        )
    if new.shape != target.shape:
        raise ValueError(
            f"x += ... would change the shape {target.shape} to {new.shape}; write x = x + ..."
        )
    check_views(target, ...)
    if new.dtype != target.dtype:
        new = array_namespace(new).astype(new, target.dtype)
    target.become(new.value, *new.components, tag=new.tag)


def _in_place(row: Row) -> Callable[..., Any]:
    def operator(x: Any, other: Any) -> Any:
        result = apply(row, x, other)
        value = bare(x)
        # A number of Python or NumPy, and the arrays of some libraries, never change.
        if isinstance(value, np.generic) or not hasattr(type(value), "__iadd__"):
            return result
        overwrite(x, result)
        return x

    return operator


for _row in ROWS:
    if _row.arity == 2 and _row.operator is not None and _row.kind != "predicate":
        setattr(Tagged, f"__i{_row.operator}__", _in_place(_row))
