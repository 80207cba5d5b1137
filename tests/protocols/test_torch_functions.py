"""PyTorch's functions on dual numbers: its own values, and the tangents of its forward mode."""

import operator

import mpmath
import numpy as np
import pytest
import torch
import torch.nn.functional as F

import dualad as da

torch.manual_seed(3)
X = torch.rand(3, 4, dtype=torch.float64) + 0.5
Y = torch.rand(3, 4, dtype=torch.float64) + 0.5
B = torch.rand(4, 3, dtype=torch.float64)
V = torch.rand(4, dtype=torch.float64) + 0.5
SQUARE = torch.rand(3, 3, dtype=torch.float64) + 3.0 * torch.eye(3, dtype=torch.float64)
MASK = X > 1.0
PLACES = torch.argsort(Y, dim=1)


def leaves(y):
    return [a for part in y for a in leaves(part)] if isinstance(y, tuple | list) else [y]


def check(f, x, rtol=1e-13):
    """``f`` on a dual number of tensors, against PyTorch's own value and forward derivative."""
    dx = torch.linspace(-1.0, 1.0, x.numel(), dtype=x.dtype).reshape(x.shape)
    got = leaves(f(da.Dual(x, dx)))
    want = leaves(f(x))
    kept = [i for i, a in enumerate(want) if a.dtype.is_floating_point]

    def smooth(x):
        every = leaves(f(x))
        return tuple(every[i] for i in kept)

    derivatives = dict(zip(kept, torch.func.jvp(smooth, (x,), (dx,))[1], strict=True))
    assert len(got) == len(want)
    assert any(isinstance(a, da.Dual) for a in got)
    for i, (a, b) in enumerate(zip(got, want, strict=True)):
        value = a.value if isinstance(a, da.Dual) else a
        assert value.shape == b.shape
        assert value.dtype == b.dtype
        torch.testing.assert_close(value, b, rtol=rtol, atol=1e-14)
        if i in derivatives:
            tangent = getattr(a, "tangent", None)
            tangent = torch.zeros_like(b) if tangent is None else tangent
            torch.testing.assert_close(
                torch.broadcast_to(torch.as_tensor(tangent, dtype=b.dtype), b.shape),
                derivatives[i],
                rtol=1e-11,
                atol=1e-13,
            )


UNARY = (
    *(torch.abs, torch.absolute, torch.arctan, torch.asinh, torch.atan, torch.ceil, torch.clone),
    *(torch.cos, torch.cosh, torch.deg2rad, torch.erf, torch.erfc, torch.exp),
    *(torch.exp2, torch.expm1, torch.floor, torch.frac, torch.lgamma, torch.log, torch.log10),
    *(torch.log1p, torch.log2, torch.neg, torch.negative, torch.positive, torch.rad2deg),
    *(torch.reciprocal, torch.relu, torch.round, torch.rsqrt, torch.sigmoid, torch.sign),
    *(torch.sgn, torch.sin, torch.sinc, torch.sinh, torch.sqrt, torch.square, torch.tan),
    *(torch.tanh, torch.trunc, torch.fix, torch.special.expit, torch.special.erf),
    *(torch.special.log_ndtr, torch.special.ndtr, torch.special.gammaln),
    *(torch.special.exp2, torch.special.expm1, torch.special.log1p),
    *(torch.special.sinc, torch.special.erfc, torch.special.round),
    *(F.relu, F.relu6, F.hardtanh, F.silu, F.softplus, F.logsigmoid, F.mish, F.elu, F.softsign),
    *(F.leaky_relu, F.tanhshrink, F.gelu),
)
INSIDE = (
    *(torch.acos, torch.arccos, torch.asin, torch.arcsin, torch.atanh, torch.arctanh, torch.erfinv),
    *(torch.logit, torch.special.logit, torch.special.erfinv),
)


@pytest.mark.parametrize("f", UNARY, ids=lambda f: f.__name__)
def test_functions_of_one_tensor(f):
    check(f, X, 1e-10 if f is F.softplus else 1e-13)
    if f in (F.relu6, F.hardtanh, F.silu, F.mish, F.elu, F.gelu, F.leaky_relu, torch.abs):
        check(f, 8.0 * (X - 1.0))


