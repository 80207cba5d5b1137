"""The methods of arrays on dual numbers: those of NumPy, with NumPy's positional arguments."""

import numpy as np
import pytest

import dualad as da
from dualad.protocols.array_methods import ArrayMethods

RANDOM = np.random.default_rng(5)
A = RANDOM.uniform(0.5, 2.0, (3, 4))
B = RANDOM.uniform(0.5, 2.0, (4, 3))
DA = RANDOM.uniform(-1.0, 1.0, (3, 4))

CASES = {
    "sum": lambda x: x.sum(0),
    "sum of all": lambda x: x.sum(),
    "sum, kept": lambda x: x.sum(1, None, None, True),
    "mean": lambda x: x.mean(1, keepdims=True),
    "prod": lambda x: x.prod(1),
    "max": lambda x: x.max(1),
    "max from": lambda x: x.max(1, None, True, 1.0),
    "min": lambda x: x.min(),
    "var": lambda x: x.var(0, None, None, 1),
    "std": lambda x: x.std(ddof=1),
    "cumsum": lambda x: x.cumsum(),
    "cumsum 1": lambda x: x.cumsum(1),
    "cumprod": lambda x: x.cumprod(axis=0),
    "reshape": lambda x: x.reshape(2, -1),
    "reshape, tuple": lambda x: x.reshape((4, 3)),
    "reshape, one": lambda x: x.reshape(-1),
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(),
    "transpose None": lambda x: x.transpose(None),
    "transpose 1 0": lambda x: x.transpose(1, 0),
    "transpose, tuple": lambda x: x.transpose((1, 0)),
    "swapaxes": lambda x: x.swapaxes(0, -1),
    "dot": lambda x: x.dot(B),
    "clip": lambda x: x.clip(0.7, 1.5),
    "clip min": lambda x: x.clip(min=0.7),
    "round": lambda x: x.round(1) + x,
    "copy": lambda x: x.copy(),
    "squeeze": lambda x: x[:1].squeeze(),
    "squeeze 1": lambda x: x[:, :1].squeeze(1),
    "repeat": lambda x: x.repeat(2, 1),
    "take": lambda x: x.take([2, 0], 1),
    "take flat": lambda x: x.take([7]),
    "trace": lambda x: x.trace(1),
    "diagonal": lambda x: x.diagonal(),
    "conj": lambda x: x.conj() + x.conjugate(),
    "real": lambda x: x.real,
    "astype": lambda x: x.astype(np.float64),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_tangents(name):
    f = CASES[name]
    got, want = f(da.Dual(A, DA)), f(A)
    assert got.shape == want.shape
    np.testing.assert_array_equal(got.value, want)
    h = 2.0**-20
    slope = (f(A + h * DA) - f(A - h * DA)) / (2.0 * h)
    np.testing.assert_allclose(np.broadcast_to(got.tangent, got.shape), slope, rtol=1e-7, atol=1e-8)


CONSTANT = {
    "argsort": lambda x: x.argsort(0),
    "argmax": lambda x: x.argmax(1),
    "argmin": lambda x: x.argmin(),
    "any": lambda x: x.any(0),
    "all": lambda x: x.all(),
    "nonzero": lambda x: x.nonzero(),
    "searchsorted": lambda x: x.cumsum().searchsorted([1.0, 4.0], "right"),
    "astype int": lambda x: x.astype(np.int64),
    "astype bool": lambda x: x.astype(bool),
}


@pytest.mark.parametrize("name", CONSTANT)
def test_integers_and_truth_values_are_those_of_the_values(name):
    f = CONSTANT[name]
    got, want = f(da.Dual(A, DA)), f(A)
    assert type(got) is type(want)
    np.testing.assert_array_equal(got, want)


def test_the_imaginary_part_is_zero():
    assert np.all(da.Dual(A, DA).imag.value == 0.0)


def test_half_the_precision():
    x = da.Dual(A, DA)
    assert x.astype(np.float32).tangent.dtype == np.float32
    assert x.sum(0, np.float32).dtype == np.float32
    assert x.astype("float32").dtype == x.mean(dtype="float32").dtype == np.float32
    assert x.astype(float).dtype == np.float64


def test_a_copy_is_its_own():
    x = da.Dual(A, DA)
    twin = x.copy()
    twin[0, 0] = 7.0
    twin[1] = x[0]
    assert (x.value[0, 0], twin.value[0, 0], twin.tangent[0, 0]) == (A[0, 0], 7.0, 0.0)
    assert twin.tangent[1].tolist() == DA[0].tolist()
    twin.fill(x[2, 2])
    assert set(twin.tangent.ravel().tolist()) == {DA[2, 2]}
    assert A[0, 0] != 7.0


def test_hyper_duals_have_them_too():
    x = da.HyperDual(A, 1.0, 1.0)
    assert x.prod(1).sum().d12 == pytest.approx(da.sum(da.prod(x, axis=1)).d12)
    np.testing.assert_allclose((x * x).sum(0).d12, 6.0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda x: x.sort(), "x.sort() on a Dual would drop its tangent"),
        (lambda x: x.sort(), "write np.sort(x), which gives a new array"),
        (lambda x: x.item(), "x.item() on a Dual would drop its tangent"),
        (lambda x: x.tolist(), "write list(x)"),
        (lambda x: x.tobytes(), "x.tobytes() on a Dual would drop its tangent"),
        (lambda x: x.sum(0, out=np.zeros(4)), "x.sum(..., out) on a Dual would drop its tangent"),
        (lambda x: x.mean(where=A > 1.0), "x.mean(..., where) on a Dual"),
        (lambda x: x.sum(1, 2, 3, 4, 5, 6, 7, 8), "x.sum(..., 9 arguments) on a Dual"),
        (lambda x: x.reshape(4, 3, order="F"), "order='F' is not supported on dual numbers"),
    ],
)
def test_what_is_refused_says_so(call, said):
    with pytest.raises(TypeError) as raised:
        call(da.Dual(A, DA))
    assert said in str(raised.value)


def test_every_method_says_what_it_is_for():
    for name, method in vars(ArrayMethods).items():
        if not name.startswith("_"):
            assert method.__doc__, name
    assert ArrayMethods.sum.__doc__ == "The sum. As ``np.sum``."
