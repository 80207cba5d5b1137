"""How a row of the table is applied to dual numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..namespace import array_namespace, dtype_name, space_of
from ..protocols.operators import Number
from ..rules import ROWS, TABLE, Row
from ..scalars import SCALARS, is_scalar
from .directions import innermost
from .linear import Linear, multiply
from .numbers import CONSTANT, Dual, HyperDual, Tag, Tagged
from .tangents import guarded_product

__all__ = ["apply", "apply_bound"]


def apply(row: Row, *arguments: Any) -> Any:
    """Apply a primitive to arguments among which are dual numbers."""
    if row.kind == "smooth":
        # The most frequent cases: the same as below, in a third of the time.
        x, y = arguments[0], arguments[-1]
        result = None
        if len(arguments) == 1:
            if type(x) is Dual and not _is_half(x.value):
                return _of_one(row, x)
        elif len(arguments) == 2:
            if type(x) is Dual:
                if type(y) is Dual and x.tag is y.tag:
                    result = _of_two(row, x.tag, x.value, y.value, x.tangent, y.tangent)
                elif type(y) in SCALARS:
                    result = _of_two(row, x.tag, x.value, y, x.tangent, None)
            elif type(y) is Dual and type(x) in SCALARS:
                result = _of_two(row, y.tag, x, y.value, None, y.tangent)
        if result is not None:
            return result
    outermost: Any = None
    mixed = False
    for a in arguments:
        if isinstance(a, Tagged):
            if outermost is None:
                outermost = a
            elif a.tag is not outermost.tag:
                mixed = True
                if a.tag.level > outermost.tag.level:
                    outermost = a
    if outermost is None:
        # Code that runs on duals as a whole also has steps that none of them reaches.
        return getattr(array_namespace(*arguments), row.name)(*arguments)
    tag = outermost.tag
    if not tag.alive:
        tag.check(row.name)
    kind = type(outermost)
    values, numbers, plain = [], [], True
    for a in arguments:
        mine = isinstance(a, Tagged) and a.tag is tag
        if mine and type(a) is not kind:
            raise TypeError(f"{row.name}: a Dual and a HyperDual of one tag do not mix")
        value = a.value if mine else a
        if mixed and not mine and isinstance(a, Tagged) and a.tag is CONSTANT:
            value = a.value  # what was made from nothing is no number of any transform
        values.append(value)
        numbers.append(a if mine else None)
        plain = plain and (value is None or is_scalar(value))
    if plain:
        # Python's floats raise where arrays give an infinity.
        values = [v if n is None else np.float64(v) for v, n in zip(values, numbers, strict=True)]
    elif any(n is not None and is_scalar(n.value) for n in numbers):
        array = next(v for v in values if v is not None and not is_scalar(v))
        values = [
            _beside(v, array) if n is not None and is_scalar(v) else v
            for v, n in zip(values, numbers, strict=True)
        ]
    if any(isinstance(v, Tagged) for v in values):
        # Not every library's arrays leave an operation with a dual number to the dual number.
        values = [
            v if v is None or is_scalar(v) or isinstance(v, Number) else Dual(v, None, CONSTANT)
            for v in values
        ]
    xp = space_of(*values)
    result = getattr(xp, row.name)(*values)
    if row.kind == "predicate":
        return result
    if _is_half(result):
        return _in_single_precision(row, arguments, outermost, result)
    if kind is Dual:
        tangents = [None if n is None else n.tangent for n in numbers]
        return Dual(result, _tangent(row, xp, values, result, tangents), tag)
    return _second_order(row, xp, values, result, numbers, tag)


def _of_one(row: Row, x: Dual) -> Dual:
    """A function of one number: as in general, in a quarter of the time."""
    if not x.tag.alive:
        x.tag.check(row.name)
    value = np.float64(x.value) if type(x.value) in SCALARS else x.value
    xp = space_of(value)
    result = getattr(xp, row.name)(value)
    tangent = x.tangent
    if tangent is not None:
        tangent = _times(row.first[0](xp, value, result), tangent, row.singular is True)
    return Dual(result, tangent, x.tag)


def _of_two(row: Row, tag: Tag, x: Any, y: Any, dx: Any, dy: Any) -> Dual | None:
    """A function of two numbers of one transform; None if it is another case."""
    if isinstance(x, Tagged) or isinstance(y, Tagged):
        return None
    if not tag.alive:
        tag.check(row.name)
    if type(x) in SCALARS and type(y) in SCALARS:
        x, y = np.float64(x), np.float64(y)
    elif type(x) in SCALARS and dx is not None:
        x = _beside(x, y)
    elif type(y) in SCALARS and dy is not None:
        y = _beside(y, x)
    xp = space_of(x, y)
    result = getattr(xp, row.name)(x, y)
    if _is_half(result):
        return None
    return Dual(result, _tangent(row, xp, [x, y], result, [dx, dy]), tag)


def _beside(number: float, array: Any) -> Any:
    """A Python number in the dtype of an array: by itself it would raise where arrays overflow."""
    if type(array) is np.float64:
        return np.float64(number)
    if isinstance(array, Number) or not hasattr(array, "dtype"):
        return number
    xp = space_of(array)
    if "float" not in dtype_name(array):
        return number
    return xp.number(number, array.dtype)


def _is_half(x: Any) -> bool:
    """Whether the elements are of a half type; symbols have none."""
    if type(x) is np.float64:
        return False
    x = innermost(x)
    return hasattr(type(x), "dtype") and "float16" in dtype_name(x)


def _in_single_precision(
    row: Row, arguments: tuple[Any, ...], outermost: Tagged, result: Any
) -> Any:
    """The same with tangents computed in single precision and rounded once."""
    wide: Any = apply(row, *(_cast(a, None) for a in arguments))
    if not isinstance(wide, Tagged):
        return outermost.like(result, *(None for _ in outermost.components))
    return wide.like(result, *(_cast(c, result.dtype) for c in wide.components))


def _cast(x: Any, dtype: Any) -> Any:
    """A number with all its components in a dtype, None: in single precision; the rest as it is."""
    if isinstance(x, Tagged):
        return x.like(*(_cast(c, dtype) for c in (x.value, *x.components)))
    if dtype is None and not _is_half(x):
        return x
    if x is None or is_scalar(x) or isinstance(x, Linear):
        return x
    xp = array_namespace(x)
    return xp.astype(x, array_namespace(innermost(x)).float32 if dtype is None else dtype)


def _tangent(row: Row, xp: Any, values: list[Any], result: Any, tangents: list[Any]) -> Any:
    """The tangent of the result: the sum of partial derivative times tangent."""
    if row.kind == "zero":
        return None
    if row.tangent is not None:
        present = [t for t in tangents if t is not None]
        over = space_of(*values, *present)
        return row.tangent(over, values, result, tangents) if present else None
    total, singular = None, _is_singular(row, values)
    for rule, tangent in zip(row.first, tangents, strict=False):
        if tangent is not None:
            total = _plus(total, _times(rule(xp, *values, result), tangent, singular))
    return total


def _second_order(
    row: Row, xp: Any, values: list[Any], result: Any, numbers: list[Any], tag: Tag
) -> HyperDual:
    """The result with its hyper-dual components, from the first and second derivatives."""

    def components(name: str) -> list[Any]:
        return [None if n is None else getattr(n, name) for n in numbers]

    along1, along2 = components("d1"), components("d2")
    d1, d2, d12 = (
        _tangent(row, xp, values, result, along) for along in (along1, along2, components("d12"))
    )
    if row.kind == "smooth":
        singular = _is_singular(row, values)
        for i, rules in enumerate(row.second):
            for j, rule in enumerate(rules):
                product = _product(along1[i], along2[j])
                if i != j:
                    product = _plus(product, _product(along1[j], along2[i]))
                if product is not None:
                    d12 = _plus(d12, _times(rule(xp, *values, result), product, singular))
    return HyperDual(result, d1, d2, d12, tag)


def _is_singular(row: Row, values: list[Any]) -> bool:
    """Whether the derivative may be infinite at such arguments."""
    return row.singular(*values) if callable(row.singular) else row.singular


def _product(a: Any, b: Any) -> Any:
    """The product of two tangents, either of which may be absent."""
    return None if a is None or b is None else _times(a, b, singular=False)


def _plus(a: Any, b: Any) -> Any:
    """The sum of two tangents, either of which may be absent."""
    if a is None:
        return b
    if b is None:
        return a
    return b + a if isinstance(b, Number) else a + b


def _times(derivative: Any, tangent: Any, singular: bool) -> Any:
    """Derivative times tangent; factors of one and zero are not computed."""
    if type(tangent) in SCALARS:
        if tangent == 1:
            return derivative
        if tangent == 0:
            return None
    if type(derivative) in SCALARS:
        if derivative == 1:
            return tangent
        if derivative == 0:
            return None
    if type(tangent) is Linear:
        return multiply(derivative, tangent, singular)
    if singular and not is_scalar(tangent):
        return guarded_product(derivative, tangent)
    return tangent * derivative if isinstance(tangent, Number) else derivative * tangent


def _operator(row: Row, reflected: bool) -> Callable[..., Any]:
    """An operator of dual numbers; the tangent of a gradient beside one takes the call over."""
    if row.arity == 1:
        return lambda x: apply(row, x)
    if reflected:
        return lambda x, other: apply(row, other, x)
    return lambda x, other: NotImplemented if type(other) is Linear else apply(row, x, other)


def apply_bound(row: Row, *arguments: Any, **keywords: Any) -> Any:
    """Apply a primitive that has optional arguments."""
    return apply(row, *row.filled(row.bind(arguments, keywords)))


# The same operators as every number's, but without looking for a namespace first: half the time of
# a small call.
for _row in ROWS:
    if _row.operator is not None:
        setattr(Tagged, f"__{_row.operator}__", _operator(_row, reflected=False))
        if _row.arity == 2 and _row.kind != "predicate":
            setattr(Tagged, f"__r{_row.operator}__", _operator(_row, reflected=True))

# Of truth values the bits are the truth; a dual of integers has more of them.
for _name in ("and", "or", "xor"):
    setattr(Tagged, f"__{_name}__", _operator(TABLE[f"bitwise_{_name}"], reflected=False))
    setattr(Tagged, f"__r{_name}__", _operator(TABLE[f"bitwise_{_name}"], reflected=True))
Tagged.__invert__ = _operator(TABLE["bitwise_invert"], reflected=False)  # type: ignore[method-assign]
