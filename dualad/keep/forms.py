"""The forms: what may be kept for the backward pass, as an option says it.

A form is a wish. Whether an activation can be kept so, and how its derivative is then written down,
is found from its definition: `codes`, `pieces`, `levels` and `inverse` say for which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

__all__ = [
    "Auto",
    "Derivative",
    "Derivatives",
    "Input",
    "Keep",
    "Output",
    "Quantized",
    "Segments",
    "keep_form",
]


class _Form:
    """What all forms have: they show what is not the default."""

    def __repr__(self) -> str:
        own = [(f, getattr(self, f.name)) for f in fields(self)]  # type: ignore[arg-type]
        shown = [f"{f.name}={v!r}" for f, v in own if v != f.default or f.name == "bits"]
        return f"{type(self).__name__}({', '.join(shown)})"


HALVES = ("float16", "bfloat16")
BITS = (8, 4, 3, 2)
ROUNDINGS = ("nearest", "stochastic")


@dataclass(frozen=True, repr=False)
class Derivative(_Form):
    """Keep f'(x): one array for each argument that needs a gradient.

    The backward pass is one multiplication. The second derivative is not there: asking for it is an
    error. Where several arguments need gradients and are fewer bytes than these derivatives, as a
    trainable parameter beside x, the arguments are kept instead.

    Parameters
    ----------
    dtype : {"float16", "bfloat16"}, optional
        In which f' is kept, whatever the argument's: two bytes an element. By default in the
        argument's; beside half types a bounded f' is kept as the float16 that loses less. Without
        a bound, and of several arrays, float16 is refused.

    Raises
    ------
    ValueError
        It is no half type.
    """

    dtype: str | None = None

    order: ClassVar[int] = 1
    """How many derivatives are kept."""

    def __post_init__(self) -> None:
        if self.dtype is None:
            return
        name = str(self.dtype).rpartition(".")[2]  # a framework's dtype will do, too
        if name not in HALVES:
            raise ValueError(
                f"Derivative keeps f' as float16 or bfloat16, got dtype={self.dtype!r}; without "
                "dtype it is the argument's"
            )
        object.__setattr__(self, "dtype", name)


@dataclass(frozen=True, repr=False)
class Derivatives(_Form):
    """Keep f'(x) and f''(x): what ``order=2`` means. The backward pass can be differentiated once.

    The second derivative is not computed anew; a third is an error. Where several arguments are
    fewer bytes than their derivatives the arguments are kept instead, and any order is computed.

    Parameters
    ----------
    order : {2}
        How many derivatives are kept.
    """

    order: int = 2

    def __post_init__(self) -> None:
        if self.order != 2:
            raise ValueError(
                f"Derivatives keeps two of them, order=2, got {self.order!r}; "
                "one is Derivative(), and Input() gives any order"
            )


@dataclass(frozen=True, repr=False)
class Input(_Form):
    """Keep the arguments and compute f'(x) in the backward pass, to any order of derivative."""

    order: ClassVar[int] = 0


@dataclass(frozen=True, repr=False)
class Output(_Form):
    """Keep y, where f' is a function of y: no bytes at all if the next layer keeps y, too.

    For activations that are defined with ``derivative_from_output``. A half type, or arguments,
    for which y does not tell f' is an error. In PyTorch y gives derivatives of any order; in
    TensorFlow the first.
    """

    order: ClassVar[int] = 1


@dataclass(frozen=True, repr=False)
class Segments(_Form):
    """Keep which slope an element is on, where the activation is made of straight pieces.

    One bit an element for two different slopes, two for up to four, four for up to sixteen. Exact;
    the pieces are found from the definition.
    """

    order: ClassVar[int] = 1


