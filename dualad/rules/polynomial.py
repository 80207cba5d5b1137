"""Polynomials, with which functions that a backend lacks are written, and their zeros.

Their coefficients are those of Chebyshev interpolation, computed with mpmath at 60 digits and then
rounded to double precision; each is said to have an interval, a degree and an error. In the
variables chosen they fall off so fast that the sum of their absolute values is a small multiple of
the result: Horner's rule then costs no digits, in single precision either, and no double-double
arithmetic is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["from_root", "polynomial", "square_from_root"]


def polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    """``c[0] + c[1] x + c[2] x**2 + ...`` by Horner's rule."""
    *lower, total = coefficients
    for c in reversed(lower):
        total = total * x + c
    return total


FENCE = -60000.0
"""Below all that comes near a root, and a number in float16, too."""


def from_root(xp: Any, x: Any, root: tuple[float, float, float]) -> Any:
    """``x - root`` to the last digit: of the three parts two are exact in single precision too.

    What compilers make of a chain of constants is their sum, rounded; they do not look beyond a
    maximum.
    """
    return (xp.maximum(x - root[0], FENCE) - root[1]) - root[2]


def square_from_root(xp: Any, x: Any, square: float, root: tuple[float, float, float]) -> Any:
    """``x**2 - square``, to the last digit near the square's root, as a product.

    Near zero it is a difference, in which nothing cancels there: the derivative of the product is a
    sum in which almost everything does.
    """
    product = from_root(xp, x, root) * -from_root(xp, -x, root)
    return xp.where(abs(x) < 0.5 * root[0], x * x - square, product)
