"""What is kept for the backward pass.

A form says which derivatives the forward pass computes and keeps. The adapters ask it, and do not
know the forms by name.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Derivative", "Input", "Keep", "SecondOrderError", "keep_form"]


class SecondOrderError(RuntimeError):
    """A second derivative was asked of an activation that keeps only its first.

    Parameters
    ----------
    name : str
        The activation.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} keeps only its first derivative for the backward pass, so it cannot be "
            f'differentiated twice; use {name}.with_options(keep="input"), which keeps the input '
            "and works to any order"
        )


@dataclass(frozen=True)
class Derivative:
    """Keep f'(x): one array for each argument that needs a gradient.

    The backward pass is one multiplication. The second derivative is not there: asking for it is an
    error.
    """

    def __str__(self) -> str:
        return "derivative"


@dataclass(frozen=True)
class Input:
    """Keep the arguments and compute f'(x) in the backward pass, to any order of derivative."""

    def __str__(self) -> str:
        return "input"


Keep = Derivative | Input

FORMS: dict[str, Keep] = {"derivative": Derivative(), "input": Input()}


def keep_form(keep: str | Keep) -> Keep:
    """The form that an option names.

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
    """
    if isinstance(keep, Derivative | Input):
        return keep
    names = ", ".join(map(repr, FORMS))
    if not isinstance(keep, str):
        raise TypeError(f"keep is one of {names} or a form of dualad.keep, got {keep!r}")
    if keep not in FORMS:
        raise ValueError(f"unknown keep={keep!r}: it is one of {names} or a form of dualad.keep")
    return FORMS[keep]
