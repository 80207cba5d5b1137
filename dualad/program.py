"""A definition recorded once: straight-line calls of primitives, with its derivatives.

The dual engine runs on symbols as it does on arrays: a derivative is recorded by replaying a
program on duals of symbols, and there is no second differentiator anywhere. What no output needs is
not in the program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .dual import Dual, HyperDual, Tag
from .identities import rewrite
from .namespace import array_namespace
from .scalars import is_scalar
from .symbols import DefinitionError, Recorder, Symbol

__all__ = ["Path", "Program", "Rewriting", "differentiate", "pull_back", "record"]

Path = tuple[int, ...]
"""A derivative of a program by its inputs, one after the other: () is the value, (0, 0) f''."""


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

    def lower(self, writes_out: Callable[[str], Callable[..., Any] | None]) -> Program:
        """The program for a backend: what it lacks is written out by definitions."""
        return self.rerecord(
            lambda *symbols: self.replay(symbols[0].recorder, symbols), writes_out=writes_out
        )

    def coded(self, encode: Callable[..., Any], *, noisy: bool = False) -> Program:
        """All outputs but the first in a code; with noise, which is one more input, behind."""
        recorder = Recorder(self.title)
        inputs = tuple(recorder.input(s.name) for s in self.inputs)
        noise = (recorder.input(" noise"),) if noisy else ()  # no name of an argument
        first, *others = self.replay(recorder, inputs)
        coded = (o if is_scalar(o) else encode(o, *noise) for o in others)
        return Program(self.title, (*inputs, *noise), (first, *coded))

    def weighted(self) -> Program:
        """The first output times a factor, which is one more input, behind."""
        recorder = Recorder(self.title)
        inputs = tuple(recorder.input(s.name) for s in self.inputs)
        factor = recorder.input(" factor")  # no name of an argument
        (value, *_) = self.replay(recorder, inputs)
        return Program(self.title, (*inputs, factor), (recorder.multiply(factor, value),))

    def fixed(self, numbers: Sequence[Any]) -> Program:
        """The program with numbers for some of its inputs; None: it stays an input."""
        recorder = Recorder(self.title)
        kept = [
            recorder.input(s.name) if n is None else n
            for s, n in zip(self.inputs, numbers, strict=True)
        ]
        outputs = self.replay(recorder, kept)
        return Program(self.title, tuple(k for k in kept if isinstance(k, Symbol)), outputs)

    def split(self, narrow: frozenset[int]) -> tuple[Program, Program]:
        """What depends on zero-dimensional arguments alone, and the rest.

        Parameters
        ----------
        narrow : frozenset of int
            Which inputs are zero-dimensional.

        Returns
        -------
        first, rest : Program
            `first` computes, from the same inputs, what `rest` takes as further inputs behind them.
        """
        known = {s.index for i, s in enumerate(self.inputs) if i in narrow}
        wide = []
        for call in self.calls:
            if all(a.index in known for a in call.arguments if isinstance(a, Symbol)):
                known.add(call.index)
            else:
                wide.append(call)
        read = [a for call in wide for a in call.arguments] + list(self.outputs)
        handed = {
            a.index: a
            for a in read
            if isinstance(a, Symbol) and a.index in known and not a.is_input
        }
        first = Program(self.title, self.inputs, tuple(handed.values()))
        recorder = Recorder(self.title)
        inputs = [recorder.input(s.name) for s in self.inputs]
        inputs += [recorder.input(f"{self.title} {index}") for index in handed]
        sources = [s.index for s in self.inputs] + list(handed)
        values: dict[int, Any] = dict(zip(sources, inputs, strict=True))
        for call in wide:
            arguments = (values[a.index] if isinstance(a, Symbol) else a for a in call.arguments)
            values[call.index] = recorder.call(call.name, *arguments)
        outputs = tuple(values[o.index] if isinstance(o, Symbol) else o for o in self.outputs)
        return first, Program(self.title, tuple(inputs), outputs)

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
    """A recorder's functions, with other forms put in place of some of them on the way.

    Parameters
    ----------
    recorder : Recorder
        Where the calls are written down.
    change : callable
        ``change(recorder, name, *arguments)``: the call in its new form.
    """

    def __init__(self, recorder: Recorder, change: Callable[..., Any] = rewrite) -> None:
        self.recorder = recorder
        self.change = change

    def __getattr__(self, name: str) -> Any:
        return partial(self.change, self.recorder, name)


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


def pull_back(program: Program, wrt: Sequence[int]) -> Program:
    """The program of the cotangents of some inputs, given all inputs and the output's cotangent.

    Parameters
    ----------
    program : Program
        What is pulled back through; its first output counts.
    wrt : sequence of int
        The inputs whose cotangents are computed.
    """
    recorder = Recorder(program.title)
    inputs = [recorder.input(s.name) for s in program.inputs]
    cotangent = recorder.input(" cotangent")  # no name of an argument
    slopes = [_along(program, (i,), inputs) for i in wrt]
    return Program(
        program.title,
        (*inputs, cotangent),
        tuple(recorder.call("multiply", cotangent, slope) for slope in slopes),
    )


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
