"""An activation called on tensors: which node of PyTorch's autograd graph it becomes.

=====================================  ===================================================
who is watching                        what is recorded
=====================================  ===================================================
autograd                               `KeepDerivative`, `KeepDerivatives`, `KeepOutput` or
                                       `KeepInput`, as ``keep`` and ``order`` say
torch.func, forward-mode AD            `KeepInput`: it has a rule for every transform
torch.compile                          one call in Dynamo's graph; what compiles the graph
                                       traces the same nodes as autograd would
torch.jit.trace, export, functionalize plain calls: the program leaves Python
nobody                                 nothing
=====================================  ===================================================
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from dualad.keep import Derivative, Derivatives, Input, Output
from dualad.keep.choice import choose

from .evaluation import evaluate, leaves_python, needing_gradients, transformed
from .functions import result_dtype
from .kept_derivatives import KeepDerivative, KeepDerivatives, kept_paths
from .kept_input import keep_input
from .kept_output import KeepOutput
from .overwriting import check_overwriting, copies_over, is_kept, shares_memory

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["apply", "watches"]


def apply(activation: Activation, arguments: tuple[Any, ...], path: Path = ()) -> Any:
    """Evaluate an activation, or a derivative of it, and record what the backward pass needs."""
    if torch.compiler.is_dynamo_compiling() and not torch.compiler.is_exporting():
        y = _in_graph(_key(activation), path, *arguments)
        return arguments[0].copy_(y) if activation.options.inplace and not path else y
    device = ""
    for argument in arguments:
        if isinstance(argument, torch.Tensor):
            device = argument.device.type
        elif isinstance(argument, torch.fx.Proxy):
            # A symbolic trace: the activation is a node of the graph, as PyTorch's functions are.
            return argument.tracer.create_proxy("call_function", activation, arguments, {})
    if device != "meta" and torch.is_autocast_enabled(device):
        # Autocast runs exp and log in single precision and products in half: a chain wants neither.
        with torch.autocast(device, enabled=False):
            return _apply(activation, arguments, path)
    return _apply(activation, arguments, path)


def watches(arguments: Sequence[Any]) -> bool:
    """Whether autograd, forward-mode AD or a transform may differentiate what is computed."""
    # What Dynamo traces consists of plain calls, which PyTorch differentiates itself. (Whether
    # anything is being compiled at all would be true in every thread.)
    if torch.compiler.is_dynamo_compiling() or leaves_python():
        return False
    return bool(transformed() or needing_gradients(arguments))


def _apply(activation: Activation, arguments: tuple[Any, ...], path: Path) -> Any:
    values = tuple(map(_floating, arguments))
    inplace = activation.options.inplace and not path
    if inplace:
        x = arguments[0]
        check_overwriting(activation, arguments)
        if (
            copies_over(x)
            or any(shares_memory(x, a) for a in arguments[1:])
            or is_kept(activation, needing_gradients(values))
        ):
            beside = activation.with_options(inplace=False)
            return x.copy_(_apply(beside, (x.clone(), *arguments[1:]), path))
    if leaves_python():
        return evaluate(activation, (path,), values, plain=True)[0]
    if transformed():
        return keep_input(activation, path, values)
    wrt = needing_gradients(values)
    if not wrt:
        return evaluate(activation, (path,), values, inplace=inplace)[0]
    if path or isinstance(activation.keep, Input):
        return keep_input(activation, path, values)
    choice = choose(activation, values, _dtype(values))
    form = choice.form
    if isinstance(form, Input):
        return keep_input(activation, path, values)
    if isinstance(form, Output):
        return KeepOutput.apply(activation, inplace, *values)  # type: ignore[no-untyped-call]
    if len(wrt) > 1 and not inplace and isinstance(form, Derivative | Derivatives):
        kept = len(kept_paths(wrt, form.order))
        if _arguments_are_cheaper(kept, values):
            return keep_input(activation, path, values)
    if isinstance(form, Derivatives):
        return KeepDerivatives.apply(activation, wrt, inplace, *values)[0]  # type: ignore[no-untyped-call]
    return KeepDerivative.apply(activation, choice, wrt, inplace, *values)  # type: ignore[no-untyped-call]


def _dtype(values: Sequence[Any]) -> str:
    """The name of the dtype that the tensors among the arguments have together."""
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    dtype = tensors[0].dtype if len(tensors) == 1 else result_dtype(*tensors)
    return NAMES[dtype]


def _arguments_are_cheaper(derivatives: int, values: Sequence[Any]) -> bool:
    """Whether the arguments are fewer numbers than so many derivatives."""
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    shape = torch.broadcast_shapes(*(t.shape for t in tensors))  # type: ignore[no-untyped-call]
    return bool(sum(t.numel() for t in tensors) < derivatives * math.prod(shape))


_activations: dict[str, Activation] = {}


def _key(activation: Activation) -> str:
    """A name for an activation that may stand in a graph of Dynamo's, which outlives this call."""
    torch.compiler.allow_in_graph(_in_graph)  # type: ignore[no-untyped-call]
    key = f"{activation.__name__} {id(activation)}"
    _activations[key] = activation
    return key


# Dynamo runs it while it traces, and takes its result for a constant.
_key._dynamo_marked_constant = True  # type: ignore[attr-defined]


def _in_graph(key: str, path: Path, *values: Any) -> Any:
    """An activation as Dynamo sees it: one call, which it leaves to what runs or traces its graph.

    So a compiled function has the very nodes of an eager one. (Dynamo would trace into a Function,
    but PyTorch loses the graph of what that saves where nothing else compiles: second orders would
    be wrong in silence. It refuses those that have a jvp, and drops their backward pass under
    torch.func.)
    """
    activation = _activations[key]
    if not isinstance(activation.keep, Derivative | Derivatives | Input):
        # A number that a graph would take for one that changes: what is kept depends on it.
        values = tuple(float(v) if isinstance(v, torch.SymFloat) else v for v in values)
    if activation.options.inplace and not path:
        # Its result is copied over x in the graph.
        check_overwriting(activation, values, leaves=False)
        if is_kept(activation, tuple(range(len(values)))):
            values = (values[0].clone(), *values[1:])
        activation = activation.with_options(inplace=False)
    return apply(activation, values, path)


FLOATING = (torch.float32, torch.bfloat16, torch.float16, torch.float64)
NAMES = {dtype: str(dtype).rpartition(".")[2] for dtype in FLOATING}
DENSE = (torch.strided, torch.jagged)


def _floating(x: Any) -> Any:
    """Integers in the default floating dtype, as PyTorch's own functions do it."""
    if not isinstance(x, torch.Tensor):
        return x
    if x.layout not in DENSE:
        raise TypeError(
            f"an activation takes dense tensors, got one of layout {x.layout}; "
            "write x.to_dense(), or apply it to the values"
        )
    if x.dtype in FLOATING:
        return x
    if x.is_quantized:
        raise TypeError(
            f"an activation takes real numbers, got a quantized tensor of dtype {x.dtype}; "
            "write x.dequantize()"
        )
    if x.is_complex():
        raise TypeError(f"an activation takes real numbers, got a tensor of dtype {x.dtype}")
    if x.is_floating_point():
        raise TypeError(
            f"an activation computes with 16 bits or more, got a tensor of dtype {x.dtype}; "
            "write x.to(torch.bfloat16)"
        )
    return x.to(torch.get_default_dtype())
