"""Programs: what is recorded, shared and folded, and mixed derivatives."""

import math

import numpy as np
import pytest

import dualad as da
from dualad.program import differentiate, record


def test_a_program_prints_as_code():
    program = record("f", lambda x, y: da.exp(x) * y, ["x", "y"])
    assert str(program) == ("f(x, y):\n    v2 = exp(x)\n    v3 = multiply(v2, y)\n    return v3")


def names(program):
    return [c.name for c in program.calls]


def test_equal_calls_are_one_and_dead_ones_are_gone():
    def f(x):
        da.log(x)
        return da.exp(x) * da.exp(x) + da.exp(x)

    assert names(record("f", f, ["x"])) == ["exp", "multiply", "add"]


def test_numbers_are_folded():
    program = record("f", lambda x: x * (da.sqrt(4.0) * np.sqrt(np.float64(9.0)) + 1), ["x"])
    assert str(program).splitlines()[1] == "    v1 = multiply(x, 7.0)"
    assert record("f", lambda x: 3.0, ["x"]).outputs == (3.0,)
    assert record("f", lambda x: da.softplus(0.0), ["x"]).outputs == (math.log(2.0),)


def test_negative_zero_is_not_zero():
    program = record("f", lambda x: da.maximum(x, 0.0) / da.maximum(x, -0.0), ["x"])
    assert len(program.calls) == 3


def test_derivatives_share_with_the_value():
    program = record("f", lambda x: da.exp(x) * x, ["x"])
    pair = differentiate(program, [(), (0,)])
    assert names(pair) == ["exp", "multiply", "add"]


@pytest.mark.parametrize("path", [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1), (0, 1, 0)])
def test_paths_are_mixed_partial_derivatives(path):
    program = record("f", lambda x, y: x**3 * y**2, ["x", "y"])
    x, y = 2.0, 5.0
    want = {
        (): x**3 * y**2,
        (0,): 3 * x**2 * y**2,
        (1,): 2 * x**3 * y,
        (0, 0): 6 * x * y**2,
        (0, 1): 6 * x**2 * y,
        (1, 0): 6 * x**2 * y,
        (1, 1): 2 * x**3,
        (0, 1, 0): 12 * x * y,
    }
    from dualad.numpy_arrays import namespace

    (got,) = differentiate(program, [path]).replay(namespace, (np.float64(x), np.float64(y)))
    assert float(got) == want[path]


def test_a_derivative_inside_a_definition():
    slope = da.derivative(lambda x: da.tanh(x) * x)
    f = da.activation(lambda x: slope(x))
    x = np.linspace(-2, 2, 7)
    np.testing.assert_allclose(f(x), slope(x), rtol=1e-14)


def test_an_activation_inside_an_activation():
    gate = da.activation(lambda x: da.sigmoid(x))
    f = da.activation(lambda x: x * gate(x))
    x = np.linspace(-2, 2, 7)
    np.testing.assert_allclose(f(x), x * da.sigmoid(x), rtol=1e-14)


def test_the_order_of_arguments_is_kept():
    f = da.activation(lambda x, y: (x - y) * (y / x) * (y - x) * (x / y) + x**y - y**x)
    assert f(2.0, 5.0) == pytest.approx(-9.0 + 32.0 - 25.0)


def test_a_comparison_is_zero_or_one_in_the_arguments_dtype():
    x = np.float32([-1.0, 1.0])
    for f in (da.activation(lambda x: x > 0), da.activation(lambda x: da.where(x > 0, 1.0, 0.0))):
        y, d = f.linearize(x)
        assert (y.tolist(), d.tolist(), y.dtype) == ([0.0, 1.0], [0.0, 0.0], np.float32)
    assert da.activation(lambda x: da.where(x > 0, 1.0, 0.5))(x).dtype == np.float32


def test_a_derivative_that_no_longer_depends_is_zero_and_not_anothers():
    program = record("f", lambda x, y: x * x * y, ["x", "y"])
    assert differentiate(program, [(0, 0, 0, 1)]).outputs == (0.0,)
