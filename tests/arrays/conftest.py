"""One check for every array function: all ways to its derivative, against differences."""

import array_api_compat.numpy as standard
import numpy as np
import pytest

import dualad as da

# Central differences of eighth order: with this step rounding errors are the larger, near 1e-13.
WEIGHTS = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}
STEP = 0.003


def parts(y):
    """The floating arrays of a result, as one vector."""
    leaves = y if isinstance(y, tuple | list) else (y,)
    floats = [np.reshape(a, (-1,)) for a in leaves if np.asarray(a).dtype.kind == "f"]
    return np.concatenate(floats)


def difference(f, arrays, directions):
    """The derivative of ``f`` along a direction, numerically."""
    total = 0.0
    for k, weight in WEIGHTS.items():
        for sign in (1, -1):
            moved = [x + sign * k * STEP * d for x, d in zip(arrays, directions, strict=True)]
            total = total + sign * weight * f(*moved)
    return total / STEP


def flat(f, xp_of):
    """``f(xp, *arrays)`` as a function of arrays that gives one vector of all its floats."""

    def function(*arrays):
        xp = xp_of(*arrays)
        y = f(xp, *arrays)
        leaves = y if isinstance(y, tuple | list) else (y,)
        floats = [xp.reshape(a, (-1,)) for a in leaves if "float" in str(a.dtype)]
        return floats[0] if len(floats) == 1 else xp.concat(floats)

    return function


