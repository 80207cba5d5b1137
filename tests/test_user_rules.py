"""Primitives of a user's own, and the check of their derivatives."""

import pickle

import mpmath
import numpy as np
import pytest
import scipy.special

import dualad as da
from dualad.rules import TABLE


@da.primitive(derivative=lambda x: 2.0 / (1.0 + x * x) ** 2 - 1.0 / (1.0 + x * x))
def bump(x):
    return x / (1.0 + x * x)


j1 = da.primitive(
    scipy.special.j1,
    lambda x: scipy.special.j0(x) - scipy.special.j1(x) / x,
    name="bessel_j1",
)
j0 = da.primitive(scipy.special.j0, lambda x: -j1(x), name="bessel_j0")
norm = da.primitive(
    lambda x, y: da.sqrt(x * x + y * y),
    (lambda x, y: x / norm(x, y), lambda x, y: y / norm(x, y)),
    name="plane_norm",
    check=False,
)


def test_the_rule_is_used_and_differentiated_again():
    x = np.linspace(-3.0, 3.0, 7)
    for order in range(1, 5):
        with mpmath.workdps(50):
            want = [float(mpmath.diff(lambda t: t / (1 + t * t), v, order)) for v in x]
        np.testing.assert_allclose(da.derivative(bump, order)(x), want, rtol=1e-12, atol=1e-13)
    assert da.gradient(lambda x: da.sum(bump(x)))(np.zeros(2)).tolist() == [1.0, 1.0]


def test_a_function_of_scipy():
    x = np.array([0.5, 2.0])
    assert np.array_equal(j0(x), scipy.special.j0(x))
    assert np.array_equal(da.derivative(j0)(x), -scipy.special.j1(x))
    second = [float(mpmath.diff(lambda t: mpmath.besselj(0, t), v, 2)) for v in x]
    np.testing.assert_allclose(da.derivative(j0, 2)(x), second, rtol=1e-12)
    with pytest.raises(TypeError, match="would drop its tangent"):
        da.derivative(j1, 2)(x)


def test_partial_derivatives():
    assert da.gradient(norm, argnums=(0, 1))(3.0, 4.0) == (0.6, 0.8)
    mixed = norm(da.HyperDual(3.0, 1.0, None), da.HyperDual(4.0, None, 1.0)).d12
    assert mixed == pytest.approx(-12.0 / 125.0, rel=1e-14)


def test_in_an_activation():
    import torch

    @da.activation
    def wavy(x):
        return bump(x) * x

    x = np.array([0.5, -2.0])
    y, slope = wavy.linearize(x)
    np.testing.assert_allclose(y, x**2 / (1 + x**2), rtol=1e-15)
    np.testing.assert_allclose(slope, 2 * x / (1 + x**2) ** 2, rtol=1e-14)
    t = torch.tensor(x, requires_grad=True)
    wavy(t).sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), slope, rtol=1e-14)
    opaque = da.activation(lambda x: x * j0(x))
    np.testing.assert_allclose(opaque(x), x * scipy.special.j0(x), rtol=1e-15)


def test_a_wrong_derivative_is_found_when_it_is_defined():
    with pytest.raises(da.DerivativeMismatch) as raised:
        da.primitive(lambda x: da.exp(2.0 * x), lambda x: da.exp(2.0 * x), name="twice")
    message = str(raised.value)
    assert message.startswith("primitive twice: derivative 1 of 1 at (")
    assert "but differences of the function give" in message
    assert "twice" not in TABLE
    with pytest.raises(da.DerivativeMismatch, match="derivative 2 of 2"):
        da.primitive(lambda x, y: x * y, (lambda x, y: y, lambda x, y: y), name="product")


def test_kinks_and_domains_are_left_out_of_the_check():
    da.primitive(
        lambda x: abs(x), lambda x: da.sign(x), name="size", kinks=(0.0,), points=[(0.0,), (2.0,)]
    )
    root = da.primitive(
        lambda x: da.sqrt(x), lambda x: 0.5 / da.sqrt(x), name="root", domain=(0.0, np.inf)
    )
    assert da.derivative(root)(4.0) == 0.25


def test_definitions_that_do_not_fit():
    with pytest.raises(TypeError, match=r"function of 2 argument\(s\) with 1 derivative"):
        da.primitive(lambda x, y: x, lambda x, y: 1.0, name="first")
    with pytest.raises(TypeError, match=r"function of 1 argument\(s\) with 0 derivative"):
        da.primitive(lambda x: x, name="none")
    with pytest.raises(ValueError, match="primitive tanh: dualad has a function of this name"):
        da.primitive(lambda x: x, lambda x: 1.0 + 0.0 * x, name="tanh")


def test_an_interval_has_two_ends():
    with pytest.raises(ValueError, match=r"primitive f: domain=\(2, 1\) is no interval"):
        da.primitive(lambda x: x, lambda x: 1.0 + 0.0 * x, name="f", domain=(2, 1))


def test_what_is_defined_in_a_module_can_be_pickled(tmp_path, monkeypatch):
    (tmp_path / "waves.py").write_text(
        "import dualad as da\n"
        "@da.primitive(derivative=lambda x: 3.0 * x**2)\n"
        "def cubic_wave(x):\n    return x**3\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import waves

    assert pickle.loads(pickle.dumps(waves.cubic_wave)) is waves.cubic_wave


def test_an_infinite_slope_in_the_branch_not_taken():
    root = da.primitive(
        lambda x: da.sqrt(x), lambda x: 0.5 / da.sqrt(x), name="a_root", domain=(0.0, np.inf)
    )
    with np.errstate(all="ignore"):
        assert da.gradient(lambda x: da.where(x > 0, root(x), 0.0))(0.0) == 0.0


def test_a_name_may_be_defined_again():
    first = da.primitive(lambda x: 2.0 * x, lambda x: 2.0 + 0.0 * x, name="line")
    again = da.primitive(lambda x: 3.0 * x, lambda x: 3.0 + 0.0 * x, name="line")
    assert da.derivative(first)(1.0) == 2.0
    assert da.derivative(again)(1.0) == 3.0


def test_it_says_what_it_is():
    assert bump.__name__ == "bump"
    assert "bump(x), element-wise" in bump.__doc__
    with pytest.raises(TypeError, match=r"da\.bump takes 1 argument"):
        bump(1.0, 2.0)


def test_a_name_is_not_taken_for_another_librarys_function():
    da.primitive(lambda x: 5.0 * x, lambda x: 5.0 + 0.0 * x, name="j0")
    with pytest.raises(TypeError, match=r"j0\(...\) on a Dual would drop its tangent"):
        scipy.special.j0(da.Dual(1.0, 1.0))
