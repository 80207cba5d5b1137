"""Activations whose shape is learned: their parameters are arguments."""

from __future__ import annotations

from typing import Any

from .. import functions as da
from ..definition import activation

__all__ = ["pau", "snake"]


@activation
def snake(x: Any, alpha: Any = 1.0) -> Any:
    """``x + sin²(alpha x) / alpha``.

    Parameters
    ----------
    x : array
        Of any shape.
    alpha : number or array
        The frequency; not zero.

    References
    ----------
    Ziyin, Hartwig and Ueda 2020, *Neural Networks Fail to Learn Periodic Functions and How to Fix
    It*, arXiv 2006.08195.

    Examples
    --------
    >>> round(float(snake(1.0)), 4)
    1.7081
    """
    return x + da.sin(alpha * x) ** 2 / alpha


@activation
def pau(
    x: Any,
    a0: Any = 0.03356808,
    a1: Any = 0.505,
    a2: Any = 1.65291934,
    a3: Any = 2.008733,
    a4: Any = 0.93100713,
    a5: Any = 0.15222798,
    b1: Any = 0.0,
    b2: Any = 3.97768912,
    b3: Any = 0.0,
    b4: Any = 0.30144154,
) -> Any:
    """``(a0 + a1 x + ... + a5 x⁵) / (1 + |b1 x + ... + b4 x⁴|)``, the safe Padé activation unit.

    By default it is the least-squares fit to ``leaky_relu`` on [-3, 3]: 0.0055 off in the mean
    square, 0.034 at most, at 0. Where the powers of x overflow, it is NaN.

    Parameters
    ----------
    x : array
        Of any shape.
    a0, a1, a2, a3, a4, a5 : number or array
        The coefficients of the numerator.
    b1, b2, b3, b4 : number or array
        Those of the denominator, which is never below 1.

    References
    ----------
    Molina, Schramowski and Kersting 2020, *Padé Activation Units: End-to-end Learning of Flexible
    Activation Functions in Deep Networks*, arXiv 1907.06732.

    Examples
    --------
    >>> [round(float(pau(x)), 2) for x in (-2.0, 0.0, 2.0)]
    [-0.02, 0.03, 2.0]
    """
    numerator = a0 + x * (a1 + x * (a2 + x * (a3 + x * (a4 + x * a5))))
    return numerator / (1.0 + da.abs(x * (b1 + x * (b2 + x * (b3 + x * b4)))))
