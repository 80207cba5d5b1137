"""Which namespace computes on an array, and how a backend joins.

A *namespace* is an object whose functions compute on one kind of array: an Array API module made
whole by the table's definitions (`Namespace`), the dual numbers, the symbols of a recording. A
backend is found by the type of the array: our own adapters by name, others through the entry-point
group ``dualad.adapters``, any other Array API library as it is. None is imported before an array of
its type has been seen.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import array_api_compat
import numpy as np

from .arrays import ARRAY_TABLE
from .blocks import Blocks
from .compiler import Compiler
from .rules import TABLE
from .scalars import is_scalar
from .special_functions import special_functions

__all__ = [
    "Adapter",
    "Namespace",
    "Written",
    "adapter_for",
    "array_namespace",
    "dtype_name",
    "register",
    "space_of",
]

Array = Any
"""An array of any backend, a dual number or a symbol."""


namespaces: dict[str, Namespace] = {}
"""Every namespace by its name: a tracing compiler can pass a name on where it cannot an object."""


@dataclass(frozen=True)
class Written:
    """A definition of a function that suits a backend better than the table's.

    Parameters
    ----------
    rule : callable
        ``rule(xp, *arguments)``, as a row's ``written``.
    """

    rule: Callable[..., Any]


class Namespace:
    """The functions of one backend: its own, and for the rest the table's definitions.

    Parameters
    ----------
    name : str
        As error messages call it.
    standard : object
        The backend's Array API namespace.
    native : mapping of str to callable, optional
        Functions that stand before those of `standard`, special functions above all.
    programs : mapping of str to callable, Written or None, optional
        What recorded programs call instead, where another function is faster or more exact inside
        a long chain; `Written`: they contain this definition; None: they contain the table's.
    blocks : Blocks, optional
        How the arrays are walked in blocks; without it every call is evaluated on whole arrays.
    compiler : Compiler, optional
        How a program becomes one kernel.
    computing_dtype : callable, optional
        ``computing_dtype(dtype)``: the dtype to compute in, for half types that are rounded once.
    result_dtype : callable, optional
        ``result_dtype(*arrays)``: the dtype that arrays have together.
    number : callable, optional
        ``number(value, dtype)``: a Python number as a zero-dimensional array.
    """

    def __init__(
        self,
        name: str,
        standard: Any,
        *,
        native: Mapping[str, Callable[..., Any]] | None = None,
        programs: Mapping[str, Callable[..., Any] | Written | None] | None = None,
        blocks: Blocks | None = None,
        compiler: Compiler | None = None,
        computing_dtype: Callable[[Any], Any] | None = None,
        result_dtype: Callable[..., Any] | None = None,
        number: Callable[[float, Any], Array] | None = None,
    ) -> None:
        self.name = name
        self.standard = standard
        self.native = dict(native or {})
        self.programs = dict(programs or {})
        self.blocks = blocks
        self.compiler = compiler
        self.computing_dtype = computing_dtype or (lambda dtype: dtype)
        self.result_dtype = result_dtype or (lambda *arrays: standard.result_type(*arrays))
        self.number = number or (lambda value, dtype: standard.asarray(value, dtype=dtype))
        # As attributes, so that a tracing compiler finds them without calling __getattr__.
        self.__dict__.update(self.native)
        namespaces[name] = self

    def __repr__(self) -> str:
        return f"<dualad namespace of {self.name}>"

    def space(self, *arrays: Array) -> Any:
        """The namespace of other arrays, as every namespace gives it to a rule."""
        return array_namespace(*arrays)

    def has(self, function: str) -> bool:
        """Whether the backend itself has the function."""
        return function in self.native or hasattr(self.standard, function)

    def writes_out(self, function: str) -> Callable[..., Any] | None:
        """The definition that programs contain in the function's place; None if they call it."""
        if function in self.programs:
            instead = self.programs[function]
            if isinstance(instead, Written):
                return instead.rule
            return TABLE[function].written if instead is None else None
        if self.has(function) or TABLE[function].opaque:
            return None
        return TABLE[function].written

    def program_function(self, function: str) -> Callable[..., Any]:
        """The function that a recorded program calls."""
        replacement = self.programs.get(function)
        return replacement if callable(replacement) else getattr(self, function)

    def _in_computing_dtype(self, written: Callable[..., Any], *arguments: Any) -> Any:
        """A definition of the table; of half types computed in single precision, rounded once."""
        narrow = wide = None
        for a in arguments:
            if not is_scalar(a) and (computing := self.computing_dtype(a.dtype)) != a.dtype:
                narrow, wide = a.dtype, computing
        if narrow is None:
            return written(self, *arguments)
        widened = (a if is_scalar(a) else self.astype(a, wide) for a in arguments)
        return self.astype(written(self, *widened), narrow)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if hasattr(self.standard, name):
            found = getattr(self.standard, name)
        elif name in TABLE and (written := TABLE[name].written) is not None:
            found = functools.partial(self._in_computing_dtype, written)
        elif name in ARRAY_TABLE and (written := ARRAY_TABLE[name].written) is not None:
            found = functools.partial(written, self)
        else:
            raise AttributeError(f"{self.name} has no function {name!r}")
        self.__dict__[name] = found
        return found


