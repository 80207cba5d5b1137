"""Activation: a definition, its parameters, its options.

An activation is written once, as plain mathematics. It is recorded at its first use and evaluated
as a program from then on; the frameworks' adapters take from here what they bind to autograd.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, overload

import numpy as np

from .arguments import beside_tensors, bound, default_values, floating, full
from .keep import Auto, Keep, described, keep_form
from .keep.choice import plan
from .keep.planner import SIZES, Plan
from .namespace import adapter_for, array_namespace
from .naming import found, looked_up, registered_name
from .options import Options
from .program import Path, Program
from .protocols.operators import Number
from .recording import Recording
from .scalars import is_scalar
from .transforms import checked_order

__all__ = ["Activation", "activation"]


class Activation:
    """An element-wise function that trains with little memory.

    Made by `activation`. Called on arrays it gives arrays; called on tensors of PyTorch or
    TensorFlow it is a node of their graph that keeps for the backward pass what ``keep`` says.

    Parameters
    ----------
    definition : callable
        A function of one or more arguments, written with ``da`` functions and operators. Arguments
        with a default may be left out.
    options : Options
        How it is trained with.
    derivative_from_output : callable, optional
        f' as a function of y and, behind it, of the other arguments: then y may be kept in its
        place (`dualad.keep.Output`).

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> @da.activation
    ... def swish(x, beta=1.0):
    ...     return x * da.sigmoid(beta * x)
    >>> swish(np.array([-1.0, 0.0, 1.0]))
    array([-0.26894142,  0.        ,  0.73105858])
    >>> swish
    <activation swish(x, beta=1.0)>
    """

    __name__: str
    __qualname__: str

    # TensorFlow's AutoGraph leaves alone what bears this mark, instead of rewriting the source of
    # every function that is called from here. (TensorFlow may not be imported for its decorator.)
    autograph_info__ = None

    def __init__(
        self,
        definition: Callable[..., Any],
        options: Options | None = None,
        derivative_from_output: Callable[..., Any] | None = None,
    ) -> None:
        if not callable(definition):
            raise TypeError(f"an activation is made of a function, got {definition!r}")
        if not (derivative_from_output is None or callable(derivative_from_output)):
            raise TypeError(
                f"derivative_from_output is a function of y, got {derivative_from_output!r}"
            )
        self.definition = definition
        self.derivative_from_output = derivative_from_output
        self.options = options or Options()
        self.keep = keep_form(self.options.keep, self.options.order)
        signature = inspect.signature(definition)
        self.parameters = tuple(signature.parameters)
        self.defaults = default_values(definition, signature)
        functools.update_wrapper(self, definition)
        if self.options.name is not None:
            self.__name__ = self.options.name
        self.recording = Recording(self.__name__, definition, self.parameters)

    @functools.cached_property
    def inverse(self) -> Activation | None:
        """The derivative as an activation of y and the other arguments; None: not declared."""
        if self.derivative_from_output is None:
            return None
        options = Options("input", 1, self.options.execution, name=f"{self.__name__}_from_output")
        return Activation(self.derivative_from_output, options)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Evaluate at arrays, numbers, duals or tensors; arguments broadcast."""
        values = self.bind(arguments, named)
        adapter = adapter_for(values)
        if self.options.inplace and not (adapter is not None and adapter.overwrites):
            kind = type(next((v for v in values if not is_scalar(v)), values[0])).__name__
            raise TypeError(
                f"{self.__name__}: inplace=True is for PyTorch's tensors, got {kind}; "
                f"use {self.__name__}.with_options(inplace=False)"
            )
        if adapter is not None and adapter.apply is not None:
            return adapter.apply(self, beside_tensors(values))
        return self._evaluate(((),), values)[0]

    def derivative(self, *arguments: Any, order: int = 1, **named: Any) -> Any:
        """Evaluate a derivative by the first argument.

        Parameters
        ----------
        *arguments, **named : array or number
            As for a call.
        order : int
            0, 1, 2, ...

        Returns
        -------
        array
            Of the broadcast shape of the arguments.

        Raises
        ------
        TypeError
            `order` is no integer, or an argument no array.
        ValueError
            `order` is negative.

        Examples
        --------
        >>> from dualad.activations import mish
        >>> [round(float(mish.derivative(0.0, order=k)), 12) for k in (0, 1, 2)]
        [0.0, 0.6, 0.64]
        """
        path = (0,) * checked_order(order)
        return self._evaluate((path,), self.bind(arguments, named))[0]

    def linearize(self, *arguments: Any, **named: Any) -> tuple[Any, Any]:
        """Evaluate the value and the first derivatives in one pass.

        Parameters
        ----------
        *arguments, **named : array or number
            As for a call.

        Returns
        -------
        tuple
            ``(y, dy)`` for one parameter, ``(y, (∂₁, ∂₂, ...))`` for several; every array of the
            broadcast shape.

        Examples
        --------
        >>> import numpy as np
        >>> from dualad.activations import mish
        >>> y, dy = mish.linearize(np.array([0.0]))
        >>> float(dy[0])
        0.6
        """
        first = tuple((i,) for i in range(len(self.parameters)))
        y, *slopes = self._evaluate(((), *first), self.bind(arguments, named))
        return y, slopes[0] if len(slopes) == 1 else tuple(slopes)

    derivative.autograph_info__ = linearize.autograph_info__ = None  # type: ignore[attr-defined]

    def with_options(self, **options: Any) -> Activation:
        """Return the same activation with other options; this one stays as it is.

        Parameters
        ----------
        **options
            Fields of `Options`: keep, order, execution, inplace, name.

        Raises
        ------
        TypeError
            There is no such option.
        ValueError
            The option has no such value.
        """
        known = [f.name for f in fields(Options)]
        if unknown := sorted(set(options) - set(known)):
            raise TypeError(f"unknown option {unknown[0]!r}: the options are {', '.join(known)}")
        return self._with(replace(self.options, **options))

    def _with(self, options: Options) -> Activation:
        """The same definition with these options; itself if they are its own."""
        if options == self.options:
            return self
        twin = Activation(self.definition, options, self.derivative_from_output)
        if twin.__name__ == self.__name__:
            # A recording says nothing of the options, but its errors say the name.
            twin.recording = self.recording
        return twin

    def plan(
        self,
        dtype: str = "float32",
        *,
        tolerance: float = 0.0,
        alive: Sequence[str] = ("output",),
        order: int = 1,
        **values: float,
    ) -> Plan:
        """What ``keep="auto"`` would keep, and why not something else.

        Parameters
        ----------
        dtype : {"float32", "float64", "float16", "bfloat16"}
            Of the arguments.
        tolerance : float
            How far from f' the derivative that is used may be.
        alive : sequence of {"input", "output"}
            What the neighbours keep anyway.
        order : {1, 2}
            How many derivatives are asked for.
        **values : float
            Arguments that are numbers; the others have their defaults, or are arrays.

        Returns
        -------
        Plan
            Printed, a table of the candidates: bytes an element, error and why.

        Examples
        --------
        >>> from dualad.activations import relu, tanh
        >>> tanh.plan().form, tanh.plan().bytes
        (Output(), 0.0)
        >>> plan = relu.plan(alive=())
        >>> plan.form, plan.bytes, plan.candidates[0].why
        (Segments(), 0.125, 'straight pieces in 1 bit')
        """
        known = {**self.defaults, **values}
        if unknown := sorted(set(values) - set(self.parameters)):
            raise TypeError(f"{self.__name__} has no argument {unknown[0]!r}")
        if dtype not in SIZES:
            raise ValueError(f"dtype is one of {', '.join(SIZES)}, got {dtype!r}")
        numbers = tuple(known.get(name) for name in self.parameters)
        return plan(self, numbers, dtype, Auto(tolerance, tuple(alive)), order)

    def program(self, paths: Sequence[Path] = ((), (0,))) -> Program:
        """The recorded program of some derivatives.

        Parameters
        ----------
        paths : sequence of tuple of int
            Each a derivative, by the indices of the arguments: () is the value, (0,) the first by
            the first argument, (0, 1) a mixed second.

        Returns
        -------
        Program
            Printing it shows the code.

        Raises
        ------
        DefinitionError
            The definition branches on values, is not element-wise, or uses an array that is no
            argument.
        """
        return self.recording.program(paths)

    def bind(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in the order of the parameters, defaults filled in."""
        if not named and len(arguments) == len(self.parameters):
            return arguments
        return bound(self.__name__, self.parameters, self.defaults, arguments, named)

    def _evaluate(self, paths: tuple[Path, ...], values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Some derivatives at arguments of any kind, each in full shape."""
        if any(isinstance(v, Number) for v in values):
            return self.program(paths).replay(array_namespace(*values), values)
        adapter = adapter_for(values)
        if adapter is None:
            values = tuple(map(np.float64, values))
            adapter = adapter_for(values)
            assert adapter is not None
        elif adapter.apply is not None:
            values = beside_tensors(values)
            if adapter.watches is not None and adapter.watches(values):
                # Each on its own, as a function that the framework knows the derivative of.
                return tuple(adapter.apply(self, values, path) for path in paths)
        xp = adapter.namespace_of(values)
        values = tuple(floating(xp, v) for v in values)
        results = self.recording.executable(xp.name, paths).run(values, self.options.execution)
        return tuple(full(xp, r, values) for r in results)

    def __repr__(self) -> str:
        return f"<activation {self.heading}>"

    @property
    def heading(self) -> str:
        """Name, parameters and the options that are not the default, as text."""
        changed = [
            f" {f.name}={getattr(self.options, f.name)!r}"
            for f in fields(Options)
            if f.name != "name" and getattr(self.options, f.name) != f.default
        ]
        parameters = [
            f"{name}={self.defaults[name]!r}" if name in self.defaults else name
            for name in self.parameters
        ]
        return f"{self.__name__}({', '.join(parameters)}){''.join(changed)}"

    def get_config(self) -> dict[str, Any]:
        """The activation by name, as Keras saves it: its module and variable, and its options.

        And the name that it was registered under with Keras, if it was.
        """
        own = {f.name: getattr(self.options, f.name) for f in fields(Options)}
        options = {**own, "keep": described(keep_form(self.options.keep))}
        config = {"module": self.__module__, "qualname": self.__qualname__, "options": options}
        name = registered_name(self.definition)
        return config if name is None else {**config, "registered_name": name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Activation:
        """The activation of that name, in a module that is imported already or dualad's own.

        Raises
        ------
        ValueError
            There is none: nothing is imported because a file says so.
        """
        module, qualname = config["module"], config["qualname"]
        activation = found(module, qualname)
        if not isinstance(activation, Activation):
            raise ValueError(
                f"no activation {qualname!r} in module {module!r}: define or import it under that "
                "name before loading what was saved with it"
            )
        return activation._with(Options(**config["options"]))

    def __reduce__(self) -> Any:
        known = looked_up(self.__module__, self.__qualname__)
        if known is self:
            return self.__qualname__
        if isinstance(known, Activation) and known.definition is self.definition:
            return (Activation._with, (known, self.options))
        return (Activation, (self.definition, self.options, self.derivative_from_output))

    def __copy__(self) -> Activation:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Activation:
        return self


@overload
def activation(definition: Callable[..., Any], /) -> Activation: ...
@overload
def activation(
    *,
    keep: str | Keep = ...,
    order: int = ...,
    execution: str = ...,
    inplace: bool = ...,
    name: str | None = ...,
    derivative_from_output: Callable[..., Any] | None = ...,
) -> Callable[[Callable[..., Any]], Activation]: ...
def activation(
    definition: Callable[..., Any] | None = None,
    /,
    *,
    derivative_from_output: Callable[..., Any] | None = None,
    **options: Any,
) -> Any:
    """Make an activation of a definition: a decorator, with or without options.

    Parameters
    ----------
    definition : callable
        An element-wise function of one or more arguments, written with ``da`` functions and
        operators.
    keep, order, execution, inplace, name
        See `Options`.
    derivative_from_output : callable, optional
        f' as a function of y and, behind it, of the other arguments, where y tells it: then
        ``keep="output"`` keeps nothing beside y, and ``keep="auto"`` knows of it. It is compared
        with f' over the whole range, for each dtype and the numbers that it is used with, before it
        is used.

    Returns
    -------
    Activation
        Or, called with options only, the decorator that makes one.

    Raises
    ------
    TypeError
        The definition is no function, or has parameters that are not plain arguments.
    ValueError
        An option has no such value.

    Examples
    --------
    >>> import dualad as da
    >>> @da.activation(keep="input")
    ... def tanhexp(x):
    ...     return x * da.tanh(da.exp(x))
    >>> float(tanhexp(0.0))
    0.0
    """
    chosen = Options(**options)
    if definition is None:
        return lambda definition: Activation(definition, chosen, derivative_from_output)
    return Activation(definition, chosen, derivative_from_output)
