"""Libraries without an adapter: their own special functions, found beside their namespace."""

import subprocess
import sys

import numpy as np
import pytest

import dualad as da
from dualad.special_functions import MODULES, special_functions

X = np.array([0.3, -0.45, 2.5])
NAMES = ["erf", "erfc", "ndtr", "log_ndtr", "lgamma", "digamma", "sinc", "cbrt", "silu", "relu"]
NAMES += ["log_sigmoid", "sigmoid", "softplus", "trigamma", "normal_hazard"]


def test_nothing_is_imported_before_an_array_is_seen():
    code = "import dualad, sys; print([m for m in ('jax', 'dask', 'torch') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_what_is_listed_is_there():
    pytest.importorskip("jax")
    for root, modules in MODULES.items():
        listed = {name for names in modules.values() for name in names}
        assert set(special_functions(root)) == listed
    assert special_functions("array_api_strict") == {}


@pytest.mark.parametrize("name", NAMES)
def test_jax(name):
    jax = pytest.importorskip("jax")
    x = jax.numpy.asarray(X, dtype="float32")
    f = getattr(da, name)
    for order in (0, 1, 2):
        got = da.derivative(f, order)(x)
        assert isinstance(got, jax.Array)
        assert got.dtype == "float32"
        want = da.derivative(f, order)(np.asarray(x))
        np.testing.assert_allclose(got, want, rtol=3e-6, atol=1e-6)


def test_jax_computes_with_its_own():
    jax = pytest.importorskip("jax")
    x = jax.numpy.asarray(X)
    for name, own in [
        ("erfinv", jax.scipy.special.erfinv),
        ("lgamma", jax.scipy.special.gammaln),
        ("log_ndtr", jax.scipy.special.log_ndtr),
        ("silu", jax.nn.silu),
    ]:
        np.testing.assert_array_equal(getattr(da, name)(x), own(x))


@pytest.mark.parametrize("name", NAMES)
def test_dask_stays_lazy(name):
    dask_array = pytest.importorskip("dask.array")
    x = dask_array.from_array(X, chunks=2)
    f = getattr(da, name)
    for order in (0, 1, 2):
        got = da.derivative(f, order)(x)
        assert isinstance(got, dask_array.Array)
        assert got.chunks == ((2, 1),)
        np.testing.assert_allclose(got.compute(), da.derivative(f, order)(X), rtol=1e-13)


def test_dask_computes_nothing_before_it_is_asked():
    dask_array = pytest.importorskip("dask.array")
    seen = []

    def block(x):
        seen.append(x.size)
        return x

    x = dask_array.from_array(X, chunks=2).map_blocks(block, dtype=float, meta=np.ones(0))
    lazy = [da.derivative(getattr(da, name), 2)(x) for name in NAMES]
    assert not seen
    lazy[0].compute()
    assert seen


def test_half_precision_stays_half_in_numpy():
    x = np.array([0.3, 0.61], np.float16)
    for name in ("erf", "erfc", "erfinv", "ndtr", "log_ndtr", "lgamma", "digamma", "log_sigmoid"):
        got = getattr(da, name)(x)
        assert got.dtype == np.float16
        want = getattr(da, name)(x.astype(np.float32)).astype(np.float16)
        np.testing.assert_array_equal(got, want)
    assert da.xlogy(x, 2.0).dtype == np.float16
    assert da.xlogy(x, x.astype(np.float32)).dtype == np.float32
