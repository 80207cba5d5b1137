"""The forms of compiled programs, each on its own: against mpmath, at seams and at the ends."""

import numpy as np
import pytest
import torch
from mpmath import mp, mpf

from benchmarks.compiler import COMPILER
from dualad.fused import FORMS
from dualad.rules import TABLE
from dualad.testing import ulp_error
from dualad_torch.corrected import CORRECTED
from dualad_torch.fused import dialect

FAR = 3000


def bounded(x):
    return min(max(x, mpf(-FAR)), mpf(FAR))


def exp(x):
    return mp.exp(bounded(x))


def logistic(x):
    return 1 / (1 + exp(-x))


def tanh(x):
    return mp.tanh(bounded(x))


TRUTHS = {
    "sigmoid": logistic,
    "logistic_slope": lambda x: logistic(x) * logistic(-x),
    "tanh": tanh,
    "sech_squared": lambda x: mp.sech(bounded(x)) ** 2,
    "tanh_exp": lambda x: tanh(exp(x)),
    "softplus": lambda x: max(x, 0) + mp.log1p(exp(-abs(x))),
    "log_sigmoid": lambda x: min(x, 0) - mp.log1p(exp(-abs(x))),
    "silu": lambda x: x * logistic(x),
    "silu_slope": lambda x: logistic(x) * (1 + x * logistic(-x)),
    "erf": lambda x: mp.erf(bounded(x)),
    "gauss": lambda x: exp(-x * x),
    "normal_density": lambda x: exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "ndtr": lambda x: mp.erfc(-bounded(x) / mp.sqrt(2)) / 2,
    "expm1": lambda x: mp.expm1(x) if x < FAR else exp(x),
    "atanh": mp.atanh,
    "acosh": mp.acosh,
    "sinh": lambda x: mp.sinh(bounded(x)),
    "cosh": lambda x: mp.cosh(bounded(x)),
}

DOMAINS = {"atanh": (-1.0, 1.0), "acosh": (1.0, np.inf)}

ULP = {
    "sigmoid": 3.0,
    "logistic_slope": 5.0,
    "tanh": 2.0,
    "sech_squared": 5.0,
    "tanh_exp": 3.0,
    "softplus": 3.0,
    "log_sigmoid": 3.0,
    "silu": 4.0,
    "silu_slope": 6.0,
    "erf": 3.0,
    "gauss": 2.0,
    "normal_density": 3.0,
    "ndtr": 7.0,
    "expm1": 3.0,
    "atanh": 3.0,
    "acosh": 2.0,
    "sinh": 4.0,
    "cosh": 4.0,
}
"""In single precision; the largest that were seen at two million points, rounded up."""

SEAMS = (
    *(0.3125, 0.47000363, 0.5, 0.625, 0.77846456, 1.0, 1.2784646, 1.7784646, 4.0, 8.0, 16.0),
    *(20.0, 32.0, 64.0, 80.0, 87.33654, 88.37626, 88.72284, 91.25, 96.0, 103.97208, 2000.0),
)
"""Where a form changes from one formula to another, has a zero, or where a result is subnormal."""

NAMES = list(TRUTHS)


def look(name, dtype):
    """Seams with their neighbours, two grids, every tenth power of two."""
    at = np.array(SEAMS, dtype)
    near = [at]
    for end in (dtype(0), dtype(np.inf)):
        step = at
        for _ in range(3):
            step = np.nextafter(step, end)
            near.append(step)
    info = np.finfo(dtype)
    powers = 2.0 ** np.arange(info.minexp, info.maxexp, 10)
    ends = [info.smallest_subnormal, info.smallest_normal, info.max]
    right = np.concatenate([*near, powers.astype(dtype), np.array(ends, dtype)])
    grids = [np.linspace(-9, 9, 203), np.linspace(-110, 110, 101)]
    x = np.unique(np.concatenate([right, -right, *(g.astype(dtype) for g in grids)]))
    low, high = DOMAINS.get(name, (-np.inf, np.inf))
    return x[(x > low) & (x < high)]


def of_all(*xs):
    return [
        getattr(dialect, name)(x) if name in CORRECTED else form(name)(x)
        for name, x in zip(NAMES, xs, strict=True)
    ]


def form(name):
    """What a compiled program calls, or has written out."""
    function = dialect.programs[name]
    return function if callable(function) else getattr(dialect, name)


ENDS = (-np.inf, np.inf, np.nan, 0.0, -0.0)


@pytest.fixture(scope="module")
def computed():
    """By dtype: the points of each form, what its kernel makes of them, and of the ends.

    All forms in one kernel, for a compiler takes seconds.
    """
    torch._dynamo.reset()
    kernel = torch.compile(of_all, backend=COMPILER, dynamic=True)
    found = {}
    for dtype in (np.float32, np.float64):
        xs = [look(name, dtype) for name in NAMES]
        # As many as a vector register has, and a few that are computed one by one.
        ends = np.tile(np.array(ENDS, dtype), 7)
        results = kernel(*(torch.from_numpy(np.append(ends, x)) for x in xs))
        found[dtype] = {
            name: (x, r.numpy()[ends.size :], r.numpy()[: ends.size].reshape(7, -1))
            for name, x, r in zip(NAMES, xs, results, strict=True)
        }
    return found


