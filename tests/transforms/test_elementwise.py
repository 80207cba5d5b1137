"""derivative, value_and_derivative, jvp."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dualad as da


def f(x):
    return x * da.tanh(da.exp(x)) / (1.0 + x * x)


def mp_f(x):
    return x * mpmath.tanh(mpmath.exp(x)) / (1 + x * x)


@pytest.mark.parametrize("order", range(6))
@given(x=st.floats(-2.0, 2.0))
def test_any_order_against_mpmath(order, x):
    with mpmath.workdps(60):
        want = float(mpmath.diff(mp_f, mpmath.mpf(x), order))
    got = float(da.derivative(f, order)(x))
    assert got == pytest.approx(want, rel=1e-10, abs=1e-10)


def test_orders_by_nesting_agree():
    x = np.linspace(-2, 2, 9)
    g = f
    for order in range(1, 5):
        g = da.derivative(g)
        np.testing.assert_allclose(da.derivative(f, order)(x), g(x), rtol=1e-11, atol=1e-12)


def test_shape_and_dtype_are_the_functions():
    x = np.ones((2, 3), np.float32)
    for order in range(4):
        d = da.derivative(f, order)(x)
        assert (d.shape, d.dtype) == ((2, 3), np.float32)
    for g in (lambda x: x + 1.0, lambda x: 3.0 * x, lambda x: da.sign(x), lambda x: x * 0 + 1):
        d = da.derivative(g)(x)
        assert (d.shape, d.dtype) == ((2, 3), np.float32)


def test_a_selection_between_numbers_keeps_single_precision():
    x = np.float32([-1.0, 1.0])
    y = da.where(da.Dual(x, x) > 0, da.Dual(x, 1.0), da.Dual(x, 0.5))
    assert y.tangent.dtype == np.float32
    assert y.tangent.tolist() == [0.5, 1.0]


def test_constants_pass_through_and_broadcast():
    d = da.derivative(lambda x, a: x * a)(2.0, np.array([1.0, 5.0]))
    assert d.tolist() == [1.0, 5.0]


def test_a_function_that_ignores_its_argument_has_derivative_zero():
    assert da.derivative(lambda x: np.ones(3))(np.ones(3)).tolist() == [0.0, 0.0, 0.0]
    assert da.derivative(lambda x: 4.0)(np.ones(2)).tolist() == [0.0, 0.0]
    y, d = da.value_and_derivative(lambda x: 4.0)(np.ones(2))
    assert (y.tolist(), d.tolist()) == ([4.0, 4.0], [0.0, 0.0])
    y, d = da.value_and_derivative(lambda x: np.ones(3))(np.ones(3))
    assert (y.tolist(), d.tolist()) == ([1.0] * 3, [0.0] * 3)


def test_integers_become_floats():
    assert da.derivative(lambda x: x * x)(np.array([1, 2])).tolist() == [2.0, 4.0]
    assert da.derivative(lambda x: x * x)(3) == 6.0


def test_value_and_derivative_in_one_pass():
    calls = []

    def g(x):
        calls.append(1)
        return da.exp(x)

    y, d = da.value_and_derivative(g)(np.array([0.0, 1.0]))
    assert calls == [1]
    np.testing.assert_array_equal(y, d)


def test_jvp_is_the_directional_derivative():
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    value, along = da.jvp(lambda x, y: x * y, (x, y), (np.array([1.0, 0.0]), None))
    assert (value.tolist(), along.tolist()) == ([3.0, 8.0], [3.0, 0.0])
    _, along = da.jvp(lambda x, y: y + 0.0 * x, (x, y), (None, None))
    assert along.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: da.derivative(f, -1), ValueError, "0 or more; got -1"),
        (lambda: da.derivative(f, 1.5), TypeError, "an integer; got 1.5"),
        (lambda: da.derivative(f, True), TypeError, "an integer; got True"),
        (lambda: da.derivative(f)([1.0]), TypeError, r"got list; write np.asarray\(...\) first"),
        (lambda: da.derivative(f)("x"), TypeError, "got str"),
        (lambda: da.derivative(f)(np.array([1j])), TypeError, "real floating-point numbers"),
        (lambda: da.derivative(f)(np.array([True])), TypeError, "real floating-point numbers"),
        (lambda: da.derivative(lambda x: (x, x))(1.0), TypeError, "returns one array, this one a"),
        (
            lambda: da.derivative(lambda x: x.value.sum() * 1.0)(np.ones(3)),
            ValueError,
            r"maps shape \(3,\) to \(\), so it is not element-wise",
        ),
        (lambda: da.jvp(f, 1.0, (1.0,)), TypeError, "primals is a tuple"),
        (lambda: da.jvp(f, (1.0,), 1.0), TypeError, "tangents is a tuple"),
        (lambda: da.jvp(f, (1.0,), (1.0, 2.0)), ValueError, "1 primals but 2 tangents"),
        (
            lambda: da.jvp(f, (np.ones(3),), (np.ones(2),)),
            ValueError,
            r"tangent 0 of shape \(2,\) does not broadcast to its primal's \(3,\)",
        ),
        (lambda: da.derivative(f)(np.ones(2)) + da.exp(None), TypeError, "got NoneType"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_order_may_be_a_numpy_integer():
    assert da.derivative(lambda x: x**3, np.int64(2))(2.0) == 12.0


def test_a_result_of_an_outer_transform_is_a_constant_to_the_inner():
    assert da.derivative(lambda x: x * da.derivative(lambda y: x)(1.0))(3.0) == 0.0


def test_a_tangent_with_more_axes_than_its_primal_is_named():
    with pytest.raises(ValueError, match=r"tangent 0 of shape \(1, 3\) does not broadcast"):
        da.jvp(lambda x: x, (np.ones(3),), (np.ones((1, 3)),))


def test_a_tangent_that_is_zero_has_a_derivative_of_its_own():
    # sqrt is singular at 0: there, and only there, a zero tangent ends the chain.
    def f(x):
        return da.sqrt(1.0 + x * x)

    assert da.derivative(da.derivative(f))(0.0) == 1.0
    assert da.derivative(f, 2)(0.0) == 1.0
    assert da.derivative(f, 4)(0.0) == -3.0
    assert da.hessian(f)(0.0) == 1.0
    assert da.activation(f).derivative(0.0, order=4) == -3.0


def test_what_is_made_from_nothing_is_an_array_again():
    def f(x):
        out = da.array_namespace(x).zeros(3)
        return out if x.shape == () else out + x

    assert type(da.derivative(f)(np.ones(3))) is np.ndarray
    value, slope = da.value_and_derivative(f)(1.0)
    assert (type(value), type(slope)) == (np.ndarray, np.ndarray)