@pytest.mark.parametrize("f", [torch.digamma, torch.special.digamma, torch.special.psi])
def test_digamma(f):
    """The truth is not PyTorch's: its polygamma(1, 0.6) is off by 4e-10."""
    y = f(da.Dual(X, torch.ones_like(X)))
    torch.testing.assert_close(y.value, torch.digamma(X))
    truth = [float(mpmath.psi(1, v)) for v in X.flatten().tolist()]
    np.testing.assert_allclose(y.tangent.flatten(), truth, rtol=2e-15)


@pytest.mark.parametrize("f", INSIDE, ids=lambda f: f.__name__)
def test_functions_of_an_interval(f):
    check(f, X * 0.5)


BINARY = (
    *(torch.add, torch.sub, torch.subtract, torch.mul, torch.multiply, torch.div, torch.divide),
    *(torch.true_divide, torch.pow, torch.atan2, torch.arctan2, torch.hypot, torch.maximum),
    *(torch.minimum, torch.fmax, torch.fmin, torch.logaddexp, torch.logaddexp2, torch.remainder),
    *(torch.copysign, torch.xlogy, torch.special.xlogy, torch.special.xlog1py),
    *(torch.float_power, torch.max, torch.min),
)


@pytest.mark.parametrize("f", BINARY, ids=lambda f: f.__name__)
def test_functions_of_two_tensors(f):
    check(lambda x: f(x, Y), X)
    check(lambda y: f(X, y), Y)


