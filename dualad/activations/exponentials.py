"""Exponential linear units: x right of zero, an exponential left of it."""

from __future__ import annotations

from typing import Any

from .. import functions as da
from ..definition import activation
from .rectifiers import negative_part, step

__all__ = ["celu", "elu", "selu"]

SCALE = 1.0507009873554804934193349852946
SCALE_TIMES_ALPHA = 1.7580993408473768599402175208123


@activation(
    derivative_from_output=lambda y, alpha: step(y) + (1.0 - step(y)) * (da.minimum(y, 0.0) + alpha)
)
def elu(x: Any, alpha: Any = 1.0) -> Any:
    """``x`` for x > 0, else ``alpha (e^x - 1)``.

    The slope at 0 is `alpha`.

    Parameters
    ----------
    x : array
        Of any shape.
    alpha : number or array
        Minus the limit on the left.

    See Also
    --------
    torch.nn.functional.elu

    References
    ----------
    Clevert, Unterthiner and Hochreiter 2015, *Fast and Accurate Deep Network Learning by
    Exponential Linear Units (ELUs)*, arXiv 1511.07289.

    Examples
    --------
    >>> [float(elu(x)) for x in (-100.0, 0.0, 2.0)]
    [-1.0, 0.0, 2.0]
    """
    return da.relu(x) + alpha * da.expm1(negative_part(x))


@activation(
    derivative_from_output=lambda y, alpha: (
        step(y) + (1.0 - step(y)) * (da.minimum(y, 0.0) / alpha + 1.0)
    )
)
def celu(x: Any, alpha: Any = 1.0) -> Any:
    """``x`` for x > 0, else ``alpha (e^(x / alpha) - 1)``.

    The slope at 0 is 1, whatever `alpha`.

    Parameters
    ----------
    x : array
        Of any shape.
    alpha : number or array
        Minus the limit on the left; not zero.

    See Also
    --------
    torch.nn.functional.celu

    References
    ----------
    Barron 2017, *Continuously Differentiable Exponential Linear Units*, arXiv 1704.07483.

    Examples
    --------
    >>> [float(celu(x, alpha=2.0)) for x in (-100.0, 0.0, 2.0)]
    [-2.0, 0.0, 2.0]
    """
    return da.relu(x) + alpha * da.expm1(negative_part(x) / alpha)


@activation(
    derivative_from_output=lambda y: (
        SCALE * step(y) + (1.0 - step(y)) * (da.minimum(y, 0.0) + SCALE_TIMES_ALPHA)
    )
)
def selu(x: Any) -> Any:
    """``1.0507 x`` for x > 0, else ``1.7581 (e^x - 1)``.

    The slope at 0 is 1.7581, that of its left.

    See Also
    --------
    torch.nn.functional.selu

    References
    ----------
    Klambauer, Unterthiner, Mayr and Hochreiter 2017, *Self-Normalizing Neural Networks*,
    arXiv 1706.02515.

    Examples
    --------
    >>> [round(float(selu(x)), 4) for x in (-100.0, 0.0, 2.0)]
    [-1.7581, 0.0, 2.1014]
    """
    return SCALE * da.relu(x) + SCALE_TIMES_ALPHA * da.expm1(negative_part(x))
