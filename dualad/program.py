"""A definition recorded once: straight-line calls of primitives, with its derivatives.

A `Symbol` is one more kind of array, whose namespace, a `Recorder`, writes each call down instead
of computing it. Equal calls are one symbol, so common parts are shared as they are written; numbers
are folded, and what no output needs is not in the program. The dual engine runs on symbols as it
does on arrays: a derivative is recorded by replaying a program on duals of symbols, and there is no
second differentiator anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import numpy as np

from .dual import Dual, HyperDual, Tag
from .identities import COMMUTATIVE, rewrite, simplify
from .namespace import Adapter, array_namespace, register
from .operators import Number
from .rules import TABLE
from .scalars import is_scalar

__all__ = ["DefinitionError", "Path", "Program", "Recorder", "Symbol", "differentiate", "record"]

Path = tuple[int, ...]
"""A derivative of a program by its inputs, one after the other: () is the value, (0, 0) f''."""


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
            "element-wise, without reductions, shapes or dtypes"
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
        name = getattr(function, "__name__", str(function))
        recorder = next((s.recorder for s in inputs if isinstance(s, Symbol)), None)
        title = recorder.title if recorder else "recording"
        raise DefinitionError(
            f"{title}: the definition calls PyTorch's {name} on an argument, or uses a tensor that "
            "is not one; write da.exp, da.where, ..., and pass tensors as arguments"
        )


class Recorder:
    """The namespace of symbols: a call becomes a symbol, equal calls the same one.

    Parameters
    ----------
    title : str
        What is recorded, for error messages.
    writes_out : callable, optional
        ``writes_out(name)``: whether a function is recorded by its definition in the table.
    """

    name = "symbols"

    def __init__(self, title: str, writes_out: Callable[[str], bool] | None = None) -> None:
        self.title = title
        self.symbols: list[Symbol] = []
        self._known: dict[tuple[Any, ...], Symbol] = {}
        self._writes_out = writes_out or (lambda name: False)

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
        if all(map(is_scalar, arguments)):
            return _fold(name, arguments)
        known = simplify(self, name, arguments)
        if known is not None:
            return known
        written = TABLE[name].written
        if written is not None and self._writes_out(name):
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
        raise DefinitionError(
            f"{self.title}: {name} meets a {type(x).__name__} that is not an argument; an array or "
            "a trainable parameter of the closure would get no gradient, so make it an argument"
        )

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
    from_table = TABLE[name].written
    with np.errstate(all="ignore"):
        function = getattr(np, name, None)
        if function is None and from_table is None:
            raise DefinitionError(f"{name} of a constant; write its value as a number")
        result = function(*numbers) if function else from_table(np, *numbers)  # type: ignore[misc]
    return result.item()


@dataclass(frozen=True)
class Program:
    """Straight-line code: inputs, calls in order, outputs.

    Parameters
    ----------
    title : str
        The name of the definition.
    inputs : tuple of Symbol
        The arguments, in order.
    outputs : tuple of Symbol or number
        What the program computes; an output that does not depend on the inputs is a number.
    """

    title: str
    inputs: tuple[Symbol, ...]
    outputs: tuple[Any, ...]

    @property
    def calls(self) -> tuple[Symbol, ...]:
        """The calls that some output needs, each after those it depends on."""
        needed: set[int] = set()
        waiting = [o for o in self.outputs if isinstance(o, Symbol)]
        while waiting:
            symbol = waiting.pop()
            if symbol.index not in needed:
                needed.add(symbol.index)
                waiting += [a for a in symbol.arguments if isinstance(a, Symbol)]
        symbols = self.inputs[0].recorder.symbols
        return tuple(s for s in symbols if s.index in needed and not s.is_input)

    def replay(self, xp: Any, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """Run the calls in the namespace ``xp`` on other arguments: arrays, duals or symbols."""
        values: dict[int, Any] = {s.index: a for s, a in zip(self.inputs, arguments, strict=True)}

        def value(x: Any) -> Any:
            return values[x.index] if isinstance(x, Symbol) else x

        for call in self.calls:
            values[call.index] = getattr(xp, call.name)(*map(value, call.arguments))
        return tuple(map(value, self.outputs))

    def rerecord(self, change: Callable[..., Sequence[Any]], **options: Any) -> Program:
        """A new program: ``change(*symbols)`` recorded on fresh symbols for the same inputs."""
        recorder = Recorder(self.title, **options)
        inputs = tuple(recorder.input(s.name) for s in self.inputs)
        return Program(self.title, inputs, tuple(change(*inputs)))

    def lower(self, writes_out: Callable[[str], bool]) -> Program:
        """The program for a backend: what it lacks is written out by the table's definitions."""
        return self.rerecord(
            lambda *symbols: self.replay(symbols[0].recorder, symbols), writes_out=writes_out
        )

    def __str__(self) -> str:
        head = f"{self.title}({', '.join(s.name for s in self.inputs)}):"
        lines = [f"    {c!r} = {c.name}({', '.join(map(repr, c.arguments))})" for c in self.calls]
        return "\n".join([head, *lines, f"    return {', '.join(map(repr, self.outputs))}"])


