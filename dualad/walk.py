"""The walk over arrays in blocks that stay in cache.

The arrays are walked in storage order. The blocks are shared out to threads: the backends release
the interpreter while they compute.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .blocks import Blocks
from .lowering import BlockCode

__all__ = ["SMALLEST_SHARE", "Walk"]

SCRATCH_BYTES = 5 << 20
"""What the scratch buffers of all threads may take together."""

LARGEST_BLOCK = 1 << 17
"""Elements. Measured with PyTorch, 16 M float32, two threads, mish forward and backward: blocks of
16 K take 131 ms, 32 K 102, 64 K 90, 128 K 85, 256 K 86: each call hands the interpreter over."""

SMALLEST_SHARE = 1 << 16
"""Elements below which a second thread costs more than it brings."""


class Walk:
    """One run of a block's code over flat arrays.

    Parameters
    ----------
    code : BlockCode
        The code for one block.
    blocks : Blocks
        The backend's part.
    operands : sequence of array or number
        Flat views; zero-dimensional arrays and numbers go into every block as they are.
    results : sequence of array or None
        Flat views that are written; of None only the sum over all elements is wanted.
    computing : dtype
        What is of another dtype is converted, a block at a time.
    overwritten : collection of int
        Operands whose memory is also that of a result: a block of them is copied before it is
        written.

    Attributes
    ----------
    sums : list of float
        The sums of the results that are None, in their order, after `run`.
    """

    def __init__(
        self,
        code: BlockCode,
        blocks: Blocks,
        operands: Sequence[Any],
        results: Sequence[Any],
        computing: Any,
        overwritten: Collection[int] = (),
    ) -> None:
        self.code = code
        self.blocks = blocks
        self.operands = operands
        self.results = results
        self.computing = computing
        wide = [i for i, a in enumerate(operands) if getattr(a, "ndim", 0) > 0]
        self.size: int = operands[wide[0]].shape[0]
        self.wide = frozenset(wide)
        self.copied = [i for i in wide if i in overwritten or operands[i].dtype != computing]
        self.staged = [i for i, r in enumerate(results) if r is None or r.dtype != computing]
        self.partial: list[list[float]] = [[] for _ in results]
        self.threads: int = max(1, min(blocks.threads(), self.size // SMALLEST_SHARE))
        self.block = self._block_size()

    @property
    def sums(self) -> list[float]:
        """The sums over all blocks, whatever order these came in."""
        return [math.fsum(p) for p, r in zip(self.partial, self.results, strict=True) if r is None]

    def _block_size(self) -> int:
        """Elements in a block: all scratch buffers of all threads stay within their limit."""
        staged = len(self.copied) + len(self.staged)
        width = 8 if "64" in str(self.computing) else 4
        per_element: int = width * (self.code.buffers + staged) + self.code.booleans
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
            copies = scratch(len(self.copied), self.computing)
            stages = scratch(len(self.staged), self.computing)
            for start in starts:
                if start >= self.size:
                    return
                part = slice(start, min(start + block, self.size))
                if (length := part.stop - start) < block:
                    buffers, booleans, copies, stages = (
                        [b[:length] for b in kind] for kind in (buffers, booleans, copies, stages)
                    )
                given = [a[part] if i in self.wide else a for i, a in enumerate(self.operands)]
                for i, copy in zip(self.copied, copies, strict=True):
                    blocks.copy(given[i], copy)
                    given[i] = copy
                written = [None if r is None else r[part] for r in self.results]
                computed = list(written)
                for i, stage in zip(self.staged, stages, strict=True):
                    computed[i] = stage
                code.run(*given, *computed, *buffers, *booleans, *constants)
                for i, stage in zip(self.staged, stages, strict=True):
                    if written[i] is None:
                        self.partial[i].append(blocks.total(stage))
                    else:
                        blocks.copy(stage, written[i])


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