OPTIONS = {
    "add alpha": lambda x: torch.add(x, Y, alpha=3),
    "sub alpha": lambda x: torch.sub(Y, x, alpha=3),
    "rsub": lambda x: torch.rsub(x, Y),
    "div floor": lambda x: torch.div(x, Y, rounding_mode="floor") + x,
    "div trunc": lambda x: torch.div(x, Y, rounding_mode="trunc") + x,
    "round": lambda x: torch.round(x, decimals=1) + x,
    "clamp": lambda x: torch.clamp(x, 0.7, 1.2),
    "clip": lambda x: torch.clip(x, max=1.2),
    "where": lambda x: torch.where(MASK, x, Y),
    "lerp": lambda x: torch.lerp(x, Y, 0.3),
    "softplus": lambda x: F.softplus(x, beta=2.0),
    "gelu": lambda x: F.gelu(x, approximate="tanh"),
    "elu": lambda x: F.elu(x - 1.0, alpha=2.0),
    "leaky_relu": lambda x: F.leaky_relu(x - 1.0, 0.2),
    "hardtanh": lambda x: F.hardtanh(x, 0.6, 1.1),
    "sum": lambda x: torch.sum(x),
    "sum dim": lambda x: torch.sum(x, dim=0),
    "sum dims": lambda x: torch.sum(x, (0, 1), True),
    "mean": lambda x: torch.mean(x, 1, keepdim=True),
    "prod": lambda x: torch.prod(x, 1),
    "amax": lambda x: torch.amax(x, dim=1),
    "amin": lambda x: torch.amin(x, (0,)),
    "max": lambda x: torch.max(x),
    "max dim": lambda x: torch.max(x, dim=1),
    "min dim": lambda x: torch.min(x, 0, keepdim=True),
    "var": lambda x: torch.var(x),
    "var dim": lambda x: torch.var(x, dim=1, correction=0),
    "std": lambda x: torch.std(x, 1, False),
    "std dim": lambda x: torch.std(x, dim=(0, 1), keepdim=True),
    "logsumexp": lambda x: torch.logsumexp(x, 1),
    "cumsum": lambda x: torch.cumsum(x, dim=1),
    "cumprod": lambda x: torch.cumprod(x, 0),
    "softmax": lambda x: torch.softmax(x, dim=1),
    "F.softmax": lambda x: F.softmax(x, dim=0),
    "log_softmax": lambda x: F.log_softmax(x, dim=-1),
    "special.log_softmax": lambda x: torch.special.log_softmax(x, 0),
    "norm": lambda x: torch.norm(x),
    "norm dim": lambda x: torch.norm(x, p=3, dim=1, keepdim=True),
    "linalg.norm": lambda x: torch.linalg.norm(x, dim=1),
    "linalg.norm 1": lambda x: torch.linalg.norm(x, 1),
    "linalg.vector_norm": lambda x: torch.linalg.vector_norm(x, 3, dim=(0,)),
    "linalg.matrix_norm": lambda x: torch.linalg.matrix_norm(x),
    "reshape": lambda x: torch.reshape(x, (2, -1)),
    "flatten": lambda x: torch.flatten(torch.unsqueeze(x, 0), 1),
    "ravel": lambda x: torch.ravel(x),
    "permute": lambda x: torch.permute(x, (1, 0)),
    "transpose": lambda x: torch.transpose(x, 0, 1),
    "t": lambda x: torch.t(x),
    "movedim": lambda x: torch.movedim(x, 0, 1),
    "unsqueeze": lambda x: torch.unsqueeze(x, -1),
    "swapaxes": lambda x: torch.swapaxes(x, 0, 1) + torch.moveaxis(x, 0, 1),
    "squeeze": lambda x: torch.squeeze(torch.unsqueeze(x, 1)),
    "squeeze dim": lambda x: torch.squeeze(x, 1),
    "cat": lambda x: torch.cat([x, Y], dim=1),
    "concat": lambda x: torch.concat((Y, x)),
    "stack": lambda x: torch.stack([x, Y, 2.0 * x], dim=1),
    "hstack": lambda x: torch.hstack([x, Y]),
    "vstack": lambda x: torch.vstack([x, Y]),
    "column_stack": lambda x: torch.column_stack([x, Y[:, 0]]),
    "split": lambda x: torch.split(x, 3, dim=1),
    "split sizes": lambda x: torch.split(x, [1, 2]),
    "chunk": lambda x: torch.chunk(x, 3, dim=1),
    "unbind": lambda x: torch.unbind(x, 1),
    "broadcast_to": lambda x: torch.broadcast_to(x, (2, 3, 4)),
    "broadcast_tensors": lambda x: torch.broadcast_tensors(x, V),
    "meshgrid": lambda x: torch.meshgrid(x[0], V, indexing="xy"),
    "flip": lambda x: torch.flip(x, (0, 1)),
    "roll": lambda x: torch.roll(x, 1, 1),
    "roll all": lambda x: torch.roll(x, 2),
    "tile": lambda x: torch.tile(x, (2, 1)),
    "repeat_interleave": lambda x: torch.repeat_interleave(x, 2, dim=1),
    "diff": lambda x: torch.diff(x, dim=0),
    "index_select": lambda x: torch.index_select(x, 1, torch.tensor([2, 0])),
    "select": lambda x: torch.select(x, 1, 2),
    "narrow": lambda x: torch.narrow(x, 1, 1, 2),
    "gather": lambda x: torch.gather(x, 1, PLACES[:2, :3]),
    "take_along_dim": lambda x: torch.take_along_dim(x, PLACES, 1),
    "masked_select": lambda x: torch.masked_select(x, MASK),
    "masked_fill": lambda x: torch.masked_fill(x, MASK, 2.0),
    "sort": lambda x: torch.sort(x, 1, True),
    "topk": lambda x: torch.topk(x, 2, dim=1),
    "matmul": lambda x: torch.matmul(x, B),
    "mm": lambda x: torch.mm(B, x),
    "mv": lambda x: torch.mv(x, V),
    "dot": lambda x: torch.dot(x[0], V),
    "baddbmm": lambda x: torch.baddbmm(SQUARE[None], x[None], B[None], alpha=2.0),
    "addmv": lambda x: torch.addmv(V[:3], x, V),
    "bmm": lambda x: torch.bmm(x[None], B[None]),
    "linear": lambda x: F.linear(x, Y, V[:3]),
    "linear weight": lambda x: F.linear(Y, x),
    "addmm": lambda x: torch.addmm(SQUARE, x, B, beta=2.0, alpha=3.0),
    "inner": lambda x: torch.inner(x, Y),
    "outer": lambda x: torch.outer(x[0], V),
    "kron": lambda x: torch.kron(x, B),
    "torch.cross": lambda x: torch.cross(x[:, :3], Y[:, :3], dim=1),
    "linalg.cross dim": lambda x: torch.linalg.cross(x, Y, dim=0),
    "special.softmax": lambda x: torch.special.softmax(x, 1),
    "cross": lambda x: torch.linalg.cross(x[:, :3], Y[:, :3]),
    "vecdot": lambda x: torch.linalg.vecdot(x, Y, dim=0),
    "einsum": lambda x: torch.einsum("ij,jk->ki", x, B),
    "tensordot": lambda x: torch.tensordot(x, B, dims=1),
    "tensordot dims": lambda x: torch.tensordot(x, Y, dims=([0, 1], [0, 1])),
    "tril": lambda x: torch.tril(x, -1),
    "triu": lambda x: torch.triu(x),
    "trace": lambda x: torch.trace(x),
    "diagonal": lambda x: torch.diagonal(x, 1),
    "diag": lambda x: torch.diag(x[0], -1),
    "solve": lambda x: torch.linalg.solve(SQUARE, x),
    "tensor operators": lambda x: (Y - x) * (Y + x) / (1.0 + x) - V @ x.T @ SQUARE @ x,
    "numbers": lambda x: 2.0 - x**2 + 3.0 / x,
    "indexing": lambda x: x[torch.tensor([0, 2]), torch.tensor([1, 1])] + x[:2, -1],
}


