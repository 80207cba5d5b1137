"""The functions of dual numbers: every row of both tables, applied to values and tangents.

On components that are duals or symbols themselves the rules run unchanged: this is how derivatives
nest, and how programs are recorded. What is in no table has no derivative, and says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..arrays import ARRAY_TABLE
from ..namespace import Adapter, array_namespace, register
from ..rules import TABLE
from ..scalars import is_scalar
from .array_rules import apply_array, assign, bare
from .directions import innermost
from .in_place import overwrite as _overwrite  # noqa: F401  (gives duals their operators)
from .linear_functions import LINEAR as _LINEAR  # noqa: F401  (joins them)
from .numbers import CONSTANT, Dual, HyperDual, Tagged
from .row_rules import apply, apply_bound

__all__ = ["DualNamespace"]

CREATED = frozenset(("arange", "empty", "eye", "from_dlpack", "full", "linspace", "ones", "zeros"))
"""Functions that make an array from nothing."""

CREATED_LIKE = frozenset(("empty_like", "full_like", "ones_like"))
"""Functions that make an array after the model of another, beside zeros_like."""

PLAIN = frozenset(
    (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
        *("e", "inf", "nan", "newaxis", "pi", "finfo", "iinfo", "isdtype", "broadcast_shapes"),
    )
)
"""What the backend has and no dual number takes part in: dtypes, constants."""


class DualNamespace:
    """The functions of dual numbers over one backend.

    Parameters
    ----------
    backend : namespace
        Where the values live; it makes the arrays that are made from nothing.
    kind : type, optional
        What those become, so that numbers of the same kind may be assigned to them.
    """

    def __init__(self, backend: Any, kind: type[Tagged] = Dual) -> None:
        self.backend = backend
        self.kind = kind
        self.name = "dual numbers"
        self.__name__ = __name__  # as the modules have it that are namespaces
        self.linalg = LinearAlgebra(self)

    def __getattr__(self, name: str) -> Any:
        if name in TABLE:
            row = TABLE[name]
            found: Any = functools.partial(apply_bound if row.neutral else apply, row)
        elif name in ARRAY_TABLE:
            found = functools.partial(apply_array, ARRAY_TABLE[name])
        elif name in CREATED:
            found = functools.partial(self._created, getattr(self.backend, name))
        elif name in CREATED_LIKE:
            found = functools.partial(self._created_like, getattr(self.backend, name))
        elif name in PLAIN:
            found = getattr(self.backend, name)
        else:
            raise AttributeError(
                f"dualad has no rule for {name!r} on dual numbers; write it in functions that "
                "have one, or give it a rule with da.primitive"
            )
        self.__dict__[name] = found
        return found

    def __repr__(self) -> str:
        return f"<dualad namespace of dual numbers over {self.backend!r}>"

    __array_api_version__ = "2025.12"
    space = staticmethod(array_namespace)
    setitem = staticmethod(assign)

    def _constant(self, made: Any) -> Any:
        """A floating array as a number without tangent; others, indices above all, as they are."""
        if "float" not in str(made.dtype):
            return made
        if self.kind is HyperDual:
            return HyperDual(made, None, None, None, CONSTANT)
        return Dual(made, None, CONSTANT)

    def _created(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Any:
        """An array from nothing: a constant, into which duals may be assigned."""
        if function.__name__ == "full" and any(isinstance(a, Tagged) for a in arguments):
            return self.broadcast_to(arguments[1], arguments[0])
        made = function(*arguments, **options)
        return self._constant(made)

    def _created_like(
        self, function: Callable[..., Any], x: Any, *rest: Any, **options: Any
    ) -> Any:
        """An array after the model of another."""
        if any(isinstance(a, Tagged) for a in rest):
            return self.broadcast_to(rest[0], x.shape) + self.zeros_like(bare(x))
        made = function(bare(x), *rest, **options)
        if not (isinstance(x, Tagged) and "float" in str(made.dtype)):
            return self._constant(made)
        # Of the model's transform, so that what is computed with it is of no other.
        return x.like(made, *(None for _ in x.components))

    def zeros_like(self, x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
        """Zeros after the model of another."""
        if dtype is None and device is None:
            return apply(TABLE["zeros_like"], x)
        return self._created_like(self.backend.zeros_like, x, dtype=dtype, device=device)

    def asarray(
        self, x: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
    ) -> Any:
        """A dual number as it is, a sequence of them stacked, anything else a constant."""
        if isinstance(x, list | tuple) and any(isinstance(a, Tagged | list | tuple) for a in x):
            x = self.stack([self.asarray(a, dtype=dtype) for a in x])
        if not isinstance(x, Tagged):
            return self._constant(self.backend.asarray(x, dtype=dtype, copy=copy))
        if dtype is not None and dtype != x.dtype:
            return self.astype(x, dtype)
        return x.like(+x.value, *x.components) if copy else x

    def astype(self, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
        """Another dtype; integers and truth values are steps, and carry no tangent."""
        if not isinstance(x, Tagged):
            return array_namespace(x).astype(x, dtype, copy=copy)
        if self.isdtype(dtype, "complex floating"):
            raise TypeError(f"astype: dual numbers are real; {dtype} is complex")
        cast = [
            c if c is None or is_scalar(c) else array_namespace(c).astype(c, dtype)
            for c in (x.value, *x.components)
        ]
        return x.like(*cast) if self.isdtype(dtype, "real floating") else cast[0]

    def to_device(self, x: Any, device: Any, /, *, stream: Any = None) -> Any:
        """The same on another device."""
        moved = [
            c.to_device(device, stream=stream) if hasattr(c, "to_device") else c
            for c in (x.value, *x.components)
        ]
        return x.like(*moved)

    def result_type(self, *arguments: Any) -> Any:
        """The dtype that arrays have together."""
        return self.backend.result_type(*map(bare, arguments))

    def can_cast(self, x: Any, to: Any, /) -> bool:
        """Whether a dtype fits into another."""
        return bool(self.backend.can_cast(x.dtype if isinstance(x, Tagged) else x, to))

    def __array_namespace_info__(self) -> Any:
        return self.backend.standard.__array_namespace_info__()


class LinearAlgebra:
    """The functions of linear algebra of dual numbers."""

    def __init__(self, duals: DualNamespace) -> None:
        self.duals = duals

    def __getattr__(self, name: str) -> Any:
        row = ARRAY_TABLE.get(f"linalg.{name}") or ARRAY_TABLE.get(name)
        if row is None:
            raise AttributeError(f"dualad has no rule for 'linalg.{name}' on dual numbers")
        found = functools.partial(apply_array, row)
        self.__dict__[name] = found
        return found


_namespaces: dict[tuple[int, type], DualNamespace] = {}


def namespace_of(*arguments: Any) -> DualNamespace:
    """The namespace over the backend of the arguments' values."""
    x: Any = next(a for a in arguments if isinstance(a, Tagged))
    kind = type(x)
    backend = array_namespace(innermost(x))
    known = id(backend), kind
    if known not in _namespaces:
        _namespaces[known] = DualNamespace(backend, kind)
    return _namespaces[known]


_adapter = Adapter(namespace_of, level=2)
register(Dual, _adapter)
register(HyperDual, _adapter)