@dataclass(frozen=True, repr=False)
class Quantized(_Form):
    """Keep f'(x) in few bits, with a bound on the error.

    The levels are laid out for the range of f'; 0 and 1 are among them, so that what is saturated
    neither leaks nor fades. (With 8 bits and a range above 250 it may be 0 alone.) An f' without
    bounds, or one of several arrays, is laid out for the range of each 256 elements, which takes 8
    bytes more; there 0 alone is exact.

    Parameters
    ----------
    bits : {8, 4, 3, 2}
        For each element.
    rounding : {"nearest", "stochastic"}
        To the nearest level, or to one of the two that are next to f', at random, so that the mean
        is right. The bound of the error is then twice as large.

    Raises
    ------
    ValueError
        There is no such number of bits, or rounding.
    """

    bits: int = 8
    rounding: str = "nearest"

    order: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if type(self.bits) is not int or self.bits not in BITS:
            raise ValueError(f"Quantized keeps 8, 4, 3 or 2 bits, got bits={self.bits!r}")
        if self.rounding not in ROUNDINGS:
            names = " or ".join(map(repr, ROUNDINGS))
            raise ValueError(f"rounding is {names}, got {self.rounding!r}")


@dataclass(frozen=True, repr=False)
class Auto(_Form):
    """Keep the cheapest thing that is enough: the planner chooses when it sees the arguments.

    Parameters
    ----------
    tolerance : float
        How far the f' that is used may be from f'. With 0 only exact forms are chosen; an `Output`
        counts as exact, as the frameworks' own functions do.
    alive : tuple of {"input", "output"}
        What the neighbours keep anyway: y before a linear layer or a convolution, x beside a
        residual branch. To keep it, too, takes no bytes. Of several arrays, as of a gate, "input"
        means all.

    Raises
    ------
    ValueError
        A tolerance is negative or no number, or a neighbour keeps something else.
    """

    tolerance: float = 0.0
    alive: tuple[str, ...] = ("output",)

    order: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if type(self.tolerance) not in (int, float) or not self.tolerance >= 0.0:
            raise ValueError(f"tolerance is a number, 0 or more, got {self.tolerance!r}")
        alive = (self.alive,) if isinstance(self.alive, str) else tuple(self.alive)
        if unknown := [name for name in alive if name not in ("input", "output")]:
            raise ValueError(f'neighbours keep "input" or "output", got alive={unknown[0]!r}')
        object.__setattr__(self, "alive", alive)


Keep = Derivative | Derivatives | Input | Output | Segments | Quantized | Auto

FORMS: dict[str, type[Any]] = {
    "derivative": Derivative,
    "input": Input,
    "output": Output,
    "segments": Segments,
    "quantized": Quantized,
    "auto": Auto,
    "derivatives": Derivatives,
}
NAMES = ("derivative", "input", "output", "segments", "auto")
"""Those that say all by their name."""


def keep_form(keep: object, order: int = 1) -> Keep:
    """The form that an option names.

    Parameters
    ----------
    keep : str, Keep or mapping
        A name, a form, or what `described` gives.
    order : int
        How many derivatives the forward pass computes.

    Raises
    ------
    ValueError
        There is no form of that name, or it keeps one derivative where two are asked for.
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
    form: Any
    if isinstance(keep, Keep):
        form = keep
    elif isinstance(keep, Mapping):
        form = _written(keep)
    else:
        form = _named(keep)
    if order == 2:
        if form == Derivative():
            return Derivatives()
        if isinstance(form, Derivative | Segments | Quantized):
            raise ValueError(
                f"order=2 keeps f' and f'' as they are; {form} keeps the first alone: write "
                'keep="derivative", or keep="input" for any order'
            )
    return form  # type: ignore[no-any-return]


def described(form: Keep) -> str | dict[str, Any]:
    """A form by its name, or with what it says beside: what a file can hold."""
    name = next(n for n, kind in FORMS.items() if type(form) is kind)
    if name in NAMES and form == FORMS[name]():
        return name
    return {"form": name, **asdict(form)}


def _written(keep: Mapping[str, Any]) -> Any:
    options = {n: tuple(v) if isinstance(v, list) else v for n, v in keep.items()}
    name = options.pop("form", None)
    if name not in FORMS:
        names = ", ".join(map(repr, FORMS))
        raise ValueError(f"unknown form {name!r} in keep={keep!r}: it is one of {names}")
    return FORMS[name](**options)


def _named(keep: object) -> Any:
    names = ", ".join(map(repr, NAMES))
    if not isinstance(keep, str):
        raise TypeError(f"keep is one of {names} or a form of dualad.keep, got {keep!r}")
    if keep not in NAMES:
        raise ValueError(f"unknown keep={keep!r}: it is one of {names} or a form of dualad.keep")
    return FORMS[keep]()
