"""Creation, reductions, manipulation, searching over raw TensorFlow: NumPy's results."""

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf

from dualad_tensorflow.namespace import namespace as xp

RNG = np.random.default_rng(0)
A = RNG.normal(size=(2, 3, 4)).astype(np.float32)
V = RNG.normal(size=7)
N = RNG.integers(-5, 5, (3, 4)).astype(np.int32)
SMALL = np.array([[100, 100, 100], [1, 2, 3]], np.int8)
BYTES = np.array([200, 100, 3, 100], np.uint8)
TRUTH = np.array([[True, False, True], [False, False, True]])
COMPLEX = np.array([[1 + 2j, 3 - 1j], [0j, 2j]])
TIES = np.array([[2.0, 1.0, 2.0, -0.0, 0.0, 1.0], [np.nan, 3.0, -np.inf, 3.0, -np.nan, np.inf]])
SORTED = np.array([-1.0, 0.0, 0.0, 2.0, np.nan])
INDICES = np.array([[0, -1, 2], [1, 1, -3]])


def T(x):
    """What stands for an array in the arguments."""
    return tf.constant(x)


# name, arguments, keyword arguments
SAME = [
    ("all", [TRUTH], {}),
    ("all", [TRUTH], {"axis": 0}),
    ("all", [N], {"axis": (0, 1), "keepdims": True}),
    ("any", [TRUTH], {"axis": 1}),
    ("any", [N], {"axis": -1, "keepdims": True}),
    ("argmax", [A], {}),
    ("argmax", [A], {"keepdims": True}),
    ("argmax", [TIES], {"axis": 1}),
    ("argmax", [TRUTH], {"axis": 1, "keepdims": True}),
    ("argmin", [TIES], {"axis": -1}),
    ("argmin", [BYTES], {}),
    ("broadcast_arrays", [A, V[:4].astype(np.float32), np.float32([[1.0]])], {}),
    ("broadcast_to", [N, (2, 3, 4)], {}),
    ("broadcast_to", [np.float32(3.0), ()], {}),
    ("concat", [[A, A + 1]], {"axis": 1}),
    ("concat", [[A, A[0]]], {"axis": None}),
    ("concat", [[N, N.astype(np.float64)]], {"axis": -1}),
    ("count_nonzero", [N], {}),
    ("count_nonzero", [N], {"axis": 1, "keepdims": True}),
    ("count_nonzero", [TRUTH], {"axis": (0,)}),
    ("cumulative_prod", [A], {"axis": 1}),
    ("cumulative_prod", [A], {"axis": -1, "include_initial": True}),
    ("cumulative_sum", [V], {}),
    ("cumulative_sum", [A], {"axis": 0, "include_initial": True}),
    ("cumulative_sum", [N], {"axis": 1, "dtype": "float64"}),
    ("diff", [A], {}),
    ("diff", [A], {"axis": 1, "n": 2}),
    ("diff", [V], {"prepend": V[:2], "append": V[-1:]}),
    ("diff", [TRUTH], {}),
    ("diff", [V], {"n": 0}),
    ("expand_dims", [A], {"axis": -2}),
    ("expand_dims", [A], {"axis": (0, -1)}),
    ("flip", [A], {}),
    ("flip", [A], {"axis": (0, -1)}),
    ("isin", [N, np.array([1, 2, 7], np.int32)], {}),
    ("isin", [N, np.array([1, 2, 7], np.int32)], {"invert": True}),
    ("isin", [TIES, np.array([np.nan, 3.0, 0.0])], {}),
    ("isin", [V, np.zeros(0)], {}),
    ("isin", [COMPLEX, np.array([2j])], {}),
    ("isin", [TRUTH, np.array([True])], {}),
    ("matrix_transpose", [A], {}),
    ("max", [A], {}),
    ("max", [TIES], {"axis": 1}),
    ("max", [TRUTH], {"axis": 1}),
    ("mean", [A], {"axis": (0, 2)}),
    ("mean", [V], {"keepdims": True}),
    ("mean", [COMPLEX], {"axis": 0}),
    ("meshgrid", [V[:2], V[:3]], {}),
    ("meshgrid", [V[:2], V[:3], V[:4]], {"indexing": "ij"}),
    ("min", [A], {"axis": 1, "keepdims": True}),
    ("min", [BYTES], {}),
    ("moveaxis", [A, 0, -1], {}),
    ("moveaxis", [A, (0, 2), (1, 0)], {}),
    ("nonzero", [N], {}),
    ("nonzero", [TRUTH], {}),
    ("permute_dims", [A], {"axes": (2, 0, -2)}),
    ("prod", [A], {"axis": 1}),
    ("prod", [A], {}),
    ("repeat", [A, 2], {"axis": 1}),
    ("repeat", [N, 3], {}),
    ("repeat", [N, np.array([0, 2, 1])], {"axis": 0}),
    ("repeat", [BYTES.astype(np.uint16), 2], {}),
    ("reshape", [A, (4, -1)], {}),
    ("reshape", [A[:1, :1, :1], ()], {}),
    ("roll", [A, 1], {}),
    ("roll", [A, -1], {"axis": 1}),
    ("roll", [A, (1, 2)], {"axis": (0, -1)}),
    ("searchsorted", [SORTED, TIES], {}),
    ("searchsorted", [SORTED, TIES], {"side": "right"}),
    ("searchsorted", [V, V], {"sorter": np.argsort(V)}),
    ("searchsorted", [SMALL[1], SMALL[1]], {}),
    ("searchsorted", [SORTED, 1.0], {}),
    ("sort", [A], {"axis": 0}),
    ("sort", [TIES], {}),
    ("sort", [BYTES], {}),
    ("sort", [TRUTH], {}),
    ("sort", [np.array([-128, 127, 0], np.int8)], {}),
    ("squeeze", [A[:1, :, :1]], {"axis": (0, -1)}),
    ("squeeze", [A[:1]], {"axis": 0}),
    ("stack", [[A, A + 1]], {}),
    ("stack", [[V, V]], {"axis": -1}),
    ("std", [A], {"axis": 1, "correction": 1}),
    ("std", [V], {}),
    ("sum", [A], {"axis": (-1, 0), "keepdims": True}),
    ("sum", [A], {}),
    ("sum", [A], {"axis": ()}),
    ("sum", [N], {"dtype": "int64"}),
    ("sum", [COMPLEX], {"axis": 1}),
    ("take", [A, np.array([0, -1, 1])], {"axis": 1}),
    ("take", [V, np.array([3, -7])], {}),
    ("take", [A, np.array([1], np.uint8)], {"axis": 0}),
    ("take_along_axis", [N[:2], INDICES], {}),
    ("take_along_axis", [N[:, :2], INDICES.T], {"axis": 0}),
    ("take_along_axis", [A, np.array([[[0]], [[-1]]])], {"axis": 1}),
    ("tile", [N, (2,)], {}),
    ("tile", [N, (2, 1, 3)], {}),
    ("tile", [BYTES.astype(np.uint16), (2,)], {}),
    ("tril", [A], {}),
    ("tril", [A], {"k": 1}),
    ("tril", [A], {"k": -2}),
    ("triu", [N], {"k": -1}),
    ("triu", [N], {"k": 2}),
    ("unique_all", [N], {}),
    ("unique_all", [TIES], {}),
    ("unique_counts", [TIES], {}),
    ("unique_inverse", [N], {}),
    ("unique_values", [TRUTH], {}),
    ("unique_values", [V[:0]], {}),
    ("unstack", [A], {}),
    ("unstack", [A], {"axis": -1}),
    ("var", [A], {"axis": (0, 1), "keepdims": True}),
    ("var", [V], {"correction": 1.5}),
    ("var", [COMPLEX], {"axis": 0}),
]


