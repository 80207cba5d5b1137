"""The namespace as a whole: the standard's names and signatures, dtypes, what differs."""

import inspect

import array_api_strict
import numpy as np
import pytest
import tensorflow as tf

import dualad as da
from dualad_tensorflow.namespace import namespace as xp

# Missing on purpose: array-api-strict's own switches and device, and the optional extension for
# Fourier transforms. A device is a string here.
NOT_STANDARD = {
    "ArrayAPIStrictFlags",
    "Device",
    "__version__",
    "fft",
    "get_array_api_strict_flags",
    "reset_array_api_strict_flags",
    "set_array_api_strict_flags",
}


def test_every_name_of_the_standard_is_there():
    names = set(array_api_strict.__all__) - NOT_STANDARD
    assert {name for name in names if not hasattr(xp, name)} == set()
    linalg = set(array_api_strict.linalg.__all__)
    assert {name for name in linalg if not hasattr(xp.linalg, name)} == set()


def test_what_is_missing_on_purpose_is_missing():
    assert {name for name in NOT_STANDARD if hasattr(xp, name)} == set()


def functions():
    for module, mine in ((array_api_strict, xp), (array_api_strict.linalg, xp.linalg)):
        for name in module.__all__:
            if name not in NOT_STANDARD and inspect.isfunction(getattr(module, name)):
                yield pytest.param(getattr(module, name), getattr(mine, name), id=name)


@pytest.mark.parametrize(("standard", "mine"), list(functions()))
def test_signatures_are_the_standards(standard, mine):
    theirs = inspect.signature(standard).parameters
    ours = inspect.signature(mine).parameters
    by_name = {
        n: p for n, p in theirs.items() if p.kind not in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)
    }
    assert set(by_name) <= set(ours)
    for name, parameter in by_name.items():
        if name != "device" and parameter.default is not parameter.empty and name != "copy":
            assert ours[name].default == parameter.default, name
    positional = [p for p in theirs.values() if p.kind == p.POSITIONAL_ONLY]
    assert len([p for p in ours.values() if p.kind != p.KEYWORD_ONLY]) >= min(len(positional), 1)


def test_constants_and_dtypes():
    assert (xp.e, xp.pi, xp.inf) == (np.e, np.pi, np.inf)
    assert np.isnan(xp.nan)
    assert xp.newaxis is None
    assert xp.__array_api_version__ == "2025.12"
    for name in ("bool", "int8", "uint64", "float32", "float64", "complex64", "bfloat16"):
        assert getattr(xp, name) == tf.as_dtype(name)


def test_it_is_the_namespace_of_tensors():
    assert da.array_namespace(tf.ones(2)) is xp
    assert da.array_namespace(tf.Variable(1.0)) is xp


def test_inspection():
    info = xp.__array_namespace_info__()
    assert info.default_dtypes() == {
        "real floating": xp.asarray(1.0).dtype,
        "complex floating": xp.asarray(1j).dtype,
        "integral": xp.asarray(1).dtype,
        "indexing": xp.argmax(tf.ones(2)).dtype,
    }
    assert set(info.dtypes(kind="real floating")) == {"float16", "bfloat16", "float32", "float64"}
    assert set(info.dtypes(kind=("bool", "signed integer"))) == {"bool"} | {
        f"int{n}" for n in (8, 16, 32, 64)
    }
    assert info.dtypes()["complex64"] == tf.complex64
    assert info.default_device() in info.devices()
    assert xp.zeros(2, device=info.default_device()).device.endswith(info.default_device()[-5:])
    assert info.capabilities()["boolean indexing"]


PAIRS = [
    (a, b)
    for kind in ("bool", "integral", "real floating", "complex floating")
    for a in array_api_strict.__array_namespace_info__().dtypes(kind=kind)
    for b in array_api_strict.__array_namespace_info__().dtypes(kind=kind)
    if {a, b} not in ({"uint64", f"int{n}"} for n in (8, 16, 32, 64))
]


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_promotion_within_a_kind_is_the_standards(a, b):
    theirs = getattr(array_api_strict, a), getattr(array_api_strict, b)
    want = str(array_api_strict.result_type(*theirs)).rpartition(".")[2]
    assert xp.result_type(a, b).name == want
    assert xp.result_type(tf.zeros(1, a), tf.as_dtype(b)).name == want
    assert xp.can_cast(tf.as_dtype(a), tf.as_dtype(b)) == array_api_strict.can_cast(*theirs)


@pytest.mark.parametrize(
    ("arguments", "together"),
    [
        ((tf.float32, 2.0), "float32"),
        ((tf.bfloat16, 2), "bfloat16"),
        ((tf.bfloat16, np.float64(2.0)), "bfloat16"),
        ((tf.int8, 2.0), "float32"),
        ((tf.bool, 2), "int32"),
        ((tf.float64, 1j), "complex128"),
        ((tf.float32, 1j), "complex64"),
        ((2, 2.0), "float32"),
        ((tf.int32, tf.float16), "float16"),
    ],
)
def test_numbers_are_weak_in_promotion(arguments, together):
    assert xp.result_type(*arguments) == together