def record(title: str, definition: Callable[..., Any], names: Sequence[str]) -> Program:
    """Record a definition: one run of it, on a symbol for each argument.

    Naive forms that lose digits or overflow are replaced by the table's exact ones
    (`dualad.identities`) before anything is differentiated.

    Raises
    ------
    DefinitionError
        It branches on values, is not element-wise, or uses an array that is not an argument.
    """
    recorder = Recorder(title)
    inputs = tuple(recorder.input(name) for name in names)
    result = definition(*inputs)
    if isinstance(result, np.generic):
        result = result.item()
    if not (is_scalar(result) or (isinstance(result, Symbol) and result.recorder is recorder)):
        raise DefinitionError(
            f"{title}: the definition returned {type(result).__name__}; an activation returns one "
            "element-wise result of its arguments"
        )
    if isinstance(result, Symbol) and result.is_boolean:
        result = recorder.where(result, 1.0, 0.0)
    program = Program(title, inputs, (result,))
    return program.rerecord(
        lambda *symbols: program.replay(Rewriting(symbols[0].recorder), symbols)
    )


class Rewriting:
    """A recorder's functions, with naive forms replaced by exact ones on the way."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __getattr__(self, name: str) -> Any:
        return partial(rewrite, self.recorder, name)


def differentiate(program: Program, paths: Sequence[Path]) -> Program:
    """The program of several derivatives of a program's first output, sharing what they can.

    Parameters
    ----------
    program : Program
        What is differentiated.
    paths : sequence of Path
        Which derivatives: ``((), (0,))`` are the value and the first by the first input.
    """

    def change(*symbols: Symbol) -> list[Any]:
        # The highest derivative first: its pass computes values and tangents side by side, so that
        # few of them are alive at once, and the lower ones find theirs already there.
        found = {
            path: _along(program, path, symbols)
            for path in sorted(set(paths), key=len, reverse=True)
        }
        return [found[path] for path in paths]

    return program.rerecord(change)


def _along(program: Program, path: Path, arguments: Sequence[Any]) -> Any:
    """The derivative along one path, at arguments that may be duals of symbols themselves."""
    if not path:
        return _value(program, arguments)
    with Tag() as tag:
        lifted = list(arguments)
        if len(path) == 2:
            for i in set(path):
                d1, d2 = (1.0 if step == i else None for step in path)
                lifted[i] = HyperDual(arguments[i], d1, d2, tag=tag)
            result = _value(program, lifted)
            derivative = result.d12 if isinstance(result, HyperDual) else None
        else:
            lifted[path[-1]] = Dual(arguments[path[-1]], 1.0, tag)
            result = _along(program, path[:-1], lifted)
            derivative = result.tangent if isinstance(result, Dual) and result.tag is tag else None
    return 0.0 if derivative is None else derivative


def _value(program: Program, arguments: Sequence[Any]) -> Any:
    return program.replay(array_namespace(*arguments), arguments)[0]
