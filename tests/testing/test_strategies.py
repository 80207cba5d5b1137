"""Strategies: what they draw lies where it should, is biased as it should, and shrinks."""

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import dualad as da
from dualad import testing
from dualad.testing import strategies
from dualad.testing.precise import Precise


@given(st.data(), st.sampled_from([np.float16, np.float32, np.float64]))
def test_inputs_keep_dtype_shape_and_domain(data, dtype):
    x = data.draw(strategies.inputs(dtype, shape=(2, 3), domain=(-0.3, 4.1)))
    assert x.dtype == dtype
    assert x.shape == (2, 3)
    assert ((x >= dtype(-0.3)) & (x <= dtype(4.1))).all()
    assert not np.isnan(x).any()


@pytest.mark.parametrize(
    "wanted",
    [
        lambda x: np.isinf(x),
        lambda x: x == 0 and np.signbit(x),
        lambda x: 0 < x < np.finfo(np.float64).smallest_normal,
        lambda x: x == np.nextafter(0.7, 1.0),
        lambda x: 700 < x < 760,
        lambda x: x == np.finfo(np.float64).max,
    ],
)
def test_inputs_are_biased_to_where_it_hurts(wanted):
    find(strategies.inputs(shape=(), kinks=[0.7]), wanted, settings=settings(max_examples=3000))


def test_inputs_shrink_and_refuse():
    assert find(strategies.inputs(shape=2), lambda x: x[0] > 1).tolist() == [2.0, 0.0]
    with pytest.raises(ValueError, match="no float32 lies in the domain"):
        strategies.inputs(np.float32, domain=(1.0, 0.0))


@settings(max_examples=40)
@given(strategies.expressions())
def test_expressions_are_defined_and_differentiable(f):
    x = np.array([-30.3, -3.3, -0.3, 0.7, 5.1])
    with np.errstate(all="ignore"):
        assert np.isfinite(f(x)).all()
    assert np.isfinite(float(f(Precise(0.7)).value))
    # A sum may cancel: what counts is that nothing is missing.
    size = float(np.abs(np.asarray(da.derivative(f)(x))).max())
    testing.check_derivative(f, points=x, absolute=1e-9 * max(1.0, size))


def test_expressions_read_as_they_are_written():
    chosen = strategies.expressions(functions=("tanh", "exp", "negative", "multiply"))
    f = find(chosen, lambda f: f.function == "multiply" and f.operands[0].function == "tanh")
    assert repr(f) == "tanh(x) * x"
    assert find(strategies.expressions(), lambda f: True).function == "x"
    tanh, exp = da.tanh, da.exp
    x = 0.7
    g = find(chosen, lambda f: "exp(-x)" in repr(f) and "tanh" in repr(f))
    assert eval(repr(g), {"tanh": tanh, "exp": exp, "x": x}) == g(x)


def test_expressions_refuse_what_they_are_not_made_of():
    with pytest.raises(ValueError, match="no compositions are made of nonsense"):
        strategies.expressions(functions=("nonsense",))
    with pytest.raises(ValueError, match="depth is 0 or more"):
        strategies.expressions(depth=-1)
