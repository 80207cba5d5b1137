"""NumPy's functions on dual numbers: NumPy's own values, and tangents by central differences."""

import array_api_strict
import numpy as np
import pytest
import scipy.special

import dualad as da
from dualad.protocols.numpy_functions import FUNCTIONS

RANDOM = np.random.default_rng(1)
A = RANDOM.uniform(0.5, 2.0, (3, 4))
B = RANDOM.uniform(0.5, 2.0, (4, 3))
CUBE = RANDOM.uniform(0.5, 2.0, (2, 3, 4))
V = RANDOM.uniform(0.5, 2.0, 4)
W = RANDOM.uniform(0.5, 2.0, 3)
SQUARE = RANDOM.uniform(0.0, 1.0, (3, 3)) + 3.0 * np.eye(3)
SYMMETRIC = SQUARE + SQUARE.T
MASK = np.array([True, False, True, True])
HOLES = np.array([1.0, np.nan, 3.0, -2.0])


def leaves(y):
    """The arrays of a result, whatever holds them."""
    return [a for part in y for a in leaves(part)] if isinstance(y, tuple | list) else [y]


def parts(y, of):
    """Values or tangents of a result; what carries no tangent has a zero one."""
    if of == "value":
        return [np.asarray(a.value if isinstance(a, da.Dual) else a) for a in leaves(y)]
    return [
        np.broadcast_to(a.tangent, a.shape)
        if isinstance(a, da.Dual) and a.tangent is not None
        else np.zeros(np.shape(a.value if isinstance(a, da.Dual) else a))
        for a in leaves(y)
    ]


def fourth_order(f, x, dx, h=2.0**-11):
    """Central differences whose error is of the fourth order in the step."""
    pairs = [
        (weight, [np.asarray(a, float) for a in leaves(f(x + k * h * dx))])
        for k, weight in ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0))
    ]
    return [sum(w * y[i] for w, y in pairs) / (12.0 * h) for i in range(len(pairs[0][1]))]


def check(f, x, exact=True):
    """``f`` on a dual number: NumPy's own value, the tangent of central differences."""
    dx = np.random.default_rng(2).uniform(-1.0, 1.0, x.shape)
    dx = np.where(np.isnan(x), 0.0, dx)
    got = f(da.Dual(x, dx))
    assert any(isinstance(a, da.Dual) for a in leaves(got))
    want = [np.asarray(a) for a in leaves(f(x))]
    values = parts(got, "value")
    assert [a.shape for a in values] == [a.shape for a in want]
    assert [a.dtype for a in values] == [a.dtype for a in want]
    for value, a in zip(values, want, strict=True):
        np.testing.assert_array_max_ulp(value, a, 0 if exact else 8)
    for tangent, d in zip(parts(got, "tangent"), fourth_order(f, x, dx), strict=True):
        assert tangent.shape == d.shape
        np.testing.assert_allclose(tangent, np.where(np.isnan(d), tangent, d), rtol=2e-8, atol=2e-8)


