"""A program run on arrays, whole or in blocks: what is computed stays the same, how differs.

In blocks, the arrays are walked in storage order, a block at a time that stays in cache, so that
temporaries cost a block instead of an array and the arithmetic runs at the speed of the cache. The
blocks are shared out to threads: the backends release the interpreter while they compute.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .blocks import Blocks
from .lowering import BlockCode, in_blocks, whole
from .namespace import Namespace
from .program import Program
from .scalars import is_scalar

__all__ = ["Executable"]

SCRATCH_BYTES = 5 << 20
"""What the scratch buffers of all threads may take together."""

LARGEST_BLOCK = 1 << 17
"""Elements. Measured with PyTorch, 16 M float32, two threads, mish forward and backward: blocks of
16 K take 131 ms, 32 K 102, 64 K 90, 128 K 85, 256 K 86: each call hands the interpreter over."""

SMALLEST_SHARE = 1 << 16
"""Elements below which a second thread costs more than it brings."""


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
        self._plans: dict[frozenset[int], _Plan] = {}

    def run(self, arguments: Sequence[Any], execution: str = "auto") -> tuple[Any, ...]:
        """The outputs at the arguments.

        Parameters
        ----------
        arguments : sequence of array or number
            One for each input of the program, floating-point, at least one array; they broadcast.
        execution : {"auto", "whole", "blocks"}
            How. ``"auto"``: in blocks where the backend can and the arrays are large enough.

        Returns
        -------
        tuple of array or number
            In the arguments' common dtype. An output that does not depend on the arguments is a
            number, one that depends on zero-dimensional ones alone is zero-dimensional, and one
            that is an argument may be that very array.
        """
        xp = self.xp
        arrays = [a for a in arguments if not is_scalar(a)]
        dtype = xp.result_dtype(*arrays)
        if xp.blocks is None or not xp.blocks.accepts(arrays):
            return self._run_whole(arguments, dtype)
        with xp.blocks.quiet():
            large = [a for a in arrays if a.ndim > 0]
            if execution == "whole" or not large or any(a.shape != large[0].shape for a in large):
                return self._run_whole(arguments, dtype)
            if execution == "auto" and math.prod(large[0].shape) < SMALLEST_SHARE:
                return self._run_whole(arguments, dtype)
            return self._run_blocks(xp.blocks, arguments, dtype)

    def _run_whole(self, arguments: Sequence[Any], dtype: Any) -> tuple[Any, ...]:
        """On whole arrays; half types are widened first and rounded once at the end."""
        computing = self.xp.computing_dtype(dtype)
        results = self.whole(*self._in(computing, arguments))
        return results if computing == dtype else tuple(self._in(dtype, results, numbers=True))

    def _run_blocks(self, blocks: Blocks, arguments: Sequence[Any], dtype: Any) -> tuple[Any, ...]:
        """Block by block; what depends on zero-dimensional arguments alone comes first, once."""
        computing = self.xp.computing_dtype(dtype)
        wide = [i for i, a in enumerate(arguments) if not is_scalar(a) and a.ndim > 0]
        narrow = frozenset(range(len(arguments))).difference(wide)
        if narrow not in self._plans:
            self._plans[narrow] = _Plan(self.program, self.xp, narrow)
        plan = self._plans[narrow]
        operands = self._in(computing, [a if i in narrow else 0.0 for i, a in enumerate(arguments)])
        operands += plan.first(*operands)
        arrays = self._in(dtype, [arguments[i] for i in wide])
        flat = blocks.flat(arrays)
        if flat is None:
            arrays = [blocks.compact(a) for a in arrays]
            flat = blocks.flat(arrays)
            assert flat is not None
        for i, view in zip(wide, flat, strict=True):
            operands[i] = view
        results = [blocks.empty_like(arrays[0]) for _ in plan.code.outputs]
        if results:
            _Walk(plan.code, blocks, operands, blocks.flat(results) or [], computing).run()
        # An output that is not computed is a number, an argument, or known beforehand.
        known = {s: operands[i] for i, s in enumerate(plan.rest.inputs)}
        known |= {plan.rest.inputs[i]: a for i, a in zip(wide, arrays, strict=True)}
        known |= {plan.rest.outputs[i]: a for i, a in zip(plan.code.outputs, results, strict=True)}
        outputs = [o if is_scalar(o) else known[o] for o in plan.rest.outputs]
        return tuple(self._in(dtype, outputs, numbers=True))

    def _in(self, dtype: Any, values: Sequence[Any], numbers: bool = False) -> list[Any]:
        """Values in a dtype; Python numbers become zero-dimensional unless they may stay."""
        xp = self.xp
        return [
            (v if numbers else xp.number(v, dtype))
            if is_scalar(v)
            else (v if v.dtype == dtype else xp.astype(v, dtype))
            for v in values
        ]


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
        self.first = whole(beforehand, xp)
        self.code = in_blocks(self.rest, xp)


class _Walk:
    """One run of a block's code over flat arrays.

    Parameters
    ----------
    code : BlockCode
        The code for one block.
    blocks : Blocks
        The backend's part.
    operands : sequence of array or number
        Flat views; zero-dimensional arrays and numbers go into every block as they are.
    results : sequence of array
        Flat views that are written.
    computing : dtype
        Half types are computed in this one, a block at a time.
    """

    def __init__(
        self,
        code: BlockCode,
        blocks: Blocks,
        operands: Sequence[Any],
        results: Sequence[Any],
        computing: Any,
    ) -> None:
        self.code = code
        self.blocks = blocks
        self.operands = operands
        self.results = results
        like = next(a for a in operands if getattr(a, "ndim", 0) > 0)
        self.computing = computing
        self.converts = bool(like.dtype != computing)
        self.size: int = like.shape[0]
        self.threads: int = max(1, min(blocks.threads(), self.size // SMALLEST_SHARE))
        self.block = self._block_size()

    def _block_size(self) -> int:
        """Elements in a block: all scratch buffers of all threads stay within their limit."""
        converted = len(self.operands) + len(self.results) if self.converts else 0
        width = 8 if "64" in str(self.computing) else 4
        per_element: int = width * (self.code.buffers + converted) + self.code.booleans
        limit = SCRATCH_BYTES // (self.threads * max(per_element, 1))
        share = -(-int(self.size) // self.threads)
        return max(1, min(LARGEST_BLOCK, limit, share))

    def run(self) -> None:
        """Walk all blocks, on as many threads as are worth it; each takes the next that is free."""
        starts = itertools.count(0, self.block)
        if self.threads == 1:
            self._walk(starts)
            return
        pool = _pool(self.blocks)
        for walk in [pool.submit(self._walk, starts) for _ in range(self.threads)]:
            walk.result()

    def _walk(self, starts: Iterator[int]) -> None:
        code, blocks, block = self.code, self.blocks, self.block
        with blocks.quiet():

            def scratch(count: int, dtype: Any) -> list[Any]:
                return [blocks.buffer(block, dtype) for _ in range(count)]

            buffers = scratch(code.buffers, self.computing)
            booleans = scratch(code.booleans, blocks.boolean())
            constants = [blocks.constant(c, self.computing) for c in code.constants]
            inputs = scratch(len(self.operands) if self.converts else 0, self.computing)
            outputs = scratch(len(self.results) if self.converts else 0, self.computing)
            for start in starts:
                if start >= self.size:
                    return
                part = slice(start, min(start + block, self.size))
                if (length := part.stop - start) < block:
                    buffers, booleans, inputs, outputs = (
                        [b[:length] for b in kind] for kind in (buffers, booleans, inputs, outputs)
                    )
                given = [a[part] if getattr(a, "ndim", 0) > 0 else a for a in self.operands]
                written = [r[part] for r in self.results]
                if not self.converts:
                    code.run(*given, *written, *buffers, *booleans, *constants)
                    continue
                for i, a in enumerate(given):
                    if getattr(a, "ndim", 0) > 0:
                        blocks.copy(a, inputs[i])
                        given[i] = inputs[i]
                code.run(*given, *outputs, *buffers, *booleans, *constants)
                for source, target in zip(outputs, written, strict=True):
                    blocks.copy(source, target)


_pools: dict[Blocks, ThreadPoolExecutor] = {}
_pools_lock = threading.Lock()


def _pool(blocks: Blocks) -> ThreadPoolExecutor:
    """The worker threads of a backend, started together at first use."""
    with _pools_lock:
        if blocks not in _pools:
            count = blocks.threads()
            started = threading.Barrier(count + 1)

            def start() -> None:
                try:
                    blocks.start_worker()
                    started.wait()
                except BaseException:
                    started.abort()  # or the caller would wait for ever
                    raise

            _pools[blocks] = pool = ThreadPoolExecutor(count, "dualad")
            for _ in range(count):
                pool.submit(start)
            started.wait()
            blocks.workers_started()
        return _pools[blocks]


def _forget_pools() -> None:
    """Threads do not survive a fork: the child starts its own."""
    global _pools_lock
    _pools.clear()
    _pools_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pools)
