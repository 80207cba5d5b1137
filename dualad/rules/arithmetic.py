"""Sums, products, quotients, the absolute value."""

from __future__ import annotations

from typing import Any

from .row import Row, nothing

__all__ = ["ROWS"]


def add_tangent(xp: Any, arguments: Any, total: Any, tangents: Any) -> Any:
    """``dx + dy``; an operand without a tangent adds nothing, and no zeros are made for it."""
    dx, dy = tangents
    return dx if dy is None else dy if dx is None else dx + dy


def subtract_tangent(xp: Any, arguments: Any, difference: Any, tangents: Any) -> Any:
    """``dx - dy``."""
    dx, dy = tangents
    return dx if dy is None else -dy if dx is None else dx - dy


def divide_tangent(xp: Any, arguments: Any, quotient: Any, tangents: Any) -> Any:
    """``dx / y - (x / y) (dy / y)``: the square of ``y`` would overflow long before this does."""
    (_, y), (dx, dy) = arguments, tangents
    if dy is None:
        return dx / y
    by_denominator = quotient * (dy / y)
    return -by_denominator if dx is None else dx / y - by_denominator


ROWS: tuple[Row, ...] = (
    Row(
        "add",
        tangent=add_tangent,
        arity=2,
        operator="add",
        formula="x + y",
        derivative="1, 1",
    ),
    Row(
        "subtract",
        tangent=subtract_tangent,
        arity=2,
        operator="sub",
        formula="x - y",
        derivative="1, -1",
    ),
    Row(
        "multiply",
        first=(lambda xp, x, y, z: y, lambda xp, x, y, z: x),
        second=((nothing,), (lambda xp, x, y, z: 1.0, nothing)),
        arity=2,
        operator="mul",
        formula="x y",
        derivative="y, x",
    ),
    Row(
        "divide",
        second=(
            (nothing,),
            (lambda xp, x, y, z: -(1.0 / y) / y, lambda xp, x, y, z: 2.0 * (z / y) / y),
        ),
        tangent=divide_tangent,
        arity=2,
        operator="truediv",
        formula="x / y",
        derivative="1 / y, -(x / y) / y",
    ),
    Row(
        "negative",
        kind="linear",
        operator="neg",
        formula="-x",
        derivative="-1",
    ),
    Row(
        "positive",
        kind="linear",
        operator="pos",
        formula="+x",
        derivative="1",
    ),
    Row(
        "abs",
        first=(lambda xp, x, y: xp.sign(x),),
        second=((nothing,),),
        operator="abs",
        formula="|x|",
        derivative="sign x, 0 at 0",
        kinks=(0.0,),
    ),
)
