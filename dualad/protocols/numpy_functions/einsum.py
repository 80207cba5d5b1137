"""Einstein's sums, two arrays at a time: each step is one product of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...arrays.manipulation import common_shape
from .translation import as_array

__all__ = ["einsum"]

# The axes that an ellipsis stands for have labels of their own, counted from the last axis.
HIDDEN = "·"


def einsum(xp: Any, *operands: Any, optimize: Any = False) -> Any:
    """Sums of products over named axes, ``"ij,jk->ik"``.

    ``optimize`` orders the steps and changes no result: it is left to the order given.
    """
    if not operands or not isinstance(operands[0], str):
        raise TypeError(
            "einsum: on dual numbers a string names the axes: einsum('ij,jk->ik', a, b)"
        )
    equation, arrays = operands[0], [as_array(xp, a) for a in operands[1:]]
    terms, output = parsed(equation, [len(a.shape) for a in arrays])
    lengths: dict[str, int] = {}
    for term, array in zip(terms, arrays, strict=True):
        for label, length in zip(term, array.shape, strict=True):
            if 1 != lengths.setdefault(label, length) != length != 1:
                raise ValueError(
                    f"einsum: axis {label!r} in {equation!r} has length {lengths[label]} and "
                    f"{length}"
                )
            lengths[label] = max(lengths[label], length)
    labels, result = reduced(xp, terms[0], arrays[0], (*output, *later(terms, 0)))
    for i in range(1, len(arrays)):
        keep = (*output, *later(terms, i))
        other = reduced(xp, terms[i], arrays[i], (*keep, *labels))
        labels, result = contracted(xp, (labels, result), other, keep, lengths)
    labels, result = reduced(xp, labels, result, output)
    return xp.permute_dims(result, tuple(labels.index(o) for o in output)) if output else result


Labels = tuple[str, ...]


def later(terms: Sequence[Labels], i: int) -> Labels:
    """All labels behind the term ``i``."""
    return tuple(label for term in terms[i + 1 :] for label in term)


def parsed(equation: str, ndims: Sequence[int]) -> tuple[list[Labels], Labels]:
    """The labels of each operand's axes, and those of the result."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    given = left.split(",")
    if len(given) != len(ndims):
        raise ValueError(f"einsum: {equation!r} names {len(given)} arrays, given {len(ndims)}")
    terms, widest = [], 0
    for term, ndim in zip(given, ndims, strict=True):
        before, dots, after = term.partition("...")
        hidden = ndim - len(before) - len(after)
        if hidden < 0 or (hidden and not dots):
            raise ValueError(f"einsum: {term!r} in {equation!r} names an array of {ndim} axes")
        widest = max(widest, hidden)
        terms.append((*before, *(f"{HIDDEN}{i}" for i in reversed(range(hidden))), *after))
    every = tuple(f"{HIDDEN}{i}" for i in reversed(range(widest)))
    if not arrow:
        named = left.replace("...", "").replace(",", "")
        return terms, (*every, *sorted(c for c in set(named) if named.count(c) == 1))
    before, dots, after = right.partition("...")
    output = (*before, *(every if dots else ()), *after)
    known = {label for term in terms for label in term}
    if len(set(output)) != len(output) or not known.issuperset(output):
        raise ValueError(
            f"einsum: the result of {equation!r} names an axis twice or out of nothing"
        )
    return terms, output


def reduced(xp: Any, labels: Labels, array: Any, keep: Labels) -> tuple[Labels, Any]:
    """One array without repeated axes, summed over what nobody needs."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            array = xp.linalg.diagonal(xp.moveaxis(array, (i, j), (-2, -1)))
            labels = (*labels[:i], *labels[i + 1 : j], *labels[j + 1 :], label)
    axes = tuple(i for i, label in enumerate(labels) if label not in keep)
    if axes:
        array = xp.sum(array, axis=axes)
    return tuple(label for label in labels if label in keep), array


def contracted(
    xp: Any,
    one: tuple[Labels, Any],
    two: tuple[Labels, Any],
    keep: Labels,
    lengths: dict[str, int],
) -> tuple[Labels, Any]:
    """The product of two arrays, summed over what nobody needs any more."""
    (of_a, a), (of_b, b) = one, two
    both = tuple(label for label in of_a if label in of_b)
    batch = tuple(label for label in both if label in keep)
    summed = tuple(label for label in both if label not in keep)
    # What only one of them has is kept by the other's steps, or summed right away.
    of_a, a = reduced(xp, of_a, a, (*keep, *both))
    of_b, b = reduced(xp, of_b, b, (*keep, *both))
    free_a = tuple(label for label in of_a if label not in both)
    free_b = tuple(label for label in of_b if label not in both)
    a = arranged(xp, of_a, a, (batch, free_a, summed), lengths)
    b = arranged(xp, of_b, b, (batch, summed, free_b), lengths)
    product = xp.matmul(a, b)
    labels = (*batch, *free_a, *free_b)
    shape = common_shape([tuple(a.shape[: len(batch)]), tuple(b.shape[: len(batch)])])
    wide = (*shape, *(lengths[label] for label in (*free_a, *free_b)))
    return labels, xp.reshape(product, wide)


def arranged(
    xp: Any, labels: Labels, array: Any, groups: Sequence[Labels], lengths: dict[str, int]
) -> Any:
    """The axes in groups: the first one as it is, each other one as one axis."""
    order = tuple(label for group in groups for label in group)
    array = xp.permute_dims(array, tuple(labels.index(label) for label in order))
    batch = len(groups[0])
    wide = (*array.shape[:batch], *(lengths[label] for label in order[batch:]))
    if tuple(array.shape) != wide:
        # An axis of length one that meets a longer one.
        array = xp.broadcast_to(array, wide)
    sizes = (math.prod(lengths[label] for label in group) for group in groups[1:])
    return xp.reshape(array, (*array.shape[:batch], *sizes))
