"""How PyTorch's modules and functions are called, compared and measured."""

from __future__ import annotations

import functools
import types
from dataclasses import dataclass
from typing import Any

import torch

import dualad
from dualad import conversion
from dualad.conversion import Decision, Probe, Unusable, exact, split

from ..module import Activation
from ..report import saved_bytes
from .agreement import compare, of_numbers, twin
from .known import described, keys_of, names_of
from .replacement import built, take_over

__all__ = ["Judge"]


@dataclass
class Judge(conversion.Judge):
    """Decides about modules and functions.

    Parameters
    ----------
    dtype : torch.dtype
        Of the numbers that bytes are measured on.
    """

    dtype: torch.dtype = torch.float32

    def decide(self, thing: Any, places: list[Any]) -> Decision:
        """What becomes of it; a module that takes its place has its hooks and its mode."""
        decision = super().decide(thing, places)
        if decision.new is not None and isinstance(thing, torch.nn.Module):
            take_over(decision.new, thing)
        return decision

    def names(self, thing: Any) -> list[str]:
        """Those of its classes; a function's own."""
        return names_of(thing)

    def keys(self, thing: Any) -> list[Any]:
        """Itself, its classes, their names."""
        return keys_of(thing)

    def described(self, thing: Any) -> str:
        """As it prints, in one line."""
        return described(thing)

    def distinction(self, thing: Any) -> Any:
        """What tells modules apart that hold nothing but numbers and names."""
        if not isinstance(thing, torch.nn.Module):
            functions = types.FunctionType | types.BuiltinFunctionType
            return thing if isinstance(thing, functions) else None
        own = {n: v for n, v in vars(thing).items() if n not in vars(torch.nn.Module())}
        simple = all(type(v) in (bool, int, float, str, type(None)) for v in own.values())
        if thing._parameters or thing._modules or not simple:
            return None
        return type(thing), tuple(own.items())

    def made(self, thing: Any, choice: Any) -> Any:
        """A module that holds the very parameters of the other; for a function, a function."""
        if isinstance(choice, Activation):
            return self._with_parameters_of(thing, choice)
        activation, values = split(choice, "dualad_torch.Activation")
        return built(thing, self.optioned(activation), values)

    def parts(self, new: Any) -> tuple[dualad.Activation, dict[str, float], tuple[str, ...]]:
        """Of a module, of a function, or of one with arguments bound."""
        if isinstance(new, Activation):
            return new.activation, new.constants, new.learned
        if isinstance(new, functools.partial):
            return new.func, dict(new.keywords), ()  # type: ignore[return-value]
        return new, {}, ()

    def compared(self, thing: Any, new: Any) -> Probe:
        """On twins in double precision, with exact derivatives: to round them is what is asked."""
        with of_numbers():
            ours = twin(new, torch.float64)
            if isinstance(ours, Activation):
                ours.activation = exact(ours.activation)
            elif isinstance(ours, functools.partial):
                ours = functools.partial(exact(ours.func), **ours.keywords)  # type: ignore[arg-type]
            else:
                ours = exact(ours)
            return compare(twin(thing, torch.float64), ours, self.arity_of(new))

    def measured(self, thing: Any, shape: tuple[int, ...], arity: int) -> int:
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

    def _with_parameters_of(self, thing: Any, module: Activation) -> Activation:
        """A user's own replacement, holding the very parameters of what it replaces."""
        there, here = dict(thing.named_parameters()), dict(module.named_parameters())
        shapes = {n: tuple(p.shape) for n, p in there.items()}
        if shapes != {n: tuple(p.shape) for n, p in here.items()}:
            raise Unusable(f"has parameters {shapes}, what it was mapped to has others")
        module._parameters = {n: there[n] for n in here}
        module.activation = self.optioned(module.activation)
        return module
