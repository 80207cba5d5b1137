"""Errors in units in the last place."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["ulp_error"]


def ulp_error(got: Any, want: Any, scale: Any = None) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Measure how far results are from the truth, in ulp of the results' dtype.

    Parameters
    ----------
    got : array of float16, float32 or float64
        What was computed.
    want : array or sequence
        The truth, in higher precision: float64 for float32 results, or numbers of mpmath.
    scale : array, optional
        Where the truth is a sum that cancels: the larger of its terms, whose ulp is the measure.

    Returns
    -------
    ndarray of float64
        Signed errors. 0 where both are NaN or the same infinity, inf where only one is. Below the
        smallest normal number an ulp is what it is there.

    Examples
    --------
    >>> import numpy as np
    >>> ulp_error(np.float32([1.0, 1.0]), [1.0, 1.0 + 2.0**-23])
    array([ 0., -1.])
    """
    got = np.asarray(got)
    dtype = got.dtype
    exact = np.asarray(want, dtype=object if _is_mp(want) else np.float64)
    rounded = np.asarray([float(w) for w in exact.ravel()], np.float64).reshape(exact.shape)
    size = rounded if scale is None else np.asarray(scale, np.float64)
    smallest = np.finfo(dtype).smallest_normal
    with np.errstate(all="ignore"):
        unit = np.spacing(np.maximum(np.abs(size), smallest).astype(dtype)).astype(np.float64)
        target = rounded.astype(dtype)
        same = (got == target) & ~np.isfinite(target) | np.isnan(got) & np.isnan(target)
        finite = np.isfinite(got) & np.isfinite(target)
    if exact.dtype == object:
        difference = np.array(
            [
                float((type(w)(float(g)) - w) / float(u)) if ok else np.inf
                for g, w, u, ok in zip(
                    got.ravel(), exact.ravel(), unit.ravel(), finite.ravel(), strict=True
                )
            ]
        ).reshape(got.shape)
    else:
        with np.errstate(all="ignore"):
            difference = np.where(finite, (got.astype(np.float64) - exact) / unit, np.inf)
    return np.where(same, 0.0, difference)


def _is_mp(want: Any) -> bool:
    first = np.asarray(want, dtype=object).ravel()[:1]
    return bool(len(first)) and hasattr(first[0], "_mpf_")