class Derivatives:
    """Values and derivatives of ``f(xp, *arrays)`` by every transform."""

    close = staticmethod(np.testing.assert_allclose)

    @classmethod
    def check(cls, f, *arrays, rtol=1e-9, exact=True):
        """All of what follows, at ``arrays`` and along directions of our own."""
        rng = np.random.default_rng(3)
        arrays = [np.asarray(x) for x in arrays]
        directions = [rng.normal(size=x.shape) for x in arrays]
        duals = [da.Dual(x, d) for x, d in zip(arrays, directions, strict=True)]
        got, want = f(da.array_namespace(*duals), *duals), f(standard, *arrays)
        cls.same_value(got, want, exact)
        own, theirs = flat(f, da.array_namespace), flat(f, lambda *_: standard)
        jvp = cls.first_order(own, theirs, arrays, directions, rtol)
        cls.second_order(own, arrays, directions, jvp, 10 * rtol)
        cls.keeps_single_precision(own, arrays, directions)

    @staticmethod
    def same_value(got, want, exact):
        """The value, its shape and dtype are NumPy's own."""
        if not isinstance(want, tuple | list):
            got, want = (got,), (want,)
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            value = g.value if isinstance(g, da.Dual) else g
            assert isinstance(g, da.Dual) == (np.asarray(w).dtype.kind == "f")
            assert np.shape(value) == np.shape(w)
            assert np.asarray(value).dtype == np.asarray(w).dtype
            np.testing.assert_allclose(value, w, rtol=0.0 if exact else 1e-14, atol=0.0)
            if isinstance(g, da.Dual) and g.tangent is not None:
                assert np.shape(g.tangent) == np.shape(g.value)

    @classmethod
    def first_order(cls, own, theirs, arrays, directions, rtol):
        """A direction, all of them at once and in chunks, and backwards."""
        value, jvp = da.jvp(own, arrays, directions)
        cls.close(value, theirs(*arrays), rtol=1e-14, atol=1e-14)
        numerical = difference(theirs, arrays, directions)
        size = 1.0 + np.max(np.abs(numerical), initial=0.0)
        cls.close(jvp, numerical, rtol=rtol, atol=rtol * size)
        places = tuple(range(len(arrays)))
        whole = da.jacobian(own, argnums=places)(*arrays)
        for chunk in (1, 4):
            for a, b in zip(
                whole, da.jacobian(own, argnums=places, chunk_size=chunk)(*arrays), strict=True
            ):
                cls.close(a, b, rtol=1e-13, atol=1e-13 * size)
        along = sum(
            np.reshape(m, (jvp.size, d.size)) @ d.reshape(-1)
            for m, d in zip(whole, directions, strict=True)
        )
        cls.close(along, jvp, rtol=1e-11, atol=1e-12 * size)
        weights = np.random.default_rng(5).normal(size=jvp.size)
        back = da.gradient(lambda *a: (own(*a) * weights).sum(), argnums=places)(*arrays)
        for g, m, x in zip(back, whole, arrays, strict=True):
            assert g.shape == x.shape
            assert g.dtype == m.dtype == x.dtype
            assert m.shape == (jvp.size, *x.shape)
            cls.close(g, np.tensordot(weights, m, 1), rtol=1e-11, atol=1e-12 * size)
        return jvp

    @classmethod
    def second_order(cls, own, arrays, directions, jvp, rtol):
        """Hyper-dual, dual in dual, and every pair of forward and reverse."""
        places = tuple(range(len(arrays)))

        def slope(*a):
            return da.jvp(own, a, directions)[1]

        numerical = difference(slope, arrays, directions)
        size = 1.0 + np.max(np.abs(numerical), initial=0.0)
        nested = da.jvp(slope, arrays, directions)[1]
        cls.close(nested, numerical, rtol=rtol, atol=rtol * size)
        hyper = own(*(da.HyperDual(x, d, d) for x, d in zip(arrays, directions, strict=True)))
        components = (hyper.d1, hyper.d2, hyper.d12) if hasattr(hyper, "d12") else (None,) * 3
        for got, want in zip(components, (jvp, jvp, nested), strict=True):
            got = np.zeros_like(want) if got is None else got
            assert np.shape(got) == want.shape
            cls.close(got, want, rtol=1e-10, atol=1e-11 * size)
        weights = np.random.default_rng(5).normal(size=jvp.size)

        def number(*a):
            return (own(*a) * weights).sum()

        want = weights @ nested
        for matrix in (
            da.hessian(number, argnums=places)(*arrays),
            da.jacobian(da.jacobian(number, argnums=places), argnums=places)(*arrays),
        ):
            form = 0.0
            for row, d in zip(matrix, directions, strict=True):
                for block, e in zip(row, directions, strict=True):
                    assert block.shape == d.shape + e.shape
                    form += d.reshape(-1) @ np.reshape(block, (d.size, e.size)) @ e.reshape(-1)
            cls.close(form, want, rtol=1e-9, atol=1e-10 * size)

        # The gradient of a gradient: reverse over reverse.
        def along(*a):
            g = da.gradient(number, argnums=places)(*a)
            return sum((p * d).sum() for p, d in zip(g, directions, strict=True))

        twice = da.gradient(along, argnums=places)(*arrays)
        total = sum((g * d).sum() for g, d in zip(twice, directions, strict=True))
        cls.close(total, want, rtol=1e-9, atol=1e-10 * size)
        product = da.hvp(number, argnums=places)(*arrays, tuple(directions))
        for g, h in zip(twice, product, strict=True):
            cls.close(g, h, rtol=1e-9, atol=1e-10 * size)
        trace = sum(
            np.trace(np.reshape(matrix[i][i], (x.size, x.size))) for i, x in enumerate(arrays)
        )
        cls.close(
            da.laplacian(number, argnums=places)(*arrays), trace, rtol=1e-9, atol=1e-10 * size
        )

    @staticmethod
    def keeps_single_precision(own, arrays, directions):
        """float32 in, float32 tangents out."""
        narrow = [x.astype(np.float32) for x in arrays]
        y, dy = da.jvp(own, narrow, [d.astype(np.float32) for d in directions])
        assert y.dtype == dy.dtype == np.float32
        assert da.jacobian(own)(*narrow).dtype == np.float32
        assert da.gradient(lambda *a: own(*a).sum())(*narrow).dtype == np.float32
        hyper = own(*(da.HyperDual(x, np.float32(1), np.float32(1)) for x in narrow))
        d12 = getattr(hyper, "d12", None)
        assert d12 is None or d12.dtype == np.float32


@pytest.fixture
def derivatives():
    return Derivatives