CASES = {
    "sum": [
        lambda x: np.sum(x),
        lambda x: np.sum(x, 0),
        lambda x: np.sum(x, axis=(0, 1), keepdims=True),
        lambda x: np.sum(x, 1, None, None, True),
        lambda x: np.sum(x, initial=2.0),
    ],
    "prod": [
        lambda x: np.prod(x),
        lambda x: np.prod(x, 1, keepdims=True),
    ],
    "masked": [
        lambda x: np.sum(x, axis=1, where=MASK),
        lambda x: np.prod(x, axis=1, where=MASK, initial=3.0),
    ],
    "max": [lambda x: np.max(x, 1), lambda x: np.max(x, initial=1.0)],
    "amax": [lambda x: np.amax(x, axis=0, keepdims=True)],
    "min": [lambda x: np.min(x, axis=-1), lambda x: np.min(x, axis=1, initial=9.0, where=MASK)],
    "amin": [lambda x: np.amin(x)],
    "ptp": [lambda x: np.ptp(x, axis=1)],
    "mean": [lambda x: np.mean(x), lambda x: np.mean(x, 1, keepdims=True)],
    "var": [lambda x: np.var(x), lambda x: np.var(x, 1, ddof=1), lambda x: np.var(x, correction=1)],
    "std": [lambda x: np.std(x), lambda x: np.std(x, 0, None, None, 1)],
    "cumsum": [lambda x: np.cumsum(x), lambda x: np.cumsum(x, 1)],
    "cumprod": [lambda x: np.cumprod(x), lambda x: np.cumprod(x, axis=0)],
    "average": [
        lambda x: np.average(x),
        lambda x: np.average(x, axis=1, weights=V),
        lambda x: np.average(x, weights=A, returned=True),
        lambda x: np.average(A, axis=1, weights=x),
        lambda x: np.average(CUBE, axis=(2, 1), weights=x.T),
    ],
    "median": [
        lambda x: np.median(x),
        lambda x: np.median(x, 0),
        lambda x: np.median(x, axis=(0, 1), keepdims=True),
    ],
    "trapezoid": [
        lambda x: np.trapezoid(x),
        lambda x: np.trapezoid(x, x=W, axis=0),
        lambda x: np.trapezoid(A, x, axis=1),
        lambda x: np.trapezoid(x, dx=0.5, axis=0),
    ],
    "reshape": [lambda x: np.reshape(x, (2, -1)), lambda x: np.reshape(x, -1)],
    "ravel": [lambda x: np.ravel(x)],
    "transpose": [lambda x: np.transpose(x), lambda x: np.transpose(x, (1, 0))],
    "swapaxes": [lambda x: np.swapaxes(x, 0, -1)],
    "moveaxis": [lambda x: np.moveaxis(x, 0, 1), lambda x: np.moveaxis(x, (0, 1), (1, 0))],
    "matrix_transpose": [lambda x: np.matrix_transpose(x)],
    "linalg.matrix_transpose": [lambda x: np.linalg.matrix_transpose(x)],
    "expand_dims": [lambda x: np.expand_dims(x, 1), lambda x: np.expand_dims(x, (0, -1))],
    "squeeze": [lambda x: np.squeeze(x[:1]), lambda x: np.squeeze(x[:, None], axis=1)],
    "atleast_1d": [lambda x: np.atleast_1d(x[0, 0]), lambda x: np.atleast_1d(x, 2.0)],
    "atleast_2d": [lambda x: np.atleast_2d(x[0])],
    "atleast_3d": [lambda x: np.atleast_3d(x, x[0], x[0, 0])],
    "broadcast_to": [lambda x: np.broadcast_to(x, (2, 3, 4))],
    "broadcast_arrays": [lambda x: np.broadcast_arrays(x, V, 1.0)],
    "concatenate": [
        lambda x: np.concatenate([x, A]),
        lambda x: np.concatenate((x, B.T), 1),
        lambda x: np.concatenate([x, [[1.0], [2.0], [3.0]]], axis=None),
    ],
    "stack": [lambda x: np.stack([x, A]), lambda x: np.stack([x, 2.0 * x], axis=-1)],
    "hstack": [lambda x: np.hstack([x, A]), lambda x: np.hstack([x[0], 1.0])],
    "vstack": [lambda x: np.vstack([x[0], V])],
    "dstack": [lambda x: np.dstack([x, A])],
    "column_stack": [lambda x: np.column_stack([x[0], B])],
    "append": [lambda x: np.append(x, 1.0), lambda x: np.append(A, x, axis=0)],
    "split": [lambda x: np.split(x, 2, axis=1), lambda x: np.split(x, [1, 2])],
    "array_split": [lambda x: np.array_split(x, 3, axis=1)],
    "hsplit": [lambda x: np.hsplit(x, 2), lambda x: np.hsplit(x[0], [3])],
    "dsplit": [lambda x: np.dsplit(x[None], 2)],
    "vsplit": [lambda x: np.vsplit(x, 3)],
    "flip": [lambda x: np.flip(x), lambda x: np.flip(x, 1)],
    "flipud": [lambda x: np.flipud(x)],
    "fliplr": [lambda x: np.fliplr(x)],
    "rot90": [*(lambda x, k=k: np.rot90(x, k) for k in range(-1, 4))],
    "roll": [lambda x: np.roll(x, 2), lambda x: np.roll(x, (1, 2), (0, 1))],
    "tile": [lambda x: np.tile(x, 2), lambda x: np.tile(x, (2, 1, 3))],
    "repeat": [lambda x: np.repeat(x, 2), lambda x: np.repeat(x, [1, 0, 2], axis=0)],
    "meshgrid": [lambda x: np.meshgrid(x[0], W), lambda x: np.meshgrid(x[0], W, indexing="ij")],
    "take": [lambda x: np.take(x, [0, 5]), lambda x: np.take(x, [[2, 0]], 1)],
    "take_along_axis": [lambda x: np.take_along_axis(x, np.argsort(B.T, axis=1), 1)],
    "compress": [lambda x: np.compress(MASK, x, axis=1), lambda x: np.compress([0, 1], x)],
    "extract": [lambda x: np.extract(A > 1.0, x)],
    "where": [lambda x: np.where(A > 1.0, x, 0.0)],
    "select": [lambda x: np.select([A > 1.5, A > 1.0], [x, x * x], 3.0)],
    "sort": [
        lambda x: np.sort(x),
        lambda x: np.sort(x, axis=None),
        lambda x: np.sort(x, 0, kind="stable"),
    ],
    "unique": [lambda x: np.unique(x)],
    "interp": [
        lambda x: np.interp(x, [0.0, 1.0, 3.0], [0.0, 2.0, 0.0]),
        lambda x: np.interp([-1.0, 0.5, 4.0], [0.0, 1.0, 2.0, 3.0], x[0]),
        lambda x: np.interp(x, [1.0, 1.5], [2.0, 3.0], left=-1.0, right=9.0),
    ],
    "dot": [
        lambda x: np.dot(x, B),
        lambda x: np.dot(x, V),
        lambda x: np.dot(2.0, x),
        lambda x: np.dot(CUBE, x.T),
        lambda x: np.dot(CUBE, x[0]),
        lambda x: np.dot(x, CUBE.swapaxes(1, 2)),
    ],
    "inner": [lambda x: np.inner(x, A), lambda x: np.inner(x[0], V)],
    "vdot": [lambda x: np.vdot(x, A)],
    "outer": [lambda x: np.outer(x, W)],
    "tensordot": [
        lambda x: np.tensordot(x, B, 1),
        lambda x: np.tensordot(x, CUBE, axes=([0, 1], [1, -1])),
        lambda x: np.tensordot(x, B, axes=(1, 0)),
    ],
    "kron": [lambda x: np.kron(x, B), lambda x: np.kron(V, x)],
    "cross": [
        lambda x: np.cross(x[:, :3], x[:, 1:]),
        lambda x: np.cross(x, A, axis=0),
        lambda x: np.cross(x, W, axisa=0),
    ],
    "trace": [lambda x: np.trace(x), lambda x: np.trace(x, offset=1)],
    "diagonal": [lambda x: np.diagonal(x), lambda x: np.diagonal(x, -1, 1, 0)],
    "diag": [lambda x: np.diag(x), *(lambda x, k=k: np.diag(x[0], k) for k in (-2, 0, 1))],
    "diagflat": [lambda x: np.diagflat(x, 1)],
    "tril": [lambda x: np.tril(x, -1)],
    "triu": [lambda x: np.triu(x)],
    "clip": [
        lambda x: np.clip(x, 0.7, 1.5),
        lambda x: np.clip(x, None, 1.5),
        lambda x: np.clip(x, min=0.7),
    ],
    "sinc": [lambda x: np.sinc(x)],
    "real": [lambda x: np.real(x)],
    "nan_to_num": [lambda x: np.nan_to_num(x)],
    "diff": [
        lambda x: np.diff(x),
        lambda x: np.diff(x, 2),
        lambda x: np.diff(x, axis=0, prepend=1.0, append=A),
    ],
    "ediff1d": [lambda x: np.ediff1d(x), lambda x: np.ediff1d(x, to_begin=1.0, to_end=[2.0, 3.0])],
    "polyval": [lambda x: np.polyval([1.0, -2.0, 3.0], x), lambda x: np.polyval(x[0], 0.5)],
    "copy": [lambda x: np.copy(x)],
    "linalg.norm": [
        lambda x: np.linalg.norm(x),
        lambda x: np.linalg.norm(x[0]),
        lambda x: np.linalg.norm(x[0], 3),
        lambda x: np.linalg.norm(x[0], np.inf),
        lambda x: np.linalg.norm(x, axis=1),
        lambda x: np.linalg.norm(x, 1, (0,), True),
        lambda x: np.linalg.norm(x, ord=1),
        lambda x: np.linalg.norm(x, ord=-np.inf, keepdims=True),
        lambda x: np.linalg.norm(x * CUBE, "fro", (2, 0), keepdims=True),
        lambda x: np.linalg.norm(x * CUBE, 1, (2, 0)),
    ],
    "linalg.multi_dot": [lambda x: np.linalg.multi_dot([x, B, x, V])],
    "linalg.outer": [lambda x: np.linalg.outer(x[0], W)],
    "linalg.cross": [lambda x: np.linalg.cross(x, A, axis=0)],
    "linalg.vecdot": [lambda x: np.linalg.vecdot(x, V), lambda x: np.linalg.vecdot(x, A, axis=0)],
    "linalg.matmul": [lambda x: np.linalg.matmul(x, B)],
    "linalg.diagonal": [lambda x: np.linalg.diagonal(x, offset=1)],
    "linalg.trace": [lambda x: np.linalg.trace(x)],
    "linalg.vector_norm": [lambda x: np.linalg.vector_norm(x, axis=0, ord=3)],
    "linalg.matrix_norm": [lambda x: np.linalg.matrix_norm(x, keepdims=True)],
    "linalg.tensordot": [lambda x: np.linalg.tensordot(x, B, axes=1)],
}
ROUNDED_OTHERWISE = {
    *("average", "einsum", "kron", "linalg.norm", "linalg.vector_norm", "mean", "median"),
    *("polyval", "trapezoid", "std", "var", "linalg.multi_dot", "nanmean", "tensordot", "inner"),
    *(
        "masked",
        "vdot",
        "dot",
        "linalg.vecdot",
        "sinc",
        "interp",
        "linalg.matrix_norm",
        "linalg.trace",
    ),
}
"""Functions whose value is put together from others, with other rounding than NumPy's own."""

