"""Linear algebra over raw TensorFlow: NumPy's results; where factors are not unique, identities."""

import math

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf

from dualad_tensorflow.namespace import namespace as xp

RNG = np.random.default_rng(0)
A = RNG.normal(size=(2, 3, 4))
B = RNG.normal(size=(2, 4, 3))
S = RNG.normal(size=(2, 3, 3)) + 3.0 * np.eye(3)
H = S @ S.swapaxes(-1, -2)
Z = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3))
V = RNG.normal(size=3)
W = RNG.normal(size=(2, 1, 3))
N = RNG.integers(-5, 5, (3, 3)).astype(np.int8)
LOW = np.outer(V, V)

# name, arguments, keyword arguments; the first four are in the namespace itself too
SAME = [
    ("matmul", [A, B], {}),
    ("matmul", [A, B[0]], {}),
    ("matmul", [V, A], {}),
    ("matmul", [B, V], {}),
    ("matmul", [V, V], {}),
    ("matmul", [N, N], {}),
    ("matmul", [Z, S], {}),
    ("matrix_transpose", [A], {}),
    ("tensordot", [A, B[0]], {"axes": 1}),
    ("tensordot", [A, B], {"axes": ((1, 2), (2, 1))}),
    ("tensordot", [V, V], {"axes": 0}),
    ("vecdot", [S, W], {}),
    ("vecdot", [A, A], {"axis": -2}),
    ("vecdot", [Z, Z], {}),
    ("cholesky", [H], {}),
    ("cholesky", [H], {"upper": True}),
    ("cross", [S, W], {}),
    ("cross", [S[0], S[1]], {"axis": 0}),
    ("det", [S], {}),
    ("diagonal", [A], {}),
    ("diagonal", [A], {"offset": 2}),
    ("diagonal", [A], {"offset": -1}),
    ("diagonal", [A], {"offset": 9}),
    ("eigvalsh", [H], {}),
    ("inv", [S], {}),
    ("matrix_norm", [A], {}),
    ("matrix_norm", [A], {"keepdims": True, "ord": "nuc"}),
    *(("matrix_norm", [A], {"ord": ord}) for ord in (1, -1, 2, -2, math.inf, -math.inf)),
    ("matrix_power", [S, 0], {}),
    ("matrix_power", [S, 5], {}),
    ("matrix_power", [S, -2], {}),
    ("matrix_rank", [np.stack([LOW, S[0]])], {}),
    ("matrix_rank", [S], {"rtol": 0.5}),
    ("outer", [V, A[0, 0]], {}),
    ("pinv", [A], {}),
    ("pinv", [LOW], {"rtol": 1e-8}),
    ("slogdet", [S], {}),
    ("solve", [S, V], {}),
    ("solve", [S, W.swapaxes(-1, -2)], {}),
    ("solve", [S[0], B[:, :3]], {}),
    ("svdvals", [A], {}),
    ("trace", [A], {}),
    ("trace", [A], {"offset": 1}),
    ("trace", [np.full((2, 2), 100, np.int8)], {"dtype": "int64"}),
    ("vector_norm", [A], {}),
    ("vector_norm", [A], {"axis": (0, 1), "keepdims": True}),
    *(("vector_norm", [A], {"axis": 1, "ord": ord}) for ord in (0, 1, 3, math.inf, -math.inf, -1)),
    ("vector_norm", [Z], {"axis": -1}),
]


def ids(row):
    return row[0] + "-" + "-".join(f"{k}={v}" for k, v in row[2].items())


def tensors(arguments):
    return [tf.constant(a) if isinstance(a, np.ndarray) else a for a in arguments]


def assert_same(got, want):
    if isinstance(want, tuple):
        assert got._fields == want._fields
        for g, w in zip(got, want, strict=True):
            assert_same(g, w)
        return
    assert got.shape == want.shape
    assert got.dtype.as_numpy_dtype == np.asarray(want).dtype.type
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)


def numpys(name, arguments, options):
    return getattr(np.linalg, name)(*arguments, **options)


@pytest.mark.parametrize("row", SAME, ids=ids)
def test_numpys_values_shapes_and_dtypes(row):
    name, arguments, options = row
    assert_same(
        getattr(xp.linalg, name)(*tensors(arguments), **options), numpys(name, arguments, options)
    )


@pytest.mark.parametrize("row", SAME, ids=ids)
def test_in_a_graph_of_unknown_sizes(row):
    name, arguments, options = row
    arrays = [a for a in arguments if isinstance(a, np.ndarray)]
    numbers = [a for a in arguments if not isinstance(a, np.ndarray)]
    # What is unknown is the length of the stack.
    signature = [
        tf.TensorSpec([None, *a.shape[1:]] if a.ndim > 2 else a.shape, a.dtype) for a in arrays
    ]
    run = tf.function(
        lambda *given: getattr(xp.linalg, name)(*given, *numbers, **options),
        input_signature=signature,
    )
    assert_same(run(*arrays), numpys(name, arguments, options))


