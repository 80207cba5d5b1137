"""Dask arrays stay lazy and chunked."""

import dask
import dask.array
import numpy as np
import pytest

import dualad as da
from dualad.dask_arrays import broadcast_to


def never(dsk, keys, **options):
    raise AssertionError("something was computed")


@pytest.fixture
def x():
    return dask.array.linspace(-3.0, 3.0, 24, chunks=6)


def test_nothing_is_computed_before_it_is_asked_for(x):
    with dask.config.set(scheduler=never):
        lazy = [
            da.derivative(lambda x: da.tanh(x) * da.lgamma(x + 5.0), 2)(x),
            da.gradient(lambda x: da.sum(da.erf(x) ** 2))(x),
            da.jvp(da.softplus, (x,), (x,))[1],
            da.hvp(lambda x: da.sum(da.exp(x)))(x, x),
            da.derivative(da.sigmoid)(x[x > 0]),
        ]
    near = x.compute()
    assert all(isinstance(a, dask.array.Array) for a in lazy)
    assert np.array_equal(lazy[2].compute(), da.jvp(da.softplus, (near,), (near,))[1])
    assert np.array_equal(lazy[3].compute(), np.exp(near) * near)
    assert np.array_equal(lazy[4].compute(), da.derivative(da.sigmoid)(near[near > 0]))


def test_chunks_are_kept(x):
    for result in (
        da.derivative(da.tanh, 3)(x),
        da.gradient(lambda x: da.sum(da.tanh(x)))(x),
        da.value_and_derivative(da.log_ndtr)(x)[0],
    ):
        assert result.chunks == x.chunks


def test_what_is_repeated_comes_in_chunks():
    one = dask.array.ones((1, 4), chunks=2)
    with dask.config.set({"array.chunk-size": "800B"}):
        wide = broadcast_to(one, (3, 1000, 4))
    assert wide.shape == (3, 1000, 4)
    assert max(wide.chunks[1]) < 1000
    assert bool((wide == 1.0).all())


def test_half_types():
    x = np.float16([0.1, 0.7, 3.0])
    got = da.derivative(da.sech_squared)(dask.array.from_array(x, chunks=2))
    assert got.dtype == np.float16
    assert np.array_equal(got.compute(), da.derivative(da.sech_squared)(x))
