"""An activation's derivatives evaluated on tensors, and who is watching."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import forward_ad

from dualad.linearize import Executable, Output
from dualad.scalars import is_scalar

from .distributed import local_shards
from .functions import computing_dtype, result_dtype

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.keep.codes import Code
    from dualad.program import Path

__all__ = [
    "as_number",
    "at_work",
    "evaluate",
    "full",
    "leaves_python",
    "needing_gradients",
    "noise",
    "run",
    "to_argument",
    "transformed",
]


def needing_gradients(values: Sequence[Any]) -> tuple[int, ...]:
    """Which arguments a gradient will be asked of."""
    if not torch.is_grad_enabled():
        return ()
    return tuple(i for i, a in enumerate(values) if isinstance(a, torch.Tensor) and a.requires_grad)


def transformed() -> bool:
    """Whether a torch.func transform or forward-mode AD is at work.

    Inside ``grad(vmap(f))`` a tensor does not say that it requires a gradient, so this is asked
    first.
    """
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def at_work(name: str) -> int:
    """How many torch.func transforms of a kind are at work."""
    kind = getattr(torch._C._functorch.TransformType, name)
    stack = torch._C._functorch.get_interpreter_stack() or []
    return sum(level.key() == kind for level in stack)


def leaves_python() -> bool:
    """Whether a program is recorded that runs without us: plain calls alone can be in it.

    functionalize has no rule for a Function either.
    """
    if torch._C._get_tracing_state() is not None or torch.compiler.is_exporting():
        return True
    if not torch._C._are_functorch_transforms_active():
        return False
    return not torch.compiler.is_compiling() and at_work("Functionalize") > 0


def evaluate(
    activation: Activation,
    paths: tuple[Path, ...],
    values: Sequence[Any],
    *,
    outputs: Sequence[Output] | None = None,
    code: Code | None = None,
    inplace: bool = False,
    plain: bool = False,
) -> tuple[Any, ...]:
    """Some derivatives; the first of them is a tensor of full shape, not a number.

    Parameters
    ----------
    activation : Activation
        Whose.
    paths : tuple of Path
        Which.
    values : sequence of tensor or number
        The arguments.
    outputs : sequence of Output, optional
        In which form they are wanted.
    code : Code, optional
        In which all but the first are written down.
    inplace : bool
        The first is written over the first argument.
    plain : bool
        PyTorch itself differentiates or records what is computed, call for call.
    """
    executable = activation.recording.executable("torch", paths, code)
    if code is not None and code.noisy:
        values = (*values, noise(values))
    execution = "whole" if plain else activation.options.execution
    # No DTensor exists before its module is imported.
    if "torch.distributed.tensor" in sys.modules and not (plain or inplace):
        shards = local_shards(values)
        if shards is not None:
            first, *others = run(executable, shards.values, execution, outputs)
            return shards.join((full(first, shards.values), *others))
    narrow = values
    if len(values) > 1 and not plain:
        largest = max(v.numel() for v in values if isinstance(v, torch.Tensor))
        narrow = [as_number(v, largest) for v in values]
    first, *others = run(executable, narrow, execution, outputs, inplace, plain)
    return (first if inplace else full(first, values), *others)


def noise(values: Sequence[Any]) -> torch.Tensor:
    """Uniform in [0, 1), in the layout of the only tensor among the arguments."""
    (like,) = (v for v in values if isinstance(v, torch.Tensor))
    return torch.rand_like(like, dtype=computing_dtype(like.dtype), requires_grad=False)


def as_number(value: Any, largest: int) -> Any:
    """An argument of one element without axes: beside larger ones it is computed with once."""
    if isinstance(value, torch.Tensor) and value.ndim and value.numel() == 1 < largest:
        return value.reshape(())
    return value


def run(
    executable: Executable,
    values: Sequence[Any],
    execution: str,
    outputs: Sequence[Output] | None = None,
    inplace: bool = False,
    plain: bool = False,
) -> tuple[Any, ...]:
    """An executable on tensors: what is being compiled calls the functions that fuse best."""
    if torch.compiler.is_compiling() and not plain:
        dtype = result_dtype(*(v for v in values if not is_scalar(v)))
        return executable.traced(values, dtype, outputs, inplace)
    return executable.run(values, execution, outputs, inplace)


def full(result: Any, values: Sequence[Any]) -> Any:
    """A result in the broadcast shape of all arguments, and never one of them itself."""
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    own = isinstance(result, torch.Tensor) and not any(result is t for t in tensors)
    if torch._C._get_tracing_state() is not None and own:
        # Comparing shapes would look odd in a trace.
        return torch.broadcast_tensors(result, *tensors)[0] * 1.0  # type: ignore[no-untyped-call]
    if own and all(t.shape == result.shape for t in tensors):
        return result
    if not isinstance(result, torch.Tensor):
        zeros: Any = sum(torch.zeros_like(t) for t in tensors)
        return zeros + result
    shape = torch.broadcast_shapes(*(t.shape for t in tensors))  # type: ignore[no-untyped-call]
    if own and result.shape == shape:
        return result
    # A number kept as a tensor is on the CPU, whatever the device of the others.
    device = max(tensors, key=lambda t: t.ndim).device
    return result.to(device).expand(shape) * 1.0


def to_argument(gradient: torch.Tensor, shape: Any, dtype: torch.dtype) -> torch.Tensor:
    """Sum over the axes that broadcasting added, in the argument's dtype."""
    if gradient.shape != shape:
        added = gradient.ndim - len(shape)
        if torch.promote_types(gradient.dtype, dtype) != gradient.dtype:
            # A sum in half precision would be rounded before it comes to a wider parameter.
            axes = [
                i
                for i, n in enumerate(gradient.shape)
                if i < added or (n != 1 and shape[i - added] == 1)
            ]
            gradient = gradient.sum(axes, keepdim=True, dtype=dtype).reshape(shape)
        else:
            gradient = gradient.sum_to_size(shape)
    return gradient if gradient.dtype == dtype else gradient.to(dtype)
