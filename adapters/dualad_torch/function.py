"""An activation as a node of PyTorch's autograd graph.

Which class records it depends on what is kept and on who is watching:

===================  =====================================  ===================================
                     eager                                  traced by torch.compile
===================  =====================================  ===================================
keep="derivative"    `KeepDerivative`: f' alone             `TracedDerivative`
keep="input"         `KeepInput`: x, to any order           `TracedInput`
torch.func and       `KeepInput`, whatever is asked for:    the composed program, which PyTorch
forward-mode AD      it has a rule for every transform      differentiates itself
===================  =====================================  ===================================

Dynamo refuses a Function with a ``jvp``, and does not trace a ``raise`` in a backward pass: hence
classes and not branches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd import forward_ad

from dualad.keep import Input, SecondOrderError

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["apply", "watches"]


def _record(function: Any, *arguments: Any) -> Any:
    """Call a Function: PyTorch leaves its ``apply`` without types."""
    return function.apply(*arguments)


def apply(activation: Activation, arguments: tuple[Any, ...], path: Path = ()) -> Any:
    """Evaluate an activation, or a derivative of it, and record what the backward pass needs."""
    device = next(a for a in arguments if isinstance(a, torch.Tensor)).device.type
    if device != "meta" and torch.is_autocast_enabled(device):
        # Autocast runs exp and log in single precision and products in half: a chain wants neither.
        with torch.autocast(device, enabled=False):
            return _apply(activation, arguments, path)
    return _apply(activation, arguments, path)


def watches(arguments: Sequence[Any]) -> bool:
    """Whether autograd, forward-mode AD or a transform may differentiate what is computed."""
    # What a compiler traces consists of plain calls, which PyTorch differentiates itself.
    if torch.compiler.is_compiling():
        return False
    return bool(_transformed() or _needing_gradients(arguments))


def _apply(activation: Activation, arguments: tuple[Any, ...], path: Path) -> Any:
    values = tuple(map(_floating, arguments))
    if torch.compiler.is_compiling():
        return _apply_traced(activation, values)
    if _transformed():
        return _keep_input(activation, path, values)
    wrt = _needing_gradients(values)
    if not wrt:
        return _evaluate(activation, (path,), values)[0]
    if path or isinstance(activation.keep, Input):
        return _keep_input(activation, path, values)
    return _record(KeepDerivative, activation, wrt, *values)


def _keep_input(activation: Activation, path: Path, values: Sequence[Any]) -> Any:
    """A derivative that keeps its arguments.

    Under two levels of forward mode PyTorch loses the inner tangent of a Function that has a jvp
    (its issue 197867): there it differentiates the plain calls of the program itself.
    """
    if _forward_levels() > 1:
        return _evaluate(activation, (path,), values)[0]
    return _record(KeepInput, activation, path, *values)


def _forward_levels() -> int:
    """How many transforms of forward mode are at work."""
    stack = torch._C._functorch.get_interpreter_stack() or []
    return sum(level.key() == torch._C._functorch.TransformType.Jvp for level in stack)


def _apply_traced(activation: Activation, values: tuple[Any, ...]) -> Any:
    wrt = _needing_gradients(values)
    if not wrt:
        return _evaluate(activation, ((),), values)[0]
    if isinstance(activation.keep, Input):
        # Both passes at once: Dynamo sees the prepared programs as they are when it first looks.
        activation.prepare("torch", ((),), *(((i,),) for i in wrt))
        return _record(TracedInput, activation, wrt, *values)
    return _record(TracedDerivative, activation, wrt, *values)


def _floating(x: Any) -> Any:
    """Integers in the default floating dtype, as PyTorch's own functions do it."""
    if not isinstance(x, torch.Tensor) or x.is_floating_point():
        return x
    if x.is_complex():
        raise TypeError(f"an activation takes real numbers, got a tensor of dtype {x.dtype}")
    return x.to(torch.get_default_dtype())


def _needing_gradients(values: Sequence[Any]) -> tuple[int, ...]:
    if not torch.is_grad_enabled():
        return ()
    return tuple(i for i, a in enumerate(values) if isinstance(a, torch.Tensor) and a.requires_grad)


def _transformed() -> bool:
    """Whether a torch.func transform or forward-mode AD is at work.

    Inside ``grad(vmap(f))`` a tensor does not say that it requires a gradient, so this is asked
    first.
    """
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def _evaluate(
    activation: Activation, paths: tuple[Path, ...], values: Sequence[Any]
) -> tuple[Any, ...]:
    """Some derivatives; the first of them is a tensor of full shape, not a number."""
    results = activation.executable("torch", paths).run(values, activation.options.execution)
    return (_full(results[0], values), *results[1:])


def _full(result: Any, values: Sequence[Any]) -> Any:
    """A result in the broadcast shape of all arguments, and never one of them itself."""
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    own = isinstance(result, torch.Tensor) and not any(result is t for t in tensors)
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


def _to_argument(gradient: torch.Tensor, shape: Any, dtype: Any) -> torch.Tensor:
    """Sum over the axes that broadcasting added, in the argument's dtype."""
    return gradient.sum_to_size(shape).to(dtype)


