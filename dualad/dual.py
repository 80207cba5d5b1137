"""Dual and hyper-dual numbers: a value that carries its derivative along.

A `Dual` is ``value + tangent ε`` with ε² = 0. A `HyperDual` has two infinitesimals and their
product, and gives second derivatives directly from the table's second-derivative rules. Every
function of a row applies to them through `DualNamespace`; on components that are duals or symbols
themselves the rules run unchanged, which is how derivatives nest and how programs are recorded.

Every number bears the tag of the transform that made it. Of two tags in one call the younger is
outermost, and to it the other number is a constant: this keeps nested derivatives apart.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any, NoReturn

import numpy as np

from .namespace import Adapter, array_namespace, register
from .operators import Number
from .rules import TABLE, Row
from .scalars import is_scalar

__all__ = ["DUALS", "Dual", "HyperDual", "Tag"]

# Between the tags of two transforms there is room for duals that are made by hand, one level for
# each time they are nested.
LEVELS_PER_TRANSFORM = 1 << 20
_transforms = itertools.count(1)


class Tag:
    """Which differentiation a dual number belongs to.

    Parameters
    ----------
    level : int, optional
        The place in the order of nesting; without it a new transform is begun, younger than all.
    """

    __slots__ = ("alive", "level")

    def __init__(self, level: int | None = None) -> None:
        # next() on a count is atomic: two threads never get the same level.
        self.level = next(_transforms) * LEVELS_PER_TRANSFORM if level is None else level
        self.alive = True

    def __enter__(self) -> Tag:
        return self

    def __exit__(self, *_: object) -> None:
        self.alive = False

    def __repr__(self) -> str:
        return f"Tag({self.level}{'' if self.alive else ', ended'})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_tag_by_hand, (self.level,))

    def __copy__(self) -> Tag:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Tag:
        return self  # a copy of a dual belongs to the same differentiation


@functools.cache
def _tag_by_hand(level: int) -> Tag:
    return Tag(level)


def _tag_above(components: tuple[Any, ...]) -> Tag:
    """The tag of a dual that a user makes of these components: just above theirs."""
    return _tag_by_hand(
        1 + max((c.tag.level for c in components if isinstance(c, _Tagged)), default=0)
    )


class _Tagged(Number):
    """What Dual and HyperDual share: a value, a tag, and the look of an array."""

    __slots__ = ("tag", "value")
    value: Any
    tag: Tag

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return tuple(getattr(self.value, "shape", ()))

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the value; for a Python number that of a NumPy double."""
        return getattr(self.value, "dtype", np.dtype(np.float64))

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return DUALS

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f"{what} on a {type(self).__name__} would drop its tangent: take its .value if that "
            "is meant, or write the function of dualad (da.exp, da.where, ...) instead"
        )


class Dual(_Tagged):
    """A dual number ``value + tangent ε``.

    Parameters
    ----------
    value : array or number
        The primal value, of any shape and any backend.
    tangent : array, number or None
        The derivative along one direction; broadcasts against `value`. None is a zero tangent: it
        costs nothing, and times an infinite derivative it stays zero.
    tag : Tag, optional
        The transform it belongs to. Duals made by hand share one tag.

    Examples
    --------
    >>> import dualad as da
    >>> x = da.Dual(3.0, 1.0)
    >>> x * x
    Dual(9.0, 6.0)
    """

    __slots__ = ("tangent",)

    def __init__(self, value: Any, tangent: Any = None, tag: Tag | None = None) -> None:
        self.value = value
        self.tangent = tangent
        self.tag = _tag_above((value, tangent)) if tag is None else tag

    def __repr__(self) -> str:
        return f"Dual({_plain(self.value)}, {_plain(self.tangent)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Dual, (self.value, self.tangent, self.tag))


class HyperDual(_Tagged):
    """A hyper-dual number ``value + d1 ε₁ + d2 ε₂ + d12 ε₁ε₂``.

    With ``d1 = d2 = 1`` and no ``d12`` in x, f(x) has the first derivative in ``d1`` and the
    second in ``d12``, exactly (Fike and Alonso 2011).

    Parameters
    ----------
    value : array or number
        The primal value.
    d1, d2, d12 : array, number or None
        The components along ε₁, ε₂ and their product; None is zero.
    tag : Tag, optional
        The transform it belongs to.

    Examples
    --------
    >>> import dualad as da
    >>> x = da.HyperDual(3.0, 1.0, 1.0)
    >>> x * x
    HyperDual(9.0, 6.0, 6.0, 2.0)
    """

    __slots__ = ("d1", "d2", "d12")

    def __init__(
        self, value: Any, d1: Any = None, d2: Any = None, d12: Any = None, tag: Tag | None = None
    ) -> None:
        self.value = value
        self.d1 = d1
        self.d2 = d2
        self.d12 = d12
        self.tag = _tag_above((value, d1, d2, d12)) if tag is None else tag

    def __repr__(self) -> str:
        components = (self.value, self.d1, self.d2, self.d12)
        return f"HyperDual({', '.join(map(_plain, components))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (HyperDual, (self.value, self.d1, self.d2, self.d12, self.tag))


