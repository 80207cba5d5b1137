"""Where the true derivative comes from, when all that is given is the function.

Three oracles, the most exact first. Each gives for every point the interval of right answers, one
number but at kinks, and how far it may itself be off: what it is unsure of is never held against
the derivative that is checked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from mpmath import mp

from ..definition import Activation
from ..functions import FUNCTIONS
from . import differences, limits
from .limits import Interval
from .precise import on_precise_numbers
from .truths import DERIVATIVES, TRUTHS, real

__all__ = ["Oracle", "choose_oracle", "precise_oracle", "row_name"]

Function = Callable[..., Any]


class Oracle(Protocol):
    """What knows the truth."""

    name: str

    def truths(self, x: Any) -> tuple[list[Interval | None], Any]:
        """The interval of right answers at every point (None: undecided), and its uncertainty."""
        ...

    def next_order(self) -> Oracle | None:
        """The oracle of the derivative's derivative, if there is one."""
        ...


class MpmathOracle:
    """Differences of f on mpmath numbers, at a precision raised until they agree to 25 digits.

    Parameters
    ----------
    f : callable
        From mpmath numbers to mpmath numbers.
    order : int
        Which derivative.
    kinks : sequence of float
        Where both sides are looked at; so are zero, infinities and all round numbers.
    closed : sequence of callable, optional
        Known derivatives of orders 1, 2, ..., used instead.
    """

    name = "mpmath"

    def __init__(
        self,
        f: Function,
        order: int,
        kinks: Sequence[float] = (),
        closed: Sequence[Function] = (),
    ) -> None:
        self.f, self.order, self.kinks, self.closed = f, order, frozenset(kinks), closed
        known = 0 < order <= len(closed)
        self.function = real(closed[order - 1]) if known else f
        self.differences = 0 if known else order

    def at(self, x: float) -> Interval | None:
        """The truth at one point."""
        special = math.isinf(x) if self.order == 0 else self.may_be_a_kink(x)
        return limits.derivative_or_interval(
            self.function, [mp.mpf(x)], [self.differences], 0 if special else None
        )

    def may_be_a_kink(self, x: float) -> bool:
        """Whether both sides are to be looked at: a round number, as people write them."""
        return x in self.kinks or math.isinf(x) or (abs(x) <= 64 and (16 * x).is_integer())

    def truths(self, x: Any) -> tuple[list[Interval | None], Any]:
        """The truth at every point, exact."""
        return [self.at(float(v)) for v in x], np.zeros(len(x))

    def next_order(self) -> Oracle | None:
        """The same function, differentiated once more."""
        return MpmathOracle(self.f, self.order + 1, tuple(self.kinks), self.closed)


class CallableOracle:
    """A truth that the user gives, a function of mpmath numbers."""

    name = "the given truth"

    def __init__(self, truth: Function) -> None:
        self.truth = real(truth)

    def truths(self, x: Any) -> tuple[list[Interval | None], Any]:
        """The given function's values, at 200 bits."""
        with mp.workprec(200):
            values = [mp.mpf(self.truth(mp.mpf(float(v)))) for v in x]
        return [None if mp.isnan(v) else (v, v) for v in values], np.zeros(len(x))

    def next_order(self) -> Oracle | None:
        """Unknown."""
        return None


class FloatingOracle:
    """Complex steps or differences in floating point: looser, with an estimate of their error."""

    def __init__(
        self, f: Function, order: int, name: str, kinks: Sequence[float], estimate: Function
    ) -> None:
        self.f, self.order, self.name, self.kinks = f, order, name, tuple(kinks)
        self.estimate = estimate

    def truths(self, x: Any) -> tuple[list[Interval | None], Any]:
        """An estimate at every point that is finite and no kink."""
        values, errors = self.estimate(self.f, np.asarray(x, np.float64), self.order)
        known = np.isfinite(values) & np.isfinite(errors) & ~np.isin(x, self.kinks)
        found = [
            (mp.mpf(float(v)), mp.mpf(float(v))) if ok else None
            for v, ok in zip(values, known, strict=True)
        ]
        return found, np.where(known, errors, 0.0).astype(np.float64)

    def next_order(self) -> Oracle | None:
        """Differences of one order more."""
        if self.order >= differences.HIGHEST_ORDER:
            return None
        return FloatingOracle(
            self.f, self.order + 1, "differences", self.kinks, differences.differences
        )


