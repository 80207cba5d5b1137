"""Smooth rectifiers: near 0 on the left, near x on the right, and log σ, the same upside down."""

from __future__ import annotations

from typing import Any

from .. import functions as da
from ..definition import activation

__all__ = ["log_sigmoid", "softplus", "squareplus"]


@activation(derivative_from_output=lambda y, beta: -da.expm1(-beta * y))
def softplus(x: Any, beta: Any = 1.0) -> Any:
    """``log(1 + e^(beta x)) / beta``.

    Parameters
    ----------
    x : array
        Of any shape.
    beta : number or array
        How sharp the bend is; not zero.

    See Also
    --------
    torch.nn.functional.softplus

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia 2001, *Incorporating Second-Order Functional Knowledge
    for Better Option Pricing*, NIPS.

    Examples
    --------
    >>> round(float(softplus(0.0)), 4)
    0.6931
    """
    return da.softplus(beta * x) / beta


@activation(derivative_from_output=lambda y: -da.expm1(y))
def log_sigmoid(x: Any) -> Any:
    """``log(1 / (1 + e^-x))``.

    See Also
    --------
    torch.nn.functional.logsigmoid

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia 2001, *Incorporating Second-Order Functional Knowledge
    for Better Option Pricing*, NIPS: minus their softplus of -x.

    Examples
    --------
    >>> round(float(log_sigmoid(0.0)), 4)
    -0.6931
    """
    return da.log_sigmoid(x)


@activation(derivative_from_output=lambda y, b: 1.0 / (1.0 + (0.25 * b / y) / y))
def squareplus(x: Any, b: Any = 4.0) -> Any:
    """``(x + √(x² + b)) / 2``.

    Parameters
    ----------
    x : array
        Of any shape.
    b : number or array
        How wide the bend is; positive.

    References
    ----------
    Barron 2021, *Squareplus: A Softplus-Like Algebraic Rectifier*, arXiv 2112.11687.

    Examples
    --------
    >>> [float(squareplus(x)) for x in (-1.5, 0.0, 1.5)]
    [0.5, 1.0, 2.0]
    """
    # f(x) - f(-x) = x: from the side on which nothing cancels, both are known.
    return da.maximum(x, 0.0) + (0.5 * b) / (da.abs(x) + da.hypot(x, da.sqrt(b)))
