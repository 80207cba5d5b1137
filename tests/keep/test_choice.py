"""A form made concrete for arguments: with a code, for runs, as it is, or refused."""

import math

import numpy as np
import pytest

import dualad as da
from dualad.activations import gelu, hardtanh, mish, prelu, silu, swiglu, swish, tanh
from dualad.keep import Auto, Derivative, Derivatives, Input, KeepError, Output, Quantized, Segments
from dualad.keep.choice import AS_COMPUTED, choose

X = np.ones(3)


def chosen(f, form, *arguments, dtype="float32", **options):
    return choose(f.with_options(keep=form, **options), arguments or (X,), dtype)


@pytest.mark.parametrize("form", [Input(), Derivatives(), Output(), Derivative()], ids=str)
def test_what_needs_no_code_has_none(form):
    choice = chosen(tanh, form)
    assert (choice.form, choice.code, choice.runs) == (form, None, None)


def test_the_derivative_as_computed_is_known_without_looking():
    for f in (gelu, mish, swiglu):
        for dtype in ("float32", "float64"):
            assert chosen(f, "derivative", X, dtype=dtype) is AS_COMPUTED


def test_half_types_keep_a_bounded_derivative_as_scaled_float16():
    for dtype in ("float16", "bfloat16"):
        for form in (Derivative(), Derivative("float16")):
            code = chosen(tanh, form, dtype=dtype).code
            assert (code.dtype, code.bits) == ("float16", 16)
            assert code.encode(1.0) == 2.0**15
    assert chosen(tanh, Derivative("float16")).code.decode(2.0**15) == 1.0
    assert chosen(tanh, Derivative("bfloat16")).code.dtype == "bfloat16"
    assert chosen(tanh, Derivative("bfloat16"), dtype="bfloat16").code is None


def test_what_is_beneath_single_precision_is_scaled_within_it():
    code = chosen(da.activation(lambda x: 1e-40 * da.tanh(x)), Derivative("float16")).code
    slopes = np.array([1e-40, 1e-41, 0.0], np.float32)
    found = code.decode(code.encode(slopes).astype(np.float16).astype(np.float32))
    np.testing.assert_allclose(found, slopes, rtol=0.05)


UNBOUNDED = {
    "infinite": lambda x: da.exp(x),
    "pole": lambda x: da.log(x),
    "finite on a grid": lambda x: x**2,
    "steep": lambda x: 40000.0 * da.tanh(x),
    "beneath single precision": lambda x: 1e-40 * da.tanh(x),
}


@pytest.mark.parametrize("name", UNBOUNDED)
@pytest.mark.parametrize("rounding", ["nearest", "stochastic"])
@pytest.mark.parametrize("bits", [8, 4, 3, 2])
def test_without_bounds_levels_are_for_runs(name, bits, rounding):
    form = Quantized(bits, rounding)
    choice = chosen(da.activation(UNBOUNDED[name]), form)
    assert (choice.form, choice.code, choice.runs) == (form, None, form)


def test_several_arrays_have_levels_for_runs():
    form = Quantized(4)
    assert chosen(swiglu, form, X, X).runs == form
    assert chosen(swish, form, X, X).runs == form
    assert chosen(swish, form, X, 1.0).code.bits == 4


@pytest.mark.parametrize("steepest", [1e-3, 1.0, 32000.0])
def test_with_bounds_levels_are_for_all(steepest):
    choice = chosen(da.activation(lambda x, a: a * da.tanh(x)), Quantized(8), X, steepest)
    assert choice.runs is None
    assert choice.code.error <= steepest / 500


def test_of_a_derivative_that_is_a_number_nothing_is_kept():
    for slope in (2.0, 1e6, 1e-50, 0.0):
        choice = chosen(da.activation(lambda x, a: a * x), Quantized(2), X, slope)
        assert (choice.form, choice.code, choice.runs) == (Derivative(), None, None)