ALL = [(name, f) for name, functions in CASES.items() for f in functions]


@pytest.mark.parametrize(("name", "f"), ALL, ids=[f"{n}-{i}" for i, (n, _) in enumerate(ALL)])
def test_values_and_tangents(name, f):
    check(f, A, name not in ROUNDED_OTHERWISE)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.linalg.solve(a, W),
        lambda a: np.linalg.solve(SQUARE, a),
        lambda a: np.linalg.inv(a),
        lambda a: np.linalg.det(a),
        lambda a: np.linalg.slogdet(a),
        lambda a: np.linalg.matrix_power(a, 3),
        lambda a: np.linalg.matrix_power(a, -1),
        lambda a: np.linalg.cholesky(a @ a.T),
        lambda a: np.linalg.cholesky(a @ a.T, upper=True),
        lambda a: np.linalg.eigvalsh(a + a.T),
        lambda a: np.linalg.eigvalsh(a + a.T, "U"),
        lambda a: np.abs(np.linalg.eigh(a + a.T)[1]),
    ],
)
def test_linear_algebra(f):
    check(f, SQUARE, exact=False)


def test_the_triangle_that_is_read():
    lower, upper = np.tril(SYMMETRIC), np.triu(SYMMETRIC)
    for given, triangle in ((lower, "L"), (upper, "U")):
        got = np.linalg.eigvalsh(da.Dual(given, None), triangle).value
        np.testing.assert_array_max_ulp(got, np.linalg.eigvalsh(given, triangle), 8)


