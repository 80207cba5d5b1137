"""In-place assignment to dual numbers."""

import array_api_strict
import dask.array
import jax.numpy
import numpy as np
import pytest
import tensorflow as tf
import torch

import dualad as da

X = np.array([1.0, 2.0, 3.0])


def filled(x):
    """A vector that is filled element by element."""
    xp = da.array_namespace(x)
    y = xp.zeros(4, dtype=x.dtype)
    y[0] = x[0] * x[1]
    y[1:3] = x[:2] ** 2
    y[-1] = 7.0
    y[1] = y[1] * x[2]
    return y


WANT = np.array([[2.0, 1.0, 0.0], [6.0, 0.0, 1.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.0]])


def test_value_and_tangent():
    x = da.Dual(X.copy(), np.array([1.0, 10.0, 100.0]))
    x[1] = 5.0
    np.testing.assert_array_equal(x.value, [1.0, 5.0, 3.0])
    np.testing.assert_array_equal(x.tangent, [1.0, 0.0, 100.0])
    x[0] = x[2] * 2.0
    np.testing.assert_array_equal(x.value, [6.0, 5.0, 3.0])
    np.testing.assert_array_equal(x.tangent, [200.0, 0.0, 100.0])
    x[:] = 0.0
    np.testing.assert_array_equal(x.tangent, np.zeros(3))


def test_a_constant_stays_without_a_tangent():
    x = da.Dual(X.copy())
    x[0] = 4.0
    assert x.tangent is None
    np.testing.assert_array_equal(x.value, [4.0, 2.0, 3.0])


def test_a_dual_into_a_constant():
    x = da.Dual(X.copy())
    x[1] = da.Dual(5.0, 7.0)
    np.testing.assert_array_equal(x.value, [1.0, 5.0, 3.0])
    np.testing.assert_array_equal(x.tangent, [0.0, 7.0, 0.0])


@pytest.mark.parametrize("make", [np.asarray, array_api_strict.asarray, torch.tensor])
def test_jacobian_and_gradient_through_assignment(make):
    x = make(X)
    for chunk in (None, 1):
        np.testing.assert_array_equal(np.asarray(da.jacobian(filled, chunk_size=chunk)(x)), WANT)
    _, dy = da.jvp(filled, (x,), (make(np.array([1.0, 10.0, 100.0])),))
    np.testing.assert_array_equal(np.asarray(dy), WANT @ [1.0, 10.0, 100.0])
    total = lambda x: da.array_namespace(x).sum(filled(x))  # noqa: E731
    np.testing.assert_array_equal(np.asarray(da.gradient(total)(x)), WANT.sum(0))
    hessian = [[0.0, 1.0, 2.0], [1.0, 2.0, 0.0], [2.0, 0.0, 0.0]]
    hessian[0][0] = 6.0
    np.testing.assert_array_equal(np.asarray(da.hessian(total)(x)), hessian)
    np.testing.assert_array_equal(np.asarray(da.jacobian(da.jacobian(total))(x)), hessian)
    assert float(da.laplacian(total)(x)) == 8.0


KEYS = {
    "integer": 1,
    "slice": slice(0, 2),
    "negative step": slice(None, None, -1),
    "mask": np.array([True, False, True]),
    "indices": np.array([2, 0]),
    "matrix": (slice(None), 1),
    "separated": (np.array([0, 1]), slice(None), np.array([1, 0])),
}


@pytest.mark.parametrize("key", KEYS)
def test_keys(key):
    key = KEYS[key]
    base = np.arange(18.0).reshape(3, 3, 2)
    shape = base[key].shape

    def f(x):
        y = da.array_namespace(x).zeros((3, 3, 2)) + x * 2.0
        y[key] = (x * x)[key] * 3.0
        return y

    want = base * 2.0
    want[key] = 3.0 * base[key] ** 2
    slope = np.full(base.shape, 2.0)
    slope[key] = 6.0 * base[key]
    y, dy = da.jvp(f, (base,), (np.ones(base.shape),))
    np.testing.assert_array_equal(y, want)
    np.testing.assert_array_equal(dy, slope)
    np.testing.assert_array_equal(da.gradient(lambda x: f(x).sum())(base), slope)
    np.testing.assert_array_equal(da.jacobian(f)(base).reshape(18, 18), np.diag(slope.reshape(-1)))
    assert shape == base[key].shape


REPEATED = {
    "indices": np.array([1, 1]),
    "list": [0, 0, 1],
    "negative": np.array([2, -1, 0]),
    "one row": (0, np.array([1, 1])),
    "separated": (np.array([0, 0]), slice(None), np.array([1, 1])),
    "beside a mask": (np.array([True, False, True]), np.array([1, 1])),
    "matrix": np.array([[0, 2], [2, 0]]),
}