def test_float16_that_would_overflow_is_refused():
    f = da.activation(lambda x: x**2, name="square")
    with pytest.raises(KeepError) as error:
        chosen(f, Derivative("float16"))
    assert str(error.value) == (
        "square cannot be kept as Derivative(dtype='float16'): its derivative has no bound below "
        '32768, and float16 overflows; use Derivative(dtype="bfloat16")'
    )
    assert chosen(f, Derivative("bfloat16")).code.dtype == "bfloat16"
    # In float16 itself it is what it is.
    assert chosen(f, Derivative("float16"), dtype="float16").code is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_several_derivatives_are_cast(dtype):
    for f, arguments in [(swiglu, (X, X)), (swish, (X, X)), (prelu, (X, X))]:
        choice = chosen(f, Derivative("bfloat16"), *arguments, dtype=dtype)
        assert (choice.form, choice.code.dtype) == (Derivative("bfloat16"), "bfloat16")
    assert chosen(swiglu, Derivative("bfloat16"), X, X, dtype="bfloat16").code is None
    assert chosen(swiglu, Derivative("float16"), X, X, dtype="float16").code is None
    assert chosen(swiglu, Derivative(), X, X, dtype="float16").code is None


def test_float16_of_several_derivatives_is_refused():
    with pytest.raises(KeepError) as error:
        chosen(swiglu, Derivative("float16"), X, X)
    assert str(error.value) == (
        "swiglu cannot be kept as Derivative(dtype='float16'): its derivatives by several arrays "
        "have no known bound below 32768, and float16 overflows; use "
        'Derivative(dtype="bfloat16")'
    )
    # With a number beside it there is one derivative, and a bound.
    assert chosen(swiglu, Derivative("float16"), X, 2.0).code.dtype == "float16"


@pytest.mark.parametrize(
    ("f", "arguments", "reason"),
    [
        (gelu, (X,), "it calls ndtr, which is not made of straight pieces"),
        (prelu, (X, X), "several arguments are arrays"),
    ],
)
def test_segments_are_refused_with_the_reason(f, arguments, reason):
    with pytest.raises(KeepError) as error:
        chosen(f, "segments", *arguments)
    assert str(error.value) == (
        f'{f.__name__} cannot be kept as Segments(): {reason}; use keep="derivative", or '
        'keep="auto", which takes what serves'
    )


def test_a_form_is_looked_for_once(monkeypatch):
    f = da.activation(lambda x, a: a * da.tanh(x))
    first = chosen(f, Quantized(8), X, 1.0)
    monkeypatch.setattr(type(f.recording), "slope_range", None)
    assert chosen(f, Quantized(8), np.ones(7), 1.0) is first


def test_what_counts_is_asked_anew():
    f = da.activation(lambda x, a: a * da.tanh(x))
    ways = [
        chosen(f, Quantized(8), X, 1.0),
        chosen(f, Quantized(8), X, 2.0),
        chosen(f, Quantized(8), X, 1.0, dtype="float64"),
        chosen(f, Quantized(4), X, 1.0),
        chosen(f, Quantized(8, "stochastic"), X, 1.0),
        chosen(f, Auto(0.1), X, 1.0),
    ]
    assert len(set(map(id, ways))) == len(ways)


def test_numbers_that_are_annealed_do_not_fill_the_memory():
    f = da.activation(lambda x, a: da.maximum(da.minimum(x, a), 0.0), keep="input")
    for k in range(1100):
        choose(f, (X, float(k)), "float32")
    assert len(f.recording.choices) <= 1024


def test_in_place_x_is_not_there_whoever_keeps_it():
    auto = Auto(alive=("input",))
    assert chosen(silu, auto).form == Input()
    assert chosen(silu, auto, inplace=True).form == Derivative()
    assert chosen(hardtanh, auto, X, -1.0, 1.0, inplace=True).form == Segments()


def test_automatic_choices_with_two_orders():
    assert chosen(silu, "auto", order=2).form == Input()
    assert chosen(tanh, "auto", order=2).form == Output()
    assert chosen(hardtanh, "auto", X, -math.inf, 1.0, order=2).form == Input()