@pytest.mark.parametrize(
    "f", [np.nansum, np.nanprod, np.nanmean, np.nanmax, np.nanmin], ids=lambda f: f.__name__
)
def test_what_is_no_number_is_left_out(f):
    check(f, HOLES, exact=False)
    dual = f(da.Dual(HOLES, np.ones(4)))
    assert np.isfinite(dual.tangent)


def test_nan_to_num():
    x = np.array([np.nan, np.inf, -np.inf, 1.0], np.float32)
    got = np.nan_to_num(da.Dual(x, np.ones(4, np.float32)), nan=2.0)
    assert got.value.tolist() == np.nan_to_num(x, nan=2.0).tolist()
    assert got.value.dtype == np.float32
    assert got.tangent.tolist() == [0.0, 0.0, 0.0, 1.0]


def test_the_extremes_of_nothing_are_no_number():
    x = np.array([[np.nan, np.nan], [1.0, np.nan]])
    got = np.nanmax(da.Dual(x, np.ones((2, 2))), axis=1)
    np.testing.assert_array_equal(got.value, [np.nan, 1.0])
    assert got.tangent[1] == 1.0


def test_a_median_with_nan_is_nan():
    got = np.median(da.Dual(HOLES, np.ones(4)))
    assert np.isnan(got.value)


EINSUMS = [
    ("ij->ji", (A,)),
    ("ij->", (A,)),
    ("ij", (A,)),
    ("ba", (A,)),
    ("ii", (SQUARE,)),
    ("ii->i", (SQUARE,)),
    ("ij,jk", (A, B)),
    ("ij,jk->ki", (A, B)),
    ("ij,ij->i", (A, 2.0 * A)),
    ("ij,kj->ikj", (A, A)),
    ("i,j->ij", (W, V)),
    ("i,i->", (V, V)),
    ("ij,jk,kl->il", (A, B, A)),
    ("ij,j,i->", (A, V, W)),
    ("i,ij,ij->j", (W, A, A)),
    ("...j,j", (CUBE, V)),
    ("...ij,...jk->...ik", (CUBE, B)),
    ("a...b,...b->...a", (CUBE, A)),
    ("iij->j", (np.stack([SQUARE] * 3, axis=-1),)),
    ("ij,ij->ij", (A[:1], A)),
    ("ij,jk->ik", (A[:, :1], B)),
    ("ij,kl->il", (A, B)),
    (" i j , j -> i ", (A, V)),
    ("ij,->ij", (A, np.float64(2.0))),
]


@pytest.mark.parametrize(("equation", "operands"), EINSUMS, ids=[e for e, _ in EINSUMS])
def test_einsum(equation, operands):
    for i in range(len(operands)):
        if operands[i].ndim:
            check(
                lambda x, i=i: np.einsum(equation, *operands[:i], x, *operands[i + 1 :]),
                operands[i],
                exact=False,
            )
    check(lambda x: np.einsum("i,i,i", x, x, x, optimize=True), V, exact=False)


