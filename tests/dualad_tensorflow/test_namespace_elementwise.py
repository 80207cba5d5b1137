"""Element-wise functions over raw TensorFlow: NumPy's values, dtypes, weak numbers, half types."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from dualad.testing import ulp_error
from dualad_tensorflow.namespace import namespace as xp

# NumPy warns of infinities; the results are looked at.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

POSITIVE = np.array([1e-30, 0.1, 0.5, 1.0, 2.5, 40.0])
REAL = np.array([-40.0, -2.5, -0.5, -0.0, 0.0, 0.5, 1.0, 2.5, 40.0, np.inf, -np.inf, np.nan])
UNIT = np.array([-0.9, -0.5, -1e-9, 0.0, 0.3, 0.99])
OTHER = np.array([3.0, -0.7, 2.0, 1.0, -1.0, 0.3, -0.0, 2.5, 7.0, 2.0, 3.0, 1.0])
INTEGERS = np.array([-7, -2, -1, 0, 1, 5, 7])
SHIFTS = np.array([1, 2, 0, 3, 4, 1, 2])
TRUTH = np.array([True, False, True])
COMPLEX = np.array([1 + 2j, -0.5j, -3.0])

# name, arguments
ELEMENTWISE = [
    ("abs", REAL),
    ("abs", INTEGERS),
    ("abs", COMPLEX),
    ("acos", UNIT),
    ("acosh", POSITIVE + 1.0),
    ("add", REAL, OTHER),
    ("add", INTEGERS, SHIFTS),
    ("asin", UNIT),
    ("asinh", REAL),
    ("atan", REAL),
    ("atan2", REAL, OTHER),
    ("atanh", UNIT),
    ("bitwise_and", INTEGERS, SHIFTS),
    ("bitwise_and", TRUTH, ~TRUTH),
    ("bitwise_invert", INTEGERS),
    ("bitwise_invert", TRUTH),
    ("bitwise_left_shift", INTEGERS, SHIFTS),
    ("bitwise_or", INTEGERS, SHIFTS),
    ("bitwise_or", TRUTH, ~TRUTH),
    ("bitwise_right_shift", INTEGERS, SHIFTS),
    ("bitwise_xor", INTEGERS, SHIFTS),
    ("bitwise_xor", TRUTH, TRUTH),
    ("ceil", REAL),
    ("ceil", INTEGERS),
    ("clip", REAL, -1.0, 2.0),
    ("clip", REAL, None, OTHER),
    ("clip", INTEGERS, -1, None),
    ("conj", COMPLEX),
    ("copysign", REAL, OTHER),
    ("cos", REAL),
    ("cosh", REAL),
    ("divide", REAL, OTHER),
    ("equal", REAL, OTHER),
    ("equal", TRUTH, True),
    ("exp", REAL),
    ("exp", COMPLEX),
    ("expm1", REAL),
    ("floor", REAL),
    ("floor", INTEGERS),
    ("floor_divide", REAL[:-3], OTHER[:-3]),
    ("floor_divide", INTEGERS, SHIFTS + 1),
    ("floor_divide", 1.0, np.array([0.1, -0.1, 0.3])),
    ("greater", REAL, OTHER),
    ("greater_equal", REAL, OTHER),
    ("greater_equal", TRUTH, ~TRUTH),
    ("hypot", REAL, OTHER),
    ("hypot", np.array([1e200, 3e-200, 0.0]), np.array([1e200, 4e-200, 0.0])),
    ("hypot", np.array([np.inf, np.inf, np.nan]), np.array([np.inf, np.nan, -np.inf])),
    ("imag", COMPLEX),
    ("imag", REAL),
    ("isfinite", REAL),
    ("isfinite", INTEGERS),
    ("isinf", REAL),
    ("isinf", np.array([complex(np.inf, 1.0), complex(1.0, -np.inf), 1j])),
    ("isnan", REAL),
    ("isnan", INTEGERS),
    ("less", REAL, OTHER),
    ("less_equal", INTEGERS, SHIFTS),
    ("log", POSITIVE),
    ("log1p", POSITIVE),
    ("log2", POSITIVE),
    ("log10", POSITIVE),
    ("logaddexp", REAL, OTHER),
    ("logaddexp", REAL, REAL),
    ("logical_and", TRUTH, ~TRUTH),
    ("logical_not", TRUTH),
    ("logical_or", TRUTH, ~TRUTH),
    ("logical_xor", TRUTH, True),
    ("maximum", REAL, OTHER),
    ("maximum", INTEGERS, SHIFTS),
    ("minimum", REAL, OTHER),
    ("multiply", REAL, OTHER),
    ("negative", REAL),
    ("negative", INTEGERS),
    ("nextafter", REAL, OTHER),
    ("not_equal", REAL, OTHER),
    ("positive", REAL),
    ("pow", POSITIVE[1:], OTHER[:5]),
    ("pow", INTEGERS, SHIFTS),
    ("real", COMPLEX),
    ("real", REAL),
    ("reciprocal", REAL),
    ("remainder", REAL[:-3], OTHER[:-3] + 0.25),
    ("remainder", INTEGERS, SHIFTS + 1),
    ("round", REAL),
    ("round", COMPLEX),
    ("sign", REAL),
    ("sign", INTEGERS),
    ("sign", COMPLEX),
    ("signbit", REAL),
    ("sin", REAL),
    ("sinh", REAL),
    ("sqrt", POSITIVE),
    ("square", REAL),
    ("subtract", REAL, OTHER),
    ("tan", REAL),
    ("tanh", REAL),
    ("trunc", REAL),
    ("trunc", INTEGERS),
    ("where", REAL > 0.0, REAL, OTHER),
]

SPECIAL = [
    ("erf", scipy.special.erf, REAL),
    ("lgamma", scipy.special.gammaln, POSITIVE),
    ("relu", lambda x: np.maximum(x, 0.0), REAL),
    ("xlogy", scipy.special.xlogy, REAL[:6], POSITIVE),
    ("xlogy", scipy.special.xlogy, 0.0, POSITIVE * 0.0),
    ("xlog1py", scipy.special.xlog1py, REAL[:6], POSITIVE),
]


def ids(row):
    return f"{row[0]}({', '.join(str(getattr(a, 'dtype', a)) for a in row[1:])})"


def tensors(arguments):
    return [tf.constant(a) if isinstance(a, np.ndarray) else a for a in arguments]


def assert_same(got, want):
    want = np.asarray(want)
    assert got.shape == want.shape
    assert got.dtype.as_numpy_dtype == want.dtype.type
    got = got.numpy()
    if want.dtype.kind == "f":
        np.testing.assert_array_less(np.abs(ulp_error(got, want)), 6)
        assert np.array_equal(np.signbit(got[got == 0.0]), np.signbit(want[want == 0.0]))
    elif want.dtype.kind == "c":
        np.testing.assert_allclose(got, want, rtol=1e-14, equal_nan=False)
    else:
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("row", ELEMENTWISE, ids=ids)
def test_numpys_values_shapes_and_dtypes(row):
    name, *arguments = row
    assert_same(getattr(xp, name)(*tensors(arguments)), getattr(np, name)(*arguments))


@pytest.mark.parametrize("row", ELEMENTWISE, ids=ids)
def test_in_a_graph_of_unknown_shape(row):
    name, *arguments = row
    array = [isinstance(a, np.ndarray) for a in arguments]
    arrays = [a for a, yes in zip(arguments, array, strict=True) if yes]

    def function(*given):
        given = iter(given)
        return getattr(xp, name)(
            *(next(given) if yes else a for a, yes in zip(arguments, array, strict=True))
        )

    signature = [tf.TensorSpec(None, a.dtype) for a in arrays]
    assert_same(
        tf.function(function, input_signature=signature)(*arrays), getattr(np, name)(*arguments)
    )


@pytest.mark.parametrize("row", SPECIAL, ids=lambda row: row[0])
def test_special_functions(row):
    name, true, *arguments = row
    got = getattr(xp, name)(*tensors(arguments))
    want = true(*arguments)
    assert np.array_equal(np.isnan(got), np.isnan(want))
    assert np.nanmax(np.abs(ulp_error(got.numpy(), want))) < 6


def test_there_are_all_67_functions_of_the_standard():
    assert len({name for name, *_ in ELEMENTWISE} - {"where"}) == 67


BINARY = sorted({name for name, *arguments in ELEMENTWISE if len(arguments) == 2})
WEAK = [
    (name, dtype)
    for name in BINARY
    if not name.startswith("logical")
    for dtype in (["int16", "uint8"] if name.startswith("bitwise") else ["float32", "bfloat16"])
    if (name, dtype) != ("nextafter", "bfloat16")
]


@pytest.mark.parametrize(("name", "dtype"), WEAK)
def test_numbers_are_weak_on_either_side(name, dtype):
    function = getattr(xp, name)
    x = tf.cast([1.0, 2.0, 3.0], dtype)
    for number in (2, np.int64(2)) if "int" in dtype else (2, 2.0, np.float64(2.0)):
        two = tf.fill([3], tf.cast(2, dtype))
        for got, want in (
            (function(x, number), function(x, two)),
            (function(number, x), function(two, x)),
        ):
            assert got.dtype == want.dtype
            assert got.dtype in (x.dtype, tf.bool)
            np.testing.assert_array_equal(got, want)


def test_numbers_are_weak_in_selections():
    x = tf.constant([1.0, -1.0], tf.bfloat16)
    assert xp.where(x > 0, x, 0.0).dtype == tf.bfloat16
    assert xp.where(x > 0, 0.0, x).dtype == tf.bfloat16
    assert xp.where(x > 0, 1.0, 0.0).dtype == tf.float32
    assert xp.clip(x, 0.0, 0.5).dtype == tf.bfloat16
    assert xp.clip(x, max=0.5).numpy().tolist() == [0.5, -1.0]


@pytest.mark.parametrize(
    ("a", "b", "together"),
    [
        ("float32", "float64", "float64"),
        ("float16", "bfloat16", "float32"),
        ("bfloat16", "float32", "float32"),
        ("int8", "int32", "int32"),
        ("uint8", "int8", "int16"),
        ("uint32", "int64", "int64"),
        ("int64", "float32", "float32"),
        ("bool", "int32", "int32"),
        ("float64", "complex64", "complex128"),
        ("float32", "complex64", "complex64"),
    ],
)
def test_mixed_dtypes_are_promoted(a, b, together):
    x, y = tf.cast([3, 1], a), tf.cast([2, 1], b)
    for name in ("add", "multiply", "where", "equal"):
        before = [tf.constant([True, False])] if name == "where" else []
        for pair in ((x, y), (y, x)):
            got = getattr(xp, name)(*before, *pair)
            assert got.dtype == (tf.bool if name == "equal" else together)


def test_integers_beside_a_float_and_in_functions_of_floats_become_the_default_float():
    n = tf.constant([1, 2, 3])
    assert xp.add(n, 0.5).dtype == tf.float32
    for name in ("divide", "atan2", "hypot", "logaddexp", "copysign", "nextafter"):
        assert getattr(xp, name)(n, 2).dtype == tf.float32
    for name in ("exp", "sqrt", "reciprocal", "erf"):
        assert getattr(xp, name)(n).dtype == tf.float32
    assert xp.exp(2).dtype == tf.float32


UNSIGNED = [
    ("abs", [3]),
    ("negative", [3]),
    ("sign", [3]),
    ("sign", [0]),
    ("square", [3]),
    ("pow", [3], [2]),
    ("floor", [3]),
    ("remainder", [7], [3]),
    ("signbit", [200]),
    ("less", [200], [3]),
]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64"])
@pytest.mark.parametrize("row", UNSIGNED, ids=ids)
def test_unsigned_integers_where_tensorflow_has_no_kernel(row, dtype):
    name, *arguments = row
    arrays = [np.array(a, dtype) for a in arguments]
    assert_same(getattr(xp, name)(*map(tf.constant, arrays)), getattr(np, name)(*arrays))


def test_an_infinity_goes_into_nothing_infinitely_often():
    # As the standard says; NumPy's is NaN.
    assert xp.floor_divide(tf.constant([np.inf, -np.inf]), 2.0).numpy().tolist() == [
        np.inf,
        -np.inf,
    ]


@pytest.mark.parametrize(("name", "base", "largest"), [("log2", 2, 1023), ("log10", 10, 307)])
@pytest.mark.parametrize("compiled", [False, True])
def test_logarithms_of_powers_are_integers(name, base, largest, compiled):
    exponents = range(1 - largest, largest + 1)
    powers = tf.constant([float(Fraction(base) ** n) for n in exponents], tf.float64)
    function = getattr(xp, name)
    got = tf.function(function, jit_compile=True)(powers) if compiled else function(powers)
    assert got.numpy().tolist() == list(exponents)
    edges = tf.constant([np.inf, 0.0, -1.0, np.nan])
    np.testing.assert_array_equal(function(edges), getattr(np, name)(edges))


@pytest.mark.parametrize("name", ["log2", "log10"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_other_logarithms_are_exact_to_a_few_ulp(name, dtype):
    x = tf.constant(10.0 ** np.random.default_rng(0).uniform(-30.0, 30.0, 500), dtype)
    with mpmath.workprec(200):
        want = [mpmath.log(mpmath.mpf(float(v)), int(name[3:])) for v in x.numpy()]
        assert np.abs(ulp_error(getattr(xp, name)(x).numpy(), want)).max() < 3.5


def test_hypot_is_exact_at_every_scale():
    rng = np.random.default_rng(0)
    scale = 10.0 ** rng.uniform(-290, 290, 500)
    x, y = scale * rng.uniform(0.1, 1.0, 500), scale * rng.uniform(0.1, 1.0, 500)
    with mpmath.workprec(200):
        want = [mpmath.hypot(mpmath.mpf(a), mpmath.mpf(b)) for a, b in zip(x, y, strict=True)]
        assert np.abs(ulp_error(xp.hypot(tf.constant(x), tf.constant(y)).numpy(), want)).max() < 2


def test_erf_of_large_doubles_is_one_in_every_mode():
    x = tf.constant([1e160, -1e160, np.inf, -np.inf, 6.0, np.nan], tf.float64)
    for run in (xp.erf, tf.function(xp.erf), tf.function(xp.erf, jit_compile=True)):
        assert run(x)[:5].numpy().tolist() == [1.0, -1.0, 1.0, -1.0, 1.0]
        assert np.isnan(run(x)[5])
    assert xp.program_function("erf")(x)[0] == 1.0


def test_what_tensorflow_computes_badly_comes_from_the_table():
    for name in ("sigmoid", "softplus"):
        assert not xp.has(name)
    x = tf.constant([-80.0, -9.1])
    want = scipy.special.expit(x.numpy().astype(np.float64))
    assert np.abs(ulp_error(xp.sigmoid(x).numpy(), want)).max() < 3


def test_gradients_go_through_what_is_written_here():
    x = tf.constant([3.0, -2.0], tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        results = {
            "copysign": (xp.copysign(x, -1.0), [-1.0, 1.0]),
            "hypot": (xp.hypot(x, 4.0), [0.6, -2.0 / 20**0.5]),
            # -2 squared is a power of 2.
            "log2": (xp.log2(x * x), [2.0 / 3.0 / np.log(2.0), -1.0 / np.log(2.0)]),
            "logaddexp": (xp.logaddexp(x, 0.0), scipy.special.expit(x.numpy())),
            "clip": (xp.clip(x, -1.0, 5.0), [1.0, 0.0]),
            "erf": (xp.erf(x), 2 / np.sqrt(np.pi) * np.exp(-np.square(x))),
        }
    for y, want in results.values():
        np.testing.assert_allclose(tape.gradient(y, x), want, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: xp.logical_and(tf.ones(2), True), "float32; write x != 0"),
        (lambda: xp.bitwise_and(tf.ones(2), tf.ones(2)), "bits are for integers, got.*float32"),
        (lambda: xp.nextafter(tf.ones(2, tf.bfloat16), 2.0), "float32 and float64, got bfloat16"),
        (lambda: xp.add(tf.ones(2, tf.uint64), tf.ones(2, tf.int8)), r"uint64 and int8.*tf\.cast"),
    ],
)
def test_errors_say_what_to_write(call, message):
    with pytest.raises(TypeError, match=message):
        call()
