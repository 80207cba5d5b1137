"""How an activation is trained with: the options that do not change what it computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .keep import Input, Keep, keep_form

__all__ = ["Options"]

EXECUTIONS = ("auto", "whole", "blocks", "compiled")


@dataclass(frozen=True)
class Options:
    """How an activation is trained with.

    Parameters
    ----------
    keep : {"derivative", "input", "output", "segments", "auto"} or a form of dualad.keep
        What is kept for the backward pass: f'(x); x, from which any order of derivative is computed
        when it is asked for; y, where it tells f'; the piece that x is on, of straight ones; the
        cheapest of these. `dualad.keep` has more, with their options.
    order : {1, 2}
        How many derivatives are computed in the forward pass and kept. With two, the backward pass
        can be differentiated once more.
    execution : {"auto", "whole", "blocks", "compiled"}
        How value and derivative are computed: on whole arrays, in cache-sized blocks, or by one
        kernel that the framework's own compiler makes of both, at the first call. Where a backend
        has no blocks or no compiler, and under tracing compilers, it is on whole arrays. By default
        PyTorch's tensors on an accelerator go through the compiler, large arrays on the CPU through
        blocks.
    inplace : bool
        The result overwrites the first argument, and f'(x) is kept. For PyTorch's tensors.
    name : str, optional
        The name, by default the definition's.
    """

    keep: str | Keep = "derivative"
    order: int = 1
    execution: str = "auto"
    inplace: bool = False
    name: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.keep, Mapping):  # as a file has it
            object.__setattr__(self, "keep", keep_form(self.keep))
        form = keep_form(self.keep)
        if type(self.order) is not int or self.order not in (1, 2):
            raise ValueError(
                f"order={self.order!r}: the forward pass computes one derivative or two, order=1 "
                'or 2; keep="input" gives derivatives of any order in the backward pass'
            )
        keep_form(form, self.order)
        if type(self.inplace) is not bool:
            raise TypeError(f"inplace is True or False, got {self.inplace!r}")
        if self.inplace and isinstance(form, Input):
            raise ValueError(
                'inplace=True overwrites the input, which keep="input" has need of; '
                'use keep="derivative"'
            )
        if self.execution not in EXECUTIONS:
            names = ", ".join(map(repr, EXECUTIONS))
            raise ValueError(f"unknown execution={self.execution!r}: it is one of {names}")
        if not (self.name is None or isinstance(self.name, str)):
            raise TypeError(f"name is a string, got {self.name!r}")
