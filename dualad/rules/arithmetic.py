"""Sums, products, quotients, the absolute value and the parts of a number."""

from __future__ import annotations

import math
from typing import Any

from ..scalars import is_scalar
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
    """``dx / y - (x / y) (dy / y)``: the square of ``y`` would overflow long before this does.

    The tangent comes before the second division: ``dy / y`` overflows where y is subnormal, which
    the whole need not. A tangent that is only written down is read backwards.
    """
    (_, y), (dx, dy) = arguments, tangents
    if dy is None:
        zero = isinstance(y, float | int) and y == 0
        return over_zero(xp, dx, y, quotient) if zero else dx / y
    if is_scalar(dy) and dy == 1:
        by_denominator = quotient / y
    elif getattr(type(dy), "written_down", False):
        by_denominator = (dy / y) * quotient
    else:
        by_denominator = (dy * quotient) / y
    return -by_denominator if dx is None else dx / y - by_denominator


def over_zero(xp: Any, dx: Any, zero: float, quotient: Any) -> Any:
    """A tangent over the number zero: infinite, and zero where the tangent is.

    Python's own division would raise.
    """
    if is_scalar(dx):
        return (xp.zeros_like(quotient) + dx) / zero if dx else 0.0
    if getattr(type(dx), "written_down", False):
        return dx / zero
    tangent = dx / zero
    return xp.where(xp.logical_and(xp.isnan(tangent), dx == 0.0), 0.0, tangent)


def divide_mixed(xp: Any, x: Any, y: Any, _: Any) -> Any:
    """``-1 / y**2``, of a Python number too."""
    return -math.inf if is_scalar(y) and y == 0 else -(1.0 / y) / y


def of_real(slope: float) -> Any:
    """The rule of a function that only does something to complex numbers.

    Dual numbers are real. One made by hand around a complex array is refused: the derivative of
    what is not analytic is no number.
    """

    def rule(xp: Any, x: Any, y: Any) -> float:
        # A symbol has no dtype, and says so loudly.
        if hasattr(type(x), "dtype") and "complex" in str(x.dtype):
            raise TypeError(
                f"a derivative needs real floating-point numbers, got dtype {x.dtype}; "
                "differentiate the real and the imaginary part as two real functions"
            )
        return slope

    return rule


def remainder_by_dividend(xp: Any, x: Any, y: Any, z: Any) -> Any:
    """One, and NaN where there is no remainder."""
    return xp.where(xp.isnan(z), z, 1.0)


def remainder_by_divisor(xp: Any, x: Any, y: Any, z: Any) -> Any:
    """``-floor(x / y)``, by a division that does not round up; NaN where there is no remainder."""
    return xp.where(xp.isnan(z), z, -xp.floor_divide(x, y))


def remainder_twice(xp: Any, x: Any, y: Any, z: Any) -> Any:
    """Zero, and NaN where there is no remainder."""
    return xp.where(xp.isnan(z), z, 0.0)


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
            (divide_mixed, lambda xp, x, y, z: ((z / y) / y) * 2.0),
        ),
        tangent=divide_tangent,
        arity=2,
        operator="truediv",
        formula="x / y",
        derivative="1 / y, -(x / y) / y",
    ),
    Row(
        "negative",
        first=(lambda xp, x, y: -1.0,),
        second=((nothing,),),
        operator="neg",
        formula="-x",
        derivative="-1",
    ),
    Row(
        "positive",
        first=(lambda xp, x, y: 1.0,),
        second=((nothing,),),
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
    Row(
        "square",
        first=(lambda xp, x, y: 2.0 * x,),
        second=((lambda xp, x, y: 2.0,),),
        formula="x²",
        derivative="2 x",
        probes=(-1e-30, 0.0, 1e-30),
    ),
    Row(
        "reciprocal",
        first=(lambda xp, x, y: -(y * y),),
        second=((lambda xp, x, y: 2.0 * (y * y * y),),),
        formula="1 / x",
        derivative="-(1 / x)²",
        probes=(-1e30, -1e-9, 1e-9, 1e30),
    ),
    Row(
        "remainder",
        first=(remainder_by_dividend, remainder_by_divisor),
        second=((remainder_twice,), (remainder_twice, remainder_twice)),
        arity=2,
        operator="mod",
        formula="x - y floor(x / y)",
        derivative="1, -floor(x / y); at a jump as on the side whose value it has",
    ),
    Row(
        "copysign",
        # The signs, not a quotient: at zero the derivative is that of |x|, 0.
        first=(lambda xp, x, y, z: xp.sign(x) * xp.sign(z), nothing),
        second=((nothing,), (nothing, nothing)),
        arity=2,
        formula="|x| with the sign of y",
        derivative="sign(x) times the sign of y, 0 at x = 0; 0",
        kinks=(0.0,),
    ),
    Row(
        "real",
        first=(of_real(1.0),),
        second=((nothing,),),
        formula="the real part of x: x itself, where x is real",
        derivative="1",
    ),
    Row(
        "imag",
        first=(of_real(0.0),),
        second=((nothing,),),
        formula="the imaginary part of x: 0, where x is real",
        derivative="0 where x is real",
    ),
    Row(
        "conj",
        first=(of_real(1.0),),
        second=((nothing,),),
        formula="the complex conjugate of x: x itself, where x is real",
        derivative="1",
    ),
)
