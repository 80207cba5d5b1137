"""The nodes of the autograd graph that keep derivatives: f', or f' and f''."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from dualad.keep import SecondOrderError
from dualad.keep.choice import AS_COMPUTED, Choice
from dualad.linearize import Output

from .evaluation import evaluate, to_argument
from .functions import computing_dtype, result_dtype
from .slopes import given_up, multiplication, product, separate
from .storing import Place, put_away, take_out

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["KeepDerivative", "KeepDerivatives", "kept_paths"]


def kept_paths(wrt: tuple[int, ...], order: int) -> tuple[Path, ...]:
    """The derivatives by the arguments ``wrt``: the first, and up to order 2 the second, too."""
    first = tuple((i,) for i in wrt)
    if order == 1:
        return first
    return (*first, *((i, j) for i in wrt for j in wrt if i <= j))


class KeepDerivative(torch.autograd.Function):
    """Keep the first derivative by each argument that needs a gradient, and nothing else."""

    @staticmethod
    def forward(
        ctx: Any,
        activation: Activation,
        choice: Choice,
        wrt: tuple[int, ...],
        inplace: bool,
        *values: Any,
    ) -> Any:
        """Compute y and the derivatives by the arguments ``wrt``."""
        paths = ((), *kept_paths(wrt, 1))
        outputs = _outputs(choice, len(wrt), values)
        y, *slopes = evaluate(
            activation, paths, values, outputs=outputs, code=choice.code, inplace=inplace
        )
        if inplace:
            ctx.mark_dirty(y)
        ctx.activation, ctx.wrt, ctx.count = activation, wrt, len(values)
        ctx.arguments = [(values[i].shape, values[i].dtype) for i in wrt]
        ctx.numbers = [None if isinstance(s, torch.Tensor) else s for s in slopes]
        ctx.places = ctx.decoding = None
        if choice.code is not None:
            # Now: what traces the backward pass cannot trace a recording.
            ctx.decoding = multiplication(choice.code)
        if choice is not AS_COMPUTED:
            stored = [put_away(choice, s) for s in slopes]
            ctx.places = [place for _, place in stored]
            slopes = [t for tensors, _ in stored for t in tensors]
        ctx.ours = separate(y, slopes, values[1:] if inplace else values)
        ctx.save_for_backward(*(s for s in slopes if isinstance(s, torch.Tensor)))
        return y

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """Multiply the cotangent by each."""
        # In a backward pass gradients are enabled exactly when create_graph=True.
        if torch.is_grad_enabled():
            raise SecondOrderError(ctx.activation.__name__)
        (cotangent,) = cotangents
        saved = ctx.saved_tensors
        execution = ctx.activation.options.execution
        gradients: list[Any] = [None] * ctx.count
        kept: Iterator[tuple[torch.Tensor, bool]]
        if ctx.places is None:
            ours = given_up(saved, cotangent) if ctx.ours else [False] * len(saved)
            kept = zip(saved, ours, strict=True)
        else:
            kept = _taken_out(saved, ctx.numbers, ctx.places)
        for i, number, argument in zip(ctx.wrt, ctx.numbers, ctx.arguments, strict=True):
            slope, free = next(kept) if number is None else (number, False)
            gradient = product(cotangent, slope, ctx.decoding, execution, free)
            gradients[i] = to_argument(gradient, *argument)
        return (None, None, None, None, *gradients)


def _outputs(choice: Choice, slopes: int, values: Sequence[Any]) -> tuple[Output, ...] | None:
    """In which dtypes they are wanted: codes in theirs, what is coded later as it is computed."""
    if choice.code is None and choice.runs is None:
        return None
    own = result_dtype(*(v for v in values if isinstance(v, torch.Tensor)))
    coded = computing_dtype(own) if choice.code is None else getattr(torch, choice.code.dtype)
    # The result's is said, too: noise is an argument that may have another.
    return (Output(own), *(Output(coded) for _ in range(slopes)))


def _taken_out(
    saved: Sequence[torch.Tensor],
    numbers: Sequence[Any],
    places: Sequence[Place | None],
) -> Iterator[tuple[torch.Tensor, bool]]:
    """Each derivative that was put away, and that its memory is not what is kept."""
    rest = list(saved)
    for number, place in zip(numbers, places, strict=True):
        if number is None:
            count = 1 if place is None else place.tensors
            tensors, rest = rest[:count], rest[count:]
            yield take_out(tensors, place), False


class KeepDerivatives(torch.autograd.Function):
    """Keep the first and the second derivatives.

    The first are results of this node, too. So in a backward pass that is itself recorded they are
    tensors that depend on the arguments, and what is asked of them comes back here, to be answered
    with the second.
    """

    @staticmethod
    def forward(
        ctx: Any, activation: Activation, wrt: tuple[int, ...], inplace: bool, *values: Any
    ) -> Any:
        """Compute y, the first and the second derivatives by the arguments ``wrt``."""
        first, second = kept_paths(wrt, 1), kept_paths(wrt, 2)[len(wrt) :]
        y, *derivatives = evaluate(activation, ((), *first, *second), values, inplace=inplace)
        shape = y.shape
        derivatives = [
            d if isinstance(d, torch.Tensor) and d.shape == shape else spread(d, y)
            for d in derivatives
        ]
        if inplace:
            ctx.mark_dirty(y)
        slopes, curvatures = derivatives[: len(wrt)], derivatives[len(wrt) :]
        # A result of this node may not be another result, or an argument.
        slopes = [s.clone() if any(s is o for o in (y, *values)) else s for s in slopes]
        slopes = [s.clone() if any(s is o for o in slopes[:k]) else s for k, s in enumerate(slopes)]
        ctx.activation, ctx.wrt, ctx.count = activation, wrt, len(values)
        ctx.second = second
        ctx.arguments = [(values[i].shape, values[i].dtype) for i in wrt]
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*slopes, *curvatures)
        return (y, *slopes)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """Multiply the cotangents of y and of the first derivatives."""
        cotangent, *by_slopes = cotangents
        if torch.is_grad_enabled() and any(c is not None for c in by_slopes):
            raise SecondOrderError(ctx.activation.__name__, kept=2)
        saved = ctx.saved_tensors
        slopes = saved[: len(ctx.wrt)]
        curvatures = dict(zip(ctx.second, saved[len(ctx.wrt) :], strict=True))
        gradients: list[Any] = [None] * ctx.count
        for i, slope, argument in zip(ctx.wrt, slopes, ctx.arguments, strict=True):
            terms = [] if cotangent is None else [cotangent * slope]
            terms += [
                c * curvatures[min(i, j), max(i, j)]
                for j, c in zip(ctx.wrt, by_slopes, strict=True)
                if c is not None
            ]
            if terms:
                gradients[i] = to_argument(total(terms), *argument)
        return (None, None, None, *gradients)


def spread(derivative: Any, y: torch.Tensor) -> torch.Tensor:
    """A derivative that is a number, or does not depend on all arguments, in the result's shape.

    It takes no more memory than before, and is no view of an argument.
    """
    if isinstance(derivative, torch.Tensor):
        return derivative.to(y.device, copy=True).expand(y.shape)
    return y.new_full((), derivative).expand(y.shape)


def total(terms: Sequence[torch.Tensor]) -> torch.Tensor:
    """Their sum."""
    first, *others = terms
    for term in others:
        first = first + term
    return first
