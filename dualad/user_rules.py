"""Primitives of a user's own: a function with its derivative, checked when it is defined."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .dual import Dual, Tag
from .functions import make
from .rules import TABLE, Row
from .symbols import Recorder

__all__ = ["DerivativeMismatch", "primitive"]

Function = Callable[..., Any]

PARAMETERS = tuple("xyzuvw")
"""The names of the arguments, for docstrings and messages."""

_own: dict[str, itertools.count[int]] = {}


class DerivativeMismatch(ValueError):
    """A derivative is not that of its function: the message says where, and by how much."""


def primitive(
    function: Function | None = None,
    derivative: Function | Sequence[Function] = (),
    *,
    name: str | None = None,
    formula: str = "",
    domain: tuple[float, float] = (-math.inf, math.inf),
    kinks: Sequence[float] = (),
    points: Sequence[Sequence[float]] | None = None,
    check: bool = True,
) -> Function:
    """Make a primitive of a function and its derivative.

    It is differentiated by the rule given here, to any order if the derivative is written in
    functions that have rules themselves, and is allowed in an activation.

    Parameters
    ----------
    function : callable
        ``f(x)`` or ``f(x, y, ...)``, element-wise. Written in ``da`` functions it runs on every
        backend; a function of SciPy runs on NumPy arrays.
    derivative : callable or sequence of callable
        ``f'(x)``; of several arguments one partial derivative for each, given all arguments.
    name : str, optional
        As error messages call it; the function's own by default.
    formula : str, optional
        The mathematics, for the docstring.
    domain : tuple of float, optional
        The closed interval of the first argument in which the function is real.
    kinks : sequence of float, optional
        Where the first derivative jumps: it is not checked there.
    points : sequence of sequence of float, optional
        Where the derivative is checked, one sequence of arguments after the other; by default at
        17 points spread over the domain.
    check : bool, optional
        Whether to compare with differences of high order at all.

    Returns
    -------
    callable
        The primitive; without `function` a decorator that makes one.

    Raises
    ------
    DerivativeMismatch
        The derivative is not the function's.
    TypeError
        There is not one derivative for each argument.
    ValueError
        dualad has a function of this name, or `domain` is no interval.

    Examples
    --------
    >>> import dualad as da
    >>> @da.primitive(derivative=lambda x: 2.0 / (1.0 + x * x) ** 2 - 1.0 / (1.0 + x * x))
    ... def bump(x):
    ...     return x / (1.0 + x * x)
    >>> float(da.derivative(bump, 2)(1.0))
    -0.5
    """
    if function is None:
        return partial(
            primitive,
            derivative=derivative,
            name=name,
            formula=formula,
            domain=domain,
            kinks=kinks,
            points=points,
            check=check,
        )
    slopes = (derivative,) if callable(derivative) else tuple(derivative)
    title = str(name or getattr(function, "__name__", "primitive"))
    arity = _arity(function, len(slopes))
    if not slopes or arity != len(slopes):
        raise TypeError(
            f"primitive {title}: a function of {arity} argument(s) with {len(slopes)} "
            "derivative(s); write derivative=... with one for each"
        )
    if not domain[0] < domain[1]:
        raise ValueError(f"primitive {title}: domain={domain!r} is no interval")
    if title in TABLE and title not in _own:
        raise ValueError(f"primitive {title}: dualad has a function of this name; give it another")
    if check:
        _check(title, function, slopes, domain, tuple(kinks), points)
    # A name once given may be in recorded programs: a new definition of it gets a number.
    number = next(_own.setdefault(title, itertools.count()))
    row = Row(
        title if number == 0 else f"{title}_{number + 1}",
        first=tuple(partial(_rule, slope) for slope in slopes),
        second=tuple(
            tuple(partial(_second_rule, slopes[i], j) for j in range(i + 1))
            for i in range(len(slopes))
        ),
        arity=len(slopes),
        parameters=PARAMETERS[: len(slopes)],
        written=partial(_written, function),
        opaque=not _runs_on_symbols(title, function, len(slopes)),
        formula=formula or f"{title}({', '.join(PARAMETERS[:arity])})",
        derivative="as its definition says",
        domain=domain,
        kinks=tuple(kinks),
    )
    TABLE[row.name] = row
    made = make(row)
    if hasattr(function, "__qualname__"):
        # As the function that it stands for, so that what is defined in a module can be pickled.
        made.__module__, made.__qualname__ = function.__module__, function.__qualname__
    return made


def _arity(function: Function, slopes: int) -> int:
    """The number of arguments; a function that does not tell is taken at its derivatives' word."""
    if isinstance(function, np.ufunc):
        return function.nin
    code = getattr(function, "__code__", None)
    return (
        slopes
        if code is None
        else code.co_argcount - len(getattr(function, "__defaults__", None) or ())
    )