@dataclass(frozen=True)
class Adapter:
    """What joins one kind of array to dualad.

    Parameters
    ----------
    namespace : Namespace or callable
        The namespace, or ``namespace(*arguments)`` where it depends on the arguments.
    apply : callable, optional
        ``apply(activation, arguments, path=())`` binds an activation, or one of its derivatives, to
        the backend's autograd. Without it an activation is evaluated and nothing is recorded.
    watches : callable, optional
        ``watches(arguments)``: whether the backend's autograd may differentiate what is computed.
    overwrites : bool
        Whether `apply` can write a result over the first argument.
    level : int
        Of two kinds of array in one call, the one of the higher level computes: duals (2) over
        symbols (1) over arrays (0).
    """

    namespace: Any
    apply: Callable[..., Any] | None = None
    watches: Callable[[tuple[Any, ...]], bool] | None = None
    overwrites: bool = False
    level: int = 0

    def namespace_of(self, arguments: tuple[Any, ...]) -> Any:
        """The namespace for these very arguments."""
        return self.namespace(*arguments) if callable(self.namespace) else self.namespace


KNOWN = {
    "numpy": "dualad.numpy_arrays",
    "dask": "dualad.dask_arrays",
    "jax": "dualad.jax_arrays",
    "jaxlib": "dualad.jax_arrays",
    "torch": "dualad_torch",
    "tensorflow": "dualad_tensorflow.tensors",
    "keras": "dualad_tensorflow.layer.symbolic",
}
"""Adapters of our own, by the root module of the array's type: a plain checkout finds them too."""

_adapters: dict[type, Adapter] = {}


def register(kind: type, adapter: Adapter) -> None:
    """Let arrays of type ``kind`` compute by way of ``adapter``."""
    _adapters[kind] = adapter


@functools.cache
def _installed() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group="dualad.adapters")}


def _learn(kind: type) -> None:
    """Find the adapter for a type that is seen for the first time, and remember it.

    It only has an effect and returns nothing of use: a tracing compiler calls it as a constant.
    """
    if kind in _adapters:
        return
    # PyTorch's symbolic tracer has a type that only stands for tensors.
    like_an_array = hasattr(kind, "shape") and hasattr(kind, "dtype")
    if not (like_an_array or hasattr(kind, "__torch_function__")):
        return
    for base in kind.__mro__:
        root = base.__module__.partition(".")[0]
        if root in KNOWN:
            _adapters[kind] = importlib.import_module(KNOWN[root]).adapter
            return
        if root in _installed():
            _adapters[kind] = _installed()[root].load()
            return


# Dynamo runs a function with this mark while it traces, instead of tracing into it: the import of
# an adapter cannot be traced. (It is what torch.compiler.assume_constant_result sets; torch may not
# be imported here.)
_learn._dynamo_marked_constant = True  # type: ignore[attr-defined]