@pytest.mark.parametrize(
    ("equation", "operands", "message"),
    [
        ("ij,jk", (A,), "names 2 arrays, given 1"),
        ("ijk", (A,), "names an array of 2 axes"),
        ("i", (A,), "names an array of 2 axes"),
        ("ij->ii", (A,), "names an axis twice"),
        ("ij->ik", (A,), "out of nothing"),
        ("ij,jk", (A, A), "'j' in 'ij,jk' has length 4 and 3"),
    ],
)
def test_einsum_says_what_does_not_fit(equation, operands, message):
    with pytest.raises(ValueError, match=message):
        np.einsum(equation, *(da.Dual(x, np.ones(x.shape)) for x in operands))


def test_einsum_wants_a_string():
    with pytest.raises(TypeError, match="a string names the axes"):
        np.einsum(da.Dual(A, None), [0, 1], [1, 0])


CONSTANT = {
    "any": lambda x: np.any(x > 1.0, axis=0),
    "any of duals": lambda x: np.any(x, 0),
    "all": lambda x: np.all(x, axis=1, keepdims=True),
    "count_nonzero": lambda x: np.count_nonzero(x, axis=1),
    "nonzero": lambda x: np.nonzero(x),
    "where": lambda x: np.where(x),
    "flatnonzero": lambda x: np.flatnonzero(x),
    "argwhere": lambda x: np.argwhere(x),
    "argsort": lambda x: np.argsort(x, 0),
    "argsort of all": lambda x: np.argsort(x, axis=None),
    "argmax": lambda x: np.argmax(x, 1),
    "argmin": lambda x: np.argmin(x, axis=0, keepdims=True),
    "searchsorted": lambda x: np.searchsorted(np.sort(x[0]), x, side="right"),
    "sorter": lambda x: np.searchsorted(x[0], [1.0, 1.5], sorter=np.argsort(x[0])),
    "isin": lambda x: np.isin(x, [A[0, 0], A[1, 1]]),
    "not in": lambda x: np.isin(x, A[0], invert=True),
    "isclose": lambda x: np.isclose(x, A + 1e-9),
    "isclose to infinity": lambda x: np.isclose(x / 0.0, np.inf),
    "equal NaN": lambda x: np.isclose(x * np.nan, np.nan, equal_nan=True),
    "allclose": lambda x: np.allclose(x, A),
    "array_equal": lambda x: np.array_equal(x, A),
    "other shape": lambda x: np.array_equal(x, V),
    "array_equal of NaN": lambda x: np.array_equal(x * np.nan, A * np.nan, equal_nan=True),
    "isposinf": lambda x: np.isposinf(x / 0.0),
    "isneginf": lambda x: np.isneginf(-x / 0.0),
    "shape": np.shape,
    "ndim": np.ndim,
    "size": lambda x: (np.size(x), np.size(x, 1)),
    "iscomplexobj": np.iscomplexobj,
    "isrealobj": np.isrealobj,
    "can_cast": lambda x: np.can_cast(x.dtype if isinstance(x, np.ndarray) else x, np.float32),
    "result_type": lambda x: np.result_type(x, np.float32),
    "linalg.matrix_rank": lambda x: np.linalg.matrix_rank(x),
}