def _runs_on_symbols(title: str, function: Function, arity: int) -> bool:
    """Whether a function is written in primitives, so that programs may contain it written out."""
    recorder = Recorder(title)
    try:
        function(*(recorder.input(name) for name in PARAMETERS[:arity]))
    except TypeError:
        return False
    return True


def _written(function: Function, xp: Any, *arguments: Any) -> Any:
    return function(*arguments)


def _rule(slope: Function, xp: Any, *arguments: Any) -> Any:
    return slope(*arguments[:-1])


def _second_rule(slope: Function, by: int, xp: Any, *arguments: Any) -> Any:
    """The derivative of a user's derivative, by the rules of what it is written in."""
    with Tag() as tag:
        lifted = [Dual(a, 1.0, tag) if i == by else a for i, a in enumerate(arguments[:-1])]
        result = slope(*lifted)
        tangent = result.tangent if isinstance(result, Dual) and result.tag is tag else None
    return 0.0 if tangent is None else tangent


def _spread(domain: tuple[float, float], arity: int) -> list[tuple[float, ...]]:
    """Points inside the domain, none of them special; further arguments are near one."""
    low, high = (np.clip(edge, -1e3, 1e3) for edge in domain)
    low, high = (
        (low if low > -1e3 else min(-4.0, high - 8.0)),
        (high if high < 1e3 else max(4.0, low + 8.0)),
    )
    inner = low + (high - low) * (np.arange(17) + 0.37) / 17.3
    others = 1.0 + 0.61 * np.sin(np.arange(17)[:, None] * 1.7 + np.arange(arity - 1) + 0.4)
    return [(float(x), *map(float, rest)) for x, rest in zip(inner, others, strict=True)]


def _check(
    title: str,
    function: Function,
    slopes: Sequence[Function],
    domain: tuple[float, float],
    kinks: tuple[float, ...],
    points: Sequence[Sequence[float]] | None,
) -> None:
    """Compare each derivative with differences of the function.

    Raises
    ------
    DerivativeMismatch
        They differ by more than the differences can err.
    """
    for point in _spread(domain, len(slopes)) if points is None else points:
        for i, slope in enumerate(slopes):
            room = min([abs(point[0] - k) for k in (*kinks, *domain)]) if i == 0 else math.inf
            if room == 0.0:
                continue
            with np.errstate(all="ignore"):
                got = float(slope(*map(np.float64, point)))
                want, error = _difference(function, point, i, room)
            if not math.isfinite(want):
                continue
            if not abs(got - want) <= max(100.0 * error, 1e-7 * max(abs(want), 1e-3)):
                where = ", ".join(f"{p:.17g}" for p in point)
                raise DerivativeMismatch(
                    f"primitive {title}: derivative {i + 1} of {len(slopes)} at ({where}) is "
                    f"{got:.17g}, but differences of the function give {want:.17g} within "
                    f"{100 * error:.1g}"
                )


def _difference(
    function: Function, point: Sequence[float], i: int, room: float
) -> tuple[float, float]:
    """A central difference, extrapolated (Ridders 1982), and how much it may err."""
    step = min(0.05 * max(abs(point[i]), 0.2), 0.4 * room)
    table: list[list[float]] = []
    best, error = math.nan, math.inf
    for level in range(7):
        h = step / 2**level
        ends = []
        for moved in (point[i] + h, point[i] - h):
            arguments = [np.float64(moved if j == i else p) for j, p in enumerate(point)]
            ends.append(float(function(*arguments)))
        row = [(ends[0] - ends[1]) / (2 * h)]
        for k, older in enumerate(table[-1] if table else ()):
            row.append(row[k] + (row[k] - older) / (4 ** (k + 1) - 1))
            change = max(abs(row[-1] - row[k]), abs(row[-1] - older))
            if change < error:
                best, error = row[-1], change
        table.append(row)
    return best, error
