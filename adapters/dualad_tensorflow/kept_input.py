"""The construct that keeps the arguments, and serves every order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dualad.scalars import is_scalar

from .evaluation import Backward, Target, evaluate
from .expansion import (
    ORDERS,
    beyond,
    expansion,
    is_saving,
    loses_gradients,
    reachable,
    stored_gradient,
)
from .watching import differentiable, is_local, recorded

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["keep_input"]

Tensor = Any
"""TensorFlow ships no types."""


def keep_input(activation: Activation, path: Path, values: list[Any]) -> Tensor:
    """Evaluate a derivative; its tape keeps the arguments, its gradient is one more of these."""
    wanted = differentiable(values)
    if not wanted:
        return evaluate(activation, (path,), values)[0]
    if loses_gradients(values):
        orders = max(1, ORDERS - len(path))
        return expansion(activation, path, values, orders, beyond(activation))
    copies = reachable(values)

    def evaluated(*_: Tensor) -> tuple[Tensor, Backward]:
        def backward(cotangent: Tensor) -> list[Tensor]:
            if is_saving():
                return stored_gradient(activation, path, copies, cotangent)
            # The argument itself where it can be reached: a tape that was entered after the forward
            # pass watches no copy.
            now = [
                a if is_scalar(a) or is_local(a) else c for a, c in zip(values, copies, strict=True)
            ]
            return [
                Target.of(now[i]).pull_back(cotangent, keep_input(activation, (*path, i), now))
                for i in wanted
            ]

        return evaluate(activation, (path,), copies)[0], backward

    return recorded(evaluated, [copies[i] for i in wanted])
