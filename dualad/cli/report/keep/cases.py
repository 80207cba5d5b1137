"""What is looked at: each activation with its numbers, in each form, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .... import activations as catalogue
from ....definition import Activation
from ....keep import Auto, Derivative, Input, Keep, KeepError, Output, Quantized, Segments
from ....keep.choice import Choice, choose

__all__ = ["FORMS", "Case", "written"]

FORMS: tuple[Keep, ...] = (
    Derivative(),
    Derivative("float16"),
    Input(),
    Output(),
    Segments(),
    *(Quantized(bits, how) for bits in (8, 4, 3, 2) for how in ("nearest", "stochastic")),
)

GIVEN = {"threshold": {"threshold": 1.0, "value": 0.0}}
"""Numbers for arguments that have no default. What has neither is an array, as a gate's halves."""

HALF_UNIT = 2.0**-11
"""How far float16 rounds, of the number."""


@dataclass(frozen=True)
class Case:
    """An activation of the catalogue with its numbers.

    Parameters
    ----------
    name : str
        In `dualad.activations`.
    """

    name: str

    @property
    def activation(self) -> Activation:
        """The activation, with its default options."""
        return getattr(catalogue, self.name)  # type: ignore[no-any-return]

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """An entry for each argument: its number, or None where it is an array."""
        known = {**self.activation.defaults, **GIVEN.get(self.name, {})}
        return tuple(known.get(name) for name in self.activation.parameters)

    @property
    def arrays(self) -> int:
        """How many arguments are arrays."""
        return self.numbers.count(None)

    @property
    def chosen(self) -> Keep:
        """The form that ``keep="auto"`` chooses, where the next layer keeps y."""
        return self.choice(Auto()).form

    def choice(self, form: Keep) -> Choice:
        """What the form comes to, in single precision.

        Raises
        ------
        KeepError
            It does not serve.
        """
        return choose(self.activation.with_options(keep=form), self.numbers, "float32")

    def refusal(self, form: Keep) -> str:
        """Why a form does not serve; nothing if it does."""
        try:
            self.choice(form)
        except KeepError as error:
            return str(error).partition(": ")[2].partition("; ")[0]
        return ""

    def bound(self, form: Keep) -> float | None:
        """How far from f' the derivative is that this form gives, as it states; 0: exact.

        None where the error depends on the numbers that come: levels for the range of each run.
        """
        choice = self.choice(form)
        if choice.runs is not None:
            return None
        if choice.code is not None and choice.code.dtype == "float16":
            return self.activation.recording.slope_bound(self.numbers) * HALF_UNIT
        return 0.0 if choice.code is None else choice.code.error

    def called(self, keep: str | Keep, execution: str) -> Any:
        """A function of the arrays alone, with the numbers filled in."""
        activation = self.activation.with_options(keep=keep, execution=execution)

        def of(*arrays: Any) -> Any:
            rest = iter(arrays)
            return activation(*(next(rest) if n is None else n for n in self.numbers))

        return of


def written(form: Keep) -> str:
    """A form as one writes it, in few words."""
    if isinstance(form, Quantized):
        rounding = "" if form.rounding == "nearest" else f', "{form.rounding}"'
        return f"Quantized({form.bits}{rounding})"
    if isinstance(form, Derivative) and form.dtype is not None:
        return f'Derivative("{form.dtype}")'
    return str(form)