def _plain(component: Any) -> str:
    """A component as text: NumPy's scalars as the numbers they are."""
    return repr(component.item() if isinstance(component, np.generic) else component)


class DualNamespace:
    """The functions of the table on dual numbers, by the rules of their rows."""

    name = "dual numbers"

    def __getattr__(self, name: str) -> Any:
        if name not in TABLE:
            raise AttributeError(f"dualad has no rule for {name!r} on dual numbers")
        function = functools.partial(apply, TABLE[name])
        self.__dict__[name] = function
        return function

    def __repr__(self) -> str:
        return "<dualad namespace of dual numbers>"


DUALS = DualNamespace()
_adapter = Adapter(DUALS, level=2)
register(Dual, _adapter)
register(HyperDual, _adapter)


def apply(row: Row, *arguments: Any) -> Any:
    """Apply a primitive to arguments among which are dual numbers."""
    tagged = [a for a in arguments if isinstance(a, _Tagged)]
    if not tagged:
        # Code that runs on duals as a whole also has steps that none of them reaches.
        return getattr(array_namespace(*arguments), row.name)(*arguments)
    outermost = max(tagged, key=lambda a: a.tag.level)
    tag = outermost.tag
    if not tag.alive:
        raise RuntimeError(
            f"{row.name}: a dual number is used after its derivative was taken; return the value "
            "from the differentiated function instead of storing it"
        )
    own = [isinstance(a, _Tagged) and a.tag is tag for a in arguments]
    values = [a.value if mine else a for a, mine in zip(arguments, own, strict=True)]
    if all(map(is_scalar, values)):
        # Python's floats raise where arrays give an infinity.
        values = [np.float64(v) if mine else v for v, mine in zip(values, own, strict=True)]
    xp = array_namespace(*values)
    result = getattr(xp, row.name)(*values)
    if row.kind == "predicate":
        return result
    numbers = [a if mine else None for a, mine in zip(arguments, own, strict=True)]
    if any(n is not None and type(n) is not type(outermost) for n in numbers):
        raise TypeError(f"{row.name}: a Dual and a HyperDual of one tag do not mix")
    if isinstance(outermost, HyperDual):
        return _second_order(row, xp, values, result, numbers, tag)
    tangents = [None if n is None else n.tangent for n in numbers]
    return Dual(result, _tangent(row, xp, values, result, tangents), tag)


def _tangent(row: Row, xp: Any, values: list[Any], result: Any, tangents: list[Any]) -> Any:
    """The tangent of the result: the sum of partial derivative times tangent."""
    if row.kind == "zero" or all(t is None for t in tangents):
        return None
    if row.kind == "linear":
        return getattr(xp, row.name)(*tangents)
    if row.tangent is not None:
        return row.tangent(xp, values, result, tangents)
    total = None
    for rule, tangent in zip(row.first, tangents, strict=True):
        if tangent is not None:
            total = _plus(total, _times(row, xp, rule(xp, *values, result), tangent))
    return total


def _second_order(
    row: Row, xp: Any, values: list[Any], result: Any, numbers: list[Any], tag: Tag
) -> HyperDual:
    """The result with its hyper-dual components, from the first and second derivatives."""

    def components(name: str) -> list[Any]:
        return [None if n is None else getattr(n, name) for n in numbers]

    d1, d2, d12 = (
        _tangent(row, xp, values, result, components(name)) for name in ("d1", "d2", "d12")
    )
    if row.kind == "smooth":
        along1, along2 = components("d1"), components("d2")
        for i, rules in enumerate(row.second):
            for j, rule in enumerate(rules):
                pairs = [(along1[i], along2[j])] + ([(along1[j], along2[i])] if i != j else [])
                product = None
                for a, b in pairs:
                    if a is not None and b is not None:
                        product = _plus(product, _times(row, xp, a, b))
                if product is not None:
                    d12 = _plus(d12, _times(row, xp, rule(xp, *values, result), product))
    return HyperDual(result, d1, d2, d12, tag)


def _plus(a: Any, b: Any) -> Any:
    """The sum of two tangents, either of which may be absent."""
    if a is None:
        return b
    return a if b is None else a + b


def _times(row: Row, xp: Any, derivative: Any, tangent: Any) -> Any:
    """Derivative times tangent; factors of one and zero are not computed."""
    for a, b in ((derivative, tangent), (tangent, derivative)):
        if is_scalar(a):
            if a == 1:
                return b
            if a == 0:
                return None
    if row.singular and not is_scalar(tangent):
        return array_namespace(tangent).where(tangent == 0.0, 0.0, derivative * tangent)
    return derivative * tangent