def ids(row):
    return row[0] + "-" + "-".join(f"{k}={getattr(v, 'dtype', v)}" for k, v in row[2].items())


def converted(x, convert):
    if isinstance(x, list):
        return [converted(y, convert) for y in x]
    return convert(x) if isinstance(x, np.ndarray | np.generic) else x


def assert_same(got, want):
    if isinstance(want, tuple | list):
        assert len(got) == len(want)
        if hasattr(want, "_fields"):
            assert got._fields == want._fields
        for g, w in zip(got, want, strict=True):
            assert_same(g, w)
        return
    want = np.asarray(want)
    assert got.shape == want.shape
    assert got.dtype.as_numpy_dtype == want.dtype.type
    if want.dtype.kind in "fc":
        accuracy = 8 * np.finfo(want.dtype).eps
        np.testing.assert_allclose(got, want, rtol=accuracy, atol=accuracy)
    else:
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("row", SAME, ids=ids)
def test_numpys_values_shapes_and_dtypes(row):
    name, arguments, options = row
    got = getattr(xp, name)(*converted(arguments, tf.constant), **converted(options, tf.constant))
    assert_same(got, getattr(np, name)(*arguments, **options))


@pytest.mark.parametrize("row", [r for r in SAME if r[0] != "unstack"], ids=ids)
def test_in_a_graph_of_unknown_sizes(row):
    name, arguments, options = row
    arrays = []

    def collected(x):
        arrays.append(x)
        return x

    converted(arguments, collected)

    def function(*given):
        given = iter(given)
        return getattr(xp, name)(*converted(arguments, lambda _: next(given)), **options)

    signature = [tf.TensorSpec([None] * a.ndim, a.dtype) for a in arrays]
    got = tf.function(function, input_signature=signature)(*arrays)
    assert_same(got, getattr(np, name)(*arguments, **options))


