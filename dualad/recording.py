"""The recording of a definition: its programs, and what runs them, each made at its first use.

Activations that differ in their options only share one.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .keep.codes import Code
from .linearize import Executable
from .namespace import array_namespace, namespaces
from .program import Path, Program, differentiate, pull_back, record
from .scalars import is_scalar

__all__ = ["Recording"]

TAIL = np.logspace(-12, 38, 1001)
GRID = np.concatenate([-TAIL[::-1], np.linspace(-40.0, 40.0, 8001), TAIL])
"""Where a derivative is looked at for its bound: all of single precision."""

Key = tuple[Any, ...]


class Recording:
    """A definition, recorded when it is first needed.

    Parameters
    ----------
    title : str
        What errors call it.
    definition : callable
        A function of one or more arguments.
    parameters : sequence of str
        Their names.

    Attributes
    ----------
    choices : dict
        What was found to be kept with some arguments (`keep.choice`).
    """

    def __init__(
        self, title: str, definition: Callable[..., Any], parameters: Sequence[str]
    ) -> None:
        self.title = title
        self.definition = definition
        self.parameters = tuple(parameters)
        self._lock = threading.RLock()
        self._programs: dict[tuple[Path, ...], Program] = {}
        self._executables: dict[Key, Executable] = {}
        self._ranges: dict[Key, tuple[float, float]] = {}
        self.choices: dict[Key, Any] = {}

    def program(self, paths: Sequence[Path]) -> Program:
        """The program of some derivatives."""
        key = tuple(paths)
        if key not in self._programs:
            with self._lock:
                if key not in self._programs:
                    self._programs[key] = differentiate(self._value(), key)
        return self._programs[key]

    def _value(self) -> Program:
        """The program as it was written down."""
        if () not in self._programs:
            self._programs[()] = record(self.title, self.definition, self.parameters)
        return self._programs[()]

    def executable(
        self, backend: str, paths: tuple[Path, ...], code: Code | None = None
    ) -> Executable:
        """Some derivatives, on the arrays of a namespace; all but the first in a code."""
        key = (backend, paths, code)
        self._prepare(key)
        return self._executables[key]

    def pull_back(self, backend: str, wrt: tuple[int, ...]) -> Executable:
        """The cotangents of some arguments, given all of them and the result's cotangent."""
        key = (backend, wrt)
        self._prepare(key)
        return self._executables[key]

    def weighted(self, backend: str) -> Executable:
        """The value times a factor, which stands behind the arguments."""
        key = (backend,)
        self._prepare(key)
        return self._executables[key]

    def _prepare(self, key: Key) -> None:
        if key in self._executables:
            return
        with self._lock:
            if key in self._executables:
                return
            if len(key) == 1:
                program = self._value().weighted()
            elif len(key) == 2:
                program = pull_back(self._value(), key[1])
            else:
                _, paths, code = key
                program = self.program(paths)
                if code is not None:
                    program = program.coded(code.encode, noisy=code.noisy)
            self._executables[key] = Executable(program, namespaces[key[0]])

    # See dualad.namespace._learn: Dynamo cannot trace a recording, so it runs as it is traced, and
    # before the dict is read, which Dynamo sees as it was when it first looked.
    _prepare._dynamo_marked_constant = True  # type: ignore[attr-defined]

    def slope_bound(self, arguments: Sequence[Any]) -> float:
        """A bound of the first derivative by the one argument that is an array, beside numbers.

        Returns
        -------
        float
            The largest ``|f'|``; infinite where `slope_range` is.
        """
        low, high = self.slope_range(arguments)
        return max(-low, high)

    def slope_range(self, arguments: Sequence[Any]) -> tuple[float, float]:
        """The range of the first derivative by the one argument that is no number.

        Parameters
        ----------
        arguments : sequence of array, None or number
            All but one of them numbers.

        Returns
        -------
        low, high : float
            On a grid over all of single precision, and between its points where f' is extreme;
            infinite if the derivative is not finite somewhere, or if several arguments are no
            numbers.
        """
        numbers = tuple(a if is_scalar(a) else None for a in arguments)
        if numbers.count(None) != 1:
            return -math.inf, math.inf
        if len(self._ranges) >= 1024:  # a number that is annealed is another one at every step
            self._ranges.clear()
        if numbers not in self._ranges:
            self._ranges[numbers] = self._range(numbers)
        return self._ranges[numbers]

    def _range(self, numbers: tuple[Any, ...]) -> tuple[float, float]:
        path = (numbers.index(None),)
        x = GRID
        slope = self.at(x, path, numbers)
        if not np.isfinite(slope).all():
            return -math.inf, math.inf
        ends = []
        for nearest in (np.argmin, np.argmax):
            # Between the points of the grid about the extreme one, and again between those.
            x, found = GRID, slope
            for _ in range(4):
                k = int(nearest(found))
                x = np.linspace(x[max(k - 1, 0)], x[min(k + 1, len(x) - 1)], 201)
                found = self.at(x, path, numbers)
            ends.append(float(found[nearest(found)]))
        return min(ends[0], float(slope.min())), max(ends[1], float(slope.max()))

    def at(self, x: Any, path: Path, numbers: Sequence[Any]) -> Any:
        """A derivative at NumPy arrays in place of the arguments that are no numbers."""
        given = [x if n is None else n for n in numbers]
        with np.errstate(all="ignore"):
            (result,) = self.executable(array_namespace(x).name, (path,)).run(given, "whole")
        return np.broadcast_to(result, x.shape)