@pytest.mark.parametrize("name", OPTIONS)
def test_functions_with_options(name):
    check(OPTIONS[name], X)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: torch.linalg.solve(a, V[:3]),
        torch.linalg.inv,
        torch.inverse,
        torch.linalg.det,
        torch.det,
        torch.linalg.slogdet,
        torch.slogdet,
        lambda a: torch.abs(torch.linalg.eigh(a + a.T)[1]),
        torch.logdet,
        lambda a: torch.linalg.matrix_power(a, 3),
        lambda a: torch.linalg.cholesky(a @ a.T),
        lambda a: torch.linalg.eigvalsh(a + a.T),
    ],
)
def test_linear_algebra(f):
    check(f, SQUARE, 1e-12)


CONSTANT = {
    "all": lambda x: torch.all(x > 1.0, dim=1),
    "any": lambda x: torch.any(x, 0),
    "argmax": lambda x: torch.argmax(x, dim=1, keepdim=True),
    "argmin": lambda x: torch.argmin(x),
    "argsort": lambda x: torch.argsort(x, 1, descending=True),
    "count_nonzero": lambda x: torch.count_nonzero(x, 1),
    "nonzero": lambda x: torch.nonzero(x),
    "searchsorted": lambda x: torch.searchsorted(torch.sort(V)[0], x, right=True),
    "isclose": lambda x: torch.isclose(x, X + 1e-10),
    "allclose": lambda x: torch.allclose(x, Y),
    "isnan": torch.isnan,
    "isfinite": lambda x: torch.isfinite(x / 0.0),
    "gt": lambda x: torch.gt(Y, x),
    "all of it": lambda x: torch.all(x),
    "isinf": lambda x: torch.isinf(x / 0.0),
    "ge": lambda x: torch.ge(Y, x),
    "ne": lambda x: torch.ne(x, Y),
    "signbit": torch.signbit,
    "logical_or": lambda x: torch.logical_or(x, Y),
    "le": lambda x: x <= Y,
    "eq": lambda x: torch.eq(x, X),
    "tensor first": lambda x: operator.lt(Y, x),
    "and": lambda x: operator.lt(Y, x) & (x > 0.6),
    "numel": torch.numel,
    "heaviside": lambda x: torch.heaviside(x - X, Y) == Y,
}


@pytest.mark.parametrize("name", CONSTANT)
def test_integers_and_truth_values_are_those_of_the_values(name):
    f = CONSTANT[name]
    got, want = f(da.Dual(X, torch.ones_like(X))), f(X)
    assert type(got) is type(want)
    assert torch.equal(torch.as_tensor(got), torch.as_tensor(want))


def test_the_axis_of_a_vector_product_is_the_first_of_three():
    square = da.Dual(SQUARE, torch.ones_like(SQUARE))
    got, want = torch.cross(square, SQUARE.T), torch.linalg.cross(SQUARE, SQUARE.T, dim=0)
    torch.testing.assert_close(got.value, want)


def test_a_grid_is_indexed_as_in_pytorch():
    first, _ = torch.meshgrid(da.Dual(V, torch.ones_like(V)), da.Dual(V[:2], None))
    torch.testing.assert_close(first.value, torch.meshgrid(V, V[:2], indexing="ij")[0])


def test_tensors_after_the_model_of_a_dual():
    x = da.Dual(X.to(torch.float32), torch.ones(3, 4))
    sevens = torch.full_like(x, 7.0)
    for made, value in ((torch.zeros_like(x), 0.0), (torch.ones_like(x), 1.0), (sevens, 7.0)):
        assert made.tangent is None
        assert made.dtype == torch.float32
        assert bool((made.value == value).all())


