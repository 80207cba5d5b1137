"""What an activation keeps with its arguments: a form made concrete, or refused with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..scalars import is_scalar
from .codes import LARGEST, Code, by_index, cast, scaled
from .errors import KeepError
from .forms import (
    Auto,
    Derivative,
    Derivatives,
    Input,
    Keep,
    Output,
    Quantized,
    Segments,
)
from .inverse import farthest
from .levels import quantized
from .pieces import NotStraight, slopes
from .planner import Plan, planned

if TYPE_CHECKING:
    from ..definition import Activation

__all__ = ["Choice", "choose", "plan"]

HALVES = ("float16", "bfloat16")
FEW = {2: 1, 4: 2, 16: 4}
"""So many slopes are told apart by so many bits."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What is kept.

    Parameters
    ----------
    form : Derivative, Derivatives, Input, Output, Segments or Quantized
        In which form.
    code : Code, optional
        How a derivative is written down; None: as it is computed.
    runs : Quantized, optional
        The levels are for the range of each run of elements (`ranges`).
    """

    form: Keep
    code: Code | None = None
    runs: Quantized | None = None


AS_COMPUTED = Choice(Derivative())


def choose(activation: Activation, arguments: Sequence[Any], dtype: str) -> Choice:
    """What the activation's form is with these arguments.

    Parameters
    ----------
    activation : Activation
        Whose.
    arguments : sequence of array or number
        Only the numbers are looked at.
    dtype : str
        Of the arrays, by its name.

    Raises
    ------
    KeepError
        The form does not serve: why, and what to write instead.
    """
    form: Keep = activation.keep
    if type(form) is Derivative and form.dtype is None and dtype not in HALVES:
        return AS_COMPUTED
    numbers = tuple(a if is_scalar(a) else None for a in arguments)
    known = activation.recording.choices
    key = (form, activation.options.order, activation.options.inplace, numbers, dtype)
    found = known.get(key)
    if found is None:
        if isinstance(form, Auto):
            if activation.options.inplace:  # x is not kept, whoever would have an eye on it
                alive = tuple(name for name in form.alive if name != "input")
                form = Auto(form.tolerance, alive)
            form = plan(activation, numbers, dtype, form, activation.options.order).form
        try:
            found = _made(activation, form, numbers, dtype)
        except NotStraight as error:
            raise _refused(activation, form, str(error)) from None
        if len(known) >= 1024:  # a number that is annealed is another one at every step
            known.clear()
        known[key] = found
    return found


def _made(activation: Activation, form: Keep, numbers: tuple[Any, ...], dtype: str) -> Choice:
    one = numbers.count(None) == 1
    if isinstance(form, Input | Derivatives):
        return Choice(form)
    if isinstance(form, Derivative):
        return _derivative(activation, form, numbers, dtype) if one else Choice(form)
    if isinstance(form, Quantized):
        return _quantized(activation, form, numbers, dtype)
    if not one:
        raise _refused(activation, form, "several arguments are arrays")
    if isinstance(form, Output):
        _check_output(activation, form, numbers, dtype)
        return Choice(form)
    assert isinstance(form, Segments)
    return Choice(form, _segments(activation, numbers, dtype))


def _derivative(
    activation: Activation, form: Derivative, numbers: tuple[Any, ...], dtype: str
) -> Choice:
    if form.dtype is None and dtype not in HALVES:
        return Choice(form)
    bound = activation.recording.slope_bound(numbers)
    bounded = 0.0 < bound <= LARGEST
    if form.dtype != "bfloat16" and bounded:
        return Choice(form, scaled(bound))
    if form.dtype == "float16" and dtype != "float16" and bound > 0.0:
        reason = "its derivative has no bound below 32768, and float16 overflows"
        raise _refused(activation, form, reason, 'use Derivative(dtype="bfloat16")')
    return Choice(form, None if form.dtype in (None, dtype) else cast(form.dtype))


def _quantized(
    activation: Activation, form: Quantized, numbers: tuple[Any, ...], dtype: str
) -> Choice:
    low, high = activation.recording.slope_range(numbers)
    if not high - low <= LARGEST:  # on a grid 3x^2 has a bound, too, of 1e76
        return Choice(form, runs=form)
    if low == high:
        return Choice(Derivative())  # a number, of which nothing is kept
    return Choice(form, quantized(low, high, form.bits, form.rounding))


def _segments(activation: Activation, numbers: tuple[Any, ...], dtype: str) -> Code:
    recording = activation.recording
    program = recording.program((_path(numbers),)).fixed(numbers)
    levels = slopes(program, np.float64 if dtype == "float64" else np.float32)
    bits = next((bits for count, bits in FEW.items() if len(levels) <= count), None)
    if bits is None:
        raise NotStraight(f"it has {len(levels)} different slopes, and 16 can be told apart")
    return by_index(levels, bits)


def _path(numbers: tuple[Any, ...]) -> tuple[int, ...]:
    """The derivative by the one argument that is no number."""
    return (numbers.index(None),)


def _check_output(
    activation: Activation, form: Output, numbers: tuple[Any, ...], dtype: str
) -> None:
    inverse = activation.inverse
    if inverse is None:
        raise _refused(
            activation, form, "it is defined without derivative_from_output, its f' by way of y"
        )
    if numbers[0] is not None:
        raise _refused(activation, form, "its first argument is a number")

    def of(one: Activation, path: tuple[int, ...]) -> Any:
        return lambda x: one.recording.at(x, path, numbers)

    x, off = farthest(of(activation, ()), of(activation, (0,)), of(inverse, ()), dtype)
    if off > 1.0:
        raise _refused(
            activation,
            form,
            f"y in {dtype} does not tell the derivative: at x = {x:.6g} what "
            f"derivative_from_output makes of it is {off:.3g} times further off than rounding",
        )


def _refused(activation: Activation, form: Keep, reason: str, instead: str = "") -> KeepError:
    instead = instead or 'use keep="derivative", or keep="auto", which takes what serves'
    return KeepError(f"{activation.__name__} cannot be kept as {form}: {reason}; {instead}")


def plan(
    activation: Activation, numbers: tuple[Any, ...], dtype: str, auto: Auto, order: int
) -> Plan:
    """The candidates for an activation with these numbers beside arrays, and the cheapest."""

    def tried(form: Keep) -> Choice | str:
        try:
            return _made(activation, form, numbers, dtype)
        except (KeepError, NotStraight) as error:
            reason = str(error)
            return reason.partition(": ")[2].partition("; ")[0] or reason

    arrays = numbers.count(None)
    return planned(activation.heading, tried, dtype, auto, order, arrays)
