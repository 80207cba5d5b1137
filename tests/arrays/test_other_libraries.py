"""Functions of other libraries that are written to the standard: array-api-extra, SciPy."""

import os
import subprocess
import sys

import array_api_compat
import array_api_extra as xpx
import numpy as np
import pytest

import dualad as da

X = np.array([0.3, -1.2, 2.5])
A = np.array([[1.0, 2.5, 3.0, 4.2], [0.5, 1.0, 4.0, 2.0], [3.0, 1.5, 2.0, 2.2]])


def test_a_dual_is_an_array_to_array_api_compat():
    x = da.Dual(X, np.ones(3))
    assert array_api_compat.is_array_api_obj(x)
    assert array_api_compat.array_namespace(x) is da.array_namespace(x)
    assert not array_api_compat.is_numpy_namespace(array_api_compat.array_namespace(x))
    assert array_api_compat.size(x) == 3
    assert array_api_compat.device(x) == "cpu"
    moved = array_api_compat.to_device(x, "cpu")
    np.testing.assert_array_equal(moved.tangent, np.ones(3))


EXTRA = {
    "sinc": (lambda x: xpx.sinc(x), X),
    "kron": (lambda x: xpx.kron(x, x), X),
    "pad": (lambda x: xpx.pad(x, 2) ** 2, X),
    "atleast_nd": (lambda x: xpx.atleast_nd(x * x, ndim=3), X),
    "create_diagonal": (lambda x: xpx.create_diagonal(x * x), X),
    "partition": (lambda x: xpx.partition(x * 2.0, 1), X),
    "nan_to_num": (lambda x: xpx.nan_to_num(x * x), X),
    "nansum": (lambda x: xpx.nansum(x * x), X),
    "nanmax": (lambda x: xpx.nanmax(x * x), X),
    "deg2rad": (lambda x: xpx.deg2rad(x) * x, X),
    "at": (lambda x: xpx.at(+x)[0].set(x[1] * x[2]), X),
}


@pytest.mark.parametrize("name", EXTRA)
def test_array_api_extra(derivatives, name):
    f, x = EXTRA[name]
    derivatives.check(lambda xp, x: f(x), x, exact=False)


def test_the_derivative_of_a_covariance_is_one_again():
    d = np.cos(np.arange(12.0)).reshape(3, 4)
    y, dy = da.jvp(xpx.cov, (A,), (d,))
    np.testing.assert_allclose(y, np.cov(A), rtol=1e-14)
    # Bilinear: what cov gives for all six rows together has the mixed terms.
    both = np.cov(np.concatenate([A, d]))[:3, 3:]
    np.testing.assert_allclose(dy, both + both.T, rtol=1e-12)
    back = da.gradient(lambda x: da.array_namespace(x).linalg.trace(xpx.cov(x)))(A)
    np.testing.assert_allclose(back, 2.0 / 3.0 * (A - A.mean(1, keepdims=True)), rtol=1e-13)


def test_array_api_extra_without_tangents():
    x = da.Dual(X)
    np.testing.assert_array_equal(xpx.setdiff1d(x, x[:1]).value, xpx.setdiff1d(X, X[:1]))
    assert int(xpx.nunique(da.Dual(np.array([1.0, 2.0, 1.0])))) == 2
    np.testing.assert_array_equal(xpx.isin(x, x[:1]), [True, False, False])
    hot = xpx.one_hot(da.Dual(np.array([0, 2])), 3)
    np.testing.assert_array_equal(hot, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(xpx.argpartition(x, 1), xpx.argpartition(X, 1))


SCIPY = """
import numpy as np, scipy.cluster.vq, scipy.integrate, scipy.optimize, scipy.special, scipy.stats
import dualad as da

x = np.array([0.3, -1.2, 2.5])
a = np.array([[1.0, 2.5, 3.0, 4.2], [0.5, 1.0, 4.0, 2.0], [3.0, 1.5, 2.0, 2.2]])
FUNCTIONS = {
    "logsumexp": (scipy.special.logsumexp, x),
    "softmax": (scipy.special.softmax, x),
    "log_softmax": (scipy.special.log_softmax, x),
    "gmean": (scipy.stats.gmean, a),
    "hmean": (scipy.stats.hmean, a),
    "pmean": (lambda a: scipy.stats.pmean(a, 3), a),
    "skew": (scipy.stats.skew, a),
    "kurtosis": (scipy.stats.kurtosis, a),
    "sem": (scipy.stats.sem, a),
    "zscore": (scipy.stats.zscore, a),
    "circmean": (scipy.stats.circmean, x),
    "trapezoid": (scipy.integrate.trapezoid, x),
    "cumulative_trapezoid": (lambda x: scipy.integrate.cumulative_trapezoid(x * x), x),
    "rosen": (scipy.optimize.rosen, x),
    "whiten": (scipy.cluster.vq.whiten, a),
    "cubature": (
        lambda x: scipy.integrate.cubature(lambda t: x * x * t, 0 * x[:1], 0 * x[:1] + 1).estimate,
        x,
    ),
}
for name, (f, x) in FUNCTIONS.items():
    d = np.cos(np.arange(x.size)).reshape(x.shape)
    y, dy = da.jvp(f, (x,), (d,))
    np.testing.assert_allclose(y, f(x), rtol=1e-14, atol=1e-15, err_msg=name)
    h = 1e-3
    stencil = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}
    want = sum(w * (f(x + k * h * d) - f(x - k * h * d)) for k, w in stencil.items()) / h
    np.testing.assert_allclose(dy, want, rtol=1e-9, atol=1e-10, err_msg=name)
    # Reverse mode as well, where no step asks for a value.
    back = da.gradient(lambda x: da.array_namespace(x).sum(f(x)))(x)
    np.testing.assert_allclose(np.sum(back * d), np.sum(want), rtol=1e-8, atol=1e-9, err_msg=name)
print(len(FUNCTIONS))
"""


def test_scipys_functions_of_the_standard():
    # SciPy looks at the variable when it is imported.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCIPY],
        env=os.environ | {"SCIPY_ARRAY_API": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split()[-1] == "16"
