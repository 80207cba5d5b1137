"""Operations on the bits of integers: they have no derivative, and floats have none of them."""

from __future__ import annotations

from .row import Row

__all__ = ["ROWS"]


ROWS: tuple[Row, ...] = (
    Row("bitwise_and", kind="zero", arity=2, integer=True, formula="the bits set in x and in y"),
    Row("bitwise_or", kind="zero", arity=2, integer=True, formula="the bits set in x or in y"),
    Row("bitwise_xor", kind="zero", arity=2, integer=True, formula="the bits in which x, y differ"),
    Row("bitwise_invert", kind="zero", integer=True, formula="the bits not set in x"),
    Row(
        "bitwise_left_shift",
        kind="zero",
        arity=2,
        integer=True,
        operator="lshift",
        formula="x 2^y",
    ),
    Row(
        "bitwise_right_shift",
        kind="zero",
        arity=2,
        integer=True,
        operator="rshift",
        formula="floor(x / 2^y)",
    ),
)
