"""Every function of the table on tensors, value and derivative: eager, in a graph, through XLA."""

import mpmath
import numpy as np
import pytest
import tensorflow as tf

import dualad as da
from dualad import testing
from dualad.functions import FUNCTIONS
from dualad.rules import ROWS
from dualad.testing import ulp_error
from dualad.testing.points import probe_points
from dualad_tensorflow.namespace import namespace as xp

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

UNARY = [row for row in ROWS if row.arity == 1 and row.kind != "predicate" and not row.integer]
BINARY = [row for row in ROWS if row.arity == 2 and row.kind != "predicate" and not row.integer]

FURTHER = {"tanh_exp": 40.0, "erfinv_slope": 18.0}
"""Rows of which an ulp in an exponent makes more, in ulp."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_functions_of_one_argument_agree_with_numpy_in_value_and_derivative(row, dtype):
    x = probe_points(dtype, row.domain, row.kinks, dense=40, extra=row.probes)
    # TensorFlow takes subnormal numbers for zero; NumPy's sinc overflows beyond a third.
    usable = (x == 0) | (abs(x) >= np.finfo(dtype).smallest_normal)
    x = x[np.isfinite(x) & usable & (abs(x) < np.finfo(dtype).max / 4)]
    bound = FURTHER.get(row.name, max(8.0, 2 * row.ulp[0]))
    frameworks = ("numpy", "tensorflow")
    testing.check_frameworks_agree(FUNCTIONS[row.name], frameworks, points=x, ulp=bound)


def two(row, dtype=np.float64):
    rng = np.random.default_rng(0)
    low, high = max(row.domain[0], -3.0), min(row.domain[1], 3.0)
    x, y = rng.uniform(low + 0.01, high - 0.01, (2, 200))
    return (abs(x) if row.name in ("pow", "xlogy") else x).astype(dtype), abs(y).astype(dtype)


@pytest.mark.parametrize("row", BINARY, ids=lambda row: row.name)
def test_functions_of_two_arguments_agree_with_numpy_in_value_and_derivatives(row):
    f, (x, y) = FUNCTIONS[row.name], two(row)
    s, t = tf.constant(x), tf.constant(y)
    pairs = [(f(s, t), f(x, y))]
    if row.name not in ("nextafter", "floor_divide"):
        pairs.append((da.derivative(lambda v: f(s, v))(t), da.derivative(lambda v: f(x, v))(y)))
    if row.name not in ("zeta", "nextafter", "floor_divide"):
        pairs.append((da.derivative(f)(s, t), da.derivative(f)(x, y)))
    for got, want in pairs:
        np.testing.assert_allclose(got, want + 0.0 * x, rtol=1e-13, atol=1e-15)


PUBLIC = [row for row in UNARY if row.name in da.__all__]

LESS_EXACT = {
    "lgamma": 512.0,  # XLA's own, near its zeros at 1 and 2
    "lgamma_slope": 128.0,  # near its zeros, where the reflection cancels
    "digamma": 128.0,  # the same
    "silu_curvature": 512.0,  # the derivative, near its zeros
}


def values_and_derivatives(tensors):
    found = {}
    for name, x in tensors.items():
        f = FUNCTIONS[name]
        found[name] = [f(x), da.derivative(f)(x) + tf.zeros_like(x)]
    return found


@pytest.fixture(scope="module")
def eager_graph_and_xla():
    points = {}
    for row in PUBLIC:
        low, high = max(row.domain[0], -30.0), min(row.domain[1], 30.0)
        points[row.name] = tf.constant(np.linspace(low, high, 403)[1:-1])
    graph, xla = (
        tf.function(values_and_derivatives, autograph=False, jit_compile=c) for c in (0, 1)
    )
    return [run(points) for run in (values_and_derivatives, graph, xla)]


@pytest.mark.parametrize("row", PUBLIC, ids=lambda row: row.name)
def test_graphs_and_xla_compute_what_eager_mode_does(row, eager_graph_and_xla):
    eager, *others = (found[row.name] for found in eager_graph_and_xla)
    for other in others:
        for got, want in zip(other, eager, strict=True):
            off = np.abs(ulp_error(got.numpy(), want.numpy()))
            assert off.max() <= LESS_EXACT.get(row.name, 8.0), got.numpy()[np.argmax(off)]


LARGEST = float(np.arccosh(np.finfo(np.float64).max))
WIDE = np.concatenate(
    [np.linspace(-LARGEST, LARGEST, 801) * (1 - 1e-15), np.geomspace(1e-9, 2, 99)]
)
NARROW = np.concatenate([np.linspace(-1, 1, 801)[1:-1], np.geomspace(1e-9, 0.5, 99)])
PUT_RIGHT = {"log1p": NARROW, "atanh": NARROW, "sinh": WIDE, "cosh": WIDE}


@pytest.mark.parametrize("mode", ["eager", "graph", "XLA"])
@pytest.mark.parametrize("name", PUT_RIGHT)
def test_what_xla_makes_of_a_function_is_put_right(name, mode):
    function = getattr(xp, name)
    run = function if mode == "eager" else tf.function(function, jit_compile=mode == "XLA")
    x = PUT_RIGHT[name]
    with mpmath.workdps(40):
        want = [getattr(mpmath, name)(mpmath.mpf(v)) for v in x]
    assert np.abs(ulp_error(run(tf.constant(x)).numpy(), want)).max() < 4.1
    ends = tf.constant([np.inf, -np.inf, np.nan, -1.0, 1.0, 0.0], tf.float64)
    np.testing.assert_allclose(run(ends), getattr(np, {"atanh": "arctanh"}.get(name, name))(ends))


@pytest.mark.parametrize("name", PUT_RIGHT)
def test_what_is_put_right_has_the_gradient_that_it_had(name):
    @tf.function(jit_compile=True)
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = getattr(xp, name)(x)
        return tape.gradient(y, x)

    x = tf.constant([-0.7, -0.3, 0.0, 0.2, 0.9], tf.float64)
    want = da.derivative(getattr(da, name))(x.numpy())
    np.testing.assert_allclose(gradient(x), want, rtol=1e-14, atol=1e-16)
