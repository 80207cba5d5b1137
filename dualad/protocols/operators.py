"""What a number type needs to be written like an array: operators and NumPy's protocols.

``x * y`` on a dual number or a symbol is the namespace's ``multiply``, and so is
``np.multiply(x, y)``. Which operator means which function stands in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..namespace import array_namespace
from ..rules import ROWS, Row
from . import numpy_functions, torch_functions
from .numpy_functions.translation import Translation

__all__ = ["Number", "remedy"]

REMEDIES = {
    "out": "an array cannot take in a tangent: in place of x += y write x = x + y",
    "np.asarray()": "for a list of dual numbers write da.stack, for np.full(n, x) x * np.ones(n)",
    "np.copyto()": "to assign to a dual number write x[...] = y, for np.full_like(y, x) "
    "x + np.zeros_like(y)",
    "np.gradient()": "write differences of slices, or np.diff",
    "np.linalg.lstsq()": "write np.linalg.solve with the normal equations",
    "np.linspace()": "write start + (stop - start) * np.linspace(0, 1, n)",
    "np.pad()": "write np.concatenate",
    "np.percentile()": "write np.sort and an index",
    "np.quantile()": "write np.sort and an index",
    "torch.__setitem__()": "a tensor cannot take in a tangent: write torch.where or torch.stack",
    "x.item()": "write x[0] for an element",
    "x.sort()": "write np.sort(x), which gives a new array",
    "x.tolist()": "write list(x)",
}
"""What to write in place of a function, a method or an option that has no translation."""


def remedy(what: str) -> str:
    """What error messages add about ``what``: the way to write it, where one is known."""
    special = REMEDIES.get(what) or REMEDIES.get(what.rpartition(", ")[2].rstrip(")"))
    # PyTorch's functions that assign in place end in an underscore.
    if what.startswith("torch.") and what.endswith("_()") and special is None:
        special = REMEDIES["out"]
    return f"; {special}" if special else ""


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

    def __matmul__(self, other: Any) -> Any:
        return array_namespace(self, other).matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return array_namespace(other, self).matmul(other, self)

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
        name = ufunc.__name__
        function = numpy_functions.ufunc_translation(name)
        if function is not None and not options:
            if method == "__call__":
                return function(array_namespace(*inputs), *inputs)
            if method == "outer" and len(inputs) == 2:
                xp = array_namespace(*_numbers(inputs))
                return numpy_functions.outer(xp, function, *inputs)
        title = name if getattr(np, name, None) is not ufunc else f"np.{name}"
        how = "" if method == "__call__" else f".{method}"
        folds = {"reduce": numpy_functions.REDUCTIONS, "accumulate": numpy_functions.SCANS}
        folded = folds.get(method, {}).get(name)
        if folded is not None and hasattr(type(self), "shape"):
            options = {"axis": 0 if getattr(self, "ndim", 0) else None, **options}
            return self._call(f"{title}{how}", numpy_functions.FUNCTIONS[folded], inputs, options)
        self._refuse(f"{title}{how}({', '.join(['...', *options])})")

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        home = function.__module__.partition(".")[2]
        name = f"{home}.{function.__name__}" if home else function.__name__
        # A symbol has no shape: of it only element-wise functions are taken.
        if not hasattr(type(self), "shape"):
            if options or numpy_functions.ufunc_translation(name) is None:
                self._refuse(f"np.{name}()")
            return getattr(array_namespace(*inputs), name)(*inputs)
        translation = numpy_functions.FUNCTIONS.get(name)
        if translation is None:
            self._refuse(f"np.{name}()")
        return self._call(f"np.{name}", translation, inputs, options)

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, inputs: Any = (), options: Any = None
    ) -> Any:
        number = _numbers((inputs, options or {}))[0]
        name = function.__name__
        translation = torch_functions.FUNCTIONS.get(name)
        if translation is None:
            number._refuse(f"torch.{name}()")
        return number._call(f"torch.{name}", translation, inputs, options or {})

    def _call(self, title: str, translation: Translation, inputs: Any, options: Any) -> Any:
        """Call the translation of another library's function; refuse options that it lacks."""
        arguments, named, unknown = translation.bind(inputs, options)
        if unknown:
            self._refuse(f"{title}(..., {', '.join(unknown)})")
        xp = array_namespace(*_numbers((arguments, named)))
        return translation.function(xp, *arguments, **named)


def _numbers(arguments: Any) -> list[Number]:
    """All numbers among arguments, in sequences too."""
    found: list[Number] = []
    for a in arguments.values() if isinstance(arguments, dict) else arguments:
        if isinstance(a, Number):
            found.append(a)
        elif isinstance(a, list | tuple | dict):
            found += _numbers(a)
    return found


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
