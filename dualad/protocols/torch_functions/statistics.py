"""PyTorch's sums, extremes, means and spreads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..numpy_functions.translation import Translations

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()


class Selected(NamedTuple):
    """What selections give: the elements and their places."""

    values: Any
    indices: Any


def reduction(standard: str) -> Callable[..., Any]:
    """A reduction over ``dim``."""

    def function(xp: Any, input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        axis = tuple(dim) or None if isinstance(dim, list | tuple) else dim
        return getattr(xp, standard)(input, axis=axis, keepdims=keepdim)

    return function


for _name, _standard in (
    ("all", "all"),
    ("amax", "max"),
    ("amin", "min"),
    ("any", "any"),
    ("argmax", "argmax"),
    ("argmin", "argmin"),
    ("logsumexp", "logsumexp"),
    ("special_logsumexp", "logsumexp"),
):
    FUNCTIONS(_name)(reduction(_standard))


def typed_reduction(standard: str) -> Callable[..., Any]:
    """A reduction over ``dim`` in a dtype."""
    plain = reduction(standard)

    def function(
        xp: Any, input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
    ) -> Any:
        return plain(xp, input if dtype is None else xp.astype(input, dtype), dim, keepdim)

    return function


for _name in ("sum", "mean", "prod"):
    FUNCTIONS(_name)(typed_reduction(_name))


def extreme(standard: str, pairwise: str, place: str) -> Callable[..., Any]:
    """``max`` or ``min``: of all elements, of two arrays, or along an axis with the places."""

    def function(
        xp: Any, input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None
    ) -> Any:
        if other is None and dim is not None and not isinstance(dim, int):
            other = dim
        if other is not None:
            return getattr(xp, pairwise)(input, other)
        if dim is None:
            return getattr(xp, standard)(input)
        places = getattr(xp, place)(input, axis=dim, keepdims=True)
        values = xp.take_along_axis(input, places, axis=dim)
        if keepdim:
            return Selected(values, places)
        return Selected(xp.squeeze(values, axis=dim), xp.squeeze(places, axis=dim))

    return function


FUNCTIONS("max")(extreme("max", "maximum", "argmax"))
FUNCTIONS("min")(extreme("min", "minimum", "argmin"))


def spread(standard: str) -> Callable[..., Any]:
    """``var`` or ``std``, which PyTorch divides by one less than the number of elements."""

    def function(
        xp: Any,
        input: Any,
        dim: Any = None,
        unbiased: bool = True,
        keepdim: bool = False,
        *,
        correction: float | None = None,
    ) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        free = (1.0 if unbiased else 0.0) if correction is None else correction
        axis = tuple(dim) if isinstance(dim, list | tuple) else dim
        return getattr(xp, standard)(input, axis=axis, correction=free, keepdims=keepdim)

    return function


FUNCTIONS("var")(spread("var"))
FUNCTIONS("std")(spread("std"))


@FUNCTIONS("count_nonzero")
def count_nonzero(xp: Any, input: Any, dim: Any = None) -> Any:
    """How many elements are not zero."""
    return xp.count_nonzero(input, axis=dim)


@FUNCTIONS("cumsum")
def cumsum(xp: Any, input: Any, dim: int) -> Any:
    """The sums of all elements up to each."""
    return xp.cumulative_sum(input, axis=dim)


@FUNCTIONS("cumprod")
def cumprod(xp: Any, input: Any, dim: int) -> Any:
    """The products of all elements up to each."""
    return xp.cumulative_prod(input, axis=dim)


@FUNCTIONS("log_softmax", "special_log_softmax")
def log_softmax(xp: Any, input: Any, dim: int) -> Any:
    """``x - log Σ exp x``."""
    return input - xp.logsumexp(input, axis=dim, keepdims=True)


@FUNCTIONS("softmax", "special_softmax")
def softmax(xp: Any, input: Any, dim: int) -> Any:
    """``exp x / Σ exp x``."""
    return xp.exp(log_softmax(xp, input, dim))


@FUNCTIONS("norm")
def norm(xp: Any, input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of vectors; ``"fro"`` is that of all named axes."""
    if isinstance(p, str) and p != "fro":
        return xp.linalg.matrix_norm(input, ord=p, keepdims=keepdim)
    axis = tuple(dim) if isinstance(dim, list | tuple) else dim
    order = 2 if p in ("fro", None) else p
    return xp.linalg.vector_norm(input, axis=axis, keepdims=keepdim, ord=order)


@FUNCTIONS("linalg_vector_norm")
def vector_norm(xp: Any, x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of vectors."""
    axis = tuple(dim) if isinstance(dim, list | tuple) else dim
    return xp.linalg.vector_norm(x, axis=axis, keepdims=keepdim, ord=ord)