@pytest.mark.parametrize("name", CONSTANT)
def test_integers_and_truth_values_are_those_of_the_values(name):
    f = CONSTANT[name]
    with np.errstate(all="ignore"):
        got, want = f(da.Dual(A, np.ones(A.shape))), f(A)
    assert type(got) is type(want)
    for a, b in zip(leaves(got), leaves(want), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_known_of_a_set():
    x = np.array([2.0, 1.0, 2.0])
    flags = {"return_index": True, "return_inverse": True, "return_counts": True}
    got, want = np.unique(da.Dual(x, np.array([1.0, 2.0, 3.0])), **flags), np.unique(x, **flags)
    assert got[0].tangent.tolist() == [2.0, 1.0]
    assert got[0].value.tolist() == want[0].tolist()
    for a, b in zip(got[1:], want[1:], strict=True):
        assert a.tolist() == b.tolist()
    for f in (np.unique_values, np.unique_counts, np.unique_inverse, np.unique_all):
        found = f(da.Dual(x, np.array([1.0, 2.0, 3.0])))
        assert leaves(found)[0].tangent.tolist() == [2.0, 1.0]


def test_arrays_after_the_model_of_a_dual():
    x = da.Dual(A.astype(np.float32), np.ones(A.shape, np.float32))
    sevens = np.full_like(x, 7.0)
    for made, value in ((np.zeros_like(x), 0.0), (np.ones_like(x), 1.0), (sevens, 7.0)):
        assert made.shape == A.shape
        assert made.dtype == np.float32
        assert np.all(made.value == value)
        assert made.tangent is None
    assert np.empty_like(x).shape == A.shape
    assert np.zeros_like(x, dtype=np.float64).dtype == np.float64
    empty = np.zeros_like(x)
    empty[0, 0] = x[1, 1]
    assert empty.tangent[0, 0] == 1.0


def test_rounding():
    x = da.Dual(np.array([1.26, -2.55]), np.ones(2))
    for decimals in (0, 1, -1):
        assert np.round(x, decimals).value.tolist() == np.round(x.value, decimals).tolist()
    assert np.around(x).value.tolist() == [1.0, -3.0]
    assert np.fix(x).value.tolist() == [1.0, -2.0]
    assert np.imag(x).value.tolist() == [0.0, 0.0]


def test_interpolation_meets_the_given_points():
    places, values = np.array([0.1, 0.2, 0.7]), np.array([0.3, 0.7, 0.1])
    got = np.interp(da.Dual(places, np.ones(3)), places, values)
    assert got.value.tolist() == values.tolist()
    assert np.interp(da.Dual(np.nan, 1.0), places, values).value != 0.0


def test_standard_names():
    x = da.Dual(A, np.ones(A.shape))
    xp = da.array_namespace(x)
    rows = FUNCTIONS["unstack"].function(xp, x)
    assert [row.tangent.tolist() for row in rows] == [[1.0] * 4] * 3
    assert FUNCTIONS["cumulative_sum"].function(xp, x, axis=0, include_initial=True).shape == (4, 4)
    assert FUNCTIONS["cumulative_prod"].function(xp, x, axis=0).tangent.shape == A.shape
    assert FUNCTIONS["astype"].function(xp, x, np.float32).dtype == np.float32


def test_a_dtype_is_honoured():
    x = da.Dual(A, np.ones(A.shape))
    for f in (np.sum, np.mean, np.prod, np.var, np.std, np.cumsum, np.cumprod, np.trace):
        got = f(x, dtype=np.float32)
        assert got.dtype == got.tangent.dtype == np.float32
        assert np.allclose(got.value, f(A, dtype=np.float32), rtol=1e-6)
    assert np.concatenate([x, x], dtype=np.float32).tangent.dtype == np.float32
    assert np.stack([x, x], dtype=np.float32).dtype == np.float32
    assert np.linalg.trace(x, dtype=np.float32).dtype == np.float32


def test_lists_with_duals():
    x = da.Dual(V, np.ones(4))
    assert np.dot([1.0, 2.0, 3.0, 4.0], x).tangent == 10.0
    assert np.stack([x[0], 1.0, x[1]]).tangent.tolist() == [1.0, 0.0, 1.0]


STRICT = [
    lambda x: np.sum(x, axis=0),
    lambda x: np.take(x, [1, 0], 1),
    lambda x: np.compress([True, False, True], x, axis=0),
    lambda x: np.diag(x[0, :], 1),
    lambda x: np.einsum("ij,kj->ik", x, x),
    lambda x: np.median(x, axis=0),
    lambda x: np.trapezoid(x),
    lambda x: np.linalg.norm(x, axis=1),
    lambda x: np.array_split(x, 3, axis=1)[1],
]


@pytest.mark.parametrize("f", STRICT)
def test_values_may_be_arrays_of_any_library(f):
    got = f(da.Dual(array_api_strict.asarray(A), array_api_strict.asarray(B.T)))
    want = f(da.Dual(A, B.T))
    np.testing.assert_allclose(np.asarray(got.value), want.value, rtol=1e-15)
    np.testing.assert_allclose(np.asarray(got.tangent), want.tangent, rtol=1e-14)


def test_second_order_and_nesting():
    def f(x):
        return np.einsum("i,i->", np.linalg.norm(x.reshape(2, 2), axis=1), np.ones(2)) * np.prod(x)

    hyper = f(da.HyperDual(V, np.ones(4), np.ones(4)))
    nested = f(da.Dual(da.Dual(V, np.ones(4)), np.ones(4)))
    assert hyper.d12 == pytest.approx(nested.tangent.tangent, rel=1e-13)
    h = 2.0**-12
    assert hyper.d12 == pytest.approx((f(V + h) - 2 * f(V) + f(V - h)) / h**2, rel=1e-5)


REFUSED = {
    "np.sum(..., out)": lambda x: np.sum(x, out=np.zeros(4)),
    "np.cumsum(..., out)": lambda x: np.cumsum(x, 0, None, np.zeros(A.shape)),
    "np.mean(..., where)": lambda x: np.mean(x, where=MASK),
    "np.concatenate(..., out)": lambda x: np.concatenate([x, x], out=np.zeros((6, 4))),
    "np.einsum(..., dtype)": lambda x: np.einsum("ij->", x, dtype=np.float32),
    "np.unique(..., axis)": lambda x: np.unique(x, axis=0),
    "np.take(..., mode)": lambda x: np.take(x, 9, mode="wrap"),
    "np.zeros_like(..., shape)": lambda x: np.zeros_like(x, shape=(2,)),
    "np.percentile()": lambda x: np.percentile(x, 30.0),
    "np.linalg.lstsq()": lambda x: np.linalg.lstsq(x, W),
    "np.fft.fft()": np.fft.fft,
    "np.linspace()": lambda x: np.linspace(x, 3.0),
    "np.copyto()": lambda x: np.copyto(np.zeros(A.shape), x),
    "np.array_repr()": np.array_repr,
}
INSTEAD = {
    "np.sum(..., out)": "in place of x += y write x = x + y",
    "np.percentile()": "write np.sort and an index",
    "np.linalg.lstsq()": "write np.linalg.solve",
    "np.linspace()": "np.linspace(0, 1, n)",
    "np.copyto()": r"write x[...] = y",
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_has_no_translation_is_named(said):
    with pytest.raises(TypeError) as raised:
        REFUSED[said](da.Dual(A, np.ones(A.shape)))
    message = str(raised.value)
    assert message.startswith(f"{said} on a Dual would drop its tangent")
    assert "da.exp" in message
    assert INSTEAD.get(said, "") in message


@pytest.mark.parametrize(
    ("f", "kind", "message"),
    [
        (lambda x: np.reshape(x, (4, 3), order="F"), TypeError, "write x.T for the other order"),
        (lambda x: np.meshgrid(x[0], V, sparse=True), TypeError, "sparse=True is not supported"),
        (lambda x: np.nan_to_num(x, copy=False), TypeError, "would assign in place"),
        (lambda x: np.split(x, 2), ValueError, "write np.array_split"),
        (lambda x: np.cross(x, x), ValueError, "must have three elements"),
        (lambda x: np.average(x, weights=V), ValueError, r"weights of shape \(4,\) for axis None"),
        (lambda x: np.linalg.norm(x * CUBE, 2), ValueError, "a norm of 3 axes"),
        (lambda x: np.linalg.norm(x, "nuc"), NotImplementedError, "needs singular values"),
        (lambda x: np.linalg.svdvals(x), TypeError, "linalg.svdvals has no derivative rule"),
        (lambda x: np.linalg.eigvals(x[:, :3]), TypeError, "linalg.eigvals has no derivative rule"),
        (lambda x: np.linalg.svd(x), TypeError, "linalg.svd has no derivative rule"),
        (lambda x: np.linalg.qr(x), TypeError, "linalg.qr has no derivative rule"),
        (lambda x: np.linalg.eig(x[:, :3]), TypeError, "linalg.eig has no derivative rule"),
        (lambda x: np.linalg.pinv(x), TypeError, "linalg.pinv has no derivative rule"),
    ],
)
def test_what_is_not_supported_says_so(f, kind, message):
    with pytest.raises(kind, match=message):
        f(da.Dual(A, np.ones(A.shape)))


def test_options_that_say_nothing_are_left_out():
    x = da.Dual(A, np.ones(A.shape))
    assert np.sum(x, axis=None, dtype=None, out=None, where=True).tangent == 12.0
    assert np.mean(x, where=True).tangent == 1.0


UFUNCS = {
    "interval": (
        *(np.arcsin, np.arccos, np.arctan, np.arctanh, np.sin, np.cos, np.tan, np.exp, np.exp2),
        *(np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.cbrt, np.square),
        *(np.reciprocal, np.absolute, np.fabs, np.positive, np.negative, np.conjugate),
        *(np.deg2rad, np.radians, np.rad2deg, np.degrees, np.sinh, np.cosh, np.tanh, np.arcsinh),
        *(scipy.special.erf, scipy.special.erfc, scipy.special.erfinv, scipy.special.expit),
        *(scipy.special.log_expit, scipy.special.logit, scipy.special.ndtr),
        *(scipy.special.log_ndtr, scipy.special.gammaln, scipy.special.psi, scipy.special.exp10),
        *(scipy.special.digamma, scipy.special.exp2, scipy.special.expm1, scipy.special.log1p),
        *(scipy.special.cbrt, np.modf),
    ),
    "above one": (np.arccosh,),
    "steps": (np.floor, np.ceil, np.trunc, np.rint, np.sign),
}
UNARY = [(where, f) for where, functions in UFUNCS.items() for f in functions]


@pytest.mark.parametrize(("where", "f"), UNARY, ids=[f.__name__ for _, f in UNARY])
def test_universal_functions_of_one_argument(where, f):
    check(f, np.array([0.1, 0.3, 0.6, 0.9]) + (1.5 if where == "above one" else 0.0), exact=False)


BINARY = (
    *(np.add, np.subtract, np.multiply, np.divide, np.true_divide, np.power, np.float_power),
    *(np.arctan2, np.hypot, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.remainder),
    *(np.logaddexp2, np.copysign, np.heaviside, np.floor_divide, np.mod, np.fmod, np.divmod),
    *(scipy.special.xlogy, scipy.special.xlog1py),
)


@pytest.mark.parametrize("f", BINARY, ids=[f.__name__ for f in BINARY])
def test_universal_functions_of_two_arguments(f):
    x, y = np.array([0.3, 0.6, 1.7]), np.array([1.1, 0.25, 0.9])
    check(lambda x: f(x, y), x, exact=False)
    check(lambda y: f(x, y), y, exact=False)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.matmul(x, B),
        lambda x: np.vecdot(x, A),
        lambda x: np.add.reduce(x),
        lambda x: np.add.reduce(x, axis=1, keepdims=True),
        lambda x: np.multiply.reduce(x, 1),
        lambda x: np.maximum.reduce(x, axis=None),
        lambda x: np.minimum.reduce(x, initial=1.0),
        lambda x: np.add.accumulate(x),
        lambda x: np.multiply.accumulate(x, 1),
        lambda x: np.multiply.outer(x, V),
        lambda x: np.subtract.outer(W, x),
        lambda x: np.arctan2.outer(x, [1.0, 2.0]),
    ],
)
def test_products_folds_and_tables(f):
    check(f, A, exact=False)


