"""The table as a whole: complete by the standard's list, and its values the backend's own."""

import array_api_strict
import numpy as np
import pytest

import dualad as da
from dualad.rules import ROWS, TABLE
from dualad.rules.row import Row

ELEMENTWISE = [
    name
    for name in array_api_strict.__all__
    if getattr(getattr(array_api_strict, name), "__module__", "").endswith("_elementwise_functions")
]


def test_every_element_wise_function_of_the_standard_has_a_row():
    assert len(ELEMENTWISE) == 67
    assert set(ELEMENTWISE) - set(TABLE) == set()
    assert set(ELEMENTWISE) - set(da.__all__) == set()


def test_every_row_says_what_it_is():
    for row in ROWS:
        assert row.formula
        assert bool(row.derivative) == (row.kind != "predicate" and not row.integer), row.name
        if row.kind == "smooth" and row.tangent is None:
            assert len(row.first) == row.arity, row.name
            assert [len(rules) for rules in row.second] == list(range(1, row.arity + 1)), row.name


def test_rows_that_are_less_exact_are_few_and_known():
    exceptions = {row for row in ROWS if row.ulp != Row.__dataclass_fields__["ulp"].default}
    assert all(row.reason for row in exceptions)
    # The mixed derivative of pow cancels.
    assert {row.name for row in exceptions} & set(ELEMENTWISE) == {"pow"}
    public = {"erfinv", "lgamma", "digamma", "log_ndtr", "silu", "sinc"}
    inner = {"tanh_exp", "tanh_softplus", "gauss", "normal_density", "normal_hazard"}
    slopes = {"erfinv_slope", "lgamma_slope", "silu_slope", "sinc_slope", "trigamma"}
    slopes |= {"acosh_slope", "arc_slope", "atan_slope", "atanh_slope", "logistic_slope"}
    inner |= {"silu_curvature", "gauss_moment"}
    assert {row.name for row in exceptions} == {"pow"} | public | inner | slopes


NATIVE = sorted(row.name for row in ROWS if hasattr(np, row.name))


@pytest.mark.parametrize("name", NATIVE)
def test_values_are_the_backends_own(name, dtype, checks):
    row = TABLE[name]
    x, y = (np.arange(7), np.arange(7)) if row.integer else checks.pairs(row, dtype)
    arguments = [x, y] if row.arity == 2 else [x] if row.arity == 1 else [x > 0, x, y]
    if name == "clip":
        arguments = [x, -abs(y), abs(y)]
    got, want = getattr(da, name)(*arguments), getattr(np, name)(*arguments)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)
    dual = getattr(da, name)(*(da.Dual(a, None) for a in arguments))
    np.testing.assert_array_equal(dual if row.kind == "predicate" else dual.value, want)


# The condition of where is no number, and zeta has a derivative by its second argument only.
FLOATING = sorted(row.name for row in ROWS if not row.integer and row.name not in ("where", "zeta"))


@pytest.mark.parametrize("execution", ["whole", "blocks"])
@pytest.mark.parametrize("name", FLOATING)
def test_an_activation_of_one_row(name, execution, dtype):
    """A recorded program gives what the numbers give, and has derivatives by every argument."""
    row, f = TABLE[name], getattr(da, name)
    lo, hi = max(row.domain[0], -3.0), min(row.domain[1], 3.0)
    rng = np.random.default_rng(0)
    x = [rng.uniform(lo + 0.01, hi - 0.01, 100).astype(dtype) for _ in range(row.arity)]
    if name == "pow":
        x[0] = abs(x[0])
    definition = [lambda x: f(x), lambda x, y: f(x, y), lambda x, y, z: f(x, y, z)][row.arity - 1]
    activation = da.activation(definition, name=name, execution=execution)
    value, slopes = activation.linearize(*x)
    slopes = slopes if isinstance(slopes, tuple) else (slopes,)
    rtol = 1e-5 if dtype == np.float32 else 1e-13
    np.testing.assert_allclose(value, f(*x), rtol=rtol, atol=0.01 * rtol)
    for i, slope in enumerate(slopes):
        want = 0.0
        if row.kind != "predicate":
            want = da.derivative(lambda v, i=i: f(*x[:i], v, *x[i + 1 :]))(x[i])
        np.testing.assert_allclose(slope + 0.0 * x[i], want + 0.0 * x[i], rtol=rtol, atol=1e-30)


@pytest.mark.parametrize("name", FLOATING)
def test_single_precision_stays_single(name):
    row = TABLE[name]
    x = da.Dual(np.float32([1.0, 0.5]), 1.0)
    result = getattr(da, name)(*[x] * row.arity)
    if row.kind != "predicate":
        assert result.value.dtype == np.float32
        product = (result * x).tangent
        assert product.dtype == np.float32
