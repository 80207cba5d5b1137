"""Dual numbers: tags, symbolic zeros, second order, and what they refuse."""

import copy
import math
import pickle
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dualad as da
from dualad.dual import Tag

finite = st.floats(-3.0, 3.0)


def test_a_product_by_hand():
    x = da.Dual(3.0, 1.0)
    y = x * x + 2.0 * x - 1.0
    assert (float(y.value), float(y.tangent)) == (14.0, 8.0)


def test_hyper_dual_gives_value_first_and_second_derivative_at_once():
    x = da.HyperDual(2.0, 1.0, 1.0)
    y = x**3
    assert [float(v) for v in (y.value, y.d1, y.d2, y.d12)] == [8.0, 12.0, 12.0, 12.0]


@given(finite)
def test_hyper_dual_agrees_with_nested_duals(x):
    def f(x):
        return da.tanh(x * x) / (1.0 + da.exp(-x)) - da.sqrt(4.0 + x)

    nested = da.derivative(da.derivative(f))(x)
    assert float(da.derivative(f, 2)(x)) == pytest.approx(float(nested), rel=1e-12, abs=1e-14)


def test_perturbations_are_not_confused():
    d = da.derivative
    assert d(lambda x: x * d(lambda y: x + y)(1.0))(1.0) == 1.0
    # The classic: the inner derivative of a product that holds the outer variable.
    assert d(lambda x: d(lambda y: x * y)(x))(3.0) == 1.0
    assert d(lambda x: x * d(lambda y: y * y * x)(2.0))(3.0) == 24.0


def test_a_constant_has_no_tangent_and_makes_no_nan():
    constant = da.Dual(0.0, None)
    with np.errstate(all="ignore"):
        assert da.log(constant).tangent is None
        assert da.sqrt(constant).tangent is None
        # 0 * inf would be NaN if the zero tangent were a number.
        assert float((da.log(constant) + da.Dual(1.0, 1.0)).tangent) == 1.0


def test_comparisons_are_plain_booleans():
    x = da.Dual(np.array([-1.0, 1.0]), np.ones(2))
    assert (x > 0).tolist() == [False, True]
    assert (x > 0).tolist() == [False, True]


def test_a_dual_that_outlives_its_transform_raises():
    leaked = []

    def f(x):
        leaked.append(x)
        return x * x

    da.derivative(f)(1.0)
    with pytest.raises(RuntimeError, match="multiply: a dual number is used after"):
        leaked[0] * 2.0


def test_hand_made_duals_nest_inside_transforms():
    # d/dx of the ε-part of (x + ε)², which is 2 x.
    assert da.derivative(lambda x: (da.Dual(x, 1.0) ** 2).tangent)(5.0) == 2.0
    inner = da.Dual(da.Dual(2.0, 1.0), 1.0)
    assert float((inner * inner * inner).tangent.tangent) == 12.0


def test_dual_and_hyper_dual_by_hand_do_not_mix():
    with pytest.raises(TypeError, match="a Dual and a HyperDual of one tag do not mix"):
        da.Dual(1.0, 1.0) * da.HyperDual(1.0, 1.0, 1.0)


def test_threads_never_share_a_level():
    """24,000 nested derivatives in 8 threads that switch as often as they can."""
    wrong = []

    def work():
        for i in range(3000):
            x = 1.0 + i / 100
            got = da.derivative(lambda x: x * da.derivative(lambda y: x * y * y)(2.0))(x)
            if got != 8.0 * x:
                wrong.append((x, got))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert wrong == []
    assert len({Tag().level for _ in range(1000)}) == 1000


REFUSED = [
    (float, "float()"),
    (int, "int()"),
    (complex, "complex()"),
    (bool, "bool()"),
    (math.sin, "float()"),
    (np.asarray, "np.asarray()"),
    (lambda x: [1, 2][x], "operator.index()"),
    (np.unwrap, "np.unwrap()"),
    (np.spacing, "np.spacing(...)"),
    (np.hypot.reduce, "np.hypot.reduce(...)"),
    (lambda x: np.exp(x, where=True), "np.exp(..., where)"),
]


@pytest.mark.parametrize(("call", "said"), REFUSED, ids=[said for _, said in REFUSED])
@pytest.mark.parametrize("make", [lambda: da.Dual(1.0, 1.0), lambda: da.HyperDual(1.0, 1.0, 1.0)])
def test_no_tangent_is_dropped_in_silence(call, said, make):
    with pytest.raises(TypeError) as raised:
        call(make())
    message = str(raised.value)
    assert message.startswith(said)
    assert "would drop its tangent" in message
    assert "da.exp" in message


def test_numpy_functions_of_the_table_work():
    x = da.Dual(np.array([0.5]), np.array([1.0]))
    assert np.tanh(x).tangent == da.tanh(x).tangent
    assert np.absolute(-x).tangent.tolist() == [1.0]
    assert np.power(x, 2).tangent.tolist() == [1.0]
    assert np.where(np.array([True]), x, 0.0).tangent.tolist() == [1.0]
    assert (np.float64(2.0) * x).tangent.tolist() == [2.0]
    assert (np.array([2.0]) / x).tangent.tolist() == [-8.0]


def test_look_of_an_array():
    x = da.Dual(np.ones((2, 3), np.float32), None)
    assert (x.shape, x.ndim, x.dtype) == ((2, 3), 2, np.float32)
    assert repr(da.Dual(np.float64(1.5), None)) == "Dual(1.5, None)"
    assert repr(da.HyperDual(1.0, 2.0)) == "HyperDual(1.0, 2.0, None, None)"
    assert x.__array_namespace__().exp(x).dtype == np.float32


def test_pickle_and_copies_keep_their_tag():
    x = da.Dual(2.0, 1.0)
    for twin in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        assert float((twin * x).tangent) == 4.0


def test_a_function_without_a_rule_is_named():
    with pytest.raises(AttributeError, match="no rule for 'fft' on dual numbers"):
        da.array_namespace(da.Dual(1.0, 1.0)).fft(1.0)


def test_a_hand_made_dual_is_outside_the_one_it_holds():
    inner = da.Dual(2.0, 1.0)
    tangent = (da.Dual(inner, 1.0) * inner).tangent
    assert (float(tangent.value), float(tangent.tangent)) == (2.0, 1.0)


def test_factors_of_one_and_zero_are_not_computed():
    y = da.exp(da.Dual(np.ones(2), 1.0))
    assert y.tangent is y.value
    assert (da.Dual(np.ones(2), np.full(2, np.inf)) * 0.0).tangent is None


def test_python_numbers_overflow_as_arrays_do():
    with np.errstate(all="ignore"):
        assert (1.0 / da.Dual(0.0, 1.0)).tangent == -np.inf


def test_deepcopy_keeps_the_tag_of_a_transform():
    assert da.derivative(lambda x: copy.deepcopy(x) * x)(3.0) == 6.0