def test_every_form_is_looked_at():
    one_argument = set(CORRECTED) - {"remainder", "floor_divide"}
    assert set(TRUTHS) == set(ULP) == set(FORMS) | one_argument
    assert set(TRUTHS) <= set(TABLE)


def exact(name, x):
    with mp.workdps(60):
        return [+TRUTHS[name](mpf(float(v))) for v in x]


@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_exact_in_single_precision_and_in_subnormal_results(name, computed):
    x, got, _ = computed[np.float32][name]
    off = np.abs(ulp_error(got, exact(name, x)))
    i = int(np.argmax(off))
    assert off[i] <= ULP[name], (x[i], got[i], off[i])


@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_no_form_of_single_precision_in_double(name, computed):
    x, got, _ = computed[np.float64][name]
    want = exact(name, x)
    off = np.abs(ulp_error(got, want))
    # PyTorch's own exponential and error function flush what is subnormal, or scale their argument.
    off[np.abs([float(w) for w in want]) < 1e-300] = 0.0
    # The rounding of x / √2 is magnified by an exponential of its square.
    magnified = np.square(np.clip(x, -40.0, 0.0)) if name == "ndtr" else 0.0
    i = int(np.argmax(off - magnified))
    assert (off <= 6.0 + magnified).all(), (x[i], got[i], off[i])


LIMITS = {
    "sigmoid": (0.0, 1.0),
    "logistic_slope": (0.0, 0.0),
    "tanh": (-1.0, 1.0),
    "sech_squared": (0.0, 0.0),
    "tanh_exp": (0.0, 1.0),
    "softplus": (0.0, np.inf),
    "log_sigmoid": (-np.inf, 0.0),
    "silu": (np.nan, np.inf),  # as torch.nn.functional.silu
    "silu_slope": (0.0, 1.0),
    "erf": (-1.0, 1.0),
    "gauss": (0.0, 0.0),
    "normal_density": (0.0, 0.0),
    "ndtr": (0.0, 1.0),
    "expm1": (-1.0, np.inf),
    "atanh": (np.nan, np.nan),
    "acosh": (np.nan, np.inf),
    "sinh": (-np.inf, np.inf),
    "cosh": (np.inf, np.inf),
}
ODD = {"tanh", "silu", "erf", "expm1", "atanh", "sinh"}
"""These keep the sign of a zero."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["single", "double"])
@pytest.mark.parametrize("name", NAMES)
def test_infinities_nan_and_the_sign_of_zero(name, dtype, computed):
    ends = computed[dtype][name][2]
    np.testing.assert_allclose(ends[:, :2], [LIMITS[name]] * 7, rtol=2 * np.finfo(dtype).eps)
    assert np.isnan(ends[:, 2]).all()
    if name in ODD:
        assert (ends[:, 3:] == 0).all()
        assert np.signbit(ends[:, 3:]).tolist() == [[False, True]] * 7


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_division_that_rounds_down_is_pytorchs_bit_for_bit(dtype):
    ends = torch.tensor(
        [0.0, -0.0, torch.inf, -torch.inf, torch.nan, 1.0, -1.0, 0.1, -0.1, 3.0, -2.5, 1e30],
        dtype=dtype,
    )
    x, y = (a.reshape(-1) for a in torch.meshgrid(ends, ends, indexing="ij"))
    generator = torch.Generator().manual_seed(0)
    more = torch.randn(2, 1000, dtype=dtype, generator=generator)
    tenths = torch.arange(1000, dtype=dtype)
    x = torch.cat([x, 10 * more[0], tenths])
    y = torch.cat([y, more[1], torch.full_like(tenths, 0.1)])

    def division(x, y):
        return dialect.remainder(x, y), dialect.floor_divide(x, y)

    got = torch.compile(division, backend=COMPILER, dynamic=True)(x, y)
    for mine, own in zip(got, (torch.remainder(x, y), torch.floor_divide(x, y)), strict=True):
        torch.testing.assert_close(mine, own, rtol=0, atol=0, equal_nan=True)
        number = ~own.isnan()
        assert torch.equal(torch.signbit(mine)[number], torch.signbit(own)[number])


def test_what_is_corrected_still_has_to_be():
    """If PyTorch mends one, its form can go."""
    x = torch.tensor([1e-9, 1e-9, 1e30, 89.2, 89.2] * 16).reshape(16, 5).T.contiguous()
    tenths = torch.arange(1.0, 65.0)

    def own(x, y):
        return (
            *(
                f(a)
                for f, a in zip(
                    (torch.expm1, torch.atanh, torch.acosh, torch.sinh, torch.cosh),
                    x.unbind(),
                    strict=True,
                )
            ),
            torch.remainder(y, 0.1),
            torch.floor_divide(y, 0.1),
        )

    got, eager = torch.compile(own, backend=COMPILER)(x, tenths), own(x, tenths)
    want = (1e-9, 1e-9, 69.7707, 2.7412e38, 2.7412e38)
    wrong = [not np.allclose(g, w, rtol=1e-3, atol=0) for g, w in zip(got, want, strict=False)]
    wrong += [not torch.allclose(g, e) for g, e in zip(got[5:], eager[5:], strict=True)]
    assert wrong == [COMPILER == "inductor"] * len(CORRECTED)