def test_what_is_promoted_beyond_the_standard():
    with pytest.raises(TypeError, match=r"uint64 and int32 have no common dtype; write tf\.cast"):
        xp.result_type(tf.uint64, tf.int32)
    assert not xp.can_cast(tf.uint64, tf.int64)
    assert not xp.can_cast(tf.int8, tf.float32)
    assert xp.can_cast(tf.ones(1, tf.bfloat16), tf.float32)
    assert not xp.can_cast(tf.float16, tf.bfloat16)
    with pytest.raises(ValueError, match="at least one"):
        xp.result_type()


def test_limits_of_dtypes():
    for name in ("float32", "float64"):
        ours, numpys = xp.finfo(getattr(xp, name)), np.finfo(name)
        for what in ("bits", "eps", "max", "min", "smallest_normal"):
            assert getattr(ours, what) == getattr(numpys, what)
        assert ours.dtype == name
    assert xp.finfo(tf.complex64).dtype == tf.float32
    assert xp.finfo(tf.ones(1, tf.bfloat16)).eps == 2.0**-7
    for name in ("int8", "uint64", "int64"):
        ours, numpys = xp.iinfo(getattr(xp, name)), np.iinfo(name)
        assert (ours.bits, ours.max, ours.min) == (numpys.bits, numpys.max, numpys.min)
    with pytest.raises(TypeError, match=r"got int8; write xp\.iinfo"):
        xp.finfo(tf.int8)
    with pytest.raises(TypeError, match=r"got float32; write xp\.finfo"):
        xp.iinfo(tf.float32)


def test_isdtype_knows_signs_and_refuses_what_is_no_kind():
    assert xp.isdtype(tf.uint8, "unsigned integer")
    assert not xp.isdtype(tf.uint8, "signed integer")
    with pytest.raises(ValueError, match="'float'; there are bool"):
        xp.isdtype(tf.float32, "float")


def test_astype():
    assert xp.astype(tf.constant([1.7, -1.7]), xp.int32).numpy().tolist() == [1, -1]
    assert xp.astype(tf.constant([1 + 2j]), xp.complex128).dtype == tf.complex128
    assert xp.astype(tf.ones(2), xp.float64, device="/CPU:0", copy=False).dtype == tf.float64
    with pytest.raises(TypeError, match=r"complex128 tensor does not fit.*xp\.real"):
        xp.astype(tf.constant([1 + 2j], tf.complex128), xp.float32)


def test_under_xla_no_nan_is_lost_beside_a_number():
    first, second = tf.constant([np.nan, 1.0]), tf.constant([1.0, np.nan])
    assert np.isnan(tf.function(xp.hypot, jit_compile=True)(first, second)).all()
    # A number comes second, so that no NaN is lost beside it.
    beside = tf.function(lambda x: (xp.maximum(0.5, x), xp.clip(x, 0.0, 2.0)), jit_compile=True)
    assert all(np.isnan(y[0]) for y in beside(first))


MATRIX = np.array([[3.0, 0.2, -0.7], [0.1, 2.5, 0.4], [-0.3, 0.6, 4.0]])
SCALAR_FUNCTIONS = {
    "norm": lambda xp, x: xp.linalg.vector_norm(x),
    "solve": lambda xp, x: xp.sum(xp.linalg.solve(x, x[0])),
    "det": lambda xp, x: xp.linalg.det(x),
    "std": lambda xp, x: xp.std(x, correction=1),
    "prod": lambda xp, x: xp.prod(x),
    "sort": lambda xp, x: xp.sum(xp.sort(x)[1:] ** 3),
    "cumulative_prod": lambda xp, x: xp.sum(xp.cumulative_prod(x, axis=1)),
    "tensordot": lambda xp, x: xp.tensordot(x, x),
    "take": lambda xp, x: xp.sum(x[:, 1:] * x[::-1, :-1]),
    "element-wise": lambda xp, x: xp.sum(xp.hypot(x, 2.0) + xp.atan2(x, 3.0) + xp.log2(x * x)),
}


@pytest.mark.parametrize("function", SCALAR_FUNCTIONS.values(), ids=SCALAR_FUNCTIONS)
def test_gradients_of_array_functions_are_those_on_numpy(function):
    gradient = da.gradient(lambda x: function(da.array_namespace(x), x))
    got = gradient(tf.constant(MATRIX))
    assert isinstance(got, tf.Tensor)
    np.testing.assert_allclose(got, gradient(MATRIX), rtol=1e-12, atol=1e-12)


def test_programs_call_the_raw_operations():
    assert xp.program_function("exp") is tf.exp
    x = tf.ones(2)
    for name in ("maximum", "minimum", "multiply", "equal"):
        assert xp.program_function(name)(0.5, x).dtype in (tf.float32, tf.bool)