def row_name(f: Any) -> str | None:
    """The name of the row of the table whose public function ``f`` is."""
    name = getattr(f, "__name__", None)
    return name if isinstance(name, str) and FUNCTIONS.get(name) is f else None


def choose_oracle(
    f: Function, oracle: Any, order: int, x: Any, kinks: Sequence[float], constants: tuple[Any, ...]
) -> Oracle:
    """Return the most exact oracle that can run ``f``.

    Parameters
    ----------
    f : callable
        The function whose derivative is sought.
    oracle : str or callable
        "auto", "mpmath", "complex-step", "differences", or the true derivative itself.
    order : int
        Which derivative.
    x : ndarray
        Some points, to try it out.
    kinks : sequence of float
        Where the derivative jumps.
    constants : tuple
        Further arguments of f.

    Raises
    ------
    ValueError
        There is no oracle of that name.
    TypeError
        No oracle, or not the one asked for, can run the function.
    """
    if callable(oracle):
        return CallableOracle(oracle)
    makers = {"mpmath": precise_oracle, "complex-step": complex_step, "differences": by_differences}
    if oracle != "auto" and oracle not in makers:
        raise ValueError(
            f"oracle is 'auto', 'mpmath', 'complex-step', 'differences' or a function, "
            f"got {oracle!r}"
        )
    definition = f.definition if isinstance(f, Activation) else f
    middle = x[np.isfinite(x) & (np.abs(x) > 1e-3) & (np.abs(x) < 1e2)]
    trial = (middle if len(middle) else x[np.isfinite(x)])[:: max(1, len(middle) // 8)]
    reasons = []
    for name, make in makers.items():
        if oracle not in ("auto", name):
            continue
        try:
            return make(definition, order, trial, kinks, constants)
        except Exception as error:
            # Whatever a user's function says to numbers that it was not written for.
            reasons.append(f"{name}: {type(error).__name__}: {error}")
    raise TypeError("no oracle can run the function; " + "; ".join(reasons))


def precise_oracle(
    f: Function, order: int, trial: Any, kinks: Sequence[float], constants: tuple[Any, ...] = ()
) -> Oracle:
    """The mpmath oracle, if ``f`` runs on `Precise` numbers or on mpmath's own.

    Raises
    ------
    TypeError, ValueError
        It does not, or loses the precision on the way.
    """
    name = row_name(f)
    if name is not None and name in TRUTHS and not constants:
        return MpmathOracle(TRUTHS[name], order, kinks, DERIVATIVES.get(name, ()))
    failure: Exception | None = None
    for function in (on_precise_numbers(f, constants), _with_constants(f, constants)):
        try:
            for x in trial:
                y = function(mp.mpf(float(x)))
                if not isinstance(y, mp.mpf | mp.mpc):
                    raise TypeError(f"on mpmath numbers it returns a {type(y).__name__}")
        except Exception as error:
            failure = failure or error
            continue
        found = MpmathOracle(real(function), order, kinks)
        if all(found.at(float(x)) is None for x in trial):
            failure = failure or ValueError("its differences settle at no precision")
            continue
        return found
    assert failure is not None
    raise failure


def complex_step(
    f: Function, order: int, trial: Any, kinks: Sequence[float], constants: tuple[Any, ...] = ()
) -> Oracle:
    """Complex steps, if the function runs on complex numbers and differences agree with them.

    Raises
    ------
    ValueError
        The order is not 1, or differences contradict.
    """
    if order != 1:
        raise ValueError(f"gives first derivatives only, not order {order}")
    g = _with_constants(f, constants)
    if not differences.confirmed(g, np.asarray(trial, np.float64)):
        raise ValueError("differences contradict it: the function is not complex analytic")
    return FloatingOracle(g, 1, "complex-step", kinks, differences.complex_step)


def by_differences(
    f: Function, order: int, trial: Any, kinks: Sequence[float], constants: tuple[Any, ...] = ()
) -> Oracle:
    """Differences; every function on arrays has them."""
    g = _with_constants(f, constants)
    differences.differences(g, np.asarray(trial, np.float64), order)
    return FloatingOracle(g, order, "differences", kinks, differences.differences)


def _with_constants(f: Function, constants: tuple[Any, ...]) -> Function:
    return lambda x: f(x, *constants)
