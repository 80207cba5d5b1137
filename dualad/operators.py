"""What a number type needs to be written like an array: operators and NumPy's protocols.

``x * y`` on a dual number or a symbol is the namespace's ``multiply``, and so is
``np.multiply(x, y)``. Which operator means which function stands in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from .namespace import array_namespace
from .rules import ROWS, TABLE, Row

__all__ = ["Number"]

STANDARD_NAMES = {"absolute": "abs", "true_divide": "divide", "power": "pow", "rint": "round"}
"""NumPy's names for functions that the Array API standard calls otherwise."""


class Number:
    """A value that computes by way of its namespace: a dual number or a symbol."""

    __slots__ = ()
    # Comparisons are element-wise, so identity alone tells two numbers apart.
    __hash__ = object.__hash__

    # For type checkers and readers; the loop below gives each its function.
    def __add__(self, other: Any) -> Any: ...
    def __radd__(self, other: Any) -> Any: ...
    def __sub__(self, other: Any) -> Any: ...
    def __rsub__(self, other: Any) -> Any: ...
    def __mul__(self, other: Any) -> Any: ...
    def __rmul__(self, other: Any) -> Any: ...
    def __truediv__(self, other: Any) -> Any: ...
    def __rtruediv__(self, other: Any) -> Any: ...
    def __pow__(self, other: Any) -> Any: ...
    def __rpow__(self, other: Any) -> Any: ...
    def __neg__(self) -> Any: ...
    def __pos__(self) -> Any: ...
    def __abs__(self) -> Any: ...
    def __lt__(self, other: Any) -> Any: ...
    def __le__(self, other: Any) -> Any: ...
    def __gt__(self, other: Any) -> Any: ...
    def __ge__(self, other: Any) -> Any: ...
    def __and__(self, other: Any) -> Any: ...
    def __or__(self, other: Any) -> Any: ...
    def __invert__(self) -> Any: ...

    def _refuse(self, what: str) -> NoReturn:
        """Raise: ``what`` would lose what the number carries."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        self._refuse("bool()")

    def __float__(self) -> float:
        self._refuse("float()")

    def __int__(self) -> int:
        self._refuse("int()")

    def __complex__(self) -> complex:
        self._refuse("complex()")

    def __index__(self) -> int:
        self._refuse("operator.index()")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        self._refuse("np.asarray()")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        name = STANDARD_NAMES.get(ufunc.__name__, ufunc.__name__)
        if method != "__call__" or options or name not in TABLE:
            how = "" if method == "__call__" else f".{method}"
            self._refuse(f"np.{ufunc.__name__}{how}({', '.join(['...', *options])})")
        return getattr(array_namespace(*inputs), name)(*inputs)

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        name = STANDARD_NAMES.get(function.__name__, function.__name__)
        if options or name not in TABLE:
            self._refuse(f"np.{function.__name__}()")
        return getattr(array_namespace(*inputs), name)(*inputs)


def _forward(name: str) -> Callable[..., Any]:
    def operator(*operands: Any) -> Any:
        return getattr(array_namespace(*operands), name)(*operands)

    return operator


def _reflected(name: str) -> Callable[..., Any]:
    def operator(self: Any, other: Any) -> Any:
        return getattr(array_namespace(other, self), name)(other, self)

    return operator


def _give_operator(row: Row) -> None:
    setattr(Number, f"__{row.operator}__", _forward(row.name))
    if row.arity == 2 and row.kind != "predicate":
        setattr(Number, f"__r{row.operator}__", _reflected(row.name))


for _row in ROWS:
    if _row.operator is not None:
        _give_operator(_row)
