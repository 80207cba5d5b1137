"""Dual and hyper-dual numbers: a value that carries its derivative along.

A `Dual` is ``value + tangent ε`` with ε² = 0. A `HyperDual` has two infinitesimals and their
product, and gives second derivatives directly from the table's second-derivative rules.

Every number bears the tag of the transform that made it. Of two tags in one call the younger is
outermost, and to it the other number is a constant: this keeps nested derivatives apart.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import weakref
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from ..namespace import array_namespace
from ..protocols.array_methods import ArrayMethods
from ..protocols.operators import Number, remedy

__all__ = ["CONSTANT", "Dual", "HyperDual", "Tag", "Tagged"]

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

    __slots__ = ("__weakref__", "alive", "level")

    def __init__(self, level: float | None = None) -> None:
        # next() on a count is atomic: two threads never get the same level.
        self.level = next(_transforms) * LEVELS_PER_TRANSFORM if level is None else level
        self.alive = True

    def check(self, name: str) -> None:
        """Raise where a dual number has outlived its transform."""
        if not self.alive:
            raise RuntimeError(
                f"{name}: a dual number is used after its derivative was taken; return the value "
                "from the differentiated function instead of storing it"
            )

    def __enter__(self) -> Tag:
        return self

    def __exit__(self, *_: object) -> None:
        self.alive = False

    def __repr__(self) -> str:
        return f"Tag({self.level}{'' if self.alive else ', ended'})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.level < LEVELS_PER_TRANSFORM:
            return (_tag_by_hand, (self.level,))
        _pickled[self.level] = self
        return (_tag_again, (self.level, os.getpid()))

    def __copy__(self) -> Tag:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Tag:
        return self  # a copy of a dual belongs to the same differentiation


@functools.cache
def _tag_by_hand(level: int) -> Tag:
    return Tag(level)


_pickled: weakref.WeakValueDictionary[float, Tag] = weakref.WeakValueDictionary()


def _tag_again(level: float, process: int) -> Tag:
    """The tag of a number that was pickled: the same while its transform runs, else one ended."""
    tag = _pickled.get(level) if process == os.getpid() else None
    if tag is None:
        tag = Tag(level)
        tag.alive = False
    return tag


CONSTANT = _tag_by_hand(0)
"""The tag of what is made from nothing: to every differentiation it is a constant."""


def _tag_above(components: tuple[Any, ...]) -> Tag:
    """The tag of a dual that a user makes of these components: just above theirs."""
    return _tag_by_hand(
        1 + max((c.tag.level for c in components if isinstance(c, Tagged)), default=0)
    )


class Tagged(ArrayMethods, Number):
    """What Dual and HyperDual share: a value, a tag, and the look of an array."""

    __slots__ = ("__weakref__", "is_view", "tag", "value", "views")
    value: Any
    tag: Tag
    is_view: bool
    """Whether it may be a part of another dual number."""
    views: list[tuple[weakref.ref[Tagged], Any]] | None
    """What was taken out of it, and with which key; None is all of it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return tuple(getattr(self.value, "shape", ()))

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the value; for a Python number that of a NumPy double."""
        return getattr(self.value, "dtype", np.dtype(np.float64))

    @property
    def device(self) -> Any:
        """The device of the value."""
        return getattr(self.value, "device", "cpu")

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return array_namespace(self).permute_dims(self, tuple(reversed(range(self.ndim))))

    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
        return array_namespace(self).matrix_transpose(self)

    @property
    def components(self) -> tuple[Any, ...]:
        """What stands behind the value."""
        raise NotImplementedError

    def like(self, value: Any, *components: Any) -> Any:
        """Another number of the same kind and transform."""
        raise NotImplementedError

    def become(self, value: Any, *components: Any, tag: Tag) -> None:
        """Take over what an assignment made."""
        raise NotImplementedError

    def remember(self, part: Tagged, key: Any) -> None:
        """Note that a part of it has been taken out, which an assignment would not change."""
        views = self.views or []
        if len(views) >= 16:
            views = [view for view in views if view[0]() is not None]
        self.views = [*views, (weakref.ref(part), key)]

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError(f"len() of a {type(self).__name__} without axes")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError(f"iteration over a {type(self).__name__} without axes")
        return iter([self[i] for i in range(self.shape[0])])

    def __getitem__(self, key: Any) -> Any:
        return array_namespace(self).getitem(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        array_namespace(self).setitem(self, key, value)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return array_namespace(self)

    def to_device(self, device: Any, /, *, stream: Any = None) -> Any:
        """The same on another device."""
        return array_namespace(self).to_device(self, device, stream=stream)

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f"{what} on a {type(self).__name__} would drop its tangent: take its .value if that "
            "is meant, or write the function of dualad (da.exp, da.where, ...) instead"
            f"{remedy(what)}"
        )


class Dual(Tagged):
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
        self.is_view = False
        self.views = None

    @property
    def components(self) -> tuple[Any, ...]:
        """What stands behind the value."""
        return (self.tangent,)

    def become(self, value: Any, *components: Any, tag: Tag) -> None:
        """Take over what an assignment made."""
        self.value, (self.tangent,), self.tag = value, components, tag

    def like(self, value: Any, *components: Any) -> Dual:
        """Another dual number of the same transform."""
        (tangent,) = components
        return Dual(value, tangent, self.tag)

    def __repr__(self) -> str:
        return f"Dual({_plain(self.value)}, {_plain(self.tangent)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (Dual, (self.value, self.tangent, self.tag))


class HyperDual(Tagged):
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
        self.is_view = False
        self.views = None

    @property
    def components(self) -> tuple[Any, ...]:
        """What stands behind the value."""
        return self.d1, self.d2, self.d12

    def become(self, value: Any, *components: Any, tag: Tag) -> None:
        """Take over what an assignment made."""
        self.value, (self.d1, self.d2, self.d12), self.tag = value, components, tag

    def like(self, value: Any, *components: Any) -> HyperDual:
        """Another hyper-dual number of the same transform."""
        d1, d2, d12 = components
        return HyperDual(value, d1, d2, d12, self.tag)

    def __repr__(self) -> str:
        components = (self.value, *self.components)
        return f"HyperDual({', '.join(map(_plain, components))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (HyperDual, (self.value, self.d1, self.d2, self.d12, self.tag))


def _plain(component: Any) -> str:
    """A component as text: NumPy's scalars as the numbers they are."""
    return repr(component.item() if isinstance(component, np.generic) else component)