def test_folds_of_truth_values():
    x = da.Dual(np.array([[1.0, 0.0], [2.0, 3.0]]), np.ones((2, 2)))
    assert np.logical_and.reduce(x).tolist() == [True, False]
    assert np.logical_or.reduce(x, axis=1).tolist() == [True, True]
    assert np.add.reduce(da.Dual(3.0, 1.0)).tangent == 1.0


@pytest.mark.skipif(not hasattr(np, "matvec"), reason="NumPy before 2.2 has no matvec")
def test_matrices_and_vectors():
    check(lambda x: np.matvec(x, V), A, exact=False)
    check(lambda x: np.vecmat(W, x), A, exact=False)


def test_special_values():
    nan, inf = np.nan, np.inf
    x = np.array([nan, 1.0, nan, -0.0, inf])
    y = np.array([1.0, nan, nan, 0.0, -inf])
    dx, dy = np.arange(5.0) + 1.0, -np.arange(5.0) - 1.0
    for f, want in ((np.fmax, [-1.0, 2.0]), (np.fmin, [-1.0, 2.0])):
        got = f(da.Dual(x, dx), da.Dual(y, dy))
        np.testing.assert_array_equal(got.value, f(x, y))
        assert got.tangent[:2].tolist() == want
    np.testing.assert_array_equal(np.heaviside(da.Dual(x, dx), 0.5).value, np.heaviside(x, 0.5))
    for part, want in zip(np.modf(da.Dual(x, dx)), np.modf(x), strict=True):
        np.testing.assert_array_equal(part.value, want)
    p = np.array([-0.5, 0.0, 0.5, 1.0, 1.5, nan, 1e-300])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(
            scipy.special.logit(da.Dual(p, None)).value, scipy.special.logit(p)
        )


