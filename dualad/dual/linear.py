"""Tangents that are written down instead of computed, and read backwards.

A `Linear` is a tangent that nobody has numbers for yet: a linear function of the inputs' tangents.
Every rule applies to it as to any tangent, since all that rules do with tangents is linear; each
step notes how a cotangent goes back through it. `pull_back` reads the notes from the end, and one
pass gives the derivative by all inputs: reverse mode, out of the same table of forward rules
(Radul et al., "You Only Linearize Once", POPL 2023).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import numpy as np

from ..arrays.manipulation import common_shape
from ..namespace import space_of
from ..protocols.operators import Number
from .directions import Directions, full
from .numbers import Tagged
from .tangents import guarded_product

__all__ = [
    "Linear",
    "Pull",
    "add",
    "divide",
    "multiply",
    "negative",
    "pull_back",
    "subtract",
    "summed_to",
    "where",
]

_places = itertools.count()

Pull = Callable[[Any], Any]
"""What a cotangent of the result is as a cotangent of the operand."""

NONE: dict[float, int] = {}


class Linear(Number):
    """A linear function of the inputs' tangents, by its last step.

    Parameters
    ----------
    shape : tuple of int
        The shape of the tangent.
    terms : tuple of (Linear, Pull)
        The operands of the last step, and how a cotangent goes back to each; empty for an input.
    constant : array, optional
        What the operands are multiplied by: its batches of directions are the result's too.
    selects : bool
        The step leaves elements out: their cotangents are zero whatever follows.
    home : float
        The level of the gradient, for an input.
    """

    written_down = True
    __slots__ = ("batches", "home", "place", "selects", "shape", "terms")

    def __init__(
        self,
        shape: tuple[int, ...],
        terms: tuple[tuple[Linear, Pull], ...] = (),
        *,
        constant: Any = None,
        selects: bool = False,
        home: float = 0.0,
    ) -> None:
        self.shape = shape
        self.terms = terms
        self.place = next(_places)
        self.selects = selects
        self.home: float = terms[0][0].home if terms else home
        # The directions of Jacobians that are taken inside the gradient's function, by their level.
        self.batches: dict[float, int] = NONE
        for operand, _ in terms:
            if operand.batches:
                self.batches = self.batches | operand.batches
        if isinstance(constant, Number):
            self.batches = self.batches | batches_of(constant, self.home)

    def unbatched(self, level: float, directions: int) -> Linear:
        """The same with the directions of a Jacobian as an axis, the first."""
        shape = (directions, *self.shape)
        if level not in self.batches:
            return Linear(shape, ((self, lambda g: summed_to(g, self.shape)),))
        result = Linear(shape, ((self, lambda g: batched(g, level)),))
        result.batches = {other: k for other, k in self.batches.items() if other != level}
        return result

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def dtype(self) -> None:
        """None: what is not computed has no dtype."""
        return None

    def __getitem__(self, key: Any) -> Any:
        return space_of(self).getitem(self, key)

    # Without looking for a namespace: a gradient of small arrays takes a fifth less time.
    def __add__(self, other: Any) -> Linear:
        return add(self, other)

    def __radd__(self, other: Any) -> Linear:
        return add(other, self)

    def __sub__(self, other: Any) -> Linear:
        return subtract(self, other)

    def __mul__(self, other: Any) -> Linear:
        return multiply(other, self)

    def __rmul__(self, other: Any) -> Linear:
        return multiply(other, self)

    def __truediv__(self, other: Any) -> Linear:
        return divide(self, other)

    def __neg__(self) -> Linear:
        return negative(self)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return space_of(self)

    def __repr__(self) -> str:
        return f"Linear({self.shape})"

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f"{what} on the tangent of a gradient, which is written down and not computed: take "
            "the derivative with da.jvp or da.jacobian where the tangent itself is needed"
        )


def pull_back(output: Linear, cotangent: Any) -> dict[int, Any]:
    """The cotangents of all inputs, by their place."""
    reached: dict[int, Linear] = {}
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node.place not in reached:
            reached[node.place] = node
            waiting += [operand for operand, _ in node.terms]
    cotangents = {output.place: cotangent}
    left_out: set[int] = set()
    # Every result is younger than its operands.
    for place in sorted(reached, reverse=True):
        node = reached[place]
        if not node.terms:
            continue
        g = cotangents.pop(place)
        selected = node.selects or place in left_out
        for operand, pull in node.terms:
            if selected:
                left_out.add(operand.place)
            # Where elements have been left out, an infinite derivative is multiplied by their zero.
            part = pull.of_selected(g) if selected and type(pull) is Scaled else pull(g)
            if node.batches is not operand.batches:
                for level, directions in node.batches.items():
                    if level not in operand.batches:
                        part = summed_over(part, level, directions)
            known = cotangents.get(operand.place)
            cotangents[operand.place] = part if known is None else known + part
    return cotangents


def batches_of(x: Any, home: float) -> dict[float, int]:
    """The batches in a number that belong to Jacobians inside the gradient of level ``home``."""
    if isinstance(x, Directions):
        own = {x.level: int(x.array.shape[0])} if x.level > home else {}
        return own | batches_of(x.array, home)
    found: dict[float, int] = {}
    if isinstance(x, Tagged):
        for component in (x.value, *x.components):
            found |= batches_of(component, home)
    return found


def summed_over(g: Any, level: float, directions: int) -> Any:
    """A cotangent summed over the directions of a batch, for an operand that is one for all."""
    if isinstance(g, Tagged):
        parts = (None if c is None else full(c, g.value) for c in g.components)
        return g.like(
            *(None if c is None else summed_over(c, level, directions) for c in (g.value, *parts))
        )
    if not isinstance(g, Directions):
        return g * float(directions)
    summed = space_of(g.array).sum(g.array, axis=0) if g.level == level else None
    if summed is None:
        return Directions(summed_over(g.array, level, directions), g.level)
    return summed


def batched(g: Any, level: float) -> Any:
    """A cotangent whose first axis are the directions of a batch, as that batch."""
    if isinstance(g, Tagged):
        parts = (None if c is None else full(c, g.value) for c in g.components)
        return g.like(*(None if c is None else batched(c, level) for c in (g.value, *parts)))
    if isinstance(g, Directions) and g.level > level:
        moved = space_of(g.array).moveaxis(g.array, 1, 0)
        return Directions(batched(moved, level), g.level)
    return Directions(g, level)


def _same(g: Any) -> Any:
    return g


def summed_to(g: Any, shape: tuple[int, ...]) -> Any:
    """A cotangent summed over the axes along which its operand was broadcast."""
    if g.shape == shape:
        return g
    xp = space_of(g)
    extra = len(g.shape) - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + i for i, n in enumerate(shape) if n == 1 and g.shape[extra + i] != 1
    )
    return xp.reshape(xp.sum(g, axis=axes), shape) if axes else g


def _broadcast(a: tuple[int, ...], b: Any) -> tuple[int, ...]:
    shape = tuple(getattr(b, "shape", ()))
    return a if shape in ((), a) else common_shape([a, shape])


class Scaled:
    """How a cotangent goes back through a multiplication or a division by a constant."""

    __slots__ = ("constant", "divides", "shape", "singular")

    def __init__(
        self, constant: Any, shape: tuple[int, ...], divides: bool = False, singular: bool = False
    ) -> None:
        self.constant = constant
        self.shape = shape
        self.divides = divides
        self.singular = singular

    def __call__(self, g: Any) -> Any:
        """The cotangent of the operand."""
        if self.singular:
            return summed_to(guarded_product(self.constant, g), self.shape)
        return summed_to(g / self.constant if self.divides else g * self.constant, self.shape)

    def of_selected(self, g: Any) -> Any:
        """The same for a cotangent that is zero where elements have been left out.

        There the derivative is that of a branch not taken, and may be anything.
        """
        product = g / self.constant if self.divides else g * self.constant
        if type(product) is np.ndarray:
            total = product.sum()
            if total == total:  # nothing is NaN: the usual case, in a tenth of the time
                return summed_to(product, self.shape)
        undecided = (product != product) & (g == 0.0)
        return summed_to(space_of(product).where(undecided, 0.0, product), self.shape)


def multiply(x: Any, y: Any, singular: bool = False) -> Linear:
    """A constant times a tangent; of an infinite one a zero cotangent stays zero."""
    if isinstance(x, Linear):
        x, y = y, x
    if isinstance(x, Linear):
        raise TypeError("two tangents of one gradient are multiplied: that is no linear function")
    shape = y.shape
    terms = ((y, Scaled(x, shape, singular=singular)),)
    return Linear(_broadcast(shape, x), terms, constant=x)


def divide(x: Any, y: Any) -> Linear:
    """A tangent over a constant."""
    if isinstance(y, Linear):
        raise TypeError("something is divided by a tangent: that is no linear function")
    return Linear(_broadcast(x.shape, y), ((x, Scaled(y, x.shape, divides=True)),), constant=y)


def add(x: Any, y: Any) -> Linear:
    """The sum of two tangents; anything else that is added must be zero."""
    if type(x) is Linear and type(y) is Linear and x.shape == y.shape:
        return Linear(x.shape, ((x, _same), (y, _same)))
    terms: list[tuple[Linear, Pull]] = []
    shape: tuple[int, ...] = ()
    for operand in (x, y):
        shape = common_shape([shape, tuple(getattr(operand, "shape", ()))])
        if isinstance(operand, Linear):
            terms.append((operand, partial(summed_to, shape=operand.shape)))
    return Linear(shape, tuple(terms))


def subtract(x: Any, y: Any) -> Linear:
    """The difference of two tangents."""
    return add(x, negative(y) if isinstance(y, Linear) else y)


def negative(x: Linear) -> Linear:
    """A tangent turned round."""
    return Linear(x.shape, ((x, lambda g: -g),))


def where(condition: Any, x: Any, y: Any) -> Linear:
    """One tangent or the other; a constant among them must be zero."""
    shapes = [tuple(getattr(a, "shape", ())) for a in (condition, x, y)]
    terms = []
    for operand, taken in ((x, True), (y, False)):
        if isinstance(operand, Linear):

            def pull(g: Any, of: tuple[int, ...] = operand.shape, taken: bool = taken) -> Any:
                xp = space_of(g)
                chosen = (g, 0.0) if taken else (0.0, g)
                return summed_to(xp.where(condition, *chosen), of)

            terms.append((operand, pull))
    return Linear(common_shape(shapes), tuple(terms), constant=condition, selects=True)
