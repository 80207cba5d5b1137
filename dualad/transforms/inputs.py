"""Derivatives by every element of the inputs: gradient, Jacobian, Hessian, Laplacian."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import array_api_compat
import numpy as np

from ..dual import Dual, HyperDual, Tag, Tagged
from ..dual.array_rules import bare
from ..dual.directions import Directions, unbatched
from ..dual.linear import Linear, pull_back
from ..namespace import array_namespace
from ..scalars import is_scalar
from .containers import leaves, mapped
from .points import (
    Argnums,
    cast,
    chosen,
    computing,
    depends,
    filled,
    is_one,
    is_result,
    kind,
    plain,
    replaced,
    separate,
    shape,
    split,
)

__all__ = ["gradient", "hessian", "jacobian", "laplacian", "value_and_gradient"]

Function = Callable[..., Any]

ELEMENTS_IN_ONE_PASS = 1 << 22
"""Directions times inputs: beyond it the directions come in chunks (32 MiB in double precision)."""


def gradient(f: Function, *, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """Return the function that computes the gradient of a function that returns one number.

    The tangents are written down instead of computed and then read backwards, so that one pass
    serves all inputs.

    Parameters
    ----------
    f : callable
        A function of arrays or containers of arrays that returns one number.
    argnums : int or tuple of int, optional
        The arguments to differentiate by.
    has_aux : bool, optional
        f returns ``(output, auxiliary)``, and the result ``(gradient, auxiliary)``.

    Returns
    -------
    callable
        ``g(*arguments)``: the gradient, like the argument that is differentiated by, in its shape,
        dtype and containers; a tuple where `argnums` is one.

    Raises
    ------
    ValueError
        When called: the function does not return one number.
    TypeError
        When called: an argument is no real array.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> da.gradient(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    both = value_and_gradient(f, argnums=argnums, has_aux=has_aux)

    def differentiated(*arguments: Any, **options: Any) -> Any:
        value, slope = both(*arguments, **options)
        return (slope, value[1]) if has_aux else slope

    return differentiated


def value_and_gradient(f: Function, *, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """Return the function that computes a function's value and gradient in one pass.

    Parameters
    ----------
    f : callable
        A function of arrays or containers of arrays that returns one number.
    argnums : int or tuple of int, optional
        The arguments to differentiate by.
    has_aux : bool, optional
        f returns ``(output, auxiliary)``, and the result ``((output, auxiliary), gradient)``.

    Returns
    -------
    callable
        ``g(*arguments)`` that returns ``(value, gradient)``.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> y, slope = da.value_and_gradient(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    >>> float(y), slope
    (5.0, array([2., 4.]))
    """

    def differentiated(*arguments: Any, **options: Any) -> tuple[Any, Any]:
        places = chosen(argnums, arguments)
        seeds: list[tuple[Any, Any, Linear]] = []

        def lift(x: Any) -> Dual:
            point, narrow = computing(x)
            seed = Linear(shape(point), home=tag.level)
            seeds.append((point, narrow, seed))
            return Dual(point, seed, tag)

        with Tag() as tag:
            y, aux = split(f(*replaced(arguments, places, lift), **options), has_aux, tag)
            _check_one_number(y)
            value, cotangents = y, {}
            if depends(y, tag):
                value = y.value
                if isinstance(y.tangent, Linear):
                    cotangents = pull_back(y.tangent, _one(value))
            seen = [x for x, _, _ in seeds]
            results = iter(
                [
                    separate(cast(filled(cotangents.get(s.place), x), narrow), seen)
                    for x, narrow, s in seeds
                ]
            )
        slopes = [mapped(lambda _: next(results), arguments[i]) for i in places]
        narrow = seeds[0][1] if seeds else None
        value = separate(cast(value, narrow), seen)
        slope = slopes[0] if is_one(argnums) else tuple(slopes)
        return ((value, aux) if has_aux else value), slope

    return differentiated


def _one(value: Any) -> Any:
    """The cotangent that a gradient begins with."""
    if type(value) is np.float64:
        return np.float64(1.0)
    return array_namespace(value).zeros_like(value) + 1.0


def _check_one_number(y: Any) -> None:
    if not is_result(y):
        raise ValueError(f"a gradient is of a function that returns one number, not a {kind(y)}")
    if isinstance(y, Tagged):
        y.tag.check("gradient")
    if shape(y) != ():
        raise ValueError(
            f"a gradient is of a function that returns one number; this one returned shape "
            f"{shape(y)}: sum over it, or write da.jacobian (da.derivative if it is element-wise)"
        )


def jacobian(
    f: Function,
    *,
    argnums: Argnums = 0,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Function:
    """Return the function that computes all first derivatives of a function of arrays.

    All directions are carried through the function in one pass, as one more axis of the tangents.

    Parameters
    ----------
    f : callable
        A function of arrays or containers of arrays; so may be its output.
    argnums : int or tuple of int, optional
        The arguments to differentiate by.
    has_aux : bool, optional
        f returns ``(output, auxiliary)``, and the result ``(jacobian, auxiliary)``.
    chunk_size : int, optional
        How many directions go through at a time: memory against passes. By default all, or as
        many as keep a tangent within 4 M elements.

    Returns
    -------
    callable
        ``g(*arguments)``: for each array of the output, in its containers, and for each array of
        the input, in its containers, an array of shape ``output.shape + input.shape``.

    Raises
    ------
    ValueError
        `chunk_size` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> da.jacobian(lambda x: x[:2] * x[2])(np.array([1.0, 2.0, 3.0]))
    array([[3., 0., 1.],
           [0., 3., 2.]])
    """
    _check_chunk(chunk_size)

    def differentiated(*arguments: Any, **options: Any) -> Any:
        places = chosen(argnums, arguments)
        inputs = [arguments[i] for i in places]
        points = [computing(x) for x in leaves(inputs)]
        chunks, aux, output = [], None, None
        for start, stop in _chunks(points, chunk_size):
            with Tag() as tag:
                seeds = _seeds(points, start, stop, tag)
                lifted = replaced(arguments, places, lambda _: Dual(*next(seeds), tag))  # noqa: B023
                output, aux = split(f(*lifted, **options), has_aux, tag)
                chunks.append(
                    [
                        _rows(y.tangent if depends(y, tag) else None, y, tag, stop - start)
                        for y in leaves(output)
                    ]
                )
        columns = iter(
            [
                part[0] if len(part) == 1 else array_namespace(*part).concat(part, axis=0)
                for part in map(list, zip(*chunks, strict=True))
            ]
        )

        def by_inputs(y: Any) -> Any:
            blocks = iter(_blocks(next(columns), shape(y), points))
            whole = [mapped(lambda _: next(blocks), x) for x in inputs]
            return whole[0] if is_one(argnums) else tuple(whole)

        result = mapped(by_inputs, output)
        return (result, aux) if has_aux else result

    return differentiated


def hessian(
    f: Function, *, argnums: Argnums = 0, has_aux: bool = False, chunk_size: int | None = None
) -> Function:
    """Return the function that computes all second derivatives of a function of one number.

    The Jacobian of the gradient: forward over reverse, all directions in one pass.

    Parameters
    ----------
    f : callable
        A function of arrays or containers of arrays that returns one number.
    argnums : int or tuple of int, optional
        The arguments to differentiate by.
    has_aux : bool, optional
        f returns ``(output, auxiliary)``, and the result ``(hessian, auxiliary)``.
    chunk_size : int, optional
        How many directions go through at a time, as in `jacobian`.

    Returns
    -------
    callable
        ``g(*arguments)``: an array of shape ``x.shape + x.shape``, symmetric up to rounding; for
        several inputs all pairs, in their containers.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> da.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    slope = gradient(f, argnums=argnums, has_aux=has_aux)
    return jacobian(slope, argnums=argnums, has_aux=has_aux, chunk_size=chunk_size)


def laplacian(f: Function, *, argnums: Argnums = 0, chunk_size: int | None = None) -> Function:
    """Return the function that computes the sum of the unmixed second derivatives.

    Hyper-dual numbers with both infinitesimals along the same directions: no mixed derivative is
    computed.

    Parameters
    ----------
    f : callable
        A function of arrays or containers of arrays that returns an array.
    argnums : int or tuple of int, optional
        The arguments to differentiate by; all their elements are summed over.
    chunk_size : int, optional
        How many directions go through at a time, as in `jacobian`.

    Returns
    -------
    callable
        ``g(*arguments)``, of the shape of ``f(*arguments)``.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> float(da.laplacian(lambda x: (x**3).sum())(np.array([1.0, 2.0])))
    18.0
    """
    _check_chunk(chunk_size)

    def differentiated(*arguments: Any, **options: Any) -> Any:
        places = chosen(argnums, arguments)
        points = [computing(x) for x in leaves([arguments[i] for i in places])]
        total = None
        for start, stop in _chunks(points, chunk_size):
            with Tag() as tag:
                seeds = _seeds(points, start, stop, tag)

                def lift(_: Any, seeds: Any = seeds, tag: Tag = tag) -> HyperDual:
                    point, e = next(seeds)
                    return HyperDual(point, e, e, None, tag)

                y = plain(f(*replaced(arguments, places, lift), **options))
                if not is_result(y):
                    raise ValueError(f"a Laplacian is of a function of one array, not a {kind(y)}")
                rows = _rows(y.d12 if depends(y, tag) else None, y, tag, stop - start)
                part = array_namespace(rows).sum(rows, axis=0)
                total = part if total is None else total + part
        return cast(total, points[0][1] if points else None)

    return differentiated


def _check_chunk(chunk_size: int | None) -> None:
    if chunk_size is None:
        return
    if isinstance(chunk_size, bool) or not isinstance(chunk_size, int | np.integer):
        raise TypeError(f"chunk_size is how many directions go at a time, got {chunk_size!r}")
    if chunk_size < 1:
        raise ValueError(
            f"chunk_size is how many directions go at a time, 1 or more; got {chunk_size}"
        )


def _sizes(points: list[tuple[Any, Any]]) -> list[int]:
    return [int(np.prod(shape(x), dtype=int)) for x, _ in points]


def _chunks(points: list[tuple[Any, Any]], chunk_size: int | None) -> Iterator[tuple[int, int]]:
    """The directions that go through together, from and to; at least one chunk, if empty."""
    total = sum(_sizes(points))
    size = chunk_size or max(1, ELEMENTS_IN_ONE_PASS // max(1, total))
    for start in range(0, max(total, 1), size):
        yield start, min(start + size, total)


def _seeds(
    points: list[tuple[Any, Any]], start: int, stop: int, tag: Tag
) -> Iterator[tuple[Any, Directions]]:
    """Each point with its part of the unit directions from ``start`` to ``stop``."""
    offset = 0
    # A Python number goes with the arrays beside it.
    model = next((bare(x) for x, _ in points if not is_scalar(x)), np.float64(0.0))
    for (x, _), size in zip(points, _sizes(points), strict=True):
        below = model if is_scalar(x) else bare(x)
        unit = np.eye(stop - start, size, start - offset).reshape(stop - start, *shape(x))
        array = array_namespace(below).asarray(unit, dtype=below.dtype)
        if hasattr(below, "to_device") or hasattr(below, "cuda"):  # TensorFlow places by itself
            array = array_api_compat.to_device(array, array_api_compat.device(below))
        yield x, Directions(array, tag.level)
        offset += size


def _rows(tangent: Any, y: Any, tag: Tag, directions: int) -> Any:
    """The tangents of one output, directions first."""
    value = y.value if depends(y, tag) else y
    rows = unbatched(filled(tangent, value), tag.level, directions)
    # A part of the seeds would keep all of them alive until the last chunk is there.
    return rows.copy() if type(rows) is np.ndarray and rows.base is not None else rows


def _blocks(columns: Any, of: tuple[int, ...], points: list[tuple[Any, Any]]) -> Iterator[Any]:
    """The derivatives of one output by each input, output axes first."""
    xp = array_namespace(columns)
    offset = 0
    for (x, narrow), size in zip(points, _sizes(points), strict=True):
        part = columns if len(points) == 1 else columns[offset : offset + size]
        # Not moveaxis: PyTorch's cannot be batched by torch.func.vmap.
        moved = xp.permute_dims(part, (*range(1, part.ndim), 0)) if of else part
        yield separate(cast(xp.reshape(moved, (*of, *shape(x))), narrow), [])
        offset += size
