"""Checks for users' own tests: one call says whether a derivative is right, and where it is not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..definition import Activation
from ..rules import TABLE
from ..transforms import checked_order
from ..transforms import derivative as engine_derivative
from .differences import on_arrays
from .measure import measure
from .oracles import choose_oracle, row_name
from .points import probe_points
from .reports import DerivativeError, UlpReport

__all__ = ["check_derivative", "default_ulp", "ulp_report"]

Function = Callable[..., Any]

HIGHEST_ORDER = 3


def check_derivative(
    f: Function,
    derivative: Function | Sequence[Function] | None = None,
    *,
    order: int | Sequence[int] = 1,
    dtype: Any = np.float64,
    domain: tuple[float, float] | None = None,
    kinks: Sequence[float] | None = None,
    points: Any = None,
    ulp: float | None = None,
    oracle: str | Function = "auto",
    constants: Sequence[Any] = (),
    strict: bool | None = None,
    infinities: bool | None = None,
    absolute: float = 0.0,
) -> Any:
    """Check a derivative against the truth, over the whole domain; for a user's own test.

    Parameters
    ----------
    f : callable
        An element-wise function of its first argument: a plain function, an activation, a function
        of dualad or of NumPy.
    derivative : callable, optional
        The derivative to check, ``derivative(x, *constants)`` on a NumPy array. By default what
        dualad makes of `f`.
    order : int or sequence of int, optional
        Which derivative, 1 to 3; 0 checks the value. With several, `derivative` is a sequence too.
    dtype : dtype, optional
        float16, float32 or float64.
    domain : tuple of float, optional
        The closed interval to look at; by default all numbers, for a function of dualad its own.
    kinks : sequence of float, optional
        Where the derivative jumps. There every value between the derivatives of both sides is
        right; zero and round numbers are looked at that way by themselves.
    points : array_like, optional
        Look at these points instead of at tails, kinks, subnormals, infinities, powers of two, the
        dtype's extremes and a dense middle.
    ulp : float, optional
        How many units in the last place the derivative may be off. By default what the table
        states for a function of dualad, and 16, 64, 256 for orders 1, 2, 3 otherwise.
    oracle : {"auto", "mpmath", "complex-step", "differences"} or callable, optional
        Where the truth comes from. ``"auto"``: the most exact that `f` can run on. A callable is
        the true derivative itself, of an mpmath number.
    constants : sequence, optional
        Further arguments of `f`.
    strict : bool, optional
        Whether to allow no more than `ulp`. By default so for functions of dualad; others may also
        be off by what one ulp in x makes, and where a factor of x underflows. (``exp(-x**2)``
        cannot do better: the rounding of the square moves it by hundreds of ulp.)
    infinities : bool, optional
        Whether the limits have to be met at infinities. By default NaN is let pass there, and at
        the last few numbers before, because a product of zero and infinity is NaN, unless `strict`;
        False does not look.
    absolute : float, optional
        An error that is let pass whatever its ulp, where a formula is known to cancel:
        ``x - tanh(x)`` has a slope of x² near zero, and one minus another number computes it.

    Returns
    -------
    UlpReport or tuple of UlpReport
        What was found; several orders give one report each.

    Raises
    ------
    DerivativeError
        An `AssertionError`: the derivative is wrong. The message says where and by how much.
    TypeError
        No oracle can run `f`, or an argument has the wrong type.
    ValueError
        An argument is out of range, or a result has lost the shape of x.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> from dualad import testing
    >>> testing.check_derivative(lambda x: x * da.tanh(da.softplus(x))).passed
    True
    >>> def careless(x):
    ...     return 1 - np.tanh(x) ** 2
    >>> testing.check_derivative(np.tanh, careless)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    dualad.testing.reports.DerivativeError: first derivative of tanh ... is wrong at ...
    """
    reports = _reports(
        f,
        derivative,
        order,
        dtype,
        domain,
        kinks,
        points,
        ulp,
        oracle,
        constants,
        strict,
        infinities,
        absolute,
    )
    for report in reports:
        if not report.passed:
            raise DerivativeError(report)
    return reports[0] if np.isscalar(order) else reports


def ulp_report(
    f: Function,
    derivative: Function | Sequence[Function] | None = None,
    *,
    order: int | Sequence[int] = 1,
    dtype: Any = np.float64,
    domain: tuple[float, float] | None = None,
    kinks: Sequence[float] | None = None,
    points: Any = None,
    ulp: float | None = None,
    oracle: str | Function = "auto",
    constants: Sequence[Any] = (),
    strict: bool | None = None,
    infinities: bool | None = None,
    absolute: float = 0.0,
) -> Any:
    """Measure a derivative in ulp over the whole domain, however wrong it is.

    Parameters
    ----------
    f, derivative, order, dtype, domain, kinks, points, ulp, oracle, constants, strict,
    infinities, absolute
        As for `check_derivative`.

    Returns
    -------
    UlpReport or tuple of UlpReport
        With ``.points``, ``.got``, ``.want``, ``.ulp``, ``.worst`` and ``.where``; as text a table
        by regions.

    Raises
    ------
    TypeError, ValueError
        As `check_derivative`, for arguments that make no sense; never for a wrong derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import testing
    >>> report = testing.ulp_report(np.tanh, lambda x: 1 - np.tanh(x) ** 2)
    >>> report.worst > 1e15, report.passed
    (True, False)
    """
    reports = _reports(
        f,
        derivative,
        order,
        dtype,
        domain,
        kinks,
        points,
        ulp,
        oracle,
        constants,
        strict,
        infinities,
        absolute,
    )
    return reports[0] if np.isscalar(order) else reports


def default_ulp(f: Function, order: int) -> float:
    """How many ulp are allowed: what the table states, or four times more for every order."""
    name = row_name(f)
    if name is not None and order in (1, 2):
        return TABLE[name].ulp[order - 1]
    return 16.0 * 4.0 ** max(0, order - 1)


def _reports(
    f: Function,
    derivative: Function | Sequence[Function] | None,
    order: int | Sequence[int],
    dtype: Any,
    domain: tuple[float, float] | None,
    kinks: Sequence[float] | None,
    points: Any,
    ulp: float | None,
    oracle: str | Function,
    constants: Sequence[Any],
    strict: bool | None,
    infinities: bool | None,
    absolute: float,
) -> tuple[UlpReport, ...]:
    """One report for each order."""
    if not callable(f):
        raise TypeError(f"a check needs the function itself, got {type(f).__name__}")
    orders = [checked_order(k) for k in ((order,) if np.isscalar(order) else order)]  # type: ignore[union-attr]
    if not orders or max(orders) > HIGHEST_ORDER:
        raise ValueError(f"order is 0 to {HIGHEST_ORDER}, or several of them; got {order!r}")
    if derivative is None or callable(derivative):
        derivatives: list[Function | None] = [derivative] * len(orders)
    else:
        derivatives = list(derivative)
    if len(derivatives) != len(orders) or (len(orders) > 1 and callable(derivative)):
        raise ValueError(f"for orders {orders} give a sequence of {len(orders)} derivatives")
    row = TABLE.get(row_name(f) or "")
    domain = domain or (row.domain if row else (-math.inf, math.inf))
    kinks = tuple(kinks if kinks is not None else row.kinks if row else ())
    strict = (row is not None and derivative is None) if strict is None else strict
    x = _points(points, dtype, domain, kinks, row.probes if row else ())
    if infinities is False and points is None:
        x = x[np.isfinite(x)]
    reports = []
    for k, g in zip(orders, derivatives, strict=True):
        found = choose_oracle(f, oracle, k, x, kinks, tuple(constants))
        got = on_arrays(partial(_derivative, f, g, k, constants), x).astype(x.dtype)
        # Where x or twice x is infinite, 0 * inf is NaN: no user's formula is to blame unless it
        # is asked for.
        far = np.abs(x) > np.finfo(x.dtype).max / 8
        unsaid = far & np.isnan(got) & (not (strict or infinities))
        bound = default_ulp(f, k) if ulp is None else float(ulp)
        findings = measure(x[~unsaid], got[~unsaid], found, bound, strict, float(absolute))
        notes = []
        if unsaid.any():
            notes.append(f"NaN at x = {', '.join(map(str, x[unsaid]))}, let pass")
        if found.name in ("complex-step", "differences"):
            notes.append(
                f"the oracle is {found.name}, in floating point: what it is unsure of is allowed"
            )
        reports.append(
            UlpReport(
                describe(f) if g is None else f"{describe(f)}, as given by {describe(g)}",
                k,
                found.name,
                x[~unsaid][findings.decided],
                got[~unsaid][findings.decided],
                findings.want,
                findings.ulp,
                findings.allowed,
                int((~findings.decided).sum()),
                tuple(notes),
            )
        )
    return tuple(reports)


def _points(
    points: Any,
    dtype: Any,
    domain: tuple[float, float],
    kinks: Sequence[float],
    probes: Sequence[float],
) -> Any:
    """The points to look at, in the dtype."""
    dtype = np.dtype(dtype)
    if dtype not in (np.float16, np.float32, np.float64):
        raise TypeError(f"dtype is float16, float32 or float64, got {dtype}")
    lo, hi = domain
    if not lo <= hi:
        raise ValueError(f"the domain is (lowest, highest), got {domain}")
    if points is None:
        return probe_points(dtype, domain, kinks, extra=probes)
    x = np.asarray(points)
    if x.dtype.kind not in "fiu":
        raise TypeError(f"points are real numbers, got dtype {x.dtype}")
    return x.astype(dtype).ravel()


def _derivative(f: Function, g: Function | None, order: int, constants: Any, x: Any) -> Any:
    """The derivative that is checked."""
    if g is not None:
        return g(x, *constants)
    if isinstance(f, Activation):
        return f.derivative(x, *constants, order=order)
    return engine_derivative(f, order)(x, *constants)


def describe(f: Function) -> str:
    """A function as a reader knows it: by its name, a lambda by where it is written."""
    name = getattr(f, "__name__", None)
    if name is None:
        return repr(f)
    code = getattr(f, "__code__", None)
    if name == "<lambda>" and code is not None:
        return f"<lambda> ({Path(code.co_filename).name}:{code.co_firstlineno})"
    return str(name)
