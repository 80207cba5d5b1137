"""What is kept for the backward pass.

A form says which derivatives the forward pass computes and keeps. The adapters ask it, and do not
know the forms by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Derivative", "Derivatives", "Input", "Keep", "SecondOrderError", "keep_form"]


class SecondOrderError(RuntimeError):
    """More derivatives were asked of an activation than it keeps.

    Parameters
    ----------
    name : str
        The activation.
    kept : int
        How many derivatives it keeps.
    """

    def __init__(self, name: str, kept: int = 1) -> None:
        self.name, self.kept = name, kept
        words = {1: ("only its first derivative", "twice"), 2: ("two derivatives", "three times")}
        what, times = words[kept]
        also = f" or {name}.with_options(order=2), which keeps the second, too" if kept == 1 else ""
        super().__init__(
            f"{name} keeps {what} for the backward pass, so it cannot be differentiated {times}; "
            f'use {name}.with_options(keep="input"), which keeps the input and works to any '
            f"order{also}"
        )

    def __reduce__(self) -> tuple[type[SecondOrderError], tuple[str, int]]:
        return type(self), (self.name, self.kept)


@dataclass(frozen=True)
class Derivative:
    """Keep f'(x): one array for each argument that needs a gradient.

    The backward pass is one multiplication. The second derivative is not there: asking for it is an
    error. Where several arguments need gradients and are fewer bytes than these derivatives, as a
    trainable parameter beside x, the arguments are kept instead.
    """

    order: ClassVar[int] = 1
    """How many derivatives are kept."""

    def __str__(self) -> str:
        return "derivative"


@dataclass(frozen=True)
class Derivatives:
    """Keep f'(x) and f''(x): what ``order=2`` means. The backward pass can be differentiated once.

    The second derivative is not computed anew; a third is an error. Where several arguments are
    fewer bytes than their derivatives the arguments are kept instead, and any order is computed.
    """

    order: ClassVar[int] = 2

    def __str__(self) -> str:
        return "derivative"


@dataclass(frozen=True)
class Input:
    """Keep the arguments and compute f'(x) in the backward pass, to any order of derivative."""

    order: ClassVar[int] = 0

    def __str__(self) -> str:
        return "input"


Keep = Derivative | Derivatives | Input

FORMS: dict[str, Keep] = {"derivative": Derivative(), "input": Input()}


def keep_form(keep: str | Keep, order: int = 1) -> Keep:
    """The form that an option names.

    Parameters
    ----------
    keep : str or Keep
        A name, or a form.
    order : int
        How many derivatives the forward pass computes.

    Raises
    ------
    ValueError
        There is no form of that name.
    TypeError
        It is neither a name nor a form.

    Examples
    --------
    >>> from dualad.keep import keep_form
    >>> keep_form("input")
    Input()
    >>> keep_form("derivative", order=2)
    Derivatives()
    """
    form = keep if isinstance(keep, Derivative | Derivatives | Input) else _named(keep)
    return Derivatives() if order == 2 and isinstance(form, Derivative) else form


def _named(keep: object) -> Keep:
    names = ", ".join(map(repr, FORMS))
    if not isinstance(keep, str):
        raise TypeError(f"keep is one of {names} or a form of dualad.keep, got {keep!r}")
    if keep not in FORMS:
        raise ValueError(f"unknown keep={keep!r}: it is one of {names} or a form of dualad.keep")
    return FORMS[keep]
