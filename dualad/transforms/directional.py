"""Derivatives along a direction: of a function, and of its gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..dual import Dual, Tag
from .containers import mapped, paired
from .inputs import gradient
from .points import (
    Argnums,
    broadcasts,
    cast,
    chosen,
    computing,
    depends,
    filled,
    is_one,
    kind,
    narrowing,
    separate,
    shape,
    split,
)

__all__ = ["hvp", "jvp"]


def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """Evaluate a function and its derivative along one direction.

    Parameters
    ----------
    f : callable
        A function of ``len(primals)`` arguments: arrays, or containers of arrays.
    primals : sequence of array or container
        Where.
    tangents : sequence of array, container or None
        The direction: like the primals, each array broadcasting against its primal; None is zero.
    has_aux : bool, optional
        f returns ``(output, auxiliary)``; the auxiliary output is returned third.

    Returns
    -------
    tuple
        ``(y, dy)``: f at the primals and the derivative along the tangents, in the same containers.

    Raises
    ------
    TypeError
        `primals` or `tangents` is no tuple or list.
    ValueError
        They differ in number or structure, or a tangent does not broadcast to its primal.

    Examples
    --------
    >>> import dualad as da
    >>> y, dy = da.jvp(lambda x, y: x * y, (3.0, 5.0), (1.0, 0.0))
    >>> float(y), float(dy)
    (15.0, 5.0)
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise TypeError(f"{name} is a tuple with one entry per argument, got {kind(given)}")
    if len(primals) != len(tangents):
        raise ValueError(f"{len(primals)} primals but {len(tangents)} tangents")
    narrow, seen = [], []
    with Tag() as tag:
        lifted = []
        for i, (primal, tangent) in enumerate(zip(primals, tangents, strict=True)):
            if tangent is None:
                tangent = mapped(lambda _: None, primal)
            duals = []
            for x, t in paired(f"tangent {i}", primal, tangent):
                point, half = computing(x)
                narrow.append(half)
                _check_direction(i, point, t)
                if half is not None and t is not None:
                    t = cast(t, point.dtype)
                duals.append(Dual(point, t, tag))
                seen += [point, t]
            remaining = iter(duals)
            lifted.append(mapped(lambda _, r=remaining: next(r), primal))  # type: ignore[misc]
        y, aux = split(f(*lifted), has_aux, tag)
        dtype = narrowing(narrow)

        def tangent_of(a: Any) -> Any:
            tangent = filled(a.tangent, a.value) if depends(a, tag) else filled(None, a)
            return separate(cast(tangent, dtype), seen)

        values = mapped(lambda a: separate(cast(a.value if depends(a, tag) else a, dtype), seen), y)
        along = mapped(tangent_of, y)
    return (values, along, aux) if has_aux else (values, along)


def _check_direction(i: int, x: Any, t: Any) -> None:
    if t is not None and not broadcasts(shape(t), shape(x)):
        raise ValueError(
            f"tangent {i} of shape {shape(t)} does not broadcast to its primal's {shape(x)}"
        )


def hvp(f: Callable[..., Any], *, argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function that multiplies the Hessian by a vector, without computing the Hessian.

    The derivative of the gradient along one direction (Pearlmutter 1994): about the time of two
    gradients, however many inputs there are.

    Parameters
    ----------
    f : callable
        A function that returns one number.
    argnums : int or tuple of int, optional
        The arguments to differentiate by.

    Returns
    -------
    callable
        ``g(*arguments, v)``: the last argument is the direction, like the argument that is
        differentiated by (a tuple of them where `argnums` is one), and so is the result.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> da.hvp(lambda x: (x**3).sum())(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([  6., 120.])
    """

    def product(*arguments: Any, **options: Any) -> Any:
        if len(arguments) < 2:
            raise TypeError("da.hvp(f) takes the arguments of f and, last, the direction")
        *points, v = arguments
        places = chosen(argnums, points)
        directions: list[Any] = [None] * len(points)
        given = (v,) if is_one(argnums) else v
        if not isinstance(given, tuple | list) or len(given) != len(places):
            raise ValueError(f"argnums={argnums!r} needs as many directions, got {kind(v)}")
        for place, direction in zip(places, given, strict=True):
            directions[place] = direction
        moving = [points[i] for i in places]

        def slope(*inputs: Any) -> Any:
            whole = list(points)
            for place, x in zip(places, inputs, strict=True):
                whole[place] = x
            return gradient(f, argnums=argnums)(*whole, **options)

        return jvp(slope, moving, [directions[i] for i in places])[1]

    return product
