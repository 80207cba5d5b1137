"""Self-gated activations: x times something between 0 and 1."""

from __future__ import annotations

import math
from typing import Any

from .. import functions as da
from ..definition import activation
from .rectifiers import step

__all__ = ["gelu", "gelu_tanh", "hardswish", "mish", "serf", "silu", "swish", "tanhexp"]

SQRT_EIGHT_OVER_PI = math.sqrt(8 / math.pi)


@activation
def silu(x: Any) -> Any:
    """``x σ(x)``.

    See Also
    --------
    torch.nn.functional.silu

    References
    ----------
    Elfwing, Uchibe and Doya 2017, *Sigmoid-Weighted Linear Units for Neural Network Function
    Approximation in Reinforcement Learning*, arXiv 1702.03118.

    Examples
    --------
    >>> round(float(silu(1.0)), 4)
    0.7311
    """
    return da.silu(x)


@activation
def swish(x: Any, beta: Any = 1.0) -> Any:
    """``x σ(beta x)``, where beta may be learned.

    Parameters
    ----------
    x : array
        Of any shape.
    beta : number or array
        0 gives x / 2, infinity the rectifier.

    References
    ----------
    Ramachandran, Zoph and Le 2017, *Searching for Activation Functions*, arXiv 1710.05941.

    Examples
    --------
    >>> round(float(swish(1.0, beta=2.0)), 4)
    0.8808
    """
    return x * da.sigmoid(beta * x)


@activation
def gelu(x: Any) -> Any:
    """``x Φ(x)``, with the standard normal distribution Φ.

    See Also
    --------
    torch.nn.functional.gelu

    References
    ----------
    Hendrycks and Gimpel 2016, *Gaussian Error Linear Units (GELUs)*, arXiv 1606.08415.

    Examples
    --------
    >>> round(float(gelu(1.0)), 4)
    0.8413
    """
    return x * da.ndtr(x)


@activation
def gelu_tanh(x: Any) -> Any:
    """``x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2``.

    See Also
    --------
    torch.nn.functional.gelu(approximate="tanh")

    References
    ----------
    Hendrycks and Gimpel 2016, *Gaussian Error Linear Units (GELUs)*, arXiv 1606.08415.

    Examples
    --------
    >>> round(float(gelu_tanh(1.0)), 4)
    0.8412
    """
    # (1 + tanh(u)) / 2 = σ(2 u), which does not cancel on the left; beyond 40 it is 0 or 1.
    b = da.maximum(da.minimum(x, 40.0), -40.0)
    return x * da.sigmoid(b * (SQRT_EIGHT_OVER_PI + 0.044715 * SQRT_EIGHT_OVER_PI * (b * b)))


@activation
def mish(x: Any) -> Any:
    """``x tanh(softplus(x))``.

    See Also
    --------
    torch.nn.functional.mish

    References
    ----------
    Misra 2019, *Mish: A Self Regularized Non-Monotonic Activation Function*, arXiv 1908.08681.

    Examples
    --------
    >>> round(float(mish(1.0)), 4)
    0.8651
    """
    return x * da.tanh(da.softplus(x))


@activation
def tanhexp(x: Any) -> Any:
    """``x tanh(e^x)``.

    References
    ----------
    Liu and Di 2020, *TanhExp: A Smooth Activation Function with High Convergence Speed for
    Lightweight Neural Networks*, arXiv 2003.09855.

    Examples
    --------
    >>> round(float(tanhexp(1.0)), 4)
    0.9913
    """
    return x * da.tanh(da.exp(x))


@activation
def serf(x: Any) -> Any:
    """``x erf(softplus(x))``.

    References
    ----------
    Nag and Bhattacharyya 2021, *SERF: Towards Better Training of Deep Neural Networks Using
    Log-Softplus ERror Activation Function*, arXiv 2108.09598.

    Examples
    --------
    >>> round(float(serf(1.0)), 4)
    0.9367
    """
    return x * da.erf(da.softplus(x))


@activation
def hardswish(x: Any) -> Any:
    """``x min(max(x + 3, 0), 6) / 6``.

    The slope at -3 is 0, that at 3 is 1.

    See Also
    --------
    torch.nn.functional.hardswish

    References
    ----------
    Howard et al. 2019, *Searching for MobileNetV3*, arXiv 1905.02244.

    Examples
    --------
    >>> [round(float(hardswish(x)), 4) for x in (-4.0, 1.0, 4.0)]
    [0.0, 0.6667, 4.0]
    """
    bounded = da.maximum(da.minimum(x, 3.0), -3.0)
    below = step(3.0 - bounded)
    inside = below * step(bounded + 3.0)
    return inside * (bounded * ((bounded + 3.0) / 6.0)) + (1.0 - below) * da.relu(x)