class TracedDerivative(torch.autograd.Function):
    """Keep the first derivative by each argument that needs a gradient, and nothing else.

    As Dynamo traces it. A second order is refused there by PyTorch, for every function.
    """

    @staticmethod
    def forward(ctx: Any, activation: Activation, wrt: tuple[int, ...], *values: Any) -> Any:
        y, *slopes = _evaluate(activation, ((), *((i,) for i in wrt)), values)
        _keep(ctx, activation, wrt, values, slopes)
        return y

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        return _pull_back(ctx, cotangents[0])


class KeepDerivative(TracedDerivative):
    """The same in eager mode, where a second order has to be refused here."""

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        # In a backward pass gradients are enabled exactly when create_graph=True.
        if torch.is_grad_enabled():
            raise SecondOrderError(ctx.activation.__name__)
        return _pull_back(ctx, cotangents[0])


def _keep(
    ctx: Any, activation: Activation, wrt: tuple[int, ...], values: Sequence[Any], slopes: Any
) -> None:
    """Save the slopes; of the arguments only shape and dtype are remembered."""
    ctx.activation = activation
    ctx.wrt = wrt
    ctx.count = len(values)
    ctx.numbers = [None if isinstance(s, torch.Tensor) else s for s in slopes]
    ctx.shapes = [values[i].shape for i in wrt]
    ctx.dtypes = [values[i].dtype for i in wrt]
    ctx.save_for_backward(*(s for s in slopes if isinstance(s, torch.Tensor)))


def _pull_back(ctx: Any, cotangent: torch.Tensor) -> tuple[Any, ...]:
    """The cotangent times each slope, in the shape and dtype of the argument."""
    kept = list(ctx.saved_tensors)
    gradients: list[Any] = [None] * ctx.count
    for i, number, shape, dtype in zip(ctx.wrt, ctx.numbers, ctx.shapes, ctx.dtypes, strict=True):
        slope = kept.pop(0) if number is None else number
        gradients[i] = _to_argument(cotangent * slope, shape, dtype)
    return (None, None, *gradients)


class KeepInput(torch.autograd.Function):
    """Keep the arguments. The gradient of a derivative is the next derivative, by the same class.

    ``path`` says which derivative is computed: () is the activation itself.
    """

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[Any, ...], activation: Activation, path: Path, *values: Any
    ) -> tuple[Any, int]:
        # PyTorch's generated rule fails for hessian, which batches a jvp of a gradient.
        dims = in_dims[2:]
        pairs = list(zip(values, dims, strict=True))
        rank = max(v.ndim - (d is not None) for v, d in pairs if isinstance(v, torch.Tensor))
        batched = [v if d is None else _batch_first(v, d, rank) for v, d in pairs]
        return _keep_input(activation, path, batched), 0

    @staticmethod
    def forward(activation: Activation, path: Path, *values: Any) -> Any:
        return _evaluate(activation, (path,), values)[0]

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.activation, ctx.path, *values = inputs
        ctx.save_for_forward(*_remember(ctx, values))

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        values = _restored(ctx)
        gradients: list[Any] = [None] * len(values)
        for i, value in enumerate(values):
            if ctx.needs_input_grad[2 + i]:
                slope = _keep_input(ctx.activation, (*ctx.path, i), values)
                gradients[i] = _to_argument(cotangents[0] * slope, value.shape, value.dtype)
        return (None, None, *gradients)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        values = _restored(ctx)
        total: Any = None
        for i, tangent in enumerate(tangents[2:]):
            if tangent is not None:
                term = _keep_input(ctx.activation, (*ctx.path, i), values) * tangent
                total = term if total is None else total + term
        return total


def _batch_first(value: torch.Tensor, dim: int, rank: int) -> torch.Tensor:
    """The batch axis in front, and axes behind it so that the others broadcast as they did."""
    value = value.movedim(dim, 0)
    missing = rank - (value.ndim - 1)
    return value.reshape(value.shape[0], *(1,) * missing, *value.shape[1:])


class TracedInput(torch.autograd.Function):
    """The same for Dynamo, to first order."""

    @staticmethod
    def forward(ctx: Any, activation: Activation, wrt: tuple[int, ...], *values: Any) -> Any:
        ctx.activation, ctx.wrt = activation, wrt
        _remember(ctx, values)
        return _evaluate(activation, ((),), values)[0]

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        values = _restored(ctx)
        gradients: list[Any] = [None] * len(values)
        for i in ctx.wrt:
            slope = _evaluate(ctx.activation, ((i,),), values)[0]
            value = values[i]
            gradients[i] = _to_argument(cotangents[0] * slope, value.shape, value.dtype)
        return (None, None, *gradients)


def _remember(ctx: Any, values: Sequence[Any]) -> list[torch.Tensor]:
    """Save the arguments for the backward pass, and return the tensors among them."""
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    ctx.numbers = [None if isinstance(v, torch.Tensor) else v for v in values]
    ctx.save_for_backward(*tensors)
    return tensors


def _restored(ctx: Any) -> list[Any]:
    """The arguments as they were given, tensors and numbers."""
    kept = list(ctx.saved_tensors)
    return [kept.pop(0) if number is None else number for number in ctx.numbers]
