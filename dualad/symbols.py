"""Symbols: one more kind of array, whose namespace writes each call down instead of computing it.

Equal calls are one symbol, so common parts are shared as they are written; numbers are folded. A
symbol has no truth value, shape or elements: a definition that asks for one is not element-wise,
and is told so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import numpy as np

from .identities import COMMUTATIVE, simplify
from .namespace import Adapter, array_namespace, register
from .protocols.operators import Number
from .rules import TABLE
from .scalars import is_scalar

__all__ = ["DefinitionError", "Recorder", "Symbol"]


class DefinitionError(TypeError):
    """A definition is not an element-wise function of its arguments, written with primitives."""


class Symbol(Number):
    """The result of a recorded call.

    Parameters
    ----------
    recorder : Recorder
        Where the call is written down.
    index : int
        Its place there: arguments come before results.
    name : str
        The primitive, or the name of an input.
    arguments : tuple of Symbol or number
        Empty for an input.
    """

    __slots__ = ("arguments", "index", "name", "recorder")

    def __init__(
        self, recorder: Recorder, index: int, name: str, arguments: tuple[Any, ...]
    ) -> None:
        self.recorder = recorder
        self.index = index
        self.name = name
        self.arguments = arguments

    @property
    def is_input(self) -> bool:
        """Whether it stands for an argument of the definition."""
        return not self.arguments

    @property
    def is_boolean(self) -> bool:
        """Whether its elements are truth values."""
        return not self.is_input and TABLE[self.name].kind == "predicate"

    def __repr__(self) -> str:
        return self.name if self.is_input else f"v{self.index}"

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return self.recorder

    def _refuse(self, what: str) -> NoReturn:
        if what == "bool()":
            raise DefinitionError(
                f"{self.recorder.title}: the definition branches on a value (if, while, and, or); "
                "it is run once for all values, so write da.where(condition, a, b)"
            )
        raise DefinitionError(
            f"{self.recorder.title}: the definition calls {what} on an argument; "
            "write the element-wise function of dualad (da.exp, da.where, ...) instead; an array "
            "or variable that the definition uses must be an argument"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise DefinitionError(
            f"{self.recorder.title}: the definition uses .{name} of an argument; an activation is "
            "element-wise, without reductions, shapes or dtypes, and a variable that it uses must "
            "be an argument"
        )

    def __getitem__(self, key: object) -> NoReturn:
        self._refuse("indexing")

    def __iter__(self) -> NoReturn:
        self._refuse("iteration")

    def __len__(self) -> int:
        self._refuse("len()")

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, inputs: Any = (), options: Any = None
    ) -> NoReturn:
        given = [*inputs, *(options or {}).values()]
        # Some take their tensors in a list.
        parts = [part for a in given for part in (a if isinstance(a, list | tuple) else [a])]
        recorders = (part.recorder for part in parts if isinstance(part, Symbol))
        recorder = next(recorders, Recorder("recording"))
        name = f"PyTorch's {getattr(function, '__name__', function)}"
        for part in parts:
            if hasattr(part, "__torch_function__") and not isinstance(part, Symbol):
                recorder.refuse(name, part)
        raise DefinitionError(
            f"{recorder.title}: the definition calls {name} on an argument; write the element-wise "
            "function of dualad (da.exp, da.where, ...) instead"
        )


class Recorder:
    """The namespace of symbols: a call becomes a symbol, equal calls the same one.

    Parameters
    ----------
    title : str
        What is recorded, for error messages.
    writes_out : callable, optional
        ``writes_out(name)``: the definition by which a function is recorded, or None.
    """

    name = "symbols"

    def __init__(
        self, title: str, writes_out: Callable[[str], Callable[..., Any] | None] | None = None
    ) -> None:
        self.title = title
        self.symbols: list[Symbol] = []
        self._known: dict[tuple[Any, ...], Symbol] = {}
        self._writes_out = writes_out or (lambda name: None)

    def input(self, name: str) -> Symbol:
        """A symbol for an argument."""
        return self._new(name, ())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in TABLE:
            raise DefinitionError(
                f"{self.title}: the definition calls {name}, which is not an element-wise "
                "primitive of dualad"
            )
        return partial(self.call, name)

    def call(self, name: str, *arguments: Any) -> Any:
        """Write a call down, or give what it is known to equal."""
        arguments = tuple(self._accept(name, a) for a in arguments)
        logical = (0,) if name == "where" else range(len(arguments)) if TABLE[name].logical else ()
        arguments = tuple(
            self._truth(a) if i in logical else self._number(a) for i, a in enumerate(arguments)
        )
        if all(map(is_scalar, arguments)):
            return _fold(name, arguments)
        known = simplify(self, name, arguments)
        if known is not None:
            return known
        written = self._writes_out(name)
        if written is not None:
            return written(self, *arguments)
        return self._new(name, arguments)

    def _accept(self, name: str, x: Any) -> Any:
        if isinstance(x, np.generic):
            x = x.item()
        if isinstance(x, Symbol):
            if x.recorder is not self:
                raise DefinitionError(f"{self.title}: a value of another recording is used")
            return x
        if is_scalar(x):
            return x
        self.refuse(name, x)

    def refuse(self, name: str, x: Any) -> NoReturn:
        """Say what is wrong with a value that is neither a number nor made of the arguments."""
        kind = type(x).__name__
        raise DefinitionError(
            f"{self.title}: {name} meets a {kind} that is not an argument; from the closure the "
            f"{kind} would get no gradient, and nothing would say so: make it an argument of the "
            "definition"
        )

    def _truth(self, x: Any) -> Any:
        """An argument as a truth value."""
        if is_scalar(x):
            return bool(x)
        return x if x.is_boolean else self.call("not_equal", x, 0.0)

    def _number(self, x: Any) -> Any:
        """An argument as a number: arithmetic on booleans differs from backend to backend."""
        if isinstance(x, bool):
            return float(x)
        return self.call("where", x, 1.0, 0.0) if not is_scalar(x) and x.is_boolean else x

    def _new(self, name: str, arguments: tuple[Any, ...]) -> Symbol:
        # repr tells 0.0 from -0.0 and NaN from NaN's unequal self.
        terms = [f"v{a.index}" if isinstance(a, Symbol) else repr(a) for a in arguments]
        key = (name, *(sorted(terms) if name in COMMUTATIVE else terms))
        if key not in self._known:
            self._known[key] = Symbol(self, len(self.symbols), name, arguments)
            self.symbols.append(self._known[key])
        return self._known[key]


register(
    Symbol, Adapter(lambda *xs: next(x for x in xs if isinstance(x, Symbol)).recorder, level=1)
)


def _fold(name: str, numbers: tuple[Any, ...]) -> Any:
    """A call on numbers alone, computed now in double precision."""
    function = getattr(array_namespace(1.0), name)
    with np.errstate(all="ignore"):
        return function(*map(np.float64, numbers)).item()
