"""Products, norms, systems, determinants and factors."""

import math

import mpmath as mp
import numpy as np
import pytest

import dualad as da

RNG = np.random.default_rng(4)


def normal(*shape):
    return RNG.normal(size=shape)


def regular(*shape):
    """Well-conditioned square matrices."""
    return normal(*shape) * 0.3 + 2.0 * np.eye(shape[-1])


def apart(*shape):
    """Numbers far from each other and from zero, where norms have their kinks."""
    size = math.prod(shape)
    return (RNG.permutation(size) * 0.13 + 0.5).reshape(shape) * RNG.choice([-1.0, 1.0], shape)


def definite(xp, x):
    """A symmetric positive definite matrix of each matrix."""
    y = xp.matmul(x, xp.matrix_transpose(x))
    return (y + xp.matrix_transpose(y)) * 0.5


PRODUCTS = {
    "vector vector": (normal(4), normal(4)),
    "matrix vector": (normal(3, 4), normal(4)),
    "vector matrix": (normal(3), normal(3, 4)),
    "matrix matrix": (normal(2, 3), normal(3, 4)),
    "stack matrix": (normal(2, 2, 3), normal(3, 4)),
    "matrix stack": (normal(2, 3), normal(2, 3, 4)),
    "stack stack": (normal(2, 1, 2, 3), normal(3, 3, 2)),
    "stack vector": (normal(2, 2, 3), normal(3)),
    "vector stack": (normal(3), normal(2, 3, 2)),
    "inner length zero": (np.zeros((2, 0)), np.zeros((0, 3))),
    "no rows": (np.zeros((0, 2)), normal(2, 3)),
}


@pytest.mark.parametrize("shapes", PRODUCTS)
def test_matmul(derivatives, shapes):
    x, y = PRODUCTS[shapes]
    derivatives.check(lambda xp, x, y: xp.matmul(x, y), x, y)
    derivatives.check(lambda xp, x, y: (x * x) @ y, x, y)
    derivatives.check(lambda xp, x: xp.matmul(x, y.astype(x.dtype)), x)
    derivatives.check(lambda xp, y: xp.matmul(x.astype(y.dtype), y), y)


@pytest.mark.parametrize(
    ("x", "y", "axes"),
    [
        (normal(3, 4), normal(4, 2), 1),
        (normal(2, 3, 4), normal(3, 4, 2), 2),
        (normal(2), normal(3), 0),
        (normal(2, 3), normal(3, 2), ((0, 1), (1, 0))),
        (normal(2, 3, 2), normal(2, 2), ((-1,), (0,))),
    ],
)
def test_tensordot(derivatives, x, y, axes):
    derivatives.check(lambda xp, x, y: xp.tensordot(x, y, axes=axes), x, y)


@pytest.mark.parametrize(
    ("x", "y", "axis"),
    [
        (normal(4), normal(4), -1),
        (normal(3, 1, 4), normal(2, 4), -1),
        (normal(3, 2), normal(3, 2), -2),
    ],
)
def test_vecdot(derivatives, x, y, axis):
    derivatives.check(lambda xp, x, y: xp.vecdot(x, y, axis=axis), x, y)
    derivatives.check(lambda xp, x, y: xp.linalg.vecdot(x, y, axis=axis), x, y)


def test_outer_and_cross(derivatives):
    derivatives.check(lambda xp, x, y: xp.linalg.outer(x, y), normal(3), normal(2))
    derivatives.check(lambda xp, x, y: xp.linalg.cross(x, y), normal(2, 3), normal(2, 3))
    derivatives.check(lambda xp, x, y: xp.linalg.cross(x, y, axis=0), normal(3, 2), normal(3, 2))


def test_aliases_of_the_extension(derivatives):
    derivatives.check(lambda xp, x, y: xp.linalg.matmul(x, y), normal(2, 3), normal(3, 2))
    derivatives.check(lambda xp, x, y: xp.linalg.tensordot(x, y, axes=1), normal(3), normal(3))
    derivatives.check(lambda xp, x: xp.linalg.matrix_transpose(x), normal(2, 3))


