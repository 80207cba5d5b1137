"""The namespace of dual numbers is what the Array API standard says.

Every call is made twice: with arrays, in the backend's own namespace, and with the same arrays as
duals without a tangent. Value, dtype and shape must be the same.
"""

import operator

import array_api_compat.numpy
import array_api_strict
import numpy as np
import pytest

import dualad as da
from dualad.rules import TABLE

BACKENDS = {"numpy": array_api_compat.numpy, "array_api_strict": array_api_strict}

COMPLEX = {"conj", "imag", "real"}
REFUSED = {"eig", "eigvals", "pinv", "qr", "svd", "svdvals"}
NOT_ARRAYS = {
    "ArrayAPIStrictFlags",
    "Device",
    "__version__",
    "get_array_api_strict_flags",
    "reset_array_api_strict_flags",
    "set_array_api_strict_flags",
}


def public(module):
    return sorted(set(module.__all__) - NOT_ARRAYS)


@pytest.fixture
def duals():
    return da.array_namespace(da.Dual(np.ones(3)))


@pytest.mark.parametrize("name", public(array_api_strict))
def test_every_function_of_the_standard_is_there(duals, name):
    if name == "fft":
        with pytest.raises(AttributeError, match=r"no rule for 'fft'.*da.primitive"):
            duals.fft  # noqa: B018
    else:
        assert hasattr(duals, name)


@pytest.mark.parametrize("name", public(array_api_strict.linalg))
def test_every_function_of_linear_algebra_is_there_or_refused(duals, name):
    function = getattr(duals.linalg, name)
    if name in REFUSED:
        x = da.Dual(np.eye(2), np.ones((2, 2)))
        with pytest.raises(TypeError, match="has no derivative rule"):
            function(x)


def test_a_function_of_no_standard_is_refused_with_its_name(duals):
    with pytest.raises(AttributeError, match=r"'spline' on dual numbers.*da.primitive"):
        duals.spline  # noqa: B018
    with pytest.raises(AttributeError, match=r"'linalg.expm' on dual numbers"):
        duals.linalg.expm  # noqa: B018


FLOATS = np.array([[0.25, 0.5, 0.9], [0.1, 0.75, 0.3]])
MORE = np.array([[0.5, 0.25, 2.0], [0.1, 1.5, 0.6]])
INTEGERS = np.array([[1, 2, 3], [4, 5, 6]])
FEW = np.array([[2, 1, 3], [1, 2, 0]])
TRUTHS = np.array([[True, False, True], [False, False, True]])
SQUARE = np.array([[4.0, 1.0], [1.0, 3.0]])


