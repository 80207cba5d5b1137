"""Whether an activation takes something's place: it must compute the same and not keep more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..definition import Activation
from ..keep import Auto, Derivative, Keep, Quantized
from ..report import Change
from .agreement import Probe, Unusable
from .known import Candidate, Choice, known, looked_up

__all__ = ["Decision", "Judge", "exact", "name_of", "numbers", "split"]

Parts = tuple[Activation, dict[str, float], tuple[str, ...]]
"""An activation, its constants, and which of its arguments are learned."""


@dataclass
class Decision:
    """What becomes of an activation of the model.

    Parameters
    ----------
    old : object
        What stands there.
    places : list
        Where: each has a path in the model.
    was : str
        What stands there, as the report has it.
    new : object, optional
        What takes its place; None if it stays.
    now : str, optional
        What takes its place, as the report has it.
    reason : str
        Why it stays; of a replacement, what is different at a kink.
    before, after : int, optional
        The bytes that it adds to what is kept.
    """

    old: Any
    places: list[Any]
    was: str
    new: Any = None
    now: str | None = None
    reason: str = ""
    before: int | None = None
    after: int | None = None

    def stay(self, reason: str) -> None:
        """Leave what stands there after all."""
        self.new, self.now, self.reason = None, None, reason

    def change(self) -> Change:
        """As the report has it."""
        return Change(
            ", ".join(place.path for place in self.places),
            self.was,
            self.now,
            self.reason,
            self.before,
            self.before if self.new is None else self.after,
        )


@dataclass
class Judge(ABC):
    """Decides, with a user's mapping and options; a framework says how it calls and measures.

    Parameters
    ----------
    mapping : mapping
        What the user adds to the known names.
    keep : str or form, optional
        What the new activations keep.
    elements : int
        For how many elements bytes are given.
    """

    mapping: Mapping[Any, Choice]
    keep: str | Keep | None
    elements: int
    used: set[int] = field(default_factory=set)
    probes: dict[Any, Probe] = field(default_factory=dict)
    sizes: dict[Any, tuple[int, int]] = field(default_factory=dict)

    @abstractmethod
    def names(self, thing: Any) -> list[str]:
        """The names that tell what something may be; none if it is ours already."""

    @abstractmethod
    def keys(self, thing: Any) -> list[Any]:
        """What a mapping may know something by, the most special first."""

    @abstractmethod
    def described(self, thing: Any) -> str:
        """Something as a table shows it, in one line."""

    @abstractmethod
    def distinction(self, thing: Any) -> Any:
        """What tells things apart that need not be compared twice; None if that is not known."""

    @abstractmethod
    def made(self, thing: Any, choice: Any) -> Any:
        """What would take something's place, by a candidate or by what a mapping says."""

    @abstractmethod
    def parts(self, new: Any) -> Parts:
        """A replacement's activation, its constants, and which arguments are learned."""

    @abstractmethod
    def compared(self, thing: Any, new: Any) -> Probe:
        """How far apart they are."""

    @abstractmethod
    def measured(self, thing: Any, shape: tuple[int, ...], arity: int) -> int:
        """What a thing adds to the bytes kept between two linear layers, for ``elements``."""

    def knows(self, thing: Any) -> bool:
        """Whether something may be an activation."""
        names = self.names(thing)
        return bool(names) and (
            looked_up(self.keys(thing), self.mapping) is not None or bool(known(names))
        )

    def decide(self, thing: Any, places: list[Any]) -> Decision:
        """What becomes of it; nothing is changed yet.

        Raises
        ------
        ValueError
            What the user's mapping says does not agree.
        """
        decision = Decision(thing, places, self.described(thing))
        try:
            new, probe = self._found(thing, places[0].path)
        except Unusable as error:
            decision.reason = str(error)
        else:
            name = self.name_of(new)
            decision.before, decision.after = self._sizes(thing, new, name, probe.shape)
            if decision.after > decision.before:
                decision.reason = f"{name} would keep more"
            else:
                decision.new, decision.now, decision.reason = new, name, probe.kink
        return decision

    def replacement(self, thing: Any, path: str) -> Any:
        """What agrees with something; None if nothing does, or if it is not known at all."""
        try:
            return self._found(thing, path)[0] if self.knows(thing) else None
        except Unusable:
            return None

    def unused(self) -> tuple[str, ...]:
        """What the mapping names and the model has not."""
        missing = [k for k, choice in self.mapping.items() if id(choice) not in self.used]
        names = [k if isinstance(k, str) else getattr(k, "__name__", repr(k)) for k in missing]
        return (f"mapping: the model has no {', '.join(names)}",) if names else ()

    def optioned(self, activation: Activation) -> Activation:
        """The activation with the option that was asked for."""
        return activation if self.keep is None else activation.with_options(keep=self.keep)

    def name_of(self, new: Any) -> str:
        """A replacement as the report shows it."""
        return name_of(*self.parts(new))

    def arity_of(self, new: Any) -> int:
        """How many tensors a replacement takes."""
        activation, constants, learned = self.parts(new)
        given = {*constants, *learned, *activation.defaults}
        return len([name for name in activation.parameters if name not in given])

    def _sizes(self, thing: Any, new: Any, name: str, shape: tuple[int, ...]) -> tuple[int, int]:
        """The bytes that both add; a model has many activations that are alike."""
        alike, arity = self.distinction(thing), self.arity_of(new)
        key = (alike, name, shape)
        if alike is None or key not in self.sizes:
            both = self.measured(thing, shape, arity), self.measured(new, shape, arity)
            self.sizes[key] = both
        return self.sizes[key]

    def _found(self, thing: Any, path: str) -> tuple[Any, Probe]:
        """What takes something's place, and how it compares."""
        choice = looked_up(self.keys(thing), self.mapping)
        if choice is None:
            return self._known(thing)
        self.used.add(id(choice))
        chosen = choice if isinstance(choice, Activation) else choice(thing)
        if chosen is None:
            raise Unusable("the mapping leaves it")
        try:
            new = self.made(thing, chosen)
            probe = self.compared(thing, new)
        except Unusable as error:
            raise ValueError(f"mapping: {path} ({self.described(thing)}) {error}") from error
        if not probe.agrees:
            raise ValueError(
                f"mapping: {path} ({self.described(thing)}) is not {self.name_of(new)}: "
                f"{probe.where}"
            )
        return new, probe

    def _known(self, thing: Any) -> tuple[Any, Probe]:
        """The first of the activations of that name that agrees."""
        closest: tuple[Probe, str] | None = None
        refused: Unusable | None = None
        alike = self.distinction(thing)
        for candidate in known(self.names(thing)):
            try:
                new = self.made(thing, candidate)
                key = (candidate, alike)
                if alike is None or key not in self.probes:
                    self.probes[key] = self.compared(thing, new)
                probe = self.probes[key]
            except Unusable as error:
                refused = error
                continue
            if probe.agrees:
                return new, probe
            # The first is the likeliest.
            if closest is None or probe.worst < 0.5 * closest[0].worst:
                closest = probe, self.name_of(new)
        if closest is None:
            assert refused is not None
            raise refused
        raise Unusable(f"it is not {closest[1]}: {closest[0].where}")


