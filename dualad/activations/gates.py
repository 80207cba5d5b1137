"""Gated linear units: one half of a layer's features opens the other."""

from __future__ import annotations

from typing import Any

from .. import functions as da
from ..definition import activation

__all__ = ["geglu", "reglu", "swiglu"]


@activation
def swiglu(gate: Any, up: Any) -> Any:
    """``silu(gate) up``.

    Parameters
    ----------
    gate, up : array
        Of shapes that broadcast.

    References
    ----------
    Shazeer 2020, *GLU Variants Improve Transformer*, arXiv 2002.05202.

    Examples
    --------
    >>> round(float(swiglu(1.0, 2.0)), 4)
    1.4621
    """
    return da.silu(gate) * up


@activation
def geglu(gate: Any, up: Any) -> Any:
    """``gelu(gate) up``.

    Parameters
    ----------
    gate, up : array
        Of shapes that broadcast.

    References
    ----------
    Shazeer 2020, *GLU Variants Improve Transformer*, arXiv 2002.05202.

    Examples
    --------
    >>> round(float(geglu(1.0, 2.0)), 4)
    1.6827
    """
    return (gate * da.ndtr(gate)) * up


@activation
def reglu(gate: Any, up: Any) -> Any:
    """``max(gate, 0) up``.

    Parameters
    ----------
    gate, up : array
        Of shapes that broadcast.

    References
    ----------
    Shazeer 2020, *GLU Variants Improve Transformer*, arXiv 2002.05202.

    Examples
    --------
    >>> float(reglu(1.0, 2.0))
    2.0
    """
    return da.relu(gate) * up
