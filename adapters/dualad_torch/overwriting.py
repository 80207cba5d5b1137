"""An activation in place: when its result may overwrite the argument.

f' is computed in the same pass, before x is gone; so the gradient is right, unlike that of a
definition in place which keeps x. What autograd itself would refuse is refused here before anything
is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from .evaluation import leaves_python, transformed
from .functions import result_dtype
from .kept_derivatives import kept_paths

if TYPE_CHECKING:
    from dualad.definition import Activation

__all__ = ["check_overwriting", "copies_over", "is_kept", "shares_memory"]


def check_overwriting(
    activation: Activation, arguments: Sequence[Any], *, leaves: bool = True
) -> None:
    """Raise where the result may not overwrite the first argument.

    What traces a graph has leaves of its own, and looks after the real ones itself.

    Raises
    ------
    TypeError
        It is no tensor of floating point, or not of the result's dtype.
    ValueError
        It has not the result's shape.
    RuntimeError
        It is a leaf, or a view of one, whose gradient is asked for.
    """
    name, x = activation.__name__, arguments[0]
    instead = f"use {name}.with_options(inplace=False)"
    tensors = [a for a in arguments if isinstance(a, torch.Tensor)]
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        what = f"a tensor of dtype {x.dtype}" if isinstance(x, torch.Tensor) else repr(x)
        raise TypeError(
            f"{name}: inplace=True writes floating-point numbers into {what}; {instead}"
        )
    shape = torch.broadcast_shapes(*(t.shape for t in tensors))  # type: ignore[no-untyped-call]
    if shape != x.shape:
        raise ValueError(
            f"{name}: inplace=True writes a result of shape {tuple(shape)} into an argument of "
            f"shape {tuple(x.shape)}; {instead}"
        )
    if (dtype := result_dtype(*tensors)) != x.dtype:
        raise TypeError(
            f"{name}: inplace=True writes a result of dtype {dtype} into an argument of dtype "
            f"{x.dtype}; {instead}"
        )
    base = x if x._base is None else x._base
    if (
        leaves
        and torch.is_grad_enabled()
        and base.is_leaf
        and base.requires_grad
        and not transformed()
    ):
        raise RuntimeError(
            f"{name}: inplace=True overwrites a leaf that requires a gradient, which autograd does "
            f"not allow; {instead}"
        )


def copies_over(x: torch.Tensor) -> bool:
    """Whether the result is computed beside x and then copied over it, by PyTorch's own rules.

    For views, whose other views autograd has to know of; in transforms, which have no rule for a
    Function that writes; and where plain calls are recorded.
    """
    return (
        x._base is not None
        or transformed()
        or leaves_python()
        or type(x) is not torch.Tensor
        # The copy is refused, with x as it was.
        or torch._debug_has_internal_overlap(x) == 1
    )


def is_kept(activation: Activation, wrt: tuple[int, ...]) -> bool:
    """Whether a derivative that is kept is the first argument itself, as that of x y by y."""
    program = activation.program(((), *kept_paths(wrt, activation.keep.order)))
    return any(o is program.inputs[0] for o in program.outputs[1:])


def shares_memory(x: torch.Tensor, other: Any) -> bool:
    """Whether to overwrite x would change another argument while it is read."""
    if not isinstance(other, torch.Tensor) or type(other) is not type(x):
        return False
    return bool(other.untyped_storage()._cdata == x.untyped_storage()._cdata)
