"""The node of the autograd graph that keeps the arguments, and serves every order and transform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from dualad.linearize import Output

from .blocks import PLAIN
from .evaluation import as_number, at_work, evaluate, full, run, to_argument, transformed

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["keep_input"]


def keep_input(activation: Activation, path: Path, values: Sequence[Any]) -> Any:
    """A derivative that keeps its arguments.

    Under two levels of forward mode PyTorch loses the inner tangent of a Function that has a jvp
    (its issue 197867), and Dynamo, which traces backward passes under compiled autograd, takes no
    such Function: there PyTorch differentiates the plain calls of the program itself.
    """
    if torch.compiler.is_dynamo_compiling() or at_work("Jvp") > 1:
        return evaluate(activation, (path,), values, plain=True)[0]
    return KeepInput.apply(activation, path, *values)  # type: ignore[no-untyped-call]


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
        return keep_input(activation, path, batched), 0

    @staticmethod
    def forward(activation: Activation, path: Path, *values: Any) -> Any:
        return evaluate(activation, (path,), values)[0]

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.activation, ctx.path, *values = inputs
        tensors = [v for v in values if isinstance(v, torch.Tensor)]
        ctx.numbers = [None if isinstance(v, torch.Tensor) else v for v in values]
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        values = _restored(ctx)
        wanted = tuple(i for i in range(len(values)) if ctx.needs_input_grad[2 + i])
        gradients: list[Any] = [None] * len(values)
        if (
            torch.compiler.is_dynamo_compiling()
            or ctx.path
            or torch.is_grad_enabled()
            or transformed()
            or not _one_library(values)
            # Of cotangents that come in a batch each is summed on its own.
            or torch._C._functorch.is_legacy_batchedtensor(cotangents[0])
        ):
            for i in wanted:
                slope = keep_input(ctx.activation, (*ctx.path, i), values)
                gradients[i] = to_argument(cotangents[0] * slope, values[i].shape, values[i].dtype)
        else:
            for i, gradient in zip(
                wanted, _pulled_back(ctx.activation, wanted, values, cotangents[0]), strict=True
            ):
                gradients[i] = gradient
        return (None, None, *gradients)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        values = _restored(ctx)
        total: Any = None
        for i, tangent in enumerate(tangents[2:]):
            if tangent is not None:
                term = keep_input(ctx.activation, (*ctx.path, i), values) * tangent
                total = term if total is None else total + term
        return total


def _pulled_back(
    activation: Activation, wrt: tuple[int, ...], values: Sequence[Any], cotangent: torch.Tensor
) -> list[torch.Tensor]:
    """The gradients in one pass, in which the slopes are computed, multiplied and summed."""
    executable = activation.recording.pull_back("torch", wrt)
    largest = cotangent.numel()
    outputs = tuple(Output(values[i].dtype, summed=values[i].numel() == 1 < largest) for i in wrt)
    narrow = [as_number(v, largest) for v in values]
    results = run(executable, (*narrow, cotangent), activation.options.execution, outputs)
    gradients = []
    for i, output, result in zip(wrt, outputs, results, strict=True):
        value = values[i]
        if output.summed:
            gradients.append(result.to(value.device).reshape(value.shape))
        else:
            gradients.append(
                to_argument(full(result, (*values, cotangent)), value.shape, value.dtype)
            )
    return gradients


def _one_library(values: Sequence[Any]) -> bool:
    """Whether the arguments are ordinary tensors: subclasses have their own ways to be summed."""
    return all(type(v) in PLAIN for v in values if isinstance(v, torch.Tensor))


def _batch_first(value: torch.Tensor, dim: int, rank: int) -> torch.Tensor:
    """The batch axis in front, and axes behind it so that the others broadcast as they did."""
    value = value.movedim(dim, 0)
    missing = rank - (value.ndim - 1)
    return value.reshape(value.shape[0], *(1,) * missing, *value.shape[1:])


def _restored(ctx: Any) -> list[Any]:
    """The arguments as they were given, tensors and numbers."""
    kept = list(ctx.saved_tensors)
    return [kept.pop(0) if number is None else number for number in ctx.numbers]