def calls():
    """Name and arguments of representative calls; arrays are what is wrapped."""
    for name in public(array_api_strict):
        if name not in TABLE or name in COMPLEX:
            continue
        row = TABLE[name]
        for operands in ((FLOATS, MORE), (FLOATS.astype(np.float32), MORE.astype(np.float32))):
            if not row.integer and name not in ("logical_and", "logical_or", "logical_xor"):
                if name in ("acosh",):
                    operands = (operands[0] + 1.0,)
                if name == "where":
                    yield name, (TRUTHS, *operands), {}
                elif name == "clip":
                    yield name, (operands[0], 0.2, 0.6), {}
                    yield name, (operands[0],), {"min": 0.2}
                    yield name, (operands[0],), {"max": operands[1]}
                elif name != "logical_not":
                    yield name, operands[: row.arity], {}
    for name in ("add", "multiply", "subtract", "maximum", "floor_divide", "remainder", "equal"):
        yield name, (INTEGERS, FEW + 1), {}
        yield name, (INTEGERS.astype(np.int8), FEW.astype(np.int8) + np.int8(1)), {}
    for name in ("bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_xor", "less"):
        yield name, (INTEGERS, FEW), {}
    for name in ("abs", "negative", "sign", "square", "floor", "round", "bitwise_invert", "isnan"):
        yield name, (INTEGERS,), {}
    yield "isin", (INTEGERS, FEW), {}
    for name in ("logical_and", "logical_or", "logical_xor", "equal", "bitwise_and"):
        yield name, (TRUTHS, ~TRUTHS), {}
    yield "logical_not", (TRUTHS,), {}
    yield "bitwise_invert", (TRUTHS,), {}
    for x in (FLOATS, FLOATS.astype(np.float32), INTEGERS, TRUTHS):
        yield "reshape", (x, (3, 2)), {}
        yield "permute_dims", (x, (1, 0)), {}
        yield "moveaxis", (x, 0, 1), {}
        yield "expand_dims", (x,), {"axis": 0}
        yield "squeeze", (x[:1], 0), {}
        yield "broadcast_to", (x, (4, 2, 3)), {}
        yield "flip", (x,), {"axis": 1}
        yield "roll", (x, 1), {"axis": 0}
        yield "tile", (x, (2, 1)), {}
        yield "repeat", (x, 2), {"axis": 0}
        yield "tril", (x,), {}
        yield "triu", (x,), {"k": 1}
        yield "unstack", (x,), {"axis": 1}
        yield "matrix_transpose", (x,), {}
        yield "concat", ([x, x],), {"axis": 1}
        yield "stack", ([x, x],), {"axis": -1}
        yield "broadcast_arrays", (x, x[:1]), {}
        yield "meshgrid", (x[0], x[1]), {"indexing": "ij"}
        yield "take", (x, np.array([1, 0])), {"axis": 1}
        yield "take_along_axis", (x, np.array([[0, 2], [1, 1]])), {}
        for name in ("any", "all", "nonzero", "count_nonzero"):
            yield name, (x,), {}
        for name in ("zeros_like", "ones_like"):
            yield name, (x,), {}
        yield "full_like", (x, 1), {}
        yield "unique_values", (x,), {}
        yield "unique_all", (x,), {}
        yield "unique_counts", (x,), {}
        yield "unique_inverse", (x,), {}
    for x in (FLOATS, FLOATS.astype(np.float32), INTEGERS):
        for name in ("sum", "prod", "max", "min"):
            for options in ({}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}):
                yield name, (x,), options
        for name in ("cumulative_sum", "cumulative_prod"):
            yield name, (x,), {"axis": 1}
            yield name, (x,), {"axis": -1, "include_initial": True}
        yield "diff", (x,), {"axis": 0}
        for name in ("sort", "argsort"):
            yield name, (x,), {}
            yield name, (x,), {"descending": True, "axis": 0}
        for name in ("argmax", "argmin"):
            yield name, (x,), {"axis": 1, "keepdims": True}
        yield "searchsorted", (np.sort(x[0]), x[1]), {}
        yield "matmul", (x, x.T), {}
        yield "tensordot", (x, x), {"axes": ((0,), (0,))}
        yield "vecdot", (x, x), {}
    for x in (FLOATS, FLOATS.astype(np.float32)):
        yield "sum", (x,), {"dtype": "float64"}
        for name in ("mean", "var", "std"):
            yield name, (x,), {"axis": 1, "keepdims": True}
        yield "var", (x,), {"correction": 1.0}
        yield "linalg.vector_norm", (x,), {"axis": 0}
        yield "linalg.matrix_norm", (x,), {}
        yield "linalg.cross", (x, x[::-1]), {}
        yield "linalg.outer", (x[0], x[1]), {}
        yield "linalg.diagonal", (x,), {}
        yield "linalg.trace", (x,), {}
        square = SQUARE.astype(x.dtype)
        for name in ("inv", "det", "slogdet", "cholesky", "eigh", "eigvalsh", "matrix_rank"):
            yield f"linalg.{name}", (square,), {}
        yield "linalg.solve", (square, x), {}
        yield "linalg.matrix_power", (square, 2), {}
    yield "astype", (FLOATS, "float32"), {}
    yield "astype", (FLOATS, "int64"), {}
    yield "astype", (INTEGERS, "float64"), {}
    yield "astype", (TRUTHS, "float64"), {}
    yield "result_type", (FLOATS, FLOATS.astype(np.float32)), {}
    yield "can_cast", (FLOATS, "float32"), {}
    yield "can_cast", (INTEGERS, "float64"), {}


CALLS = list(calls())


def named(call):
    name, arguments, options = call
    dtypes = [str(getattr(a, "dtype", "")) for a in arguments]
    return " ".join([name, *filter(None, dtypes), *map(str, options.items())])


def given(x, xp, wrap):
    """An argument as the backend's array, and as a dual where there is one to wrap."""
    if isinstance(x, np.ndarray):
        array = xp.asarray(x)
        return da.Dual(array, None) if wrap else array
    if isinstance(x, list):
        return [given(a, xp, wrap) for a in x]
    return getattr(xp, x) if isinstance(x, str) and x in ("float32", "float64", "int64") else x


def assert_same(got, want):
    if isinstance(want, tuple | list):
        assert len(got) == len(want)
        assert getattr(got, "_fields", None) == getattr(want, "_fields", None)
        for g, w in zip(got, want, strict=True):
            assert_same(g, w)
        return
    if isinstance(got, da.Dual):
        assert got.tangent is None
        assert got.shape == want.shape
        assert got.dtype == want.dtype
        got = got.value
    assert type(got) is type(want)
    assert getattr(got, "dtype", None) == getattr(want, "dtype", None)
    assert getattr(got, "shape", None) == getattr(want, "shape", None)
    np.testing.assert_array_equal(np.asarray(got), np.asarray(want))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("call", CALLS, ids=map(named, CALLS))
