"""Naive forms are replaced by exact ones; free arithmetic changes no bit."""

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.identities import fuse
from dualad.numpy_arrays import namespace
from dualad.program import Rewriting, record
from dualad.testing import ulp_error

mp = mpmath.mp

NAIVE = {
    "log1p(exp)": (lambda x: da.log1p(da.exp(x)), "softplus(x)"),
    "log(1 + exp)": (lambda x: da.log(1 + da.exp(x)), "softplus(x)"),
    "log(exp + 1)": (lambda x: da.log(da.exp(x) + 1.0), "softplus(x)"),
    "1 / (1 + exp(-x))": (lambda x: 1 / (1 + da.exp(-x)), "sigmoid(x)"),
    "1 / (exp(x) + 1)": (lambda x: 1 / (da.exp(x) + 1), "negative(x)"),
    "log(sigmoid)": (lambda x: da.log(da.sigmoid(x)), "log_sigmoid(x)"),
    "log(1 / (1 + exp(-x)))": (lambda x: da.log(1 / (1 + da.exp(-x))), "log_sigmoid(x)"),
    "log(ndtr)": (lambda x: da.log(da.ndtr(x)), "log_ndtr(x)"),
    "1 - erf": (lambda x: 1 - da.erf(x), "erfc(x)"),
    "1 + erf": (lambda x: 0.5 * (1 + da.erf(-x)), "erfc(x)"),
    "erf + 1": (lambda x: da.erf(-x) + 1.0, "erfc(x)"),
    "tanh(softplus)": (lambda x: da.tanh(da.softplus(x)), "tanh_softplus(x)"),
    "tanh(exp)": (lambda x: da.tanh(da.exp(x)), "tanh_exp(x)"),
    "1 + tanh": (lambda x: 1 + da.tanh(x), "sigmoid(v1)"),
    "tanh + 1": (lambda x: da.tanh(x) + 1.0, "sigmoid(v1)"),
    "1 - tanh": (lambda x: 1 - da.tanh(x), "sigmoid(v1)"),
    "tanh(log1p(exp))": (lambda x: da.tanh(da.log1p(da.exp(x))), "tanh_softplus(x)"),
}


@pytest.mark.parametrize("case", NAIVE)
def test_the_naive_form_is_recognised(case):
    definition, exact = NAIVE[case]
    calls = str(da.activation(definition).program(((),))).splitlines()[1:]
    assert any(call.endswith(f"= {exact}") for call in calls[:2])


def test_a_hand_written_swish_is_right_in_both_tails():
    swish = da.activation(lambda x: x / (1 + da.exp(-x)))
    x = np.concatenate([np.linspace(-700, 700, 201), [-1e-9, 1e-9]])
    y, d = swish.linearize(x)
    with mp.workdps(50):

        def terms(v):
            s = 1 / (1 + mp.exp(-v))
            return s, v * s * (1 - s)

        exact = [mp.mpf(float(v)) for v in x]
        assert np.abs(ulp_error(y, [v * terms(v)[0] for v in exact])).max() <= 4
        scale = [float(max(map(abs, terms(v)))) for v in exact]
        assert np.abs(ulp_error(d, [sum(terms(v)) for v in exact], scale)).max() <= 8


def test_a_hand_written_gelu_has_a_left_tail():
    gelu = da.activation(lambda x: 0.5 * x * (1 + da.erf(x * 2**-0.5)))
    x = -np.linspace(0.1, 30.0, 60)
    y, d = gelu.linearize(x)
    want = [float(mp.mpf(v) * mp.ncdf(v)) for v in x]
    np.testing.assert_allclose(y, want, rtol=3e-13)
    want = [float(mp.ncdf(v) + mp.mpf(v) * mp.npdf(v)) for v in x]
    np.testing.assert_allclose(d, want, rtol=3e-13)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("reverse", [False, True])
def test_one_and_a_tanh_have_both_tails_and_their_derivative(sign, reverse):
    f = da.activation(lambda x: da.tanh(sign * x) + 1 if reverse else 1 + sign * da.tanh(x))
    x = np.concatenate([np.linspace(-350, 350, 141), [-1e-9, 0.0, 1e-9]])
    y, d = f.linearize(x)
    with mp.workdps(400):
        # 1 + tanh(v) = 2 / (1 + exp(-2 v))
        exact = [2 / (1 + mp.exp(-2 * sign * mp.mpf(v))) for v in x]
        slopes = [sign * mp.sech(mp.mpf(v)) ** 2 for v in x]
    assert np.abs(ulp_error(y, exact)).max() <= 4
    assert np.abs(ulp_error(d, slopes)).max() <= 8
    ends = f.linearize(np.array([-np.inf, np.inf, np.nan]))
    np.testing.assert_array_equal(ends[0], [1.0 - sign, 1.0 + sign, np.nan])
    np.testing.assert_array_equal(ends[1], [0.0, 0.0, np.nan])


