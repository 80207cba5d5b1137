"""A derivative without bounds in few bits: levels for the range of each run of elements.

Written with the functions of the Array API standard; arrays are flat. Where a graph does not know
their size (it is None), it is a multiple of `RUN`.
"""

from __future__ import annotations

from typing import Any

__all__ = ["RUN", "from_ranges", "in_ranges"]

RUN = 256
"""Elements that share a range: 8 bytes for it are 1/32 byte an element."""


def in_ranges(xp: Any, slopes: Any, bits: int, noise: Any = None) -> tuple[Any, Any, Any]:
    """Write down derivatives by the number of their level in the range of their run.

    Levels are whole multiples of a step, so that 0 is exact. A derivative is at most half a step
    from its level, or a whole one with noise; a step is the range of its run, with 0 in it, over
    ``2**bits - 2``. Where one is not finite, the whole run is read as NaN.

    Parameters
    ----------
    xp : namespace
        Of the arrays.
    slopes : float array
        One-dimensional, not empty.
    bits : int
        Of each number.
    noise : float array, optional
        Uniform in [0, 1): rounding is stochastic.

    Returns
    -------
    codes, lowest, steps : array
        uint8 of the shape of `slopes`, and for each run its first level, in steps, and its step.

    Examples
    --------
    >>> import numpy as np
    >>> codes, lowest, steps = in_ranges(np, np.array([0.0, 7.0, -7.0, 3.5]), 2)
    >>> codes, lowest, steps
    (array([1, 2, 0, 2], dtype=uint8), array([-1.]), array([7.]))
    """
    size = slopes.shape[0]
    runs = _runs(xp, slopes)
    zero = xp.zeros_like(runs[:, :1])
    low = xp.minimum(xp.min(runs, axis=1, keepdims=True), zero)
    high = xp.maximum(xp.max(runs, axis=1, keepdims=True), zero)
    # Two levels fewer than there are: the range begins and ends between two multiples. Each end
    # by itself, for the difference may overflow.
    share = 1.0 / (2**bits - 2)
    steps = high * share - low * share
    steps = xp.where(steps > 0.0, steps, xp.ones_like(steps))
    lowest = xp.floor(low / steps + 0.5) if noise is None else xp.floor(low / steps)
    places = runs / steps - lowest
    places = xp.floor(places + 0.5) if noise is None else xp.floor(places + _runs(xp, noise))
    places = xp.minimum(xp.maximum(places, zero), zero + float(2**bits - 1))
    codes = xp.astype(xp.reshape(places, (-1,))[:size], xp.uint8)
    return codes, xp.reshape(lowest, (-1,)), xp.reshape(steps, (-1,))


def from_ranges(xp: Any, codes: Any, lowest: Any, steps: Any) -> Any:
    """The derivatives that were written down by `in_ranges`, each as its level."""
    runs = _runs(xp, xp.astype(codes, steps.dtype))
    levels = (runs + xp.reshape(lowest, (-1, 1))) * xp.reshape(steps, (-1, 1))
    return xp.reshape(levels, (-1,))[: codes.shape[0]]


def _runs(xp: Any, flat: Any) -> Any:
    """A row for each run; the last is filled up with zeros."""
    missing = -(flat.shape[0] or 0) % RUN
    if missing:
        flat = xp.concat([flat, xp.broadcast_to(xp.zeros_like(flat[:1]), (missing,))])
    return xp.reshape(flat, (-1, RUN))
