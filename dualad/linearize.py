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

from .lowering import BlockCode, in_blocks, whole
from .namespace import Array, Blocks, Namespace
from .program import Program
from .scalars import is_scalar

__all__ = ["Executable"]

SCRATCH_BYTES = 5 << 20
"""What the scratch buffers of all threads may take together."""

LARGEST_BLOCK = 1 << 17
"""Elements. Measured with PyTorch, 16 M float32, two threads, mish forward and backward: blocks of
16 K take 158 ms, 32 K 120, 64 K 114, 128 K 100, 256 K 96: each call hands the interpreter over."""

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
        self.code = in_blocks(program, xp) if xp.blocks is not None else None

    def run(self, arguments: Sequence[Any], execution: str = "auto") -> tuple[Any, ...]:
        """The outputs at the arguments.

        Parameters
        ----------
        arguments : sequence of array or number
            One for each input of the program, floating-point; they broadcast.
        execution : {"auto", "whole", "blocks"}
            How. ``"auto"``: in blocks where the backend can and the arrays are large enough.

        Returns
        -------
        tuple of array or number
            An output that does not depend on the arguments is a number; one that is an argument is
            that very array.
        """
        blocks, code = self.xp.blocks, self.code
        given = [a for a in arguments if not is_scalar(a)]
        if blocks is None or code is None or not blocks.accepts(given):
            return self._run_whole(arguments)
        with blocks.quiet():
            arrays = [a for a in arguments if getattr(a, "ndim", 0) > 0]
            alike = (
                len(arrays) > 0
                and all(a.shape == arrays[0].shape for a in arrays)
                and all(is_scalar(a) or a.dtype == arrays[0].dtype for a in arguments)
            )
            small = execution == "auto" and alike and math.prod(arrays[0].shape) < SMALLEST_SHARE
            if execution == "whole" or small or not alike:
                return self._run_whole(arguments)
            flat = blocks.flat(arrays)
            if flat is None:
                arrays = [blocks.compact(a) for a in arrays]
                flat = blocks.flat(arrays)
                assert flat is not None
            views = iter(flat)
            computing = self.xp.computing_dtype(arrays[0].dtype)
            operands = [
                a if is_scalar(a) else next(views) if a.ndim else self.xp.astype(a, computing)
                for a in arguments
            ]
            results = [blocks.empty_like(arrays[0]) for _ in code.outputs]
            _Walk(code, blocks, operands, blocks.flat(results) or [], computing).run()
            return self._gather(arguments, dict(zip(code.outputs, results, strict=True)))

    def _run_whole(self, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """On whole arrays; half types are widened first and rounded once at the end."""
        xp = self.xp
        dtypes = {a.dtype for a in arguments if not is_scalar(a)}
        if len(dtypes) != 1 or (computing := xp.computing_dtype(*dtypes)) == (
            dtype := dtypes.pop()
        ):
            return self.whole(*arguments)
        widened = [a if is_scalar(a) else xp.astype(a, computing) for a in arguments]
        return tuple(r if is_scalar(r) else xp.astype(r, dtype) for r in self.whole(*widened))

    def _gather(self, arguments: Sequence[Any], computed: dict[int, Array]) -> tuple[Any, ...]:
        """The outputs in order: the computed arrays, the arguments and the numbers among them."""
        program = self.program
        place = {s: i for i, s in enumerate(program.inputs)}
        first: dict[Any, Array] = {program.outputs[i]: a for i, a in computed.items()}
        return tuple(
            o if is_scalar(o) else arguments[place[o]] if o.is_input else first[o]
            for o in program.outputs
        )


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
        self.like = next(a for a in operands if getattr(a, "ndim", 0) > 0)
        self.computing = computing
        self.converts = bool(self.like.dtype != computing)
        self.size: int = self.like.shape[0]
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
                return [blocks.buffer(block, self.like, dtype) for _ in range(count)]

            buffers = scratch(code.buffers, self.computing)
            booleans = scratch(code.booleans, blocks.boolean())
            constants = [blocks.constant(c, self.like, self.computing) for c in code.constants]
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


_pools: dict[int, ThreadPoolExecutor] = {}
_pools_lock = threading.Lock()


def _pool(blocks: Blocks) -> ThreadPoolExecutor:
    """The worker threads of a backend, started together at first use."""
    with _pools_lock:
        if id(blocks) not in _pools:
            count = blocks.threads()
            started = threading.Barrier(count + 1)

            def start() -> None:
                blocks.start_worker()
                started.wait()

            _pools[id(blocks)] = pool = ThreadPoolExecutor(count, "dualad")
            for _ in range(count):
                pool.submit(start)
            started.wait()
            blocks.workers_started()
        return _pools[id(blocks)]


def _forget_pools() -> None:
    """Threads do not survive a fork: the child starts its own."""
    global _pools_lock
    _pools.clear()
    _pools_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pools)
