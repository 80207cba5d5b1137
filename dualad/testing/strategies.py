"""Strategies of Hypothesis for what derivatives are tested with: arrays and functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as extra

from .expressions import Expression, expressions
from .points import special_points

__all__ = ["Expression", "expressions", "inputs"]


def inputs(
    dtype: Any = np.float64,
    shape: Any = None,
    domain: tuple[float, float] = (-math.inf, math.inf),
    special: bool = True,
    *,
    kinks: Sequence[float] = (),
    finite: bool = False,
) -> st.SearchStrategy[Any]:
    """Arrays, biased to where a careless derivative goes wrong.

    Parameters
    ----------
    dtype : dtype, optional
        float16, float32 or float64.
    shape : int, tuple of int or strategy, optional
        The shape; ``()`` gives NumPy numbers. By default any small one.
    domain : tuple of float, optional
        The closed interval that the numbers lie in.
    special : bool, optional
        Whether about half of the numbers are special: tails, signed zeros, subnormals, powers of
        two, where exponentials saturate, infinities, the dtype's extremes, kinks and what is next
        to them. Otherwise all are drawn from the finite numbers as they come.
    kinks : sequence of float, optional
        Where the function under test has kinks.
    finite : bool, optional
        Leave infinities out.

    Returns
    -------
    strategy of ndarray
        Without NaN. Numbers shrink to small integers of the domain.

    Raises
    ------
    ValueError
        No number of the dtype lies in the domain.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import find
    >>> from dualad.testing import strategies
    >>> find(strategies.inputs(np.float32, shape=2), lambda x: x[0] > 1)
    array([2., 0.], dtype=float32)
    """
    dtype = np.dtype(dtype)
    lo, hi = domain
    least, most = _inwards(lo, dtype, math.inf), _inwards(hi, dtype, -math.inf)
    if not least <= most:
        raise ValueError(f"no {dtype} lies in the domain {domain}")
    first, last = max(math.ceil(max(lo, -10.0)), -10), min(math.floor(min(hi, 10.0)), 10)
    whole = [st.integers(first, last).map(float)] if first <= last else []
    width = 8 * dtype.itemsize
    anywhere = st.floats(
        least,
        most,
        width=width,
        allow_nan=False,
        allow_infinity=False,
    )
    numbers = [*whole, anywhere]
    if special:
        found = special_points(dtype, domain, kinks)
        if finite:
            found = found[np.isfinite(found)]
        # In order of size, so that a special number shrinks to a simpler one.
        found = found[np.argsort(np.abs(found), kind="stable")]
        middle_lo, middle_hi = max(least, -40.0), min(most, 40.0)
        if middle_lo < middle_hi:
            numbers.append(
                st.floats(middle_lo, middle_hi, width=width)
                if _fits(middle_lo, middle_hi, dtype)
                else anywhere
            )
        if len(found):
            numbers += [st.sampled_from([float(v) for v in found])] * len(numbers)
    elements = st.one_of(numbers)
    if shape == ():
        return elements.map(dtype.type)
    shapes = extra.array_shapes(max_dims=2, max_side=5) if shape is None else shape
    return extra.arrays(dtype, shapes, elements=elements, fill=st.nothing())


def _inwards(edge: float, dtype: np.dtype[Any], towards: float) -> float:
    """The finite number of the dtype nearest to an edge of the domain, on its inner side."""
    largest = float(np.finfo(dtype).max)
    near = dtype.type(min(max(edge, -largest), largest))
    outside = float(near) < edge if towards > 0 else float(near) > edge
    return float(np.nextafter(near, dtype.type(towards)) if outside else near)


def _fits(lo: float, hi: float, dtype: np.dtype[Any]) -> bool:
    """Whether both ends are numbers of the dtype, as Hypothesis wants them."""
    return float(dtype.type(lo)) == lo and float(dtype.type(hi)) == hi
