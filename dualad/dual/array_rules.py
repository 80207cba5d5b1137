"""How a row of the array table is applied to dual numbers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays import ARRAY_TABLE
from ..arrays.indexing import distinct, has_arrays
from ..arrays.row import ArrayRow, Refusal
from ..namespace import space_of
from ..protocols.operators import Number
from ..scalars import is_scalar
from .directions import full, innermost
from .numbers import CONSTANT, Dual, HyperDual, Tag, Tagged

__all__ = ["apply_array", "assign", "bare"]


def bare(x: Any) -> Any:
    """The value below all tangents."""
    while isinstance(x, Tagged):
        x = x.value
    return np.float64(x) if is_scalar(x) else x


def apply_array(row: ArrayRow, *arguments: Any, **options: Any) -> Any:
    """Apply an array function to arguments among which are dual numbers."""
    x = arguments[0] if arguments else None
    if type(x) is Dual and row.kind == "linear" and row.arrays == 1 and x.tangent is not None:
        # The same as below for the most frequent case, in half the time.
        x.tag.check(row.title)
        rest = tuple(_untangled(row, a) for a in arguments[1:])
        options = {name: _untangled(row, option) for name, option in options.items()}
        value = _array(x.value)
        tangent = full(x.tangent, value)
        result = row.of(space_of(value))(value, *rest, **options)
        return _wrapped(row, result, row.of(space_of(tangent))(tangent, *rest, **options), x)
    if row.arrays == 0:
        arrays, rest = list(arguments[0]), arguments[1:]
    else:
        count = len(arguments) if row.arrays < 0 else row.arrays
        arrays, rest = list(arguments[:count]), arguments[count:]
    tagged = [a for a in arrays if isinstance(a, Tagged)]
    if row.kind == "composed":
        tagged += [a for a in (*rest, *options.values()) if isinstance(a, Tagged)]
    else:
        rest = tuple(_untangled(row, a) for a in rest)
        options = {name: _untangled(row, option) for name, option in options.items()}

    def call(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
        if row.arrays == 0:
            return function(list(operands), *rest, **options)
        return function(*operands, *rest, **options)

    if not tagged:
        return call(row.of(space_of(*arrays)), arrays)
    outermost = max(tagged, key=lambda a: a.tag.level)
    tag = outermost.tag
    tag.check(row.title)
    if tag is not CONSTANT:
        # What was made from nothing is no number of any transform.
        arrays = [a.value if isinstance(a, Tagged) and a.tag is CONSTANT else a for a in arrays]
    if row.kind == "constant":
        values = [bare(a) for a in arrays]
        return call(row.of(space_of(*values)), values)
    if row.kind == "composed":
        assert row.written is not None
        return call(lambda *a, **o: row.written(space_of(outermost), *a, **o), arrays)  # type: ignore[misc]
    own = [a if isinstance(a, Tagged) and a.tag is tag else None for a in arrays]
    if all(n is None or all(c is None for c in n.components) for n in own):
        values = [
            _array(a) if n is None else _array(n.value) for a, n in zip(arrays, own, strict=True)
        ]
        return _wrapped(row, call(row.of(space_of(*values)), values), None, outermost)
    if row.kind == "refused":
        raise Refusal(
            f"{row.title} has no derivative rule, so it would drop a tangent: write it in "
            "functions that have one (linalg.solve, inv, det, cholesky, eigh), or give it a rule "
            "with da.primitive"
        )
    if isinstance(outermost, HyperDual):
        inner = Tag(tag.level - 0.5)
        operands = [_unfolded(a, tag, inner) for a in arrays]
        return _folded(call(functools.partial(apply_array, row), operands), inner)
    return _first_order(row, call, arrays, own, rest, options, outermost)


GETITEM = ARRAY_TABLE["getitem"]


VIEWS = frozenset(
    (
        *("reshape", "permute_dims", "matrix_transpose", "moveaxis", "expand_dims", "squeeze"),
        *("broadcast_to", "broadcast_arrays", "meshgrid", "unstack", "flip", "diagonal", "getitem"),
    )
)
"""What may give a part of its argument instead of a copy."""


def _item(x: Any, key: Any) -> Any:
    """``x[key]``, without looking for a namespace first."""
    part = apply_array(GETITEM, x, key)
    if has_arrays(key) or isinstance(bare(part), np.generic):
        part.is_view = False  # indices and masks make a copy, and a number is one
    elif isinstance(part, Tagged):
        x.remember(part, key)
    return part


Tagged.__getitem__ = _item  # type: ignore[method-assign]


def _first_order(
    row: ArrayRow,
    call: Callable[..., Any],
    arrays: list[Any],
    own: list[Any],
    rest: tuple[Any, ...],
    options: dict[str, Any],
    like: Tagged,
) -> Any:
    values = [_array(a if n is None else n.value) for a, n in zip(arrays, own, strict=True)]
    tangents = [
        None if n is None or n.tangent is None else full(n.tangent, v)
        for n, v in zip(own, values, strict=True)
    ]
    xp = space_of(*values)
    result = call(row.of(xp), values)
    over = space_of(*values, *(t for t in tangents if t is not None))
    if row.kind == "linear":
        directions = [
            xp.zeros_like(v) if t is None else t for t, v in zip(tangents, values, strict=True)
        ]
        return _wrapped(row, result, call(row.of(space_of(*directions)), directions), like)
    assert row.tangent is not None or row.kind == "bilinear"
    if row.kind == "bilinear":
        (x, y), (dx, dy) = values, tangents
        function = row.of(over)
        parts = [] if dx is None else [call(function, (dx, y))]
        parts += [] if dy is None else [call(function, (x, dy))]
        return _wrapped(row, result, parts[0] if len(parts) == 1 else parts[0] + parts[1], like)
    if row.kind == "follows":
        select = row.tangent(xp, values[0], *rest, **options)  # type: ignore[misc]
        moved = select(tangents[0], space_of(tangents[0]))
        return _wrapped(row, result, moved, like)
    tangent = row.tangent(over, result, tuple(values), tuple(tangents), *rest, **options)  # type: ignore[misc]
    return _wrapped(row, result, tangent, like)


def _array(x: Any) -> Any:
    """A Python number as an array without axes."""
    return np.float64(x) if is_scalar(x) else x


def _untangled(row: ArrayRow, x: Any) -> Any:
    """What is no array of the rule: a dual there must be a constant."""
    if isinstance(x, tuple):
        return tuple(_untangled(row, a) for a in x)
    if not isinstance(x, Tagged):
        return x
    if any(c is not None for c in x.components):
        raise Refusal(f"{row.title} has no derivative by this argument: {x!r}")
    return bare(x)


def _wrapped(row: ArrayRow, result: Any, tangent: Any, like: Tagged) -> Any:
    """Values with their tangents, as what the function gives: one array, several, a named tuple."""
    if not isinstance(result, tuple | list):
        made = (
            like.like(result, *(None for _ in like.components))
            if tangent is None
            else Dual(result, tangent, like.tag)
        )
        made.is_view = row.name in VIEWS
        if made.is_view and row.name != "getitem":
            like.remember(made, None)
        return made
    if row.kind == "follows":
        # A set's values come first; the rest are indices.
        return result._replace(values=_wrapped(row, result[0], tangent, like))  # type: ignore[union-attr]
    tangents = [None] * len(result) if tangent is None else tangent
    parts = [_wrapped(row, v, t, like) for v, t in zip(result, tangents, strict=True)]
    return type(result)._make(parts) if hasattr(result, "_make") else type(result)(parts)


def _unfolded(x: Any, tag: Tag, inner: Tag) -> Any:
    """A hyper-dual number as a dual of duals, which have the same algebra."""
    if not (isinstance(x, HyperDual) and x.tag is tag):
        return x
    value = _array(x.value)
    tangent = x.d2
    if x.d12 is not None:
        tangent = Dual(space_of(value).zeros_like(value) if x.d2 is None else x.d2, x.d12, inner)
    return Dual(value if x.d1 is None else Dual(value, x.d1, inner), tangent, tag)


def _folded(x: Any, inner: Tag) -> Any:
    """A dual of duals as a hyper-dual number again, or several of them."""
    if isinstance(x, tuple | list):
        parts = [_folded(part, inner) for part in x]
        return type(x)._make(parts) if hasattr(x, "_make") else type(x)(parts)
    if not isinstance(x, Dual):
        return x

    def parts_of(y: Any) -> tuple[Any, Any]:
        return (y.value, y.tangent) if isinstance(y, Dual) and y.tag is inner else (y, None)

    value, d1 = parts_of(x.value)
    d2, d12 = parts_of(x.tangent)
    return HyperDual(value, d1, d2, d12, x.tag)


def assign(target: Any, key: Any, new: Any) -> None:
    """``target[key] = new``, of values and tangents alike.

    The arrays are copied first: an argument of the differentiated function, another dual number
    and a step that a gradient has noted may hold the same ones.

    Raises
    ------
    ValueError
        The target may be a part of another dual number, which would not change.
    TypeError
        The arrays of the backend cannot be assigned to.
    """
    target.tag.check("assignment")
    if target.is_view:
        raise ValueError(
            "assignment to what was taken out of another dual number, which would not change: "
            "assign to the whole (x[i, j] = ... instead of x[i][j] = ...), or to a copy (+x)"
        )
    check_views(target, key)
    tag, value, components = target.tag, target.value, target.components
    if isinstance(new, Tagged):
        new.tag.check("assignment")
        if new.tag.level > tag.level:
            if type(new) is not type(target):
                raise TypeError(
                    f"a {type(new).__name__} is assigned to a part of a {type(target).__name__}; "
                    "write da.stack, da.concat or da.where instead"
                )
            # To the younger transform all that has been there is a constant.
            if any(c is not None for c in components):
                value = target.like(value, *components)
            tag, components = new.tag, (None,) * len(components)
    own = isinstance(new, Tagged) and new.tag is tag
    parts = (new.value, *new.components) if own else (new, *(None,) * len(components))
    once = distinct(key, target.shape)
    if once is not None:
        key, stays, shape = once
        parts = tuple(_staying(part, stays, shape) for part in parts)
    changed = [
        _replaced(target, old, part, key)
        for old, part in zip((value, *components), parts, strict=True)
    ]
    target.become(*changed, tag=tag)


def _staying(part: Any, stays: Any, shape: tuple[int, ...]) -> Any:
    """What stays of a part that is assigned to some places several times."""
    if part is None or is_scalar(part):
        return part
    xp = space_of(part)
    whole = xp.reshape(xp.broadcast_to(part, shape), (-1,))
    return whole[stays]


def check_views(target: Tagged, key: Any) -> None:
    """Raise where a part that is still in use would not change with what it was taken out of.

    Raises
    ------
    ValueError
        A part of the target that `key` changes was taken out before.
    """
    alive = [of for view, of in target.views or () if view() is not None]
    if not alive:
        return
    whole = np.empty(target.shape, bool)
    changed = whole if has_arrays(key) else _region(whole, key)
    for of in alive:
        if np.may_share_memory(whole if of is None else _region(whole, of), changed):
            raise ValueError(
                "assignment to a dual number of which a part was taken out before and is still in "
                "use: it would not change; take a copy (+x[1:]) if that is meant"
            )


def _region(whole: Any, key: Any) -> Any:
    """The part of an array at a key, as a view even where it is one element."""
    keys = key if isinstance(key, tuple) else (key,)
    return whole[tuple(slice(k, k + 1 or None) if isinstance(k, int) else k for k in keys)]


def _assigned(array: Any, key: Any, new: Any) -> Any:
    """A copy of the array with a part of it assigned."""
    if isinstance(array, Tagged):
        array = array.like(array.value, *array.components)
    elif isinstance(new, Tagged):
        array = new.like(array, *(None for _ in new.components))
    else:
        array = space_of(array).asarray(_array(array), copy=True)
    try:
        array[key] = new
    except TypeError as error:
        if (
            hasattr(type(array), "__setitem__")
            and "does not support item assignment" not in str(error)
            and "immutable" not in str(error)
        ):
            raise
        raise TypeError(
            f"arrays of type {type(array).__name__} cannot be assigned to; write da.where, "
            "da.concat or da.stack instead"
        ) from error
    return array


def _replaced(target: Tagged, old: Any, new: Any, key: Any) -> Any:
    """A component of the target with a part of it assigned; an absent one is zero."""
    if old is None and new is None:
        return None
    old = 0.0 if old is None else old
    new = 0.0 if new is None else new
    if not any(isinstance(t, Number) and not isinstance(t, Tagged) for t in (old, new)):
        return _assigned(full(old, target.value), key, new)
    # Directions and recorded tangents are not assigned to, but selected from.
    mask = np.zeros(target.shape, bool)
    mask[key] = True
    if isinstance(new, Number) or not is_scalar(new):
        xp = space_of(new)
        new = xp.scatter(xp.broadcast_to(new, mask[key].shape), key, mask.shape)
    arrays = [t for t in (old, new) if not is_scalar(t)]
    return space_of(*arrays).where(space_of(innermost(target)).asarray(mask), new, old)