@functools.cache
def _plain(standard: Any) -> Adapter:
    """The adapter of a library that only has its Array API namespace."""
    name = standard.__name__.rpartition("array_api_compat.")[2]

    def computing_dtype(dtype: Any) -> Any:
        return standard.float32 if "float16" in str(dtype) else dtype

    native = special_functions(name)
    return Adapter(Namespace(name, standard, native=native, computing_dtype=computing_dtype))


def _find(x: object) -> Adapter:
    """The adapter of an object whose type no adapter claims: any Array API array, or an error."""
    if array_api_compat.is_array_api_obj(x):
        _adapters[type(x)] = _plain(array_api_compat.array_namespace(x))
        return _adapters[type(x)]
    hint = "; write np.asarray(...) first" if isinstance(x, list | tuple) else ""
    raise TypeError(
        f"expected an array, a dual number or a Python number, got {type(x).__name__}{hint}"
    )


def adapter_for(arguments: Iterable[Any]) -> Adapter | None:
    """The one adapter for all arguments; None if they are Python numbers only.

    Raises
    ------
    TypeError
        An argument is no array, or arrays of two libraries are mixed.
    """
    # All types first: Dynamo sees a dict as it was when it first read it.
    arrays = [x for x in arguments if not is_scalar(x)]
    for x in arrays:
        _learn(type(x))
    found: Adapter | None = None
    of: Any = None
    for x in arrays:
        kind = type(x)
        adapter = _adapters[kind] if kind in _adapters else _find(x)
        if adapter is found:
            continue
        # A NumPy scalar beside an array of another library is a number like any other.
        if found is None or adapter.level > found.level or isinstance(of, np.generic):
            found, of = adapter, x
        elif adapter.level == found.level and not isinstance(x, np.generic):
            raise TypeError(
                f"arrays of two libraries in one call: {_qualified(of)} and {_qualified(x)}; "
                + ("make it an argument" if adapter.level == 1 else "convert one of them first")
            )
    return found


_spaces: dict[tuple[type, ...], Any] = {}


def space_of(*values: Any) -> Any:
    """The namespace of some values, remembered by their types.

    A small call of dual numbers spends as long looking for its namespaces as computing. (Not for
    what a tracing compiler follows: it would see this memory as it was when it first looked.)
    """
    kinds = tuple(map(type, values))
    found = _spaces.get(kinds)
    if found is None:
        found = array_namespace(*values)
        adapter = adapter_for(values)
        if adapter is not None and not callable(adapter.namespace):
            _spaces[kinds] = found
    return found


_dtype_names: dict[tuple[type, Any], str] = {}


def dtype_name(x: Array) -> str:
    """The name of an array's dtype, remembered: making it takes longer than a small call.

    With the type of the array, for the dtypes of two libraries do not always compare.
    """
    key = (type(x), x.dtype)
    name = _dtype_names.get(key)
    if name is None:
        name = _dtype_names[key] = str(x.dtype)
    return name


def _qualified(x: object) -> str:
    return f"{type(x).__module__.partition('.')[0]}.{type(x).__name__}"


def array_namespace(*arguments: Any) -> Any:
    """Return the namespace that computes on the arguments.

    Parameters
    ----------
    *arguments : array, Dual, HyperDual or number
        At least one; Python numbers are weak and fit every namespace.

    Returns
    -------
    namespace
        An Array API namespace with dualad's special functions. For a dual number it is one whose
        functions carry tangents; for Python numbers alone it is NumPy's.

    Raises
    ------
    TypeError
        An argument is no array, or arrays of two libraries are mixed.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> xp = da.array_namespace(np.ones(3))
    >>> xp.softplus(xp.zeros(2))
    array([0.69314718, 0.69314718])
    """
    adapter = adapter_for(arguments) or adapter_for((np.float64(0.0),))
    assert adapter is not None
    return adapter.namespace_of(arguments)
