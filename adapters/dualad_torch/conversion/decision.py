"""Whether an activation replaces a module: it must compute the same and not keep more."""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

import dualad
from dualad.keep import Keep
from dualad.report import Change

from ..module import Activation
from ..report import saved_bytes
from .agreement import Probe, Unusable, compare, of_numbers, twin
from .known import Candidate, Choice, candidates, chosen, described
from .replacement import Place, built, take_over

__all__ = ["Decision", "Judge"]


@dataclass
class Decision:
    """What becomes of an activation of the model.

    Parameters
    ----------
    old : module or function
        What stands there.
    places : list of Place
        Where.
    new : module or function, optional
        What takes its place; None if it stays.
    reason : str
        Why it stays.
    before, after : int, optional
        The bytes that it adds to what is kept.
    """

    old: Any
    places: list[Place]
    new: Any = None
    reason: str = ""
    before: int | None = None
    after: int | None = None

    def put(self) -> None:
        """Make the replacement."""
        if self.new is not None:
            for place in self.places:
                place.put(self.new)

    def put_back(self) -> None:
        """Undo it."""
        for place in self.places:
            place.put(self.old)

    def stay(self, reason: str) -> None:
        """Leave what stands there after all."""
        self.put_back()
        self.new, self.reason = None, reason

    def change(self) -> Change:
        """As the report has it."""
        return Change(
            ", ".join(place.path for place in self.places),
            described(self.old),
            None if self.new is None else name_of(self.new),
            self.reason,
            self.before,
            self.before if self.new is None else self.after,
        )


@dataclass
class Judge:
    """Decides, with a user's mapping and options.

    Parameters
    ----------
    mapping : mapping
        What the user adds to the known names.
    keep : str or form, optional
        What the new activations keep.
    dtype : torch.dtype
        Of the numbers that bytes are measured on.
    elements : int
        For how many elements bytes are given.
    """

    mapping: Mapping[Any, Choice]
    keep: str | Keep | None
    dtype: torch.dtype
    elements: int
    used: set[int] = field(default_factory=set)
    probes: dict[Any, Probe] = field(default_factory=dict)

    def knows(self, thing: Any) -> bool:
        """Whether a module or a function may be an activation."""
        if isinstance(thing, Activation | dualad.Activation):
            return False
        return chosen(thing, self.mapping) is not None or bool(candidates(thing))

    def decide(self, thing: Any, places: list[Place]) -> Decision:
        """What becomes of it; nothing is changed yet.

        Raises
        ------
        ValueError
            What the user's mapping says does not agree.
        """
        decision = Decision(thing, places)
        try:
            new, shape = self._found(thing, places[0].path)
        except Unusable as error:
            decision.reason = str(error)
        else:
            arity = arity_of(new)
            decision.before = self._bytes(thing, shape, arity)
            decision.after = self._bytes(new, shape, arity)
            if decision.after > decision.before:
                decision.reason = f"{name_of(new)} would keep more"
            else:
                decision.new = new
        if decision.new is not None and isinstance(thing, torch.nn.Module):
            take_over(decision.new, thing)
        return decision

    def replacement(self, thing: torch.nn.Module, path: str) -> Any:
        """What agrees with a module; None if nothing does, or if it is not known at all."""
        try:
            return self._found(thing, path)[0] if self.knows(thing) else None
        except Unusable:
            return None

    def unused(self) -> tuple[str, ...]:
        """What the mapping names and the model has not."""
        missing = [k for k, choice in self.mapping.items() if id(choice) not in self.used]
        names = [k if isinstance(k, str) else getattr(k, "__name__", repr(k)) for k in missing]
        return (f"mapping: the model has no {', '.join(names)}",) if names else ()

    def _found(self, thing: Any, path: str) -> tuple[Any, tuple[int, ...]]:
        """What takes a module's place, and the shape of an input that it takes."""
        choice = chosen(thing, self.mapping)
        if choice is None:
            return self._known(thing)
        self.used.add(id(choice))
        chosen_one = choice if isinstance(choice, dualad.Activation) else choice(thing)
        if chosen_one is None:
            raise Unusable("the mapping leaves it")
        try:
            new = self._made(thing, chosen_one)
            probe = _probe(thing, new)
        except Unusable as error:
            raise ValueError(f"mapping: {path} ({described(thing)}) {error}") from error
        if not probe.agrees:
            raise ValueError(
                f"mapping: {path} ({described(thing)}) is not {name_of(new)}: {probe.where}"
            )
        return new, probe.shape

    def _known(self, thing: Any) -> tuple[Any, tuple[int, ...]]:
        """The first of the activations of that name that agrees."""
        closest: tuple[Probe, str] | None = None
        refused: Unusable | None = None
        alike = _distinction(thing)
        for candidate in candidates(thing):
            try:
                new = self._made(thing, candidate)
                key = (candidate, alike)
                if alike is None or key not in self.probes:
                    self.probes[key] = _probe(thing, new)
                probe = self.probes[key]
            except Unusable as error:
                refused = error
                continue
            if probe.agrees:
                return new, probe.shape
            if (
                closest is None or probe.worst < 0.5 * closest[0].worst
            ):  # the first is the likeliest
                closest = probe, name_of(new)
        if closest is None:
            assert refused is not None
            raise refused
        raise Unusable(f"it is not {closest[1]}: {closest[0].where}")

    def _made(self, thing: Any, choice: Any) -> Any:
        """The replacement, with the option that was asked for."""
        if isinstance(choice, Activation):
            return self._with_parameters_of(thing, choice)
        values = choice.values if isinstance(choice, Candidate) else {}
        activation = choice.activation if isinstance(choice, Candidate) else choice
        if not isinstance(activation, dualad.Activation):
            raise Unusable(
                f"was mapped to {activation!r}, which is neither a dualad activation nor a "
                "dualad_torch.Activation"
            )
        return built(thing, self._optioned(activation), values)

    def _with_parameters_of(self, thing: Any, module: Activation) -> Activation:
        """A user's own replacement, holding the very parameters of what it replaces."""
        there, here = dict(thing.named_parameters()), dict(module.named_parameters())
        shapes = {n: tuple(p.shape) for n, p in there.items()}
        if shapes != {n: tuple(p.shape) for n, p in here.items()}:
            raise Unusable(f"has parameters {shapes}, what it was mapped to has others")
        module._parameters = {n: there[n] for n in here}
        module.activation = self._optioned(module.activation)
        return module

    def _optioned(self, activation: dualad.Activation) -> dualad.Activation:
        return activation if self.keep is None else activation.with_options(keep=self.keep)

    def _bytes(self, thing: Any, shape: tuple[int, ...], arity: int) -> int:
        """What a module adds to the bytes kept between two linear layers.

        The second layer keeps the module's result and the first does not keep it: so it is all
        that the module keeps, except its result.
        """
        numel = 1
        for length in shape:
            numel *= length
        with of_numbers():
            x = torch.linspace(-3.0, 3.0, numel, dtype=self.dtype).reshape(shape)
            found = saved_bytes(twin(thing, self.dtype), *(x + k for k in range(arity)))
        return round(found.bytes * self.elements / numel)