@pytest.mark.parametrize("row", SAME, ids=ids)
def test_through_xla(row):
    name, arguments, options = row

    @tf.function(jit_compile=True)
    def function():
        return getattr(xp, name)(*converted(arguments, tf.constant), **options)

    assert_same(function(), getattr(np, name)(*arguments, **options))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
def test_argsort_is_stable_and_knows_nan(descending, compiled):
    function = tf.function(xp.argsort, jit_compile=True) if compiled else xp.argsort
    order = function(T(TIES), descending=descending)
    assert order.dtype == tf.int64
    # The stable order down is that of the ranks, negated.
    ranks = np.unique(TIES, return_inverse=True)[1].reshape(TIES.shape)
    want = np.argsort(-ranks if descending else ranks, kind="stable")
    np.testing.assert_array_equal(order, want)
    np.testing.assert_array_equal(
        xp.sort(T(TIES), descending=descending), np.take_along_axis(TIES, want, -1)
    )


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.uint64, np.int64, np.int16])
def test_every_dtype_is_sorted(dtype):
    x = np.array([3, 1, 250, 0, 1], np.float64).astype(dtype)
    np.testing.assert_array_equal(xp.sort(T(x)).numpy(), np.sort(x))
    np.testing.assert_array_equal(xp.sort(T(x), descending=True).numpy(), np.sort(x)[::-1])
    np.testing.assert_array_equal(
        xp.searchsorted(xp.sort(T(x)), T(x)), np.searchsorted(np.sort(x), x)
    )


@pytest.mark.parametrize(
    ("dtype", "total"),
    [
        ("bool", "int32"),
        ("int8", "int32"),
        ("int64", "int64"),
        ("uint8", "uint32"),
        ("uint64", "uint64"),
        ("bfloat16", "bfloat16"),
    ],
)
def test_small_integers_are_summed_in_32_bits(dtype, total):
    x = tf.cast(tf.fill([300], 1), dtype)
    for result in (xp.sum(x), xp.prod(x), xp.cumulative_sum(x), xp.cumulative_prod(x)):
        assert result.dtype == total
    if dtype != "bfloat16":
        assert xp.sum(x) == 300


