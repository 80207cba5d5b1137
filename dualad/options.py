"""How an activation is trained with: the options that do not change what it computes."""

from __future__ import annotations

from dataclasses import dataclass

from .keep import Keep, keep_form

__all__ = ["Options"]

EXECUTIONS = ("auto", "whole", "blocks")


@dataclass(frozen=True)
class Options:
    """How an activation is trained with.

    Parameters
    ----------
    keep : {"derivative", "input"} or a form of dualad.keep
        What is kept for the backward pass: f'(x), or x, from which any order of derivative is
        computed when it is asked for.
    order : int
        How many derivatives are computed in the forward pass; 1.
    execution : {"auto", "whole", "blocks"}
        How value and derivative are computed: on whole arrays or in cache-sized blocks. Where a
        backend has no blocks, as TensorFlow, and under tracing compilers, it is on whole arrays.
    name : str, optional
        The name, by default the definition's.
    """

    keep: str | Keep = "derivative"
    order: int = 1
    execution: str = "auto"
    name: str | None = None

    def __post_init__(self) -> None:
        keep_form(self.keep)
        if self.order != 1:
            raise ValueError(
                f"order={self.order!r}: the forward pass computes one derivative, order=1; "
                'keep="input" gives derivatives of any order in the backward pass'
            )
        if self.execution not in EXECUTIONS:
            names = ", ".join(map(repr, EXECUTIONS))
            raise ValueError(f"unknown execution={self.execution!r}: it is one of {names}")
        if not (self.name is None or isinstance(self.name, str)):
            raise TypeError(f"name is a string, got {self.name!r}")
