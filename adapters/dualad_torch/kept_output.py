"""The node of the autograd graph that keeps the result alone, where f' is a function of it.

If the next layer keeps its input, as linear layers and convolutions do, this takes no memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from .evaluation import evaluate, run, to_argument
from .kept_input import keep_input

if TYPE_CHECKING:
    from dualad.definition import Activation

__all__ = ["KeepOutput"]


class KeepOutput(torch.autograd.Function):
    """Keep y; the other arguments are numbers.

    y depends on x by this very node. So a backward pass that is itself recorded computes f' from y
    by an activation of its own, and what is asked of that comes back here: any order.
    """

    @staticmethod
    def forward(ctx: Any, activation: Activation, inplace: bool, *values: Any) -> Any:
        """Compute y."""
        (y,) = evaluate(activation, ((),), values, inplace=inplace)
        if inplace:
            ctx.mark_dirty(y)
        ctx.activation, ctx.numbers = activation, values[1:]
        ctx.argument = values[0].shape, values[0].dtype
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """Multiply the cotangent by f' as a function of y."""
        (y,), (cotangent,) = ctx.saved_tensors, cotangents
        inverse, arguments = ctx.activation.inverse, (y, *ctx.numbers)
        if torch.is_grad_enabled():
            gradient = cotangent * keep_input(inverse, (), arguments)
        else:
            gradient = pulled_back(inverse, arguments, cotangent)
        none = (None,) * len(ctx.numbers)
        return (None, None, to_argument(gradient, *ctx.argument), *none)


def pulled_back(
    inverse: Activation, arguments: Sequence[Any], cotangent: torch.Tensor
) -> torch.Tensor:
    """The cotangent times f', in one pass."""
    executable = inverse.recording.weighted("torch")
    gradient: torch.Tensor
    (gradient,) = run(executable, (*arguments, cotangent), inverse.options.execution)
    return gradient
