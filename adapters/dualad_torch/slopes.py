"""The form in which a first derivative is kept, and the product that the backward pass makes of it.

In half precision, single precision's f' is rounded once more to be kept. A bounded f' is kept as
float16 times a power of two: of the two half types it is the one with more digits, and the power
moves small derivatives out of its subnormal numbers.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from dualad.linearize import Executable, Output
from dualad.program import record

from .blocks import PLAIN, is_plain
from .evaluation import run
from .functions import HALF
from .namespace import namespace

if TYPE_CHECKING:
    from dualad.definition import Activation

__all__ = ["AS_COMPUTED", "Coding", "coding", "given_up", "product", "separate"]

LARGEST = 2.0**15
"""Half of float16's range: a bound found on a grid may be a little short."""


ONLY_THE_GRAPH = (4, 2, 2)
"""References to a saved tensor in Python: the graph's, the tuple's, a variable's and an argument's;
to what Python's object stands for: that object's and the graph's; and to its memory: the tensor's
and the caller's."""


class Coding(NamedTuple):
    """How derivatives are kept."""

    dtype: torch.dtype | None
    scale: float


AS_COMPUTED = Coding(None, 1.0)


def coding(activation: Activation, values: Sequence[Any]) -> Coding:
    """How the derivative by the only tensor among the arguments is kept best."""
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    if tensors[0].dtype not in HALF or len(tensors) > 1:
        return AS_COMPUTED
    bound = activation.recording.slope_bound([None if v is tensors[0] else v for v in values])
    if not 0.0 < bound <= LARGEST:
        return AS_COMPUTED
    return Coding(torch.float16, 2.0 ** math.floor(math.log2(LARGEST / bound)))


@functools.cache
def _multiplication(scale: float) -> Executable:
    """The product of a cotangent and what is kept times a scale."""

    def pull_back(cotangent: Any, kept: Any) -> Any:
        return cotangent * kept * (1.0 / scale)

    return Executable(record("pull_back", pull_back, ("cotangent", "kept")), namespace)


def product(
    cotangent: torch.Tensor, kept: Any, coding: Coding, execution: str, ours: bool
) -> torch.Tensor:
    """The cotangent times the derivative.

    Parameters
    ----------
    cotangent : tensor
        Of the result.
    kept : tensor or number
        What the forward pass kept.
    coding : Coding
        How.
    execution : str
        As the activation's.
    ours : bool
        What was kept is of no further use to anybody, and its memory is free for the product.
    """
    if coding.dtype is not None:
        wanted = (Output(cotangent.dtype),)
        decoded: torch.Tensor
        (decoded,) = run(_multiplication(coding.scale), (cotangent, kept), execution, wanted)
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