NORMS = [
    {},
    {"axis": 0},
    {"axis": -1, "keepdims": True},
    {"axis": (0, 2)},
    {"axis": -1, "ord": 1},
    {"axis": -1, "ord": 3},
    {"axis": -1, "ord": 2.5},
    {"axis": -1, "ord": -1},
    {"axis": -1, "ord": math.inf},
    {"axis": -1, "ord": -math.inf},
    {"axis": -1, "ord": 0},
    {"ord": 1},
    {"keepdims": True, "ord": math.inf},
]


@pytest.mark.parametrize("options", NORMS, ids=str)
def test_vector_norm(derivatives, options):
    derivatives.check(lambda xp, x: xp.linalg.vector_norm(x, **options), apart(2, 3, 4))


@pytest.mark.parametrize("order", ["fro", 1, -1, math.inf, -math.inf])
def test_matrix_norm(derivatives, order):
    # Rows and columns of very different sums.
    x = 1.7 ** np.arange(3)[:, None] * 1.4 ** np.arange(4) * np.ones((2, 1, 1))
    x[:, 1] *= -1.0
    derivatives.check(lambda xp, x: xp.linalg.matrix_norm(x, ord=order), x)
    derivatives.check(lambda xp, x: xp.linalg.matrix_norm(x, ord=order, keepdims=True), x[0])


@pytest.mark.parametrize("order", [1, 2, 3, math.inf])
def test_a_norm_at_zero_has_the_derivative_zero(order):
    f = lambda x: da.array_namespace(x).linalg.vector_norm(x, ord=order)  # noqa: E731
    if order != math.inf:
        np.testing.assert_array_equal(da.gradient(f)(np.zeros(3)), np.zeros(3))
    assert not np.isnan(da.gradient(f)(np.zeros(3))).any()


def test_norms_neither_overflow_nor_underflow_in_the_derivative():
    f = lambda x: da.array_namespace(x).linalg.vector_norm(x)  # noqa: E731
    for size in (1e-150, 1e150):
        np.testing.assert_allclose(
            da.gradient(f)(np.array([3.0, 4.0]) * size), [0.6, 0.8], rtol=4e-16
        )


@pytest.mark.parametrize("ord", [2, 1.5, 3])
def test_pairwise_distances_have_derivatives_though_some_are_zero(ord):
    def f(x):
        apart = x[:, None] - x[None]
        return np.linalg.norm(apart, ord=ord, axis=-1).sum()

    points = normal(3, 2)

    def own(i, x):
        """The distances of one point to the others alone, each counted twice."""
        return 2.0 * sum(np.linalg.norm(x - points[j], ord=ord) for j in range(3) if j != i)

    got, curvature = da.gradient(f)(points), da.hessian(f)(points)
    back = da.gradient(lambda x: (da.gradient(f)(x) * points).sum())(points)
    np.testing.assert_allclose(da.jacobian(f)(points), got, rtol=1e-13)
    np.testing.assert_allclose(back, np.tensordot(curvature, points, 2), rtol=1e-12, atol=1e-12)
    for i in range(3):
        np.testing.assert_allclose(got[i], da.gradient(lambda x: own(i, x))(points[i]), rtol=1e-12)  # noqa: B023
        want = da.hessian(lambda x: own(i, x))(points[i])  # noqa: B023
        np.testing.assert_allclose(curvature[i, :, i], want, rtol=1e-12)


@pytest.mark.parametrize("size", range(1, 40))
def test_the_value_of_a_norm_is_numpys_own(size):
    x = np.random.default_rng(size).normal(size=size)
    for options in ({}, {"ord": 2}, {"keepdims": True}, {"axis": 0}, {"ord": 3}):
        got, want = np.linalg.norm(da.Dual(x, x), **options).value, np.linalg.norm(x, **options)
        assert np.shape(got) == np.shape(want)
        np.testing.assert_array_equal(got, want)
    matrix = np.random.default_rng(size).normal(size=(3, size))
    got = np.linalg.norm(da.Dual(matrix, matrix), keepdims=True).value
    np.testing.assert_array_equal(got, np.linalg.norm(matrix, keepdims=True))


SYSTEMS = {
    "vector": (regular(3, 3), normal(3)),
    "matrix": (regular(3, 3), normal(3, 2)),
    "stacks": (regular(2, 3, 3), normal(2, 3, 2)),
    "stack of right sides": (regular(3, 3), normal(2, 3, 2)),
    "stack of matrices": (regular(2, 3, 3), normal(3, 2)),
    "one": (regular(1, 1), normal(1)),
}


