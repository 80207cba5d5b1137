"""The product that the backward pass makes of a cotangent and what is kept, and in which memory."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import Any

import torch

from dualad.keep.codes import Code
from dualad.linearize import Executable, Output
from dualad.program import record

from .blocks import PLAIN, is_plain
from .evaluation import run
from .namespace import namespace

__all__ = ["given_up", "multiplication", "product", "separate"]

ONLY_THE_GRAPH = (4, 2, 2)
"""References to a saved tensor in Python: the graph's, the tuple's, a variable's and an argument's;
to what Python's object stands for: that object's and the graph's; and to its memory: the tensor's
and the caller's."""


@functools.lru_cache(maxsize=1024)
def multiplication(code: Code) -> Executable:
    """The product of a cotangent and a derivative in a code."""

    def pull_back(cotangent: Any, kept: Any) -> Any:
        return cotangent * code.decode(kept)

    return Executable(record("pull_back", pull_back, ("cotangent", "kept")), namespace)


def product(
    cotangent: torch.Tensor,
    kept: Any,
    decoding: Executable | None,
    execution: str,
    ours: bool,
) -> torch.Tensor:
    """The cotangent times the derivative.

    Parameters
    ----------
    cotangent : tensor
        Of the result.
    kept : tensor or number
        What the forward pass kept.
    decoding : Executable, optional
        The `multiplication` by what is in a code; None: it is as it was computed.
    execution : str
        As the activation's.
    ours : bool
        What was kept is of no further use to anybody, and its memory is free for the product.
    """
    if decoding is not None and isinstance(kept, torch.Tensor):
        wanted = (Output(cotangent.dtype),)
        decoded: torch.Tensor
        (decoded,) = run(decoding, (cotangent, kept), execution, wanted)
        return decoded
    if ours and kept.dtype == cotangent.dtype and kept.shape == cotangent.shape:
        return kept.mul_(cotangent)  # type: ignore[no-any-return]
    return cotangent * kept  # type: ignore[no-any-return]


def separate(y: Any, slopes: Sequence[Any], values: Sequence[Any]) -> bool:
    """Whether each slope has memory of its own, which nobody but the graph will hold.

    What saves tensors for the backward pass may be told to do something else with them: then they
    are not ours.
    """
    if torch._C._autograd._top_saved_tensors_default_hooks(False):
        return False
    tensors = [t for t in (y, *slopes, *values) if isinstance(t, torch.Tensor)]
    for t in tensors:
        if type(t) not in PLAIN:
            return False
    return len({t.data_ptr() for t in tensors}) == len(tensors)


def given_up(saved: Sequence[torch.Tensor], cotangent: torch.Tensor) -> list[bool]:
    """Which saved tensors nobody will look at again.

    The graph is given up after this backward pass, and holds the only reference: a user who looked
    at the graph may have another, or a view, or an array of another library; and what a hook of a
    user's hands out is not the graph's. (More references than on the Python that this was counted
    with mean that memory is not used again; the tests say where.)
    """
    if (
        torch.compiler.is_dynamo_compiling()
        or torch._C._autograd._get_current_graph_task_keep_graph()
        or not is_plain((cotangent,))
    ):
        return [False] * len(saved)
    objects, tensors, memories = ONLY_THE_GRAPH
    return [
        sys.getrefcount(s) <= objects
        and s._use_count() == tensors  # type: ignore[attr-defined]
        and torch._C._storage_Use_Count(s.untyped_storage()._cdata) <= memories
        for s in saved
    ]
