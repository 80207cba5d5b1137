"""The catalogue against PyTorch's own functions: as near as rounding, or nearer to the truth."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import dualad_torch
from benchmarks.truths import CONSTANTS, GATES
from dualad import activations

BUILT_IN = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "prelu": lambda x: F.prelu(x, torch.tensor([0.25], dtype=x.dtype)),
    "relu6": F.relu6,
    "threshold": lambda x: F.threshold(x, 0.5, 2.0),
    "elu": F.elu,
    "celu": F.celu,
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softsign": F.softsign,
    "hardsigmoid": F.hardsigmoid,
    "hardtanh": F.hardtanh,
    "softplus": F.softplus,
    "log_sigmoid": F.logsigmoid,
    "tanhshrink": F.tanhshrink,
    "softshrink": F.softshrink,
    "hardshrink": F.hardshrink,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "mish": F.mish,
    "hardswish": F.hardswish,
}

WRONG = {
    ("sigmoid", "slope"): "y (1 - y) cancels on the right",
    ("tanh", "slope"): "1 - y² cancels in both tails",
    ("softsign", "slope"): "1 / (1 + |x|) - |x| / (1 + |x|)² cancels in both tails",
    ("hardsigmoid", "slope", "double"): "1 / 6 is taken in single precision",
    ("softplus", "value", "double"): "x itself from 20 on, where e^-20 is 2e-9",
    ("softplus", "slope", "double"): "1 from 20 on",
    ("tanhshrink", "slope"): "1 - tanh' cancels near 0",
    ("gelu", "value"): "1 + erf cancels on the left; x Φ(x) overflows before x does",
    ("gelu", "slope"): "1 + erf cancels on the left",
    ("gelu_tanh", "value"): "1 + tanh cancels on the left",
    ("gelu_tanh", "slope"): "1 + tanh cancels on the left; x² overflows, and the slope is NaN",
    ("hardswish", "value"): "6 x overflows before x does",
}
"""Where PyTorch's own function is off by more than rounding, in both precisions or in one."""

ROUNDING = {
    ("sigmoid", "slope"): 3.0,
    ("tanh", "slope"): 4.0,
    ("softsign", "slope"): 3.0,
    ("silu", "slope"): 8.0,
    ("gelu", "slope"): 4.0,
    ("gelu_tanh", "value"): 3.0,
    ("gelu_tanh", "slope"): 6.0,
    ("mish", "slope"): 4.0,
}
"""What is more than 2 ulp apart at a few points, where both are right but for rounding."""

OFF = 30.0
"""Beyond these many ulp it is no rounding any more."""


def value_and_slope(f, x, further=()):
    leaf = torch.from_numpy(x.copy()).requires_grad_()
    y = f(leaf, *further)
    return y.detach().numpy(), torch.autograd.grad(y.sum(), leaf)[0].numpy()