@pytest.mark.parametrize("shapes", SYSTEMS)
def test_solve(derivatives, shapes):
    a, b = SYSTEMS[shapes]
    derivatives.check(lambda xp, a, b: xp.linalg.solve(a, b), a, b)
    derivatives.check(lambda xp, a: xp.linalg.solve(a, b.astype(a.dtype)), a)
    derivatives.check(lambda xp, b: xp.linalg.solve(a.astype(b.dtype), b * b), b)


def test_a_vector_for_a_stack_of_matrices(derivatives):
    a, b = regular(2, 3, 3), normal(3)
    derivatives.check(lambda xp, a, b: xp.linalg.solve(a, b), a, b)


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 3), (4, 4), (2, 3, 3), (2, 5, 5)])
@pytest.mark.parametrize("name", ["inv", "det", "slogdet"])
def test_matrix_functions(derivatives, name, shape):
    derivatives.check(lambda xp, a: getattr(xp.linalg, name)(a), regular(*shape))


@pytest.mark.parametrize("n", [-2, 0, 1, 2, 3, 5])
def test_matrix_power(derivatives, n):
    derivatives.check(lambda xp, a: xp.linalg.matrix_power(a, n), regular(2, 3, 3), exact=False)


@pytest.mark.parametrize("upper", [False, True])
def test_cholesky(derivatives, upper):
    derivatives.check(
        lambda xp, a: xp.linalg.cholesky(definite(xp, a), upper=upper), regular(2, 3, 3)
    )


def test_eigenvalues(derivatives):
    spread = regular(3, 3) * np.array([1.0, 2.0, 3.0])
    derivatives.check(lambda xp, a: xp.linalg.eigvalsh(definite(xp, a)), spread)
    derivatives.check(lambda xp, a: xp.linalg.eigh(definite(xp, a))[0], spread)
    # A vector has either sign: its square has one.
    derivatives.check(lambda xp, a: xp.linalg.eigh(definite(xp, a))[1] ** 2, spread)
    derivatives.check(
        lambda xp, a: xp.linalg.eigh(definite(xp, a))[0], np.stack([spread, spread + 0.1])
    )


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("rank", [0, 1, 2])
def test_a_determinant_of_a_singular_matrix_has_a_derivative(n, rank):
    a = normal(n, rank) @ normal(rank, n)
    if rank >= n:
        a = np.zeros((n, n))
    got = da.gradient(lambda a: da.array_namespace(a).linalg.det(a))(a)
    with mp.workdps(40):
        for i in range(n):
            for j in range(n):
                minor = mp.matrix(np.delete(np.delete(a, i, 0), j, 1).tolist()) if n > 1 else None
                want = mp.mpf(1) if minor is None else mp.det(minor)
                assert got[i, j] == pytest.approx(float((-1) ** (i + j) * want), abs=1e-14)


def test_rank_carries_no_tangent():
    dual = da.Dual(np.ones((3, 3)), np.ones((3, 3)))
    assert int(da.array_namespace(dual).linalg.matrix_rank(dual)) == 1


@pytest.mark.parametrize("name", ["eig", "eigvals", "pinv", "qr", "svd", "svdvals"])
def test_what_has_no_rule_is_refused(name):
    x = normal(3, 3)
    with pytest.raises(TypeError, match=rf"linalg\.{name} has no derivative rule.*linalg\.solve"):
        da.gradient(lambda x: getattr(da.array_namespace(x).linalg, name)(x))(x)
    # Without a tangent there is none to drop.
    constant = da.Dual(x)
    got = getattr(da.array_namespace(constant).linalg, name)(constant)
    want = getattr(da.array_namespace(x).linalg, name)(x)
    for g, w in zip(
        got if isinstance(got, tuple) else (got,),
        want if isinstance(want, tuple) else (want,),
        strict=True,
    ):
        np.testing.assert_array_equal(g.value, w)


def test_a_norm_by_singular_values_is_refused():
    with pytest.raises(NotImplementedError, match="singular values"):
        da.gradient(lambda x: da.array_namespace(x).linalg.matrix_norm(x, ord=2))(normal(2, 2))
