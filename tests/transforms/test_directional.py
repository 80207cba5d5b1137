"""jvp and hvp."""

import numpy as np
import pytest

import dualad as da


def test_jvp_of_containers():
    primals = ({"a": np.ones(2), "b": [2.0]}, np.array([3.0, 4.0]))
    tangents = ({"a": np.array([1.0, 0.0]), "b": [None]}, None)

    def f(p, x):
        return (da.sum(p["a"] * x) * p["b"][0], p["a"])

    (y, a), (dy, da_) = da.jvp(f, primals, tangents)
    assert (y, dy) == (14.0, 6.0)
    assert a.tolist() == [1.0, 1.0]
    assert da_.tolist() == [1.0, 0.0]


def test_jvp_with_auxiliary_output():
    y, dy, aux = da.jvp(lambda x: (x * x, x), (3.0,), (1.0,), has_aux=True)
    assert (y, dy, aux) == (9.0, 6.0, 3.0)
    assert isinstance(aux, float)


def test_a_tangent_broadcasts_to_its_primal_only():
    x = np.ones((2, 3))
    assert da.jvp(lambda x: 2.0 * x, (x,), (np.ones(3),))[1].tolist() == (2 * x).tolist()
    with pytest.raises(ValueError, match=r"tangent 0 of shape \(2,\) does not broadcast"):
        da.jvp(lambda x: x, (x,), (np.ones(2),))
    with pytest.raises(ValueError, match=r"tangent 0 of shape \(1, 2, 3\) does not broadcast"):
        da.jvp(lambda x: x, (x,), (np.ones((1, 2, 3)),))


@pytest.mark.parametrize(
    ("primal", "tangent", "message"),
    [
        ({"a": 1.0}, {"b": 1.0}, r"tangent 0 is no dict with the keys \['a'\], got a dict"),
        ({"a": 1.0}, 1.0, r"tangent 0 is no dict with the keys \['a'\], got a float"),
        ((1.0, 2.0), (1.0,), "tangent 0 is no tuple of 2, got a tuple of 1"),
    ],
)
def test_structures_must_agree(primal, tangent, message):
    with pytest.raises(ValueError, match=message):
        da.jvp(lambda p: p, (primal,), (tangent,))


def test_hvp_is_the_hessian_times_the_vector():
    x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
    got = da.hvp(lambda x: da.prod(x))(x, v)
    hessian = np.array([[0.0, 3.0, 2.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]])
    assert got.tolist() == (hessian @ v).tolist()
    with_constant = da.hvp(lambda x, a: a * da.prod(x))(x, 2.0, v)
    assert with_constant.tolist() == (2 * hessian @ v).tolist()


def test_hvp_wants_a_direction():
    with pytest.raises(TypeError, match="takes the arguments of f and, last, the direction"):
        da.hvp(lambda x: x)(1.0)
    with pytest.raises(ValueError, match=r"tangent 0 of shape \(2,\) does not broadcast"):
        da.hvp(lambda x: da.sum(x))(np.ones(3), np.ones(2))