def parts_of(new: Any) -> tuple[dualad.Activation, dict[str, float], tuple[str, ...]]:
    """A replacement's activation, its constants, and which arguments are learned."""
    if isinstance(new, Activation):
        return new.activation, new.constants, new.learned
    if isinstance(new, functools.partial):
        return new.func, dict(new.keywords), ()  # type: ignore[return-value]
    return new, {}, ()


def name_of(new: Any) -> str:
    """A replacement as the report shows it: the call, with what is not the default."""
    activation, constants, learned = parts_of(new)
    words = {
        **{n: f"{n} learned" for n in learned},
        **{n: f"{n}={v:g}" for n, v in constants.items()},
    }
    needed = {n: n for n in activation.parameters if n not in activation.defaults}
    arguments = [{**needed, **words}.get(n) for n in activation.parameters]
    return f"{activation.__name__}({', '.join(a for a in arguments if a)}){_options(activation)}"


def _options(activation: dualad.Activation) -> str:
    """The options that are not the default, as the heading has them."""
    return activation.heading.rpartition(")")[2]


def arity_of(new: Any) -> int:
    """How many tensors a replacement takes."""
    activation, constants, learned = parts_of(new)
    given = {*constants, *learned, *activation.defaults}
    return len([name for name in activation.parameters if name not in given])


def _probe(thing: Any, new: Any) -> Probe:
    with of_numbers():
        return compare(twin(thing, torch.float64), twin(new, torch.float64), arity_of(new))


def _distinction(thing: Any) -> Any:
    """What tells modules apart that hold nothing but numbers and names; None for all others."""
    if not isinstance(thing, torch.nn.Module):
        return thing if isinstance(thing, types.FunctionType | types.BuiltinFunctionType) else None
    own = {n: v for n, v in vars(thing).items() if n not in vars(torch.nn.Module())}
    simple = all(type(v) in (bool, int, float, str, type(None)) for v in own.values())
    if thing._parameters or thing._modules or not simple:
        return None
    return type(thing), tuple(own.items())