def fused(definition):
    program = record("f", definition, ["x"])
    return program, program.rerecord(
        lambda *symbols: program.replay(Rewriting(symbols[0].recorder, fuse), symbols)
    )


def test_two_exponentials_of_which_one_is_1_are_one_where_all_calls_are_fused():
    program, fusing = fused(
        lambda x: da.exp(da.minimum(x, 0.0)) * (2 + da.exp(-da.maximum(x, 0.0)))
    )
    assert [c.name for c in program.calls].count("exp") == 2
    assert [c.name for c in fusing.calls].count("exp") == 1
    x = np.array([-np.inf, -800.0, -1.5, -0.0, 0.0, 1e-300, 1.5, 800.0, np.inf, np.nan])
    with np.errstate(all="ignore"):
        (want,), (got,) = (p.replay(namespace, (x,)) for p in (program, fusing))
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize(
    "definition",
    [
        lambda x: da.exp(da.minimum(x, 1.0)),
        lambda x: da.exp(da.maximum(x, 0.0)),
        lambda x: da.exp(-da.minimum(x, 0.0)),
        lambda x: da.exp(-da.maximum(x, 2.0)),
        lambda x: da.exp(-abs(x)),
        lambda x: da.expm1(da.minimum(x, 0.0)),
    ],
)
def test_what_only_looks_like_such_an_exponential_stays(definition):
    program, fusing = fused(definition)
    assert str(fusing) == str(program)


FREE = {
    "x * 1": (lambda x: x * 1, 0),
    "1 * x": (lambda x: 1 * x, 0),
    "x / 1": (lambda x: x / 1, 0),
    "x + 0": (lambda x: x + 0, 0),
    "0 + x": (lambda x: 0 + x, 0),
    "x - 0": (lambda x: x - 0, 0),
    "negative twice": (lambda x: da.negative(da.negative(x)), 0),
    "+x": (lambda x: +x, 0),
    "x**1": (lambda x: x**1, 0),
    "0 - x": (lambda x: 0 - x, 1),
    "-1 * x": (lambda x: -1 * x, 1),
    "x + -y": (lambda x: x + (-(x * 2)), 2),
    "x - -y": (lambda x: x - (-(x * 2)), 2),
    "||x||": (lambda x: abs(abs(x)), 1),
    "|-x|": (lambda x: abs(-x), 1),
    "x**2": (lambda x: x**2, 1),
    "x**3": (lambda x: x**3, 2),
    "x**-1": (lambda x: x**-1, 1),
    "0 * x": (lambda x: 0 * x, 1),
    "number first or second": (lambda x: 2 * x + x * 2, 2),
}


@pytest.mark.parametrize("case", FREE)
def test_free_arithmetic_is_not_computed_and_changes_nothing(case):
    definition, calls = FREE[case]
    f = da.activation(definition)
    assert len(f.program(((),)).calls) == calls
    x = np.array([-2.5, -1.0, 0.0, 1.0, 3.7, np.inf, np.nan])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(f(x), definition(x))


def test_what_only_looks_like_a_naive_form_stays():
    x = np.array([-0.5, 1.0])
    for f in (
        lambda x: da.log(da.exp(x) + 2.0),
        lambda x: 1 / (2 + da.exp(-x)),
        lambda x: da.log(1 + da.tanh(x)),
        lambda x: da.log1p(da.expm1(x)),
        lambda x: 2 - da.erf(x),
        lambda x: da.erf(x) - 1,
        lambda x: da.log(da.erf(x) + 2),
        lambda x: 2 - da.tanh(x),
        lambda x: da.tanh(x) - 1,
        lambda x: da.tanh(x) + 2,
    ):
        np.testing.assert_allclose(da.activation(f)(x), f(x), rtol=1e-14)


def test_a_selection_between_one_and_zero_is_two_calls():
    program = record("f", lambda x: da.where(x > 0, 1.0, 0.0), ["x"])
    assert [c.name for c in program.calls] == ["greater", "zeros_like", "where"]
