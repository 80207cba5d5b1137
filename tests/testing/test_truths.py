"""The numerical truth against closed forms of mpmath, where it is hard to get."""

import pytest
from mpmath import mp

from dualad.rules import ROWS
from dualad.testing.limits import derivative, derivative_or_interval
from dualad.testing.precise import Precise
from dualad.testing.truths import DERIVATIVES, TRUTHS


@pytest.mark.parametrize(
    ("name", "x", "order", "truth"),
    [
        ("tanh", 400.0, 1, lambda x: mp.sech(x) ** 2),
        ("sigmoid", 700.0, 1, lambda x: mp.sech(x / 2) ** 2 / 4),
        ("sigmoid", -700.0, 2, lambda x: -mp.tanh(x / 2) * mp.sech(x / 2) ** 2 / 4),
        ("cos", 5e-324, 1, lambda x: -mp.sin(x)),
        ("sin", 1e300, 2, lambda x: -mp.sin(x)),
        ("log", 1e-300, 2, lambda x: -1 / x**2),
        ("exp", 3.3, 3, mp.exp),
    ],
)
def test_twenty_five_digits(name, x, order, truth):
    found = derivative(TRUTHS[name], [mp.mpf(x)], [order])
    with mp.workdps(700):
        want = truth(mp.mpf(x))
        assert abs(found - want) <= abs(want) * mp.mpf(10) ** -24


@pytest.mark.parametrize("name", DERIVATIVES)
def test_textbook_derivatives_are_those_of_the_function(name):
    x = mp.mpf(0.375)
    for order, textbook in enumerate(DERIVATIVES[name], 1):
        with mp.workprec(200):
            want = textbook(x)
        found = derivative(TRUTHS[name], [x], [order])
        assert abs(found - want) <= abs(want) * mp.mpf(10) ** -24, order


@pytest.mark.parametrize(
    ("name", "x", "order", "interval"),
    [
        ("abs", 0, 1, (-1, 1)),
        ("relu", 0, 1, (0, 1)),
        ("square", 0, 2, (2, 2)),
        ("cos", 0, 1, (0, 0)),
        ("sqrt", 0, 1, (mp.inf, mp.inf)),
        ("log", 0, 1, (mp.inf, mp.inf)),
        ("asin", 1, 1, (mp.inf, mp.inf)),
        ("floor", 1, 1, (0, 0)),
        ("softplus", mp.inf, 1, (1, 1)),
        ("exp", -mp.inf, 1, (0, 0)),
        ("sin", mp.inf, 1, None),
        ("sign", 0, 1, None),
    ],
)
def test_kinks_edges_and_infinities(name, x, order, interval):
    found = derivative_or_interval(TRUTHS[name], [mp.mpf(x)], [order], 0)
    if interval is None:
        assert found is None
    else:
        assert all(a == b or abs(a - b) < 1e-30 for a, b in zip(found, interval, strict=True))


def test_every_real_function_has_a_truth():
    without = {r.name for r in ROWS if r.kind == "predicate" or r.integer}
    assert {r.name for r in ROWS} - without - set(TRUTHS) <= {"nextafter", "zeta"}


def test_a_precise_number_refuses_to_be_rounded():
    with pytest.raises(TypeError, match="would round it to double precision"):
        float(Precise(1.0))