@pytest.mark.parametrize("kind", ["whole", "broadcast", "row"])
@pytest.mark.parametrize("key", REPEATED)
def test_of_repeated_places_the_last_one_stays(key, kind):
    key = REPEATED[key]
    base = np.arange(1.0, 19.0).reshape(3, 3, 2)
    shape = base[key].shape

    def part(x):
        whole = (x * x)[key] * np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
        return {"whole": whole, "broadcast": whole[-1:], "row": whole[0]}[kind]

    def f(x):
        y = x * 2.0
        y[key] = part(x)
        return y

    def by_hand(x, dx):
        """NumPy's own assignment, of values and of tangents."""
        y, dy, moved = 2.0 * x, 2.0 * dx, part(da.Dual(x, dx))
        y[key], dy[key] = moved.value, moved.tangent
        return y, dy

    y, dy = da.jvp(f, (base,), (np.ones(base.shape),))
    want, slope = by_hand(base, np.ones(base.shape))
    np.testing.assert_array_equal(y, want)
    np.testing.assert_array_equal(dy, slope)
    units = np.eye(18).reshape(18, *base.shape)
    columns = np.stack([by_hand(base, unit)[1].reshape(-1) for unit in units], axis=1)
    for matrix in (da.jacobian(f)(base), da.jacobian(f, chunk_size=1)(base)):
        np.testing.assert_array_equal(matrix.reshape(18, 18), columns)
    weights = np.arange(18.0).reshape(base.shape)
    got = da.gradient(lambda x: (f(x) * weights).sum())(base)
    np.testing.assert_array_equal(got.reshape(-1), weights.reshape(-1) @ columns)
    hyper = f(da.HyperDual(base, np.ones(base.shape), np.ones(base.shape)))
    np.testing.assert_array_equal(hyper.value, want)
    np.testing.assert_array_equal(hyper.d1, slope)
    twice = da.jvp(lambda x: da.jvp(f, (x,), (np.ones(base.shape),))[1], (base,), (base * 0 + 1,))
    np.testing.assert_array_equal(hyper.d12, twice[1])


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, dask.array.from_array])
def test_repeated_places_in_other_libraries(make):
    def f(x):
        x[np.array([1, 1])] = x[2] ** 2
        return x

    def g(x):
        x[[0, 0, 1]] += x[1]
        return x

    want = [[1.0, 0.0, 0.0], [0.0, 0.0, 6.0], [0.0, 0.0, 1.0]]
    np.testing.assert_array_equal(np.asarray(da.jacobian(f)(make(X))), want)
    np.testing.assert_array_equal(np.asarray(da.gradient(lambda x: f(x)[1])(make(X))), want[1])
    want = [[1.0, 1.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]]
    np.testing.assert_array_equal(np.asarray(da.jacobian(g)(make(X))), want)
    np.testing.assert_array_equal(np.asarray(da.gradient(lambda x: g(x)[0])(make(X))), want[0])


def test_broadcasting_what_is_assigned():
    def f(x):
        y = da.array_namespace(x).zeros((2, 3))
        y[...] = x * x
        y[:, 0] = x[1]
        return y

    want = np.zeros((2, 3, 3))
    want[:, 0, 1] = 1.0
    want[:, 1, 1], want[:, 2, 2] = 4.0, 6.0
    np.testing.assert_array_equal(da.jacobian(f)(X), want)
    np.testing.assert_array_equal(da.gradient(lambda x: f(x).sum())(X), want.sum((0, 1)))