@pytest.mark.parametrize("name", ["matmul", "matrix_transpose", "tensordot", "vecdot"])
def test_products_are_in_the_namespace_too(name):
    assert getattr(xp, name) is getattr(xp.linalg, name)


@pytest.mark.parametrize("x", [A, A.swapaxes(-1, -2), Z], ids=["wide", "tall", "complex"])
@pytest.mark.parametrize("full", [False, True])
def test_factors_multiply_to_the_matrix(x, full):
    q, r = xp.linalg.qr(tf.constant(x), mode="complete" if full else "reduced")
    assert (q.shape, r.shape) == tuple(
        f.shape for f in np.linalg.qr(x, mode="complete" if full else "reduced")
    )
    np.testing.assert_allclose(q @ r, x, atol=1e-13)
    svd = xp.linalg.svd(tf.constant(x), full_matrices=full)
    assert tuple(f.shape for f in svd) == tuple(
        f.shape for f in np.linalg.svd(x, full_matrices=full)
    )
    k = min(x.shape[-2:])
    left = svd.U[..., :k] * tf.cast(svd.S, x.dtype)[..., None, :]
    np.testing.assert_allclose(left @ svd.Vh[..., :k, :], x, atol=1e-13)


@pytest.mark.parametrize("x", [H, Z @ Z.conj().T], ids=["real", "complex"])
def test_eigenvectors(x):
    values, vectors = xp.linalg.eigh(tf.constant(x))
    assert values.dtype == tf.float64
    np.testing.assert_allclose(values, np.linalg.eigh(x).eigenvalues, rtol=1e-12)
    np.testing.assert_allclose(
        x @ vectors.numpy(), vectors * tf.cast(values, x.dtype)[..., None, :], atol=1e-12
    )


@pytest.mark.parametrize("name", ["det", "inv", "svdvals", "eigvalsh", "cholesky", "vector_norm"])
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_half_types_where_tensorflow_has_no_kernel(name, dtype):
    x = tf.constant(H[0].astype(dtype))
    got = getattr(xp.linalg, name)(x)
    want = getattr(np.linalg, name)(x.numpy().astype(np.float64))
    assert got.dtype == x.dtype
    eps = float(ml_dtypes.finfo(dtype).eps)
    np.testing.assert_allclose(got.numpy().astype(np.float64), want, rtol=eps, atol=1e-4)


def test_half_types_in_functions_with_several_results():
    x = tf.constant(H[0].astype(ml_dtypes.bfloat16))
    for name in ("qr", "svd", "eigh", "slogdet"):
        assert all(part.dtype == tf.bfloat16 for part in getattr(xp.linalg, name)(x))
    assert xp.linalg.solve(x, x[0]).dtype == tf.bfloat16
    assert xp.matmul(x, x[0]).dtype == tf.bfloat16


def test_integers_are_taken_as_the_default_float():
    x = tf.constant([[2, 1], [1, 3]])
    assert xp.linalg.det(x).dtype == tf.float32
    assert xp.linalg.solve(x, tf.constant([1, 2])).numpy().tolist() == pytest.approx([0.2, 0.6])
    assert xp.matmul(x, x).dtype == tf.int32


def test_promotion():
    x, y = tf.ones([2, 2]), tf.ones([2, 2], tf.float64)
    for name in ("matmul", "tensordot", "vecdot"):
        assert getattr(xp, name)(x, y).dtype == tf.float64
    assert xp.linalg.outer(x[0], y[0]).dtype == tf.float64


@pytest.mark.parametrize("name", ["det", "inv", "matrix_norm", "vector_norm", "cholesky"])
def test_tapes_go_through(name):
    x = tf.constant(H[0])
    step = RNG.normal(size=(3, 3))
    step = step + step.T
    function = getattr(xp.linalg, name)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(function(x))
    slope = float(tf.reduce_sum(tape.gradient(y, x) * step))
    ahead, behind = (tf.reduce_sum(function(x + h * step)) for h in (1e-5, -1e-5))
    assert slope == pytest.approx(float(ahead - behind) / 2e-5, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: xp.matmul(tf.ones([]), tf.ones([2])), "vectors and matrices"),
        (lambda: xp.matrix_transpose(tf.ones([2])), "a matrix has two axes"),
        (lambda: xp.linalg.inv(tf.ones([2])), "a matrix has two axes"),
        (lambda: xp.vecdot(tf.ones([2]), tf.ones([2]), axis=0), "counted from the last"),
        (lambda: xp.vecdot(tf.ones([2]), tf.ones([3])), "different sizes"),
        (lambda: xp.linalg.outer(tf.ones([2, 2]), tf.ones([3])), "two vectors"),
        (lambda: xp.linalg.cross(tf.ones([2]), tf.ones([2])), "three coordinates"),
        (lambda: xp.linalg.qr(tf.ones([2, 2]), mode="r"), "'reduced' or 'complete', got 'r'"),
        (lambda: xp.linalg.matrix_norm(tf.ones([2, 2]), ord=3), "called 3; there are 'fro'"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_truth_values_have_no_products():
    with pytest.raises(TypeError, match=r"write tf\.cast"):
        xp.matmul(tf.constant([True]), tf.constant([True]))