def test_single_precision_stays():
    x = da.Dual(A.astype(np.float32), np.ones(A.shape, np.float32))
    for f in (np.exp2, np.deg2rad, np.modf, np.heaviside, np.fmax, scipy.special.logit):
        y = f(x, x) if f.nin == 2 else f(da.Dual(x.value * np.float32(0.25), x.tangent))
        assert {np.dtype(np.float32)} == {part.dtype for part in leaves(y)}
    assert np.float_power(x, 2).dtype == np.float64


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda x: np.spacing(x), "np.spacing(...) on a Dual"),
        (lambda x: scipy.special.j0(x), "j0(...) on a Dual"),
        (lambda x: np.add.reduceat(x, [0, 1]), "np.add.reduceat(...) on a Dual"),
        (lambda x: np.add.at(np.zeros(4), [0], x), "np.add.at(...) on a Dual"),
        (lambda x: np.hypot.reduce(x), "np.hypot.reduce(...) on a Dual"),
        (lambda x: np.exp(A, out=x), "np.exp(..., out) on a Dual"),
        (lambda x: np.exp(x, out=np.zeros(A.shape)), "np.exp(..., out) on a Dual"),
        (lambda x: np.exp(x, dtype=np.float32), "np.exp(..., dtype) on a Dual"),
        (lambda x: np.add.reduce(x, out=np.zeros(4)), "np.add.reduce(..., out) on a Dual"),
    ],
)
def test_what_a_universal_function_cannot(f, said):
    with pytest.raises(TypeError) as raised:
        f(da.Dual(A, np.ones(A.shape)))
    assert str(raised.value).startswith(said)
