"""The recording of a definition: its programs, and what runs them, each made at its first use.

Activations that differ in their options only share one.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

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
        self._bounds: dict[Key, float] = {}

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

    def executable(self, backend: str, paths: tuple[Path, ...], scale: float = 1.0) -> Executable:
        """Some derivatives, on the arrays of a namespace; all but the first times ``scale``."""
        key = (backend, paths, scale)
        self._prepare(key)
        return self._executables[key]

    def pull_back(self, backend: str, wrt: tuple[int, ...]) -> Executable:
        """The cotangents of some arguments, given all of them and the result's cotangent."""
        key = (backend, wrt)
        self._prepare(key)
        return self._executables[key]

    def _prepare(self, key: Key) -> None:
        if key in self._executables:
            return
        with self._lock:
            if key in self._executables:
                return
            if len(key) == 2:
                program = pull_back(self._value(), key[1])
            else:
                _, paths, scale = key
                program = self.program(paths)
                if scale != 1.0:
                    program = program.scaled((1.0, *(scale for _ in paths[1:])))
            self._executables[key] = Executable(program, namespaces[key[0]])

    # See dualad.namespace._learn: Dynamo cannot trace a recording, so it runs as it is traced, and
    # before the dict is read, which Dynamo sees as it was when it first looked.
    _prepare._dynamo_marked_constant = True  # type: ignore[attr-defined]

    def slope_bound(self, arguments: Sequence[Any]) -> float:
        """A bound of the first derivative by the one argument that is an array, beside numbers.

        Parameters
        ----------
        arguments : sequence of array or number
            All but one of them numbers.

        Returns
        -------
        float
            The largest ``|f'|`` on a grid; infinite if the derivative is not finite somewhere on
            it, or if several arguments are arrays.
        """
        arrays = [i for i, a in enumerate(arguments) if not is_scalar(a)]
        if len(arrays) != 1:
            return math.inf
        numbers = tuple(a if is_scalar(a) else None for a in arguments)
        if numbers not in self._bounds:
            xp = array_namespace(GRID)
            given = [GRID if n is None else n for n in numbers]
            with np.errstate(all="ignore"):
                (slope,) = self.executable(xp.name, ((arrays[0],),)).run(given, "whole")
                largest = float(np.max(np.abs(slope)))
            self._bounds[numbers] = largest if math.isfinite(largest) else math.inf
        return self._bounds[numbers]
