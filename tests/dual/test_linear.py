"""Tangents that are written down and read backwards."""

import numpy as np
import pytest

import dualad as da
from dualad.dual.linear import Linear, pull_back

RNG = np.random.default_rng(13)


def back(output, cotangent, place):
    return pull_back(output, cotangent)[place.place]


def test_it_has_a_shape_and_nothing_else():
    t = Linear((2, 3))
    assert (t.shape, t.ndim, t.dtype) == ((2, 3), 2, None)
    assert repr(t) == "Linear((2, 3))"


def test_cotangents_of_all_uses_add_up():
    t, g, a = Linear((3,)), RNG.normal(size=3), RNG.normal(size=3)
    np.testing.assert_allclose(back(t * a + t - t / 2.0, g, t), g * (a + 0.5), rtol=1e-15)


def test_what_was_broadcast_is_summed():
    t, g = Linear((3,)), RNG.normal(size=(4, 2, 3))
    np.testing.assert_allclose(back(t * np.ones((4, 2, 1)), g, t), g.sum((0, 1)), rtol=1e-14)
    t = Linear((2, 1))
    np.testing.assert_allclose(
        back(t * np.ones((4, 2, 3)), g, t), g.sum((0, 2))[:, None], rtol=1e-14
    )


def test_a_step_is_pulled_back_once():
    counted = []
    t = Linear((2,))
    once = Linear((2,), ((t, lambda g: counted.append(g) or g),))
    pull_back(once * 2.0 + once * 3.0, np.ones(2))
    assert len(counted) == 1
    np.testing.assert_array_equal(counted[0], [5.0, 5.0])


def test_a_long_chain_needs_no_stack():
    def f(x):
        for _ in range(5000):
            x = x + 1.0
        return x

    assert float(da.gradient(f)(1.0)) == 1.0


@pytest.mark.parametrize("call", [bool, float, int, complex, np.asarray, np.sin])
def test_it_is_no_number(call):
    with pytest.raises(TypeError, match="tangent of a gradient"):
        call(Linear((3,)))


def test_two_recorded_tangents_are_not_multiplied():
    t, u = Linear((3, 3)), Linear((3, 3))
    for product in (lambda: t * u, lambda: t @ u):
        with pytest.raises(TypeError, match="two tangents of one gradient are multiplied"):
            product()
    with pytest.raises(TypeError, match="divided by a tangent"):
        1.0 / t
    xp = da.array_namespace(t)
    with pytest.raises(TypeError, match="tangent's matrix"):
        xp.solve(t, np.ones(3))
    with pytest.raises(TypeError, match="sort of the tangent of a gradient"):
        xp.sort(t)
    with pytest.raises(TypeError, match="exp of the tangent of a gradient"):
        da.exp(t)


def test_a_leaked_recorded_tangent_is_refused():
    kept = []
    da.gradient(lambda x: kept.append(x) or x.sum())(np.ones(3))
    with pytest.raises(RuntimeError, match="after its derivative was taken"):
        kept[0] * 2.0
    with pytest.raises(RuntimeError, match="after its derivative was taken"):
        kept[0][0]
    with pytest.raises(RuntimeError, match="after its derivative was taken"):
        da.gradient(lambda x: (x * kept[0]).sum())(np.ones(3))


def test_an_infinite_slope_does_not_spoil_a_zero_cotangent():
    f = lambda x: da.where(x > 0.0, da.sqrt(x), 0.0).sum()  # noqa: E731
    with np.errstate(all="ignore"):
        got = da.gradient(f)(np.array([0.0, 4.0]))
    np.testing.assert_array_equal(got, [0.0, 0.25])


def test_what_a_gradient_noted_is_not_changed_by_a_later_assignment():
    def f(x):
        y = +x
        z = y[0:2] * x[2]
        y[0:2] = 7.0
        return (z * y[1:]).sum()

    # z = x[:2] x[2] and y = (7, 7, x[2]) after the assignment.
    got = da.gradient(f)(np.array([2.0, 3.0, 5.0]))
    np.testing.assert_array_equal(got, [7.0 * 5.0, 5.0 * 5.0, 2.0 * 7.0 + 2.0 * 3.0 * 5.0])