def test_duals_without_a_tangent_are_arrays(backend, call):
    name, arguments, options = call
    xp = BACKENDS[backend]
    duals = da.array_namespace(da.Dual(xp.ones(1)))
    options = {key: given(option, xp, False) for key, option in options.items()}
    with np.errstate(all="ignore"):
        want = operator.attrgetter(name)(xp)(*(given(a, xp, False) for a in arguments), **options)
        options = {key: given(option, xp, True) for key, option in options.items()}
        wrapped = [
            given(a, xp, not (name.startswith("take") and i == 1)) for i, a in enumerate(arguments)
        ]
        got = operator.attrgetter(name)(duals)(*wrapped, **options)
    assert_same(got, want)


OPERATORS = {
    "arithmetic": (
        FLOATS,
        MORE,
        "add sub mul truediv floordiv mod pow neg pos abs lt le gt ge eq ne",
    ),
    "integers": (
        INTEGERS,
        FEW + 1,
        "add sub mul floordiv mod pow neg abs lt eq ne and_ or_ xor lshift rshift",
    ),
    "truths": (TRUTHS, ~TRUTHS, "and_ or_ xor eq ne inv"),
    "matrices": (FLOATS, MORE.T, "matmul"),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", OPERATORS)
def test_operators(backend, kind):
    x, y, names = OPERATORS[kind]
    xp = BACKENDS[backend]
    x, y = xp.asarray(x), xp.asarray(y)
    for name in names.split():
        function = getattr(operator, name)
        if name in ("neg", "pos", "abs", "inv"):
            assert_same(function(da.Dual(x)), function(x))
            continue
        want = function(x, y)
        assert_same(function(da.Dual(x), da.Dual(y)), want)
        assert_same(function(da.Dual(x), y), want)
        # The strictest arrays raise where they could let the other operand try.
        if backend == "numpy":
            assert_same(function(x, da.Dual(y)), want)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("x", [FLOATS, INTEGERS, TRUTHS], ids=lambda x: str(x.dtype))
def test_indices(backend, x):
    xp = BACKENDS[backend]
    x = xp.asarray(x)
    for key in (
        (1, ...),
        (0, -1),
        (slice(None), 0),
        (..., 1),
        (slice(None, None, -1), 2),
        x == x[0, 0],
    ):
        assert_same(da.Dual(x)[key], x[key])
    for key in ((xp.asarray([1, 0]), xp.asarray([2, 0])), (0, xp.asarray([2, 0])), (None, 0, ...)):
        assert_same(da.Dual(x)[key], x[key])


@pytest.mark.parametrize("backend", BACKENDS)
def test_creation(backend):
    xp = BACKENDS[backend]
    duals = da.array_namespace(da.Dual(xp.ones(1)))
    for name, arguments, options in (
        ("arange", (5,), {}),
        ("arange", (0.0, 1.0, 0.25), {}),
        ("asarray", ([1.0, 2.0],), {}),
        ("asarray", ([1, 2],), {"dtype": xp.float32}),
        ("eye", (2, 3), {"k": 1}),
        ("full", ((2, 2), 3.0), {}),
        ("full", ((2, 2), 3), {"dtype": xp.float32}),
        ("linspace", (0.0, 1.0, 5), {}),
        ("ones", (3,), {}),
        ("zeros", ((2, 1),), {"dtype": xp.int32}),
    ):
        assert_same(
            getattr(duals, name)(*arguments, **options), getattr(xp, name)(*arguments, **options)
        )
    assert duals.empty((2, 3)).shape == (2, 3)
    assert duals.empty_like(da.Dual(xp.ones((2, 3)))).shape == (2, 3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_inspection(backend):
    xp = BACKENDS[backend]
    x = da.Dual(xp.ones((2, 3), dtype=xp.float32))
    duals = x.__array_namespace__()
    assert duals.__array_api_version__ >= "2024.12"
    assert duals.isdtype(x.dtype, "real floating")
    assert duals.finfo(x.dtype).bits == 32
    assert duals.iinfo(duals.int8).max == 127
    assert duals.__array_namespace_info__().dtypes()["float64"] == xp.float64
    assert (x.shape, x.ndim, x.size, len(x)) == ((2, 3), 2, 6, 2)
    assert x.device == xp.ones(1).device
    assert_same(x.T, xp.ones((3, 2), dtype=xp.float32))
    assert_same(x.mT, xp.ones((3, 2), dtype=xp.float32))
    assert_same(x.to_device(x.device), xp.ones((2, 3), dtype=xp.float32))
    assert duals.pi == xp.pi
    assert duals.newaxis is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_fulls_of_a_dual(backend):
    xp = BACKENDS[backend]
    x = da.Dual(xp.asarray(2.0), xp.asarray(3.0))
    duals = da.array_namespace(x)
    for made in (duals.full((2,), x), duals.full_like(duals.zeros(2), x), duals.asarray([x, x])):
        np.testing.assert_array_equal(np.asarray(made.value), [2.0, 2.0])
        np.testing.assert_array_equal(np.asarray(made.tangent), [3.0, 3.0])
