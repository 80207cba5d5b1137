"""What transforms take and give: memory of its own, weak numbers, keywords, and no nonsense."""

import numpy as np
import pytest
import torch

import dualad as da

X = np.array([1.0, 2.0, 3.0])


def square_sum(x):
    return da.sum(x * x)


def test_results_share_no_memory():
    by_a, by_b = da.gradient(lambda a, b: da.sum((a + b) ** 2), argnums=(0, 1))(X, X)
    by_a *= 2.0
    assert by_b.tolist() == (4.0 * X).tolist()
    slope = da.gradient(da.sum)(X)
    slope *= 2.0
    assert slope.tolist() == [2.0, 2.0, 2.0]
    value, slope = da.value_and_derivative(da.exp)(X)
    value *= 0.0
    assert np.array_equal(slope, np.exp(X))
    x = X.copy()
    value, slope = da.value_and_derivative(lambda x: x)(x)
    value *= 0.0
    assert x.tolist() == X.tolist()
    v = np.ones(3)
    y, dy = da.jvp(lambda x: x, (x,), (v,))
    y *= 0.0
    dy *= 0.0
    assert (x.tolist(), v.tolist()) == (X.tolist(), [1.0, 1.0, 1.0])
    jac = da.jacobian(lambda x: 2.0 * x)(X)
    jac *= 2.0
    curved = da.hessian(lambda x: da.sum(3.0 * x))(X)
    curved += 1.0
    assert curved.tolist() == np.ones((3, 3)).tolist()


def test_tensors_share_no_memory():
    x = torch.tensor(X)
    by_a, by_b = da.gradient(lambda a, b: da.sum((a + b) ** 2), argnums=(0, 1))(x, x)
    by_a.zero_()
    assert by_b.tolist() == (4.0 * X).tolist()
    slope = da.gradient(da.sum)(x)
    slope.mul_(2.0)
    assert slope.tolist() == [2.0, 2.0, 2.0]


def test_a_python_number_stays_weak():
    def f(s):
        return da.sum(s * np.ones(3, np.float32))

    assert da.value_and_gradient(f)(2.0)[0].dtype == np.float32
    scaled = da.derivative(lambda s: s * np.ones(3, np.float32))(2.0)
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [1.0, 1.0, 1.0]
    over = da.derivative(lambda s: np.ones(2, np.float32) / s)
    with np.errstate(all="ignore"):
        assert over(0.0).tolist() == [-np.inf, -np.inf]
    assert over(2.0).tolist() == [-0.25, -0.25]


def test_python_numbers_beside_tensors():
    w = torch.ones(3)
    assert da.gradient(lambda s: da.sum(s * w))(2.0) == 3.0
    slopes = da.gradient(lambda p: da.sum(p["w"] * p["lr"]))({"lr": 2.0, "w": w})
    assert slopes["lr"] == 3.0
    assert slopes["w"].tolist() == [2.0, 2.0, 2.0]
    jac = da.jacobian(lambda p: p["w"] * p["lr"])({"lr": 2.0, "w": w})
    assert jac["lr"].tolist() == [1.0, 1.0, 1.0]
    assert jac["w"].tolist() == (2.0 * np.eye(3)).tolist()


def test_bytes_in_the_other_order():
    x = X.astype(">f8")
    assert np.array_equal(da.derivative(da.exp)(x), np.exp(X))
    assert np.array_equal(da.gradient(square_sum)(x), 2.0 * X)


def test_keywords_go_to_the_function():
    def f(x, *, power=1.0, scale=1.0):
        return scale * x**power

    options = {"power": 3.0, "scale": 2.0}
    assert da.derivative(f)(2.0, **options) == 24.0
    assert da.value_and_derivative(f)(2.0, **options) == (16.0, 24.0)
    for transform in (da.gradient, da.jacobian):
        assert transform(f)(2.0, **options) == 24.0
    for transform in (da.hessian, da.laplacian):
        assert transform(f)(2.0, **options) == 24.0
    assert da.value_and_gradient(f)(2.0, **options)[1] == 24.0
    assert da.hvp(f)(2.0, 2.0, **options) == 48.0


@pytest.mark.parametrize("result", [None, "x", (v for v in ())])
def test_a_function_must_return_something(result):
    kind = type(result).__name__
    with pytest.raises(ValueError, match=f"returns one number, not a {kind}"):
        da.gradient(lambda x: result)(X)
    with pytest.raises(ValueError, match=f"function of one array, not a {kind}"):
        da.laplacian(lambda x: result)(X)
    with pytest.raises(TypeError, match=f"returns one array, this one a {kind}"):
        da.derivative(lambda x: result)(X)


def test_a_leaked_number_is_no_result():
    leaked = []

    def f(x):
        leaked.append(x)
        return da.sum(x)

    da.gradient(f)(X)
    with pytest.raises(RuntimeError, match="a dual number is used after its derivative"):
        da.gradient(lambda x: leaked[0][0])(X)


def test_integers_and_truth_values_have_derivative_zero():
    got = da.derivative(lambda x: x > 1.5)(X)
    assert (got.dtype, got.tolist()) == (np.float64, [0.0, 0.0, 0.0])
    jac = da.jacobian(lambda x: x.astype(int))(X)
    assert (jac.dtype, jac.any()) == (np.float64, False)


def test_argnums_as_numpy_has_integers():
    assert da.gradient(square_sum, argnums=np.int64(0))(X).tolist() == (2 * X).tolist()
    assert da.hvp(square_sum, argnums=np.int64(0))(X, X).tolist() == (2 * X).tolist()
    with pytest.raises(
        TypeError, match="an element-wise derivative is by one argument, got argnum"
    ):
        da.derivative(lambda x, y: x * y, argnums=(0, 1))(1.0, 2.0)
    with pytest.raises(ValueError, match=r"argnums=\(0, 1\) needs as many directions, got tuple"):
        da.hvp(lambda x, y: x * y, argnums=(0, 1))(1.0, 2.0, (1.0,))


@pytest.mark.parametrize("wrong", [1.5, "a", True])
def test_chunk_size_is_an_integer(wrong):
    with pytest.raises(TypeError, match=f"how many directions go at a time, got {wrong!r}"):
        da.jacobian(square_sum, chunk_size=wrong)


def test_no_inputs():
    assert da.gradient(lambda p: 1.0)({}) == {}
    assert da.laplacian(lambda p: np.float64(1.0))({}) == 0.0


def test_under_vmap_of_torch():
    points = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    got = torch.func.vmap(da.hessian(lambda x: da.sum(x**3)))(points)
    assert got.tolist() == [[[6.0, 0.0], [0.0, 12.0]], [[18.0, 0.0], [0.0, 24.0]]]


def test_a_tangent_larger_than_its_value_is_refused():
    with pytest.raises(ValueError, match=r"tangent of shape \(2, 3\) does not broadcast to its"):
        da.sum(da.Dual(np.ones(3), np.ones((2, 3))))
