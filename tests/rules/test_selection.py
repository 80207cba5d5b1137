"""maximum, minimum, clip, where: what takes one argument or another."""

import math

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative


def zero(*_):
    return mp.zero


def first_share(x, y):
    return (1 + mp.sign(x - y)) / 2


def second_share(x, y):
    return (1 - mp.sign(x - y)) / 2


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_extremes(name, dtype, checks):
    shares = first_share, second_share
    checks.binary(name, (*shares[:: 1 if name == "maximum" else -1], zero, zero, zero), dtype)


def test_ties_are_shared():
    assert D(lambda x: da.maximum(x, 2.0))(2.0) == 0.5
    assert D(lambda x: da.minimum(x, 2.0))(2.0) == 0.5
    tie = D(lambda x: da.maximum(x, np.array([np.inf])))(np.array([np.inf]))
    assert tie.tolist() == [0.5]


def test_a_tie_with_an_infinite_number_is_a_tie():
    assert D(lambda x: da.maximum(x, math.inf))(math.inf) == 0.5
    assert D(lambda x: da.minimum(x, -math.inf))(-math.inf) == 0.5


def test_the_branch_not_taken_stays_out():
    taken = D(lambda x: da.where(x > 0, da.sqrt(x), 0.0))(np.array([-1.0, 4.0]))
    assert taken.tolist() == [0.0, 0.25]


x = np.array([-2.0, -1.0, 0.5, 2.0, 3.0])


def test_clip_is_one_inside_and_at_its_edges(dtype):
    value, slope = da.value_and_derivative(da.clip)(x.astype(dtype), -1.0, 2.0)
    assert value.tolist() == [-1.0, -1.0, 0.5, 2.0, 2.0]
    assert slope.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]
    assert value.dtype == slope.dtype == dtype
    assert D(da.clip, 2)(x, -1.0, 2.0).tolist() == [0.0] * 5


@pytest.mark.parametrize(
    ("bounds", "keywords", "slope"),
    [
        ((), {}, [1, 1, 1, 1, 1]),
        ((-1.0,), {}, [0, 1, 1, 1, 1]),
        ((), {"min": -1.0}, [0, 1, 1, 1, 1]),
        ((), {"max": 2.0}, [1, 1, 1, 1, 0]),
        ((None, 2.0), {}, [1, 1, 1, 1, 0]),
        ((-1.0,), {"max": 2.0}, [0, 1, 1, 1, 0]),
        ((np.full(5, -1.0),), {"max": np.full(5, 2.0)}, [0, 1, 1, 1, 0]),
    ],
)
def test_clip_with_one_bound_or_none(bounds, keywords, slope):
    value, tangent = da.value_and_derivative(lambda x: da.clip(x, *bounds, **keywords))(x)
    low = keywords.get("min", bounds[0] if bounds else None)
    high = keywords.get("max", bounds[1] if len(bounds) > 1 else None)
    assert value.tolist() == np.clip(x, low, high).tolist()
    assert tangent.tolist() == slope


def test_clip_of_integers_stays_integer():
    assert da.clip(np.arange(5), max=2).dtype == np.arange(5).dtype


def test_the_bounds_of_clip_have_derivatives_where_they_win():
    low, high = np.full(5, -1.0), np.full(5, 2.0)
    assert D(lambda b: da.clip(x, b, high))(low).tolist() == [1, 0, 0, 0, 0]
    assert D(lambda b: da.clip(x, low, b))(high).tolist() == [0, 0, 0, 0, 1]
    # An upper bound below the lower one wins everywhere, as in NumPy.
    crossed = D(lambda b: da.clip(x, 1.0, b))(np.full(5, -1.5))
    assert crossed.tolist() == [1.0] * 5
    assert D(lambda b: da.clip(x, b, -1.5))(np.full(5, 1.0)).tolist() == [0.0] * 5
    assert D(lambda x: da.clip(x, np.full(5, 1.0), -1.5))(x).tolist() == [0.0] * 5


def test_clip_in_an_activation():
    @da.activation
    def bounded(x, a):
        return da.clip(x, -a, a) + da.clip(x, max=0.0)

    value, (by_x, by_a) = bounded.linearize(x, np.float64(1.0))
    assert value.tolist() == [-3.0, -2.0, 0.5, 1.0, 1.0]
    assert by_x.tolist() == [1.0, 2.0, 1.0, 0.0, 0.0]
    assert by_a.tolist() == [-1.0, 0.0, 0.0, 1.0, 1.0]
