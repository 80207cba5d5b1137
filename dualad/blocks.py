"""What the block executor needs to know of a backend's arrays: an optional part of a backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

__all__ = ["Blocks"]


class Blocks(Protocol):
    """How the arrays of one backend are walked; no base class is needed to be one."""

    def accepts(self, arrays: Sequence[Any]) -> bool:
        """Whether these very arrays can be walked: in memory, of no tracer, watched by nobody."""

    def flat(self, arrays: Sequence[Any]) -> list[Any] | None:
        """One-dimensional views in storage order; None if the layouts differ or have holes."""

    def compact(self, array: Any) -> Any:
        """A copy without holes."""

    def empty_like(self, array: Any, dtype: Any) -> Any:
        """A new array of the same shape, layout and device."""

    def buffer(self, size: int, dtype: Any) -> Any:
        """A one-dimensional scratch array."""

    def writer(self, name: str) -> Callable[..., Any]:
        """The function ``name`` that writes into ``out``."""

    def copy(self, source: Any, out: Any) -> Any:
        """Copy ``source`` into ``out``, converting the dtype."""

    def total(self, array: Any) -> float:
        """The sum of a block."""

    def constant(self, value: float, dtype: Any) -> Any:
        """A Python number in the form that is cheapest to pass again and again."""

    def boolean(self) -> Any:
        """The boolean dtype."""

    def threads(self) -> int:
        """How many threads may compute at once."""

    def start_worker(self) -> None:
        """Called once in each new worker thread."""

    def workers_started(self) -> None:
        """Called once by the starting thread when all workers have begun."""

    def quiet(self) -> AbstractContextManager[Any]:
        """Entered by each thread around its blocks: no floating-point warnings, no autograd."""