def test_half_types_are_accumulated_in_single_precision():
    x = RNG.uniform(0.0, 1.0, 4096).astype(ml_dtypes.bfloat16)
    exact = x.astype(np.float64)
    eps = float(ml_dtypes.finfo(ml_dtypes.bfloat16).eps)
    for name in ("sum", "mean", "var", "std", "cumulative_sum"):
        got = getattr(xp, name)(T(x))
        assert got.dtype == tf.bfloat16
        np.testing.assert_allclose(
            got.numpy().astype(np.float64), getattr(np, name)(exact), rtol=eps / 2
        )


def test_logsumexp():
    x = T(np.array([[1000.0, 1000.0], [-1000.0, 0.0]]))
    np.testing.assert_allclose(xp.logsumexp(x, axis=1), [1000.0 + np.log(2.0), 0.0], rtol=1e-15)


def test_broadcast_shapes():
    assert xp.broadcast_shapes((2, 1), (3,), ()) == (2, 3)
    with pytest.raises(ValueError, match="compatible"):
        xp.broadcast_shapes((2,), (3,))


def test_gradients_go_through_what_is_taken_and_sorted():
    x = tf.constant([3.0, 1.0, 2.0])
    weights = tf.constant([1.0, 10.0, 100.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        results = {
            "sort": (xp.sort(x), [100.0, 1.0, 10.0]),
            "take": (xp.take(x, tf.constant([-1, 0, 0])), [110.0, 0.0, 1.0]),
            "take_along_axis": (xp.take_along_axis(x, tf.constant([1, 1, 2])), [0.0, 11.0, 100.0]),
            "flip": (xp.flip(x), [100.0, 10.0, 1.0]),
            "roll": (xp.roll(x, 1), [10.0, 100.0, 1.0]),
            "tril": (xp.sum(xp.tril(x[:, None] * tf.ones(3)), axis=1), [1.0, 20.0, 300.0]),
        }
        totals = {name: tf.reduce_sum(y * weights) for name, (y, _) in results.items()}
    for name, (_, want) in results.items():
        gradient = tf.convert_to_tensor(tape.gradient(totals[name], x))
        assert gradient.numpy().tolist() == want, name


ERRORS = [
    (lambda: xp.sum(T(A), axis=3), "axis 3 is out of bounds: there are 3 dimensions"),
    (lambda: xp.sum(T(A), axis=(0, 0)), "named twice"),
    (lambda: xp.take(T(A), T([0])), "write axis="),
    (lambda: xp.cumulative_sum(T(A)), "write axis="),
    (lambda: xp.squeeze(T(A), axis=0), "only axes of size one"),
    (lambda: xp.permute_dims(T(A), (0, 1)), "3 axes to put in order"),
    (lambda: xp.moveaxis(T(A), (0, 1), (0,)), "as many destinations"),
    (lambda: xp.nonzero(T(1.0)), "reshape"),
    (lambda: xp.max(tf.zeros([0])), "no maximum of no elements"),
    (lambda: xp.min(tf.zeros([2, 0]), axis=1), "no minimum of no elements"),
    (lambda: xp.take_along_axis(T(A), T([0])), "indices of 3 dimensions"),
    (lambda: xp.searchsorted(T(A), 0.5), "a vector"),
    (lambda: xp.tril(T(V)), "part of a matrix"),
    (lambda: xp.diff(T(V), n=-1), "got -1"),
    (lambda: xp.take(T(V), T([0.5])), "indices are integers, got.*float32"),
    (lambda: xp.sort(T(COMPLEX)), r"no order; write xp\.abs"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_errors_in_a_graph_say_what_to_write():
    unknown = [tf.TensorSpec(None)]
    with pytest.raises(ValueError, match="ensure_shape"):
        tf.function(xp.flip, input_signature=unknown)(tf.ones(2))
    with pytest.raises(ValueError, match="map_fn"):
        tf.function(xp.unstack, input_signature=[tf.TensorSpec([None])])(tf.ones(2))