def test_nested_transforms():
    def inner(x, y):
        z = da.array_namespace(y).zeros(2)
        z[0] = x * x * y
        z[1] = x
        return z[0] * z[1]

    def outer(x):
        return da.derivative(lambda y: inner(x, y))(2.0)

    # d/dx of d/dy x**3 y.
    assert float(da.derivative(outer)(3.0)) == 27.0

    def mixed(x):
        z = +x
        z[0] = da.derivative(lambda y: y * y * x[1])(5.0)
        return z

    np.testing.assert_array_equal(
        da.jacobian(mixed)(X), [[0.0, 10.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    )


def test_an_outer_number_into_an_inner_one():
    def f(x):
        def g(y):
            z = y * np.ones(2)
            z[0] = x
            return z.sum() * y

        return da.derivative(g)(1.0)

    # g = (x + y) y, its derivative x + 2 y.
    assert float(da.derivative(f)(4.0)) == 1.0
    assert float(f(4.0)) == 6.0


def test_hyper_duals():
    def f(x):
        y = da.array_namespace(x).zeros(2)
        y[0] = x**3
        y[1] = x
        return y[0] * y[1]

    assert float(da.derivative(f, 2)(2.0)) == 48.0
    assert float(da.derivative(f, 4)(2.0)) == 24.0


def test_the_callers_array_never_changes():
    x = X.copy()

    def f(x):
        x[0] = x[1] * 2.0
        x[1] = 0.0
        return x

    for call in (
        lambda: da.jvp(f, (x,), (np.ones(3),)),
        lambda: da.jacobian(f)(x),
        lambda: da.gradient(lambda x: f(x).sum())(x),
        lambda: da.laplacian(lambda x: f(x).sum())(x),
    ):
        call()
        np.testing.assert_array_equal(x, X)
    tangent = np.ones(3)
    dual = da.Dual(x, tangent)
    copy = da.Dual(x, tangent)
    dual[0] = 9.0
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(tangent, np.ones(3))
    np.testing.assert_array_equal(copy.value, X)


def test_duals_that_share_arrays_are_not_changed_with_another():
    x = da.Dual(X.copy(), np.ones(3))
    same = +x
    x[0] = 5.0
    np.testing.assert_array_equal(same.value, X)
    y = x.like(x.value, x.tangent)
    x[1] = 6.0
    assert y is not x


def test_assignment_to_a_part_of_another_raises():
    x = da.Dual(np.ones((2, 2)), np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"x\[i, j\] = \.\.\. instead of x\[i\]\[j\]"):
        x[0][1] = 3.0
    with pytest.raises(ValueError, match=r"taken out of another"):
        x.T[0] = 3.0
    row = +x[0]
    row[1] = 3.0
    np.testing.assert_array_equal(row.value, [1.0, 3.0])
    np.testing.assert_array_equal(x.value, np.ones((2, 2)))


@pytest.mark.parametrize("make", [jax.numpy.asarray, tf.constant])
def test_arrays_that_cannot_be_assigned_to(make):
    def f(x):
        x[0] = 1.0
        return x

    with pytest.raises(TypeError, match=r"cannot be assigned to; write da.where, da.concat"):
        da.jvp(f, (make(X),), (make(X),))
    with pytest.raises(TypeError, match=r"cannot be assigned to"):
        da.jacobian(f)(make(X))


def test_dask_arrays_may_be_assigned_to():
    got = da.jacobian(filled)(dask.array.from_array(X, chunks=2))
    assert isinstance(got, dask.array.Array)
    np.testing.assert_array_equal(got.compute(), WANT)


@pytest.mark.parametrize(
    ("key", "new"),
    [(0, np.ones(2)), (slice(0, 2), np.ones(3)), (7, 1.0), (slice(0, 2), da.Dual(np.ones(3), 1.0))],
)
def test_what_does_not_fit_leaves_the_dual_as_it_was(key, new):
    x = da.Dual(X.copy(), np.array([1.0, 10.0, 100.0]))
    for _ in range(2):
        with pytest.raises((ValueError, IndexError)):
            x[key] = new
        np.testing.assert_array_equal(x.value, [*X[:2], 3.0] if _ == 0 else [1.0, 4.0, 3.0])
        if _ == 0:
            x[1] = 4.0
    np.testing.assert_array_equal(x.tangent, [1.0, 0.0, 100.0])


def test_a_tangent_that_does_not_fit_leaves_the_dual_as_it_was():
    x = da.Dual(X.copy(), np.ones(3))
    x[2] = 3.0  # it owns its arrays from here on
    with pytest.raises(ValueError, match="broadcast"):
        x[0:2] = da.Dual(np.zeros(2), np.ones(3))
    np.testing.assert_array_equal(x.value, X)
    np.testing.assert_array_equal(x.tangent, [1.0, 1.0, 0.0])


def test_a_leaked_dual_is_not_assigned():
    kept = []
    da.jvp(lambda x: kept.append(x) or x, (X,), (X,))
    y = da.Dual(X.copy(), X)
    with pytest.raises(RuntimeError, match="after its derivative was taken"):
        y[0] = kept[0][0]
    with pytest.raises(RuntimeError, match="after its derivative was taken"):
        kept[0][0] = 1.0


def test_a_hyper_dual_into_a_dual():
    x = da.Dual(X.copy(), np.ones(3))
    with pytest.raises(TypeError, match=r"a HyperDual is assigned to a part of a Dual"):
        da.derivative(lambda y: x.__setitem__(0, y) or y, 2)(1.0)