def split(choice: Any, wanted: str) -> tuple[Activation, Mapping[str, float]]:
    """The activation and the values that a candidate or a mapping names.

    Raises
    ------
    Unusable
        It is no activation.
    """
    values = choice.values if isinstance(choice, Candidate) else {}
    activation = choice.activation if isinstance(choice, Candidate) else choice
    if not isinstance(activation, Activation):
        raise Unusable(
            f"was mapped to {activation!r}, which is neither a dualad activation nor a {wanted}"
        )
    return activation, values


def name_of(
    activation: Activation, constants: Mapping[str, float], learned: tuple[str, ...]
) -> str:
    """An activation as the report shows it: the call, with what is not the default."""
    words = {
        **{n: f"{n} learned" for n in learned},
        **{n: f"{n}={v:g}" for n, v in constants.items()},
    }
    needed = {n: n for n in activation.parameters if n not in activation.defaults}
    arguments = [{**needed, **words}.get(n) for n in activation.parameters]
    # The options that are not the default, as the heading has them.
    options = activation.heading.partition(")")[2]
    return f"{activation.__name__}({', '.join(a for a in arguments if a)}){options}"


def exact(activation: Activation) -> Activation:
    """The activation in a form that does not round its derivative, to be compared with others."""
    form = activation.keep
    rounds = (
        isinstance(form, Quantized)
        or (isinstance(form, Derivative) and form.dtype is not None)
        or (isinstance(form, Auto) and form.tolerance > 0.0)
    )
    return activation.with_options(keep="derivative") if rounds else activation


def numbers(values: Mapping[str, Any], names: Any) -> dict[str, float]:
    """The values that are plain numbers, of those names."""
    return {n: float(values[n]) for n in names if type(values.get(n)) in (int, float)}
