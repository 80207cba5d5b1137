"""What the engine needs to know of a backend's own compiler: an optional part of a backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

__all__ = ["Compiler", "CompilerWarning"]


class CompilerWarning(RuntimeWarning):
    """A program could not be compiled and is run without; said once."""


class Compiler(Protocol):
    """How a program becomes one kernel; no base class is needed to be one.

    Attributes
    ----------
    dialect : Namespace
        The functions that compiled programs call, where every call is fused.
    """

    dialect: Any

    def prefers(self, arrays: Sequence[Any]) -> bool:
        """Whether a kernel is the better way for these very arrays when nothing was asked for."""

    def accepts(self, arrays: Sequence[Any]) -> bool:
        """Whether a kernel can take these very arrays: in memory, of no tracer."""

    def run(
        self,
        executable: Any,
        arguments: Sequence[Any],
        dtype: Any,
        outputs: Sequence[Any] | None,
        inplace: bool,
    ) -> Sequence[Any] | None:
        """The outputs, as `Executable.run` gives them; None where there is no working compiler."""