@pytest.mark.parametrize("precision", ["single", "double"])
@pytest.mark.parametrize("execution", ["whole", "blocks"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_within_2_ulp_of_pytorch_or_nearer_to_the_truth(
    name, execution, precision, look, errors, constants
):
    dtype = {"single": np.float32, "double": np.float64}[precision]
    x, values, sizes, slopes, terms = look(name, dtype)
    f = getattr(activations, name).with_options(execution=execution)
    ours, theirs = value_and_slope(f, x, constants(name)), value_and_slope(BUILT_IN[name], x)
    for which, mine, other, want, size in (
        ("value", ours[0], theirs[0], values, sizes),
        ("slope", ours[1], theirs[1], slopes, terms),
    ):
        off = errors(name, x, mine, want, size)
        wrong = errors(name, x, other, want, size)
        apart = np.where(mine == other, 0.0, errors(name, x, mine, other, size))
        right = (apart <= ROUNDING.get((name, which), 2.0)) | (wrong > 2.0) & (off <= wrong)
        i = int(np.argmin(right))
        assert right.all(), (which, x[i], mine[i], other[i], float(want[i]))
        listed = (name, which) in WRONG or (name, which, precision) in WRONG
        # If PyTorch mends one, it leaves the list.
        assert (wrong.max() > OFF) == listed, (which, x[int(np.argmax(wrong))], wrong.max())


@pytest.mark.parametrize("execution", ["whole", "blocks"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_at_infinity_as_pytorch_or_the_limit_where_that_is_nan(name, execution, look, constants):
    x, values, _, slopes, _ = look(name, np.float32)
    f = getattr(activations, name).with_options(execution=execution)
    ends = np.array([-np.inf, np.inf] * 20, np.float32)
    ours, theirs = value_and_slope(f, ends, constants(name)), value_and_slope(BUILT_IN[name], ends)
    for mine, other, exact in ((ours[0], theirs[0], values), (ours[1], theirs[1], slopes)):
        for i, end in enumerate((0, -1)):
            assert abs(x[end]) == np.finfo(np.float32).max
            limit = float(exact[end]) if abs(exact[end]) < 1e30 else float(exact[end]) * np.inf
            allowed = [np.nan, limit] if np.isnan(other[i]) else [other[i]]
            for got in mine[i::2]:
                assert any(np.isclose(got, a, 1e-6, 0.0, equal_nan=True) for a in allowed), (
                    ends[i],
                    got,
                    allowed,
                )


def test_limits_that_pytorch_does_not_have():
    ends = torch.tensor([-torch.inf, torch.inf])
    assert activations.softsign(ends).tolist() == [-1.0, 1.0]
    assert activations.hardswish(ends).tolist() == [0.0, torch.inf]
    assert torch.isnan(F.softsign(ends)).all()
    assert torch.isnan(F.hardswish(ends)[0])


@pytest.mark.parametrize("execution", ["whole", "blocks"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("leaky_relu", {"negative_slope": 0.3}),
        ("leaky_relu", {"negative_slope": 0.0}),
        ("elu", {"alpha": 1.7}),
        ("celu", {"alpha": 2.0}),
        ("celu", {"alpha": 0.5}),
        ("softplus", {"beta": 2.5}),
        ("hardtanh", {"min_val": -0.5, "max_val": 3.0}),
        ("hardtanh", {"min_val": 0.0, "max_val": np.inf}),
        ("softshrink", {"lambd": 1.0}),
        ("softshrink", {"lambd": 0.0}),
        ("hardshrink", {"lambd": 1.0}),
        ("threshold", {"threshold": -1.0, "value": -7.0}),
    ],
)
def test_options_are_those_of_pytorch(name, options, execution):
    pieces = [
        p
        for k in (-3, -1, -0.5, 0, 0.5, 1, 3)
        for p in np.nextafter(np.float32(k), np.float32([-9, k, 9]))
    ]
    # Single precision: PyTorch rounds 1 / alpha of celu to it, and from 20 / beta on its softplus
    # is x itself.
    x = np.append(pieces, np.linspace(-15, 15, 301)).astype(np.float32)
    f = getattr(activations, name).with_options(execution=execution)
    ours = value_and_slope(lambda t: f(t, **options), x)
    theirs = value_and_slope(lambda t: getattr(F, name)(t, **options), x)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=5e-7, atol=1e-35)


@pytest.mark.parametrize(
    ("dtype", "each"), [(torch.float32, 4.0), (torch.float16, 2.0), (torch.bfloat16, 2.0)], ids=str
)
def test_of_one_array_the_slope_alone_is_kept_in_so_many_bytes_as_x_has(dtype, each):
    x = torch.linspace(-4, 4, 100, dtype=dtype, requires_grad=True)
    kept = {}
    for name in set(activations.__all__) - set(GATES):
        f = getattr(activations, name).with_options(keep="derivative")
        kept[name] = dualad_torch.saved_bytes(f, x, *CONSTANTS.get(name, ())).bytes / x.numel()
    assert kept == dict.fromkeys(kept, each)


def test_a_weight_for_each_channel_as_in_prelu():
    x = torch.randn(4, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x[0, 0, 0], x[1, 1, 1], x[2, 2, 2] = 0.0, torch.inf, 3.0
    weight = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
    found = []
    for f in (lambda x, w: activations.prelu(x, w[:, None]), F.prelu):
        leaves = [t.clone().requires_grad_() for t in (x, weight)]
        y = f(*leaves)
        found.append((y, *torch.autograd.grad(y.sum(), leaves)))
    for mine, other in zip(*found, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-14, atol=0.0)
