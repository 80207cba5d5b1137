"""check_derivative and ulp_report: what is right passes, what is wrong is found and described."""

import math

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad import testing
from dualad.activations import mish


def silu(x):
    return x * da.sigmoid(x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("f", [silu, mish, lambda x: da.exp(-(x**2)), np.tanh, da.log])
def test_right_derivatives_pass(f, dtype):
    report = testing.check_derivative(f, dtype=dtype)
    assert report.passed
    assert report.oracle == "mpmath"
    assert report.points.dtype == report.got.dtype == dtype


def test_orders_one_to_three():
    first, second, third = testing.check_derivative(mish, order=(1, 2, 3))
    assert [first.order, second.order, third.order] == [1, 2, 3]


def test_a_saturated_tail_is_found_and_described():
    def textbook(x):
        return 1 - np.tanh(x) ** 2

    with pytest.raises(testing.DerivativeError) as caught:
        testing.check_derivative(np.tanh, textbook)
    message = str(caught.value)
    assert "first derivative of tanh, as given by textbook (order 1, float64) is wrong" in message
    for word in ("where     x = ", "0x1.", "got       0.0", "expected", "mpmath", "ulp", "allowed"):
        assert word in message
    assert isinstance(caught.value, AssertionError)
    assert caught.value.report.worst > 1e15


def test_one_wrong_point_beside_a_kink_is_found():
    def slope(x):
        return np.where(x > 0.5000001, 1.0, 0.0)

    def clipped(x):
        return da.maximum(x, 0.5)

    with pytest.raises(AssertionError, match=r"x = 0\.500000"):
        testing.check_derivative(clipped, slope, kinks=[0.5])
    testing.check_derivative(clipped, lambda x: np.where(x > 0.5, 1.0, 0.0), kinks=[0.5])


@pytest.mark.parametrize("at_zero", [-1.0, 0.0, 0.3, 1.0])
def test_at_a_kink_every_slope_between_both_sides_is_right(at_zero):
    testing.check_derivative(abs, lambda x: np.where(x == 0, at_zero, np.sign(x)))


@pytest.mark.parametrize("at_zero", [-1.1, 1.5, math.nan])
def test_at_a_kink_no_other_slope_is(at_zero):
    with pytest.raises(testing.DerivativeError, match=r"at 2 of"):
        testing.check_derivative(abs, lambda x: np.where(x == 0, at_zero, np.sign(x)))


def test_nan_at_infinity_is_let_pass_unless_limits_are_asked_for():
    report = testing.check_derivative(silu)
    assert any("NaN at x = -inf, inf" in note for note in report.notes)
    with pytest.raises(testing.DerivativeError):
        testing.check_derivative(silu, infinities=True)
    assert np.isfinite(testing.check_derivative(silu, infinities=False).points).all()


def test_a_function_of_mpmath_is_its_own_truth():
    assert testing.check_derivative(mpmath.sin, np.cos).oracle == "mpmath"


def test_other_oracles_are_looser_and_say_so():
    report = testing.check_derivative(math.sin, math.cos)
    assert report.oracle == "differences"
    assert any("differences" in note for note in report.notes)
    with pytest.raises(testing.DerivativeError):
        testing.check_derivative(math.sin, lambda x: np.cos(x) * (1 + 1e-6))
    stepped = testing.check_derivative(np.exp, np.exp, oracle="complex-step")
    assert stepped.oracle == "complex-step"


def test_an_oracle_that_sees_nothing_blames_nobody():
    """Differences of a saturated function are noise: right derivatives pass all the same."""

    def saturated(x):
        return 1 / math.cosh(x) ** 2 if abs(x) < 300 else 0.0

    testing.check_derivative(math.tanh, saturated, oracle="differences")


def test_the_truth_may_be_given():
    report = testing.check_derivative(np.tanh, oracle=lambda x: mpmath.sech(x) ** 2)
    assert report.oracle == "the given truth"


def test_the_precision_of_mpmath_is_left_as_it_is():
    before = mpmath.mp.prec
    testing.check_derivative(silu, order=2)
    assert mpmath.mp.prec == before


def test_constants_points_and_a_bound():
    report = testing.check_derivative(
        lambda x, beta: x * da.sigmoid(beta * x), constants=(1.5,), points=[-1.0, 0.5], ulp=8
    )
    assert report.points.tolist() == [-1.0, 0.5]
    with pytest.raises(testing.DerivativeError):
        testing.check_derivative(np.sin, lambda x: np.cos(x) * (1 + 1e-15), ulp=0.5)


def test_an_absolute_error_may_be_let_pass():
    def f(x):
        return x - da.tanh(x)

    with pytest.raises(testing.DerivativeError):
        testing.check_derivative(f)
    testing.check_derivative(f, absolute=1e-15)


def test_a_report_never_raises_for_a_wrong_derivative():
    report = testing.ulp_report(np.tanh, lambda x: 0.0 * x)
    assert not report.passed
    assert report.worst == report.ulp.max()
    assert report.where in report.points
    assert len(report.points) == len(report.got) == len(report.want) == len(report.ulp)
    text = str(report)
    for name in ("left tail", "middle", "near zero", "right tail", "NOT within"):
        assert name in text


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3.0,), TypeError, "needs the function itself, got float"),
        ((np.sin, None, {"order": 4}), ValueError, "order is 0 to 3"),
        ((np.sin, None, {"order": 1.5}), TypeError, "order"),
        ((np.sin, None, {"oracle": "guess"}), ValueError, "oracle is 'auto'"),
        ((np.sin, None, {"dtype": np.int32}), TypeError, "dtype is float16, float32 or float64"),
        ((np.sin, None, {"domain": (1, 0)}), ValueError, "the domain is"),
        ((np.sin, None, {"points": ["a"]}), TypeError, "points are real numbers"),
        ((np.sin, np.cos, {"order": (1, 2)}), ValueError, "sequence of 2 derivatives"),
        ((math.sin, math.cos, {"oracle": "mpmath"}), TypeError, "no oracle can run the function"),
    ],
)
def test_what_makes_no_sense_says_so(arguments, error, message):
    f, derivative, options = (*arguments, None, {})[:3] if len(arguments) == 1 else arguments
    with pytest.raises(error, match=message):
        testing.check_derivative(f, derivative, **options)
