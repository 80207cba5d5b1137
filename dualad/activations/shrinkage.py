"""Shrinkage: what is small becomes zero, or smaller still."""

from __future__ import annotations

from typing import Any

from .. import functions as da
from ..definition import activation
from ..user_rules import primitive
from .rectifiers import step

__all__ = ["hardshrink", "softshrink", "tanhshrink"]


def _tanh_squared(x: Any) -> Any:
    t = da.tanh(x)
    return t * t


# As a difference, 1 - tanh', the derivative would have no right digit near zero.
x_minus_tanh = primitive(
    lambda x: x - da.tanh(x), _tanh_squared, name="x_minus_tanh", formula="x - tanh x", check=False
)
x_minus_tanh.__doc__ = "``x - tanh(x)`` with its derivative, ``tanh(x)²``."


@activation
def tanhshrink(x: Any) -> Any:
    """``x - tanh(x)``.

    See Also
    --------
    torch.nn.functional.tanhshrink

    References
    ----------
    Named in PyTorch 2016, *torch.nn.Tanhshrink*.

    Examples
    --------
    >>> round(float(tanhshrink(1.0)), 4)
    0.2384
    """
    return x_minus_tanh(x)


@activation
def softshrink(x: Any, lambd: Any = 0.5) -> Any:
    """``x - lambd`` for x > lambd, ``x + lambd`` for x < -lambd, else 0.

    The slope at -lambd and at lambd is 0.

    Parameters
    ----------
    x : array
        Of any shape.
    lambd : number or array
        How far from zero it is zero; not negative.

    See Also
    --------
    torch.nn.functional.softshrink

    References
    ----------
    Donoho 1995, *De-noising by Soft-Thresholding*, IEEE Transactions on Information Theory 41.

    Examples
    --------
    >>> [float(softshrink(x)) for x in (-2.0, 0.25, 2.0)]
    [-1.5, 0.0, 1.5]
    """
    return da.relu(x - lambd) - da.relu(-x - lambd)


@activation
def hardshrink(x: Any, lambd: Any = 0.5) -> Any:
    """``x`` for |x| > lambd, else 0.

    The slope at -lambd and at lambd is 0.

    Parameters
    ----------
    x : array
        Of any shape.
    lambd : number or array
        How far from zero it is zero; not negative, finite.

    See Also
    --------
    torch.nn.functional.hardshrink

    References
    ----------
    Donoho and Johnstone 1994, *Ideal Spatial Adaptation by Wavelet Shrinkage*, Biometrika 81.

    Examples
    --------
    >>> [float(hardshrink(x)) for x in (-2.0, 0.25, 2.0)]
    [-2.0, 0.0, 2.0]
    """
    return x * step(da.abs(x) - lambd)
