"""Transforms: each takes a function and returns a function, so they compose and nest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .dual import Dual, HyperDual, Tag
from .namespace import array_namespace
from .operators import Number
from .scalars import is_scalar

__all__ = ["derivative", "jvp", "value_and_derivative"]

Function = Callable[..., Any]


def derivative(f: Function, order: int = 1) -> Function:
    """Return the function that computes the derivative of an element-wise function.

    Parameters
    ----------
    f : callable
        ``f(x, *constants)``: element-wise in its first argument, written with ``da`` functions,
        operators or NumPy functions that the table has.
    order : int, optional
        How often to differentiate: 0, 1, 2, ...

    Returns
    -------
    callable
        ``g(x, *constants)``, of the shape of ``f(x, *constants)`` and in its dtype. An integer
        ``x`` becomes the default floating dtype first.

    Raises
    ------
    ValueError
        `order` is negative.
    TypeError
        `order` is no integer, or, when called, `x` is no real array.

    Examples
    --------
    >>> import dualad as da
    >>> float(da.derivative(da.sigmoid)(40.0))
    4.248354255291589e-18
    >>> float(da.derivative(lambda x: x**3, order=2)(2.0))
    12.0
    """
    order = checked_order(order)
    if order == 0:
        return f
    if order > 2:
        return derivative(derivative(f, 2), order - 2)

    def differentiated(x: Any, *constants: Any) -> Any:
        x = _differentiable(x)
        with Tag() as tag:
            lifted = Dual(x, 1.0, tag) if order == 1 else HyperDual(x, 1.0, 1.0, tag=tag)
            y = f(lifted, *constants)
            if not _depends(y, tag):
                return _zeros(y, x)
            return _filled(y.tangent if order == 1 else y.d12, y.value, x)

    return differentiated


def checked_order(order: Any) -> int:
    """How often to differentiate, as an integer of Python.

    Raises
    ------
    TypeError
        It is no integer.
    ValueError
        It is negative.
    """
    if isinstance(order, bool) or not isinstance(order, int | np.integer):
        raise TypeError(f"order is the number of differentiations, an integer; got {order!r}")
    if order < 0:
        raise ValueError(f"order is the number of differentiations, 0 or more; got {order}")
    return int(order)


def value_and_derivative(f: Function) -> Function:
    """Return the function that computes an element-wise function and its derivative in one pass.

    Parameters
    ----------
    f : callable
        ``f(x, *constants)``, element-wise in its first argument.

    Returns
    -------
    callable
        ``g(x, *constants)`` that returns ``(f(x), f'(x))``, both of the shape and dtype of f(x).

    Examples
    --------
    >>> import dualad as da
    >>> y, dy = da.value_and_derivative(da.exp)(0.0)
    >>> float(y), float(dy)
    (1.0, 1.0)
    """

    def differentiated(x: Any, *constants: Any) -> tuple[Any, Any]:
        x = _differentiable(x)
        with Tag() as tag:
            y = f(Dual(x, 1.0, tag), *constants)
            if not _depends(y, tag):
                zeros = _zeros(y, x)
                return zeros + y, zeros
            return y.value, _filled(y.tangent, y.value, x)

    return differentiated


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Evaluate a function and its derivative along one direction.

    Parameters
    ----------
    f : callable
        A function of ``len(primals)`` arrays.
    primals : sequence of array
        Where.
    tangents : sequence of array or None
        The direction, one for each primal and broadcasting against it; None is zero.

    Returns
    -------
    tuple
        ``(y, dy)``: f at the primals, and the derivative along the tangents.

    Raises
    ------
    TypeError
        `primals` or `tangents` is no tuple or list.
    ValueError
        They differ in number, or a tangent does not broadcast to its primal.

    Examples
    --------
    >>> import dualad as da
    >>> y, dy = da.jvp(lambda x, y: x * y, (3.0, 5.0), (1.0, 0.0))
    >>> float(y), float(dy)
    (15.0, 5.0)
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise TypeError(f"{name} is a tuple with one entry per argument, got {_kind(given)}")
    if len(primals) != len(tangents):
        raise ValueError(f"{len(primals)} primals but {len(tangents)} tangents")
    points = [_differentiable(x) for x in primals]
    for i, (x, t) in enumerate(zip(points, tangents, strict=True)):
        shape, direction = _shape(x), () if t is None else _shape(t)
        if len(direction) > len(shape) or _broadcast(shape, direction) != shape:
            raise ValueError(
                f"tangent {i} of shape {direction} does not broadcast to its primal's {shape}"
            )
    with Tag() as tag:
        y = f(*(Dual(x, t, tag) for x, t in zip(points, tangents, strict=True)))
        if not _depends(y, tag):
            return y, _zeros(y, y)
        return y.value, _filled(y.tangent, y.value, y.value)


def _differentiable(x: Any) -> Any:
    """``x`` as something that has a derivative: real and floating."""
    if isinstance(x, Number):
        return x
    if is_scalar(x):
        return np.float64(x)
    xp = array_namespace(x)
    if "float" in str(x.dtype):
        return x
    if xp.isdtype(x.dtype, "integral"):
        # A product with a weak number has the backend's default floating dtype.
        return x * 1.0
    raise TypeError(f"a derivative needs real floating-point numbers, got dtype {x.dtype}")


def _depends(y: Any, tag: Tag) -> bool:
    """Whether a result carries a derivative of this transform."""
    if isinstance(y, tuple | list | dict):
        raise TypeError(f"a function to differentiate returns one array, this one a {_kind(y)}")
    return isinstance(y, Dual | HyperDual) and y.tag is tag


def _zeros(y: Any, x: Any) -> Any:
    """The derivative of a result that does not depend on ``x``."""
    return array_namespace(x).zeros_like(x) if is_scalar(y) else _filled(0.0, y, x)


def _filled(tangent: Any, y: Any, x: Any) -> Any:
    """A tangent in full: of the shape and dtype of ``y``.

    Raises
    ------
    ValueError
        ``y`` has lost axes of ``x``, so f is not element-wise.
    """
    shape = _shape(y)
    if None not in (*shape, *_shape(x)) and _broadcast(shape, _shape(x)) != shape:
        raise ValueError(
            f"the function maps shape {_shape(x)} to {shape}, so it is not element-wise; for the "
            "derivative along a direction write da.jvp"
        )
    xp = array_namespace(y)
    tangent = 0.0 if tangent is None else tangent
    if is_scalar(tangent) or _shape(tangent) != shape:
        tangent = xp.zeros_like(y) + tangent
    if isinstance(tangent, Number) or is_scalar(y) or tangent.dtype == y.dtype:
        return tangent
    return xp.astype(tangent, y.dtype)


def _shape(x: Any) -> tuple[Any, ...]:
    """The shape; () for a number, and for a symbol, which has none.

    In a graph of TensorFlow an axis may be None, or all of them unknown.
    """
    if not hasattr(type(x), "shape"):
        return ()
    return (None,) if getattr(x.shape, "rank", 0) is None else tuple(x.shape)


def _broadcast(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    """The broadcast shape; (-1,) if there is none."""
    try:
        return tuple(np.broadcast_shapes(a, b))
    except ValueError:
        return (-1,)


def _kind(x: object) -> str:
    return type(x).__name__
