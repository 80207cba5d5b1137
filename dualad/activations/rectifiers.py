"""Rectifiers: nothing, or little, of what is negative.

Where two pieces meet, the slope is PyTorch's. Pieces are put together by arithmetic on `step` and
not by a selection, which takes as long as twenty multiplications on a CPU.
"""

from __future__ import annotations

from typing import Any

from .. import functions as da
from ..definition import activation

__all__ = ["leaky_relu", "negative_part", "prelu", "relu", "relu6", "step", "threshold"]


def step(x: Any) -> Any:
    """1 right of zero, 0 elsewhere; its slope is 0."""
    return da.maximum(da.sign(x), 0.0)


def negative_part(x: Any) -> Any:
    """``min(x, 0)``, whose slope at 0 is that of its left: 1."""
    # Bounded, for infinity times zero would be NaN.
    return da.minimum(x, 1.0) * (1.0 - step(x))


@activation(derivative_from_output=step)
def relu(x: Any) -> Any:
    """``max(x, 0)``.

    The slope at 0 is 0.

    See Also
    --------
    torch.nn.functional.relu

    References
    ----------
    Nair and Hinton 2010, *Rectified Linear Units Improve Restricted Boltzmann Machines*, ICML.

    Examples
    --------
    >>> [float(relu(x)) for x in (-1.0, 0.0, 2.0)]
    [0.0, 0.0, 2.0]
    """
    return da.relu(x)


@activation(
    derivative_from_output=lambda y, negative_slope: step(y) + negative_slope * (1.0 - step(y))
)
def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Any:
    """``x`` for x > 0, else ``negative_slope x``.

    The slope at 0 is `negative_slope`.

    Parameters
    ----------
    x : array
        Of any shape.
    negative_slope : number or array
        The slope left of zero.

    See Also
    --------
    torch.nn.functional.leaky_relu

    References
    ----------
    Maas, Hannun and Ng 2013, *Rectifier Nonlinearities Improve Neural Network Acoustic Models*,
    ICML.

    Examples
    --------
    >>> [float(leaky_relu(x)) for x in (-1.0, 0.0, 2.0)]
    [-0.01, 0.0, 2.0]
    """
    return da.relu(x) + negative_slope * negative_part(x)


@activation
def prelu(x: Any, weight: Any = 0.25) -> Any:
    """``x`` for x > 0, else ``weight x``, where the weight is learned.

    The slope at 0 is `weight`. A weight for each channel is given with the axes of `x`, those that
    it is the same along having length 1.

    Parameters
    ----------
    x : array
        Of any shape.
    weight : number or array
        The slope left of zero; of a shape that broadcasts.

    See Also
    --------
    torch.nn.functional.prelu

    References
    ----------
    He, Zhang, Ren and Sun 2015, *Delving Deep into Rectifiers*, arXiv 1502.01852.

    Examples
    --------
    >>> [float(prelu(x)) for x in (-1.0, 0.0, 2.0)]
    [-0.25, 0.0, 2.0]
    """
    return da.relu(x) + weight * negative_part(x)


@activation
def relu6(x: Any) -> Any:
    """``min(max(x, 0), 6)``.

    The slope at 0 and at 6 is 0.

    See Also
    --------
    torch.nn.functional.relu6

    References
    ----------
    Krizhevsky 2010, *Convolutional Deep Belief Networks on CIFAR-10*, University of Toronto.

    Examples
    --------
    >>> [float(relu6(x)) for x in (-1.0, 2.0, 7.0)]
    [0.0, 2.0, 6.0]
    """
    bounded = da.minimum(da.relu(x), 6.0)
    below = step(6.0 - bounded)
    return below * bounded + 6.0 * (1.0 - below)


@activation
def threshold(x: Any, threshold: Any, value: Any) -> Any:
    """``x`` for x > threshold, else ``value``.

    The slope at the threshold is 0.

    Parameters
    ----------
    x : array
        Of any shape.
    threshold : number or array
        Finite.
    value : number or array
        What replaces x up to the threshold.

    See Also
    --------
    torch.nn.functional.threshold

    References
    ----------
    Konda, Memisevic and Krueger 2014, *Zero-bias Autoencoders and the Benefits of Co-adapting
    Features*, arXiv 1402.3337.

    Examples
    --------
    >>> [float(threshold(x, 1.0, 20.0)) for x in (0.0, 1.0, 2.0)]
    [20.0, 20.0, 2.0]
    """
    above = step(x - threshold)
    return above * da.maximum(x, threshold) + (1.0 - above) * value
