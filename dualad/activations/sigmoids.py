"""Sigmoids: bounded, rising from one value to another."""

from __future__ import annotations

from typing import Any

from .. import functions as da
from ..definition import activation
from .rectifiers import step

__all__ = ["hardsigmoid", "hardtanh", "sigmoid", "softsign", "tanh"]


@activation(derivative_from_output=lambda y: y * (1.0 - y))
def sigmoid(x: Any) -> Any:
    """``1 / (1 + e^-x)``.

    See Also
    --------
    torch.nn.functional.sigmoid

    References
    ----------
    Rumelhart, Hinton and Williams 1986, *Learning Representations by Back-propagating Errors*,
    Nature 323.

    Examples
    --------
    >>> float(sigmoid(0.0))
    0.5
    """
    return da.sigmoid(x)


@activation(derivative_from_output=lambda y: 1.0 - y * y)
def tanh(x: Any) -> Any:
    """``tanh(x)``.

    See Also
    --------
    torch.nn.functional.tanh

    References
    ----------
    LeCun, Bottou, Orr and Müller 1998, *Efficient BackProp*.

    Examples
    --------
    >>> round(float(tanh(1.0)), 4)
    0.7616
    """
    return da.tanh(x)


@activation(derivative_from_output=lambda y: (1.0 - da.abs(y)) ** 2)
def softsign(x: Any) -> Any:
    """``x / (1 + |x|)``.

    See Also
    --------
    torch.nn.functional.softsign

    References
    ----------
    Turian, Bergstra and Bengio 2009, *Quadratic Features and Deep Architectures for Chunking*,
    NAACL.

    Examples
    --------
    >>> [float(softsign(x)) for x in (-3.0, 0.0, 1.0)]
    [-0.75, 0.0, 0.5]
    """
    # Beyond 1 as 1 - 1 / (1 + |x|): the derivative of the quotient would cancel there.
    near = da.maximum(da.minimum(x, 1.0), -1.0)
    far = 1.0 / (1.0 - da.minimum(x, -1.0)) - 1.0 / (1.0 + da.maximum(x, 1.0))
    return near / (1.0 + da.abs(near)) + far


@activation
def hardsigmoid(x: Any) -> Any:
    """``min(max(x + 3, 0), 6) / 6``.

    The slope at -3 and at 3 is 0.

    See Also
    --------
    torch.nn.functional.hardsigmoid

    References
    ----------
    Courbariaux, Bengio and David 2015, *BinaryConnect*, arXiv 1511.00363; with the bounds of Howard
    et al. 2019, *Searching for MobileNetV3*, arXiv 1905.02244.

    Examples
    --------
    >>> [float(hardsigmoid(x)) for x in (-4.0, 0.0, 4.0)]
    [0.0, 0.5, 1.0]
    """
    bounded = da.maximum(da.minimum(x, 3.0), -3.0)
    below = step(3.0 - bounded)
    inside = below * step(bounded + 3.0)
    return inside * ((bounded + 3.0) / 6.0) + (1.0 - below)


@activation
def hardtanh(x: Any, min_val: Any = -1.0, max_val: Any = 1.0) -> Any:
    """``min(max(x, min_val), max_val)``.

    The slope at both bounds is 0.

    Parameters
    ----------
    x : array
        Of any shape.
    min_val, max_val : number or array
        The bounds; they may be infinite.

    See Also
    --------
    torch.nn.functional.hardtanh

    References
    ----------
    Collobert and Weston 2008, *A Unified Architecture for Natural Language Processing*, ICML.

    Examples
    --------
    >>> [float(hardtanh(x)) for x in (-4.0, 0.5, 4.0)]
    [-1.0, 0.5, 1.0]
    """
    return da.where(x <= min_val, min_val, da.where(x >= max_val, max_val, x))
