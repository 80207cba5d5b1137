"""A program run on arrays: what is computed stays the same, how it is computed differs.

Whole: one array operation after the other. In blocks: a block at a time, so that temporaries cost a
block instead of an array and the arithmetic runs at the speed of the cache. Compiled: one kernel,
where the backend has a compiler of its own.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .blocks import Blocks
from .lowering import WholeCode, fused, in_blocks, whole
from .namespace import Namespace
from .program import Program
from .scalars import SCALARS, is_scalar
from .walk import SMALLEST_SHARE, Walk

__all__ = ["Executable", "Output"]


@dataclass(frozen=True)
class Output:
    """In which form an output of a program is wanted.

    Parameters
    ----------
    dtype : dtype, optional
        By default the arguments' common dtype.
    summed : bool
        The sum over all elements, of no dimension.
    """

    dtype: Any = None
    summed: bool = False


class Executable:
    """A program, ready to run on the arrays of one backend.

    Parameters
    ----------
    program : Program
        What is computed.
    xp : Namespace
        Where.
    """

    def __init__(self, program: Program, xp: Namespace) -> None:
        self.program = program
        self.xp = xp
        self.whole = whole(program, xp)
        self.fused = self.whole if xp.compiler is None else fused(program, xp.compiler.dialect)
        self.kernels: dict[Any, Any] = {}
        self.plain = (Output(),) * len(program.outputs)
        self._plans: dict[frozenset[int], _Plan] = {}
        self._known: dict[Any, tuple[Any, ...]] = {}

    def run(
        self,
        arguments: Sequence[Any],
        execution: str = "auto",
        outputs: Sequence[Output] | None = None,
        inplace: bool = False,
        dtype: Any = None,
    ) -> tuple[Any, ...]:
        """The outputs at the arguments.

        Parameters
        ----------
        arguments : sequence of array or number
            One for each input of the program, floating-point, at least one array; they broadcast.
        execution : {"auto", "whole", "blocks", "compiled"}
            How. ``"auto"``: compiled where the backend's compiler is the faster one, in blocks
            where the backend can and the arrays are large enough. What cannot be done so for these
            arguments is done whole.
        outputs : sequence of Output, optional
            In which form they are wanted.
        inplace : bool
            The first output is written over the first argument, which has the dtype and shape of
            the result, and is that very array.
        dtype : dtype, optional
            The arguments' common one, where a backend does not promote.

        Returns
        -------
        tuple of array or number
            In the arguments' common dtype. An output that does not depend on the arguments is a
            number unless it is summed, one that depends on zero-dimensional ones alone is
            zero-dimensional, and one that is an argument may be that very array.
        """
        xp, blocks, compiler = self.xp, self.xp.blocks, self.xp.compiler
        wanted = self.plain if outputs is None else outputs
        arrays = [a for a in arguments if type(a) not in SCALARS]
        if dtype is None:
            dtype = arrays[0].dtype if len(arrays) == 1 else xp.result_dtype(*arrays)
        if (
            compiler is not None
            and (execution == "compiled" or (execution == "auto" and compiler.prefers(arrays)))
            and compiler.accepts(arrays)
        ):
            results = compiler.run(self, arguments, dtype, outputs, inplace)
            if results is not None:
                return tuple(results)
        if blocks is None or not blocks.accepts(arrays):
            return self._run_whole(self.whole, arguments, dtype, outputs, inplace)
        with blocks.quiet():
            large = [a for a in arrays if a.ndim > 0]
            size = math.prod(large[0].shape) if large else 0
            small = size < (SMALLEST_SHARE if execution != "blocks" else 1)
            if small or execution == "whole" or any(a.shape != large[0].shape for a in large):
                return self._run_whole(self.whole, arguments, dtype, outputs, inplace, blocks)
            return self._run_blocks(blocks, arguments, dtype, wanted, inplace)

    def traced(
        self,
        arguments: Sequence[Any],
        dtype: Any,
        outputs: Sequence[Output] | None = None,
        inplace: bool = False,
    ) -> tuple[Any, ...]:
        """The same on whole arrays, for a compiler that follows the calls and fuses them."""
        return self._run_whole(self.fused, arguments, dtype, outputs, inplace)

    @functools.cached_property
    def alone(self) -> tuple[Executable, ...]:
        """Each output by itself, for compilers that write to memory what two outputs share."""
        title, inputs = self.program.title, self.program.inputs
        return tuple(
            Executable(Program(title, inputs, (output,)), self.xp)
            for output in self.program.outputs
        )

    def _run_whole(
        self,
        code: WholeCode,
        arguments: Sequence[Any],
        dtype: Any,
        outputs: Sequence[Output] | None,
        inplace: bool,
        blocks: Blocks | None = None,
    ) -> tuple[Any, ...]:
        """On whole arrays; half types are widened first and rounded once at the end."""
        xp = self.xp
        computing = xp.computing_dtype(dtype)
        constants = () if blocks is None else self._constants(code, blocks, computing)
        if outputs is None and computing == dtype and not inplace:
            return code.run(*self._in(dtype, arguments), *constants)
        wanted = self.plain if outputs is None else outputs
        results = list(code.run(*self._in(computing, arguments), *constants))
        for i, output in enumerate(wanted):
            if output.summed:
                results[i] = self._sum(results[i], arguments, computing)
        results = self._formed(results, dtype, wanted)
        if inplace:
            xp.blocks.copy(results[0], arguments[0])  # type: ignore[union-attr]
            results[0] = arguments[0]
        return tuple(results)

    def _constants(self, code: WholeCode, blocks: Blocks, dtype: Any) -> tuple[Any, ...]:
        """The numbers in the code in the form that is the fastest in a small call."""
        if dtype not in self._known:
            self._known[dtype] = tuple(blocks.constant(c, dtype) for c in code.constants)
        return self._known[dtype]

    def _sum(self, result: Any, arguments: Sequence[Any], computing: Any) -> Any:
        """The sum over all elements of the arguments' broadcast shape."""
        xp = self.xp
        shape = xp.broadcast_shapes(*(tuple(a.shape) for a in arguments if not is_scalar(a)))
        if is_scalar(result):
            return xp.number(result * math.prod(shape), computing)
        return xp.sum(xp.broadcast_to(result, shape))

    def _run_blocks(
        self,
        blocks: Blocks,
        arguments: Sequence[Any],
        dtype: Any,
        wanted: Sequence[Output],
        inplace: bool,
    ) -> tuple[Any, ...]:
        """Block by block; what depends on zero-dimensional arguments alone comes first, once."""
        computing = self.xp.computing_dtype(dtype)
        wide = [i for i, a in enumerate(arguments) if not is_scalar(a) and a.ndim > 0]
        narrow = frozenset(range(len(arguments))).difference(wide)
        if narrow not in self._plans:
            self._plans[narrow] = _Plan(self.program, self.xp, narrow)
        plan = self._plans[narrow]
        operands = self._in(computing, [a if i in narrow else 0.0 for i, a in enumerate(arguments)])
        operands += plan.first(*operands)
        arrays = [arguments[i] for i in wide]
        flat = blocks.flat(arrays)
        if flat is None:
            if inplace and blocks.flat(arrays[:1]) is None:
                return self._run_whole(self.whole, arguments, dtype, wanted, inplace)
            arrays = _alike(blocks, arrays)
            flat = blocks.flat(arrays)
            assert flat is not None
        for i, view in zip(wide, flat, strict=True):
            operands[i] = view
        # An output that is not computed is a number, an argument, or known beforehand.
        known = {s: operands[i] for i, s in enumerate(plan.rest.inputs)}
        known |= {plan.rest.inputs[i]: a for i, a in zip(wide, arrays, strict=True)}
        made = self._walk(plan, blocks, operands, arrays[0], dtype, wanted, inplace)
        known |= {symbol: result for symbol, (result, _) in made.items()}
        results = [o if is_scalar(o) else known[o] for o in plan.rest.outputs]
        for i, (o, output) in enumerate(zip(plan.rest.outputs, wanted, strict=True)):
            if output.summed and not (o in made and made[o][1]):
                results[i] = self._sum(results[i], arguments, computing)
        results = self._formed(results, dtype, wanted)
        if inplace and results[0] is not arrays[0]:
            blocks.copy(results[0], arrays[0])
            results[0] = arrays[0]
        return tuple(results)

    def _walk(
        self,
        plan: _Plan,
        blocks: Blocks,
        operands: Sequence[Any],
        model: Any,
        dtype: Any,
        wanted: Sequence[Output],
        inplace: bool,
    ) -> dict[Any, tuple[Any, bool]]:
        """What the walk computes: by symbol, and whether only its sum was wanted.

        An output may occur twice, once as an array and once summed.
        """
        computing = self.xp.computing_dtype(dtype)
        symbols = [plan.rest.outputs[i] for i in plan.code.outputs]
        if not symbols:
            return {}
        as_arrays = {o for o, w in zip(plan.rest.outputs, wanted, strict=True) if not w.summed}
        arrays = [
            model if inplace and i == 0 else blocks.empty_like(model, wanted[i].dtype or dtype)
            for i, o in zip(plan.code.outputs, symbols, strict=True)
            if o in as_arrays
        ]
        views = iter(blocks.flat(arrays) or [] if arrays else [])
        results = [next(views) if o in as_arrays else None for o in symbols]
        walk = Walk(plan.code, blocks, operands, results, computing, (0,) if inplace else ())
        walk.run()
        made, sums = iter(arrays), iter(walk.sums)
        return {
            o: (next(made), False)
            if o in as_arrays
            else (self.xp.number(next(sums), computing), True)
            for o in symbols
        }

    def _in(self, dtype: Any, values: Sequence[Any]) -> list[Any]:
        """Arguments in a dtype; Python numbers become zero-dimensional."""
        xp = self.xp
        return [
            xp.number(v, dtype)
            if is_scalar(v)
            else (v if v.dtype == dtype else xp.astype(v, dtype))
            for v in values
        ]

    def _formed(self, results: Sequence[Any], dtype: Any, wanted: Sequence[Output]) -> list[Any]:
        """Results in the dtypes that are wanted; Python numbers stay."""
        formed = []
        for result, output in zip(results, wanted, strict=True):
            target = output.dtype or dtype
            as_is = is_scalar(result) or result.dtype == target
            formed.append(result if as_is else self.xp.astype(result, target))
        return formed


def _alike(blocks: Blocks, arrays: Sequence[Any]) -> list[Any]:
    """The arrays in the layout of the first that has no holes; the others are copied."""
    model = next((a for a in arrays if blocks.flat([a]) is not None), None)
    if model is None:
        model = blocks.compact(arrays[0])
    alike = []
    for array in arrays:
        if blocks.flat([model, array]) is None:
            copy = blocks.empty_like(model, array.dtype)
            blocks.copy(array, copy)
            array = copy
        alike.append(array)
    return alike


class _Plan:
    """A program in blocks, for arguments of which some are zero-dimensional.

    Parameters
    ----------
    program : Program
        What is computed.
    xp : Namespace
        Where.
    narrow : frozenset of int
        The arguments that are zero-dimensional.
    """

    def __init__(self, program: Program, xp: Namespace, narrow: frozenset[int]) -> None:
        beforehand, self.rest = program.split(narrow)
        self.first = whole(beforehand, xp).run
        self.code = in_blocks(self.rest, xp)
