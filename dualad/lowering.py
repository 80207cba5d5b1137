"""A program made into a Python function for one namespace.

`whole` gives a function of whole arrays, plain calls that a tracing compiler can see through, and
`fused` one that such a compiler makes the faster kernel of; `to_fuse` says of which calls.
`in_blocks` gives one that computes a block in scratch buffers: every call writes into a buffer that
no later call reads, so a long chain needs a handful of them, and they stay in cache.
"""

from __future__ import annotations

import itertools
import linecache
import math
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .identities import fuse
from .namespace import Namespace
from .program import Program, Rewriting
from .scalars import is_scalar
from .symbols import Symbol

__all__ = ["BlockCode", "WholeCode", "fused", "in_blocks", "to_fuse", "whole"]

_serial = itertools.count(1)


def fused(program: Program, xp: Namespace) -> WholeCode:
    """The same as `whole` for a compiler that makes one kernel of all calls."""
    # A compiler would take numbers that are arguments for values that change.
    return _whole(to_fuse(program, xp), xp, (), {})


def to_fuse(program: Program, xp: Namespace) -> Program:
    """The calls that `fused` makes."""
    lowered = program.lower(xp.writes_out)
    return lowered.rerecord(
        lambda *symbols: lowered.replay(Rewriting(symbols[0].recorder, fuse), symbols)
    )


def whole(program: Program, xp: Namespace) -> WholeCode:
    """A function of the inputs that returns the outputs, in the namespace ``xp``."""
    lowered = program.lower(xp.writes_out)
    # An exponent stays a number in the code: backends have special cases for some.
    return _whole(lowered, xp, *_constants(lowered, except_of="pow"))


def _whole(
    program: Program, xp: Namespace, constants: tuple[float, ...], numbered: dict[str, str]
) -> WholeCode:
    functions = {c.name: xp.program_function(c.name) for c in program.calls}
    names = _input_names(program) | {c.index: f"v{c.index}" for c in program.calls}

    def text(x: Any, known: dict[str, str]) -> str:
        return names[x.index] if isinstance(x, Symbol) else known.get(repr(x)) or _literal(x)

    lines = []
    for c in program.calls:
        known = {} if c.name == "pow" else numbered
        arguments = ", ".join(text(a, known) for a in c.arguments)
        lines.append(f"{names[c.index]} = {c.name}({arguments})")
    lines.append(f"return ({''.join(f'{text(o, {})}, ' for o in program.outputs)})")
    parameters = [
        *_input_names(program).values(),
        *(f"{name}={_literal(c)}" for name, c in zip(numbered.values(), constants, strict=True)),
    ]
    return WholeCode(_define(program.title, parameters, lines, functions), constants)


@dataclass(frozen=True)
class WholeCode:
    """A program on whole arrays.

    Parameters
    ----------
    run : callable
        ``run(*inputs, *constants)`` gives a tuple of the outputs; the constants may be left out.
    constants : tuple of float
        The numbers in it, which may be passed in whatever form the backend takes fastest.
    """

    run: Callable[..., tuple[Any, ...]]
    constants: tuple[float, ...]


@dataclass(frozen=True)
class BlockCode:
    """A program on one block.

    Parameters
    ----------
    run : callable
        ``run(*inputs, *outputs, *buffers, *booleans, *constants)`` computes the outputs in place.
    outputs : tuple of int
        Which outputs of the program it computes; the others are inputs or numbers.
    buffers, booleans : int
        How many scratch arrays it needs, in the computing dtype and boolean.
    constants : tuple of float
        The numbers in it, to be passed in whatever form the backend takes fastest.
    """

    run: Callable[..., None]
    outputs: tuple[int, ...]
    buffers: int
    booleans: int
    constants: tuple[float, ...]


def in_blocks(program: Program, xp: Namespace) -> BlockCode:
    """The code for one block, in the namespace ``xp``, which has `Blocks`."""
    assert xp.blocks is not None
    program = program.lower(xp.writes_out)
    functions = {c.name: xp.blocks.writer(c.name) for c in program.calls}
    computed = {
        o.index: i
        for i, o in reversed(list(enumerate(program.outputs)))
        if isinstance(o, Symbol) and not o.is_input
    }
    place, buffers, booleans = _allocate(program, computed)
    constants, numbered = _constants(program)

    def text(x: Any) -> str:
        return place[x.index] if isinstance(x, Symbol) else numbered[repr(x)]

    lines = [
        f"{c.name}({', '.join(map(text, c.arguments))}, out={place[c.index]})"
        for c in program.calls
    ]
    parameters = [
        *_input_names(program).values(),
        *(f"o{i}" for i in sorted(computed.values())),
        *(f"b{i}" for i in range(buffers)),
        *(f"m{i}" for i in range(booleans)),
        *(f"c{i}" for i in range(len(constants))),
    ]
    run = _define(program.title, parameters, lines or ["pass"], functions)
    return BlockCode(run, tuple(sorted(computed.values())), buffers, booleans, constants)


def _constants(
    program: Program, except_of: str | None = None
) -> tuple[tuple[float, ...], dict[str, str]]:
    """The numbers in the calls, and names for them by their text, which tells 0.0 from -0.0."""
    found = {
        repr(a): a
        for c in program.calls
        for a in c.arguments
        if is_scalar(a) and c.name != except_of
    }
    return tuple(found.values()), {written: f"c{i}" for i, written in enumerate(found)}


def _allocate(program: Program, computed: dict[int, int]) -> tuple[dict[int, str], int, int]:
    """Where each value is kept: an input, an output or a scratch buffer.

    A buffer is free again after the last call that reads it, and that very call may already write
    into it: element by element, reading comes first.
    """
    place = _input_names(program)
    last_use = {
        a.index: c.index for c in program.calls for a in c.arguments if isinstance(a, Symbol)
    }
    free: dict[str, list[str]] = {"b": [], "m": []}
    count = {"b": 0, "m": 0}
    for call in program.calls:
        for index in {a.index for a in call.arguments if isinstance(a, Symbol)}:
            kept = place[index]
            if last_use[index] == call.index and kept[0] in free:
                free[kept[0]].append(kept)
        if call.index in computed:
            place[call.index] = f"o{computed[call.index]}"
            continue
        kind = "m" if call.is_boolean else "b"
        if not free[kind]:
            free[kind].append(f"{kind}{count[kind]}")
            count[kind] += 1
        place[call.index] = free[kind].pop()
    return place, count["b"], count["m"]


def _input_names(program: Program) -> dict[int, str]:
    """How the inputs are called in the code: a user's names could be those of functions in it."""
    return {s.index: f"i{k}" for k, s in enumerate(program.inputs)}


def _literal(number: float) -> str:
    """A number as Python reads it."""
    return repr(number) if math.isfinite(number) else f"float({str(number)!r})"


def _define(
    title: str, parameters: Iterable[str], lines: Sequence[str], functions: dict[str, Any]
) -> Callable[..., Any]:
    """Compile the lines; a traceback or a debugger shows them as it shows any file."""
    source = "\n    ".join([f"def _program({', '.join(parameters)}):", *lines]) + "\n"
    file = f"<dualad program {next(_serial)}: {title}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope: dict[str, Any] = dict(functions)
    exec(compile(source, file, "exec"), scope)
    program: Callable[..., Any] = scope["_program"]
    weakref.finalize(program, linecache.cache.pop, file, None)
    return program
