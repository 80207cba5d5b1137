"""Derivatives of element-wise functions: one direction, the same in every element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, HyperDual, Tag
from ..namespace import array_namespace
from ..scalars import is_scalar
from .points import (
    broadcasts,
    cast,
    chosen,
    computing,
    depends,
    filled,
    is_result,
    kind,
    separate,
    shape,
    split,
)

__all__ = ["checked_order", "derivative", "value_and_derivative"]

Function = Callable[..., Any]


def derivative(f: Function, order: int = 1, *, argnums: int = 0, has_aux: bool = False) -> Function:
    """Return the function that computes the derivative of an element-wise function.

    Parameters
    ----------
    f : callable
        ``f(*arguments)``: element-wise in the argument that is differentiated by, written with
        ``da`` functions, operators or NumPy functions.
    order : int, optional
        How often to differentiate: 0, 1, 2, ...
    argnums : int, optional
        The position of the argument to differentiate by.
    has_aux : bool, optional
        f returns ``(output, auxiliary)``, and so does the result.

    Returns
    -------
    callable
        ``g(*arguments, **options)``, of the shape of ``f(*arguments, **options)`` and in its dtype.
        An integer argument becomes the default floating dtype first; half types are computed in
        single precision.

    Raises
    ------
    ValueError
        `order` is negative; when called: the shape of the result shows that the function is not
        element-wise.
    TypeError
        `order` is no integer, or, when called, the argument is no real array.

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
        inner = derivative(f, 2, argnums=argnums, has_aux=has_aux)
        return derivative(inner, order - 2, argnums=argnums, has_aux=has_aux)

    def differentiated(*arguments: Any, **options: Any) -> Any:
        place = _only(argnums, arguments)
        x, narrow = computing(arguments[place])
        with Tag() as tag:
            lifted = Dual(x, 1.0, tag) if order == 1 else HyperDual(x, 1.0, 1.0, None, tag)
            result = f(*arguments[:place], lifted, *arguments[place + 1 :], **options)
            y, aux = split(result, has_aux, tag)
            if depends(y, tag):
                tangent = _full(y.tangent if order == 1 else y.d12, y.value, x)
            else:
                tangent = _zeros(y, x)
        tangent = separate(cast(tangent, narrow), [x])
        return (tangent, aux) if has_aux else tangent

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


def value_and_derivative(f: Function, *, argnums: int = 0, has_aux: bool = False) -> Function:
    """Return the function that computes an element-wise function and its derivative in one pass.

    Parameters
    ----------
    f : callable
        ``f(*arguments)``, element-wise in the argument that is differentiated by.
    argnums : int, optional
        The position of that argument.
    has_aux : bool, optional
        f returns ``(output, auxiliary)``; the result is ``((output, auxiliary), derivative)``.

    Returns
    -------
    callable
        ``g(*arguments)`` that returns ``(f(x), f'(x))``, both of the shape and dtype of f(x).

    Examples
    --------
    >>> import dualad as da
    >>> y, dy = da.value_and_derivative(da.exp)(0.0)
    >>> float(y), float(dy)
    (1.0, 1.0)
    """

    def differentiated(*arguments: Any, **options: Any) -> tuple[Any, Any]:
        place = _only(argnums, arguments)
        x, narrow = computing(arguments[place])
        with Tag() as tag:
            lifted = Dual(x, 1.0, tag)
            result = f(*arguments[:place], lifted, *arguments[place + 1 :], **options)
            y, aux = split(result, has_aux, tag)
            if depends(y, tag):
                value, tangent = y.value, _full(y.tangent, y.value, x)
            else:
                tangent = _zeros(y, x)
                value = tangent + y
        seen = [x]
        value, tangent = (separate(cast(a, narrow), seen) for a in (value, tangent))
        return ((value, aux) if has_aux else value), tangent

    return differentiated


def _only(argnums: Any, arguments: Any) -> int:
    """The position of the one argument to differentiate by.

    Raises
    ------
    TypeError
        There are several.
    """
    places = chosen(argnums, arguments)
    if len(places) > 1:
        raise TypeError(
            f"an element-wise derivative is by one argument, got argnums={argnums!r}; for several "
            "write da.gradient or da.jacobian"
        )
    return places[0]


def _full(tangent: Any, y: Any, x: Any) -> Any:
    """A tangent of the shape of ``y``.

    Raises
    ------
    ValueError
        ``y`` has lost axes of ``x``, so f is not element-wise.
    """
    if type(tangent) is np.float64 and type(y) is np.float64:
        return tangent
    of_y, of_x = shape(y), shape(x)
    if of_y != of_x and None not in (*of_y, *of_x) and not broadcasts(of_x, of_y):
        raise ValueError(
            f"the function maps shape {of_x} to {of_y}, so it is not element-wise; for the "
            "derivative along a direction write da.jvp, for all of them da.jacobian"
        )
    return filled(tangent, y)


def _zeros(y: Any, x: Any) -> Any:
    """The derivative of a result that does not depend on ``x``.

    Raises
    ------
    TypeError
        The result is a container.
    """
    if not is_result(y):
        raise TypeError(f"a function to differentiate returns one array, this one a {kind(y)}")
    return array_namespace(x).zeros_like(x) if is_scalar(y) else _full(0.0, y, x)