def test_transforms_of_functions_written_in_torch():
    def f(x):
        return torch.tanh(x) * F.softplus(x) + torch.sigmoid(Y * x)

    dx = torch.ones_like(X)
    want = torch.func.jvp(f, (X,), (dx,))
    for got, b in zip(da.jvp(f, (X,), (dx,)), want, strict=True):
        torch.testing.assert_close(got, b, rtol=1e-13, atol=0.0)
    torch.testing.assert_close(da.derivative(f)(X), want[1], rtol=1e-13, atol=0.0)
    second = torch.func.jvp(lambda x: torch.func.jvp(f, (x,), (dx,))[1], (X,), (dx,))[1]
    torch.testing.assert_close(da.derivative(f, 2)(X), second, rtol=1e-12, atol=1e-14)


def test_gradients_and_jacobians_of_functions_written_in_torch():
    """The tangents that are recorded, and those along many directions, meet tensors too."""

    def f(x):
        return torch.sum(torch.tanh(Y * x) @ B) / torch.linalg.norm(x)

    torch.testing.assert_close(da.gradient(f)(X), torch.func.grad(f)(X), rtol=1e-12, atol=1e-14)

    def g(v):
        return torch.softmax(B @ torch.outer(v[:3], v) @ V, dim=0) * V

    torch.testing.assert_close(da.jacobian(g)(V), torch.func.jacrev(g)(V), rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(
        da.hessian(f)(X).reshape(12, 12),
        torch.func.hessian(f)(X).reshape(12, 12),
        rtol=1e-10,
        atol=1e-12,
    )


def test_single_precision_stays():
    x = da.Dual(X.to(torch.float32), torch.ones(3, 4))
    for f in (torch.tanh, torch.mean, F.gelu, F.softplus, torch.rsqrt, F.elu, torch.exp2):
        assert f(x).dtype == f(x).tangent.dtype == torch.float32
    assert torch.sum(x, dtype=torch.float64).tangent.dtype == torch.float64


REFUSED = {
    "torch.fft_fft()": torch.fft.fft,
    "torch.linalg_lstsq()": lambda x: torch.linalg.lstsq(x, Y),
    "torch.add_()": lambda x: Y.clone().add_(x),
    "torch.__setitem__()": lambda x: Y.clone().__setitem__(0, x[0]),
    "torch.sum(..., out)": lambda x: torch.sum(x, 0, out=torch.zeros(4)),
    "torch.relu(..., inplace)": lambda x: F.relu(x, inplace=True),
    "torch.dropout()": lambda x: F.dropout(x),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_has_no_translation_is_named(said):
    with pytest.raises(TypeError) as raised:
        REFUSED[said](da.Dual(X, torch.ones_like(X)))
    assert str(raised.value).startswith(f"{said} on a Dual would drop its tangent")


def test_in_place_operators_make_a_new_number():
    x, before = da.Dual(X, torch.ones_like(X)), Y.clone()
    t = before
    t += x
    assert t.tangent.tolist() == x.tangent.tolist()
    torch.testing.assert_close(t.value, X + Y)
    torch.testing.assert_close(before, Y)
    with pytest.raises(TypeError, match=r"in place of x \+= y write x = x \+ y"):
        before.mul_(x)


@pytest.mark.parametrize(
    ("f", "kind", "message"),
    [
        (lambda x: F.softplus(x, threshold=5.0), TypeError, "threshold is not supported"),
        (lambda x: torch.split(x, [1, 1]), ValueError, r"\[1, 1\] do not add up to 3"),
        (lambda x: torch.linalg.svd(x), TypeError, "linalg.svd has no derivative rule"),
    ],
)
def test_what_is_not_supported_says_so(f, kind, message):
    with pytest.raises(kind, match=message):
        f(da.Dual(X, torch.ones_like(X)))


def test_two_libraries_do_not_mix():
    numpy_dual = da.Dual(np.ones((3, 4)), np.ones((3, 4)))
    for mixed in (lambda: Y * numpy_dual, lambda: torch.add(numpy_dual, Y), lambda: numpy_dual * Y):
        with pytest.raises(TypeError, match="arrays of two libraries in one call"):
            mixed()


def test_a_half_linear_unit_has_the_slopes_of_pytorch_at_its_kinks():
    x = torch.tensor([-1.0, 0.0, 1.0, 6.0, float("nan")])
    for f in (F.relu, F.relu6, F.hardtanh, F.leaky_relu, F.elu):
        y = f(da.Dual(x, torch.ones(5)))
        leaf = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(f(leaf).sum(), leaf)
        assert y.tangent[:4].tolist() == slope[:4].tolist(), f.__name__
        assert torch.isnan(y.value[4])
