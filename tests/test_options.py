"""How an activation is trained with: the options, and the error of each."""

import dataclasses

import numpy as np
import pytest

import dualad as da
from dualad.activations import mish
from dualad.keep import Auto, Derivative, Derivatives, Input, Output, Quantized, Segments
from dualad.options import Options


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"keep": "y"},
            ValueError,
            r"^unknown keep='y': it is one of 'derivative', 'input', 'output', 'segments', 'auto' "
            r"or a form of dualad\.keep$",
        ),
        (
            {"keep": 8},
            TypeError,
            r"^keep is one of 'derivative', 'input', 'output', 'segments', 'auto' or a form of "
            r"dualad\.keep, got 8$",
        ),
        (
            {"keep": "segments", "order": 2},
            ValueError,
            r"^order=2 keeps f' and f'' as they are; Segments\(\) keeps the first alone: write "
            r'keep="derivative", or keep="input" for any order$',
        ),
        (
            {"keep": Quantized(4), "order": 2},
            ValueError,
            r"^order=2 keeps .*; Quantized\(bits=4\) keeps the first alone",
        ),
        (
            {"keep": Derivative("float16"), "order": 2},
            ValueError,
            r"^order=2 keeps .*; Derivative\(dtype='float16'\) keeps the first alone",
        ),
        ({"order": 0}, ValueError, r"^order=0: the forward pass computes one derivative or two"),
        ({"order": 3}, ValueError, r'^order=3: .*order=1 or 2; keep="input" gives .* any order'),
        ({"order": 2.0}, ValueError, r"^order=2\.0: "),
        ({"order": True}, ValueError, r"^order=True: "),
        ({"order": "2"}, ValueError, r"^order='2': "),
        (
            {"execution": "fast"},
            ValueError,
            r"^unknown execution='fast': it is one of 'auto', 'whole', 'blocks', 'compiled'$",
        ),
        ({"execution": None}, ValueError, r"^unknown execution=None"),
        ({"inplace": 1}, TypeError, r"^inplace is True or False, got 1$"),
        ({"inplace": None}, TypeError, r"^inplace is True or False, got None$"),
        (
            {"inplace": True, "keep": "input"},
            ValueError,
            r'^inplace=True overwrites the input, .*; use keep="derivative"$',
        ),
        ({"inplace": True, "keep": Input()}, ValueError, r"^inplace=True overwrites the input"),
        ({"name": 3}, TypeError, r"^name is a string, got 3$"),
    ],
)
def test_wrong_values_are_named_wherever_they_are_given(options, error, message):
    for give in (Options, mish.with_options, da.activation):
        with pytest.raises(error, match=message):
            give(**options)


def test_unknown_options_are_named():
    with pytest.raises(
        TypeError,
        match=r"^unknown option 'kepp': the options are keep, order, execution, inplace, name$",
    ):
        mish.with_options(kepp="input")


def test_options_are_values():
    options = Options(order=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.order = 1
    assert options == Options(order=2)
    assert len({options, Options(order=2), Options()}) == 2


def test_options_say_what_is_kept():
    kept = {f: mish.with_options(**o).keep for f, o in enumerate([{}, {"order": 2}])}
    assert kept == {0: Derivative(), 1: Derivatives()}
    assert mish.with_options(keep="input", order=2).keep == Input()
    assert mish.with_options(order=2).with_options(order=1).keep == Derivative()
    for name, form in [("output", Output()), ("segments", Segments()), ("auto", Auto())]:
        assert mish.with_options(keep=name).keep == mish.with_options(keep=form).keep == form
    for form in (Output(), Auto(0.1)):  # of any order, or chosen for it
        assert mish.with_options(keep=form, order=2).keep == form


def test_options_are_what_a_file_says():
    written = {"form": "quantized", "bits": 4, "rounding": "stochastic"}
    assert Options(keep=written) == Options(keep=Quantized(4, "stochastic"))
    assert hash(Options(keep=written)) == hash(Options(keep=Quantized(4, "stochastic")))
    with pytest.raises(ValueError, match=r"^unknown form 'y' in keep=\{'form': 'y'\}: it is one"):
        Options(keep={"form": "y"})


def test_the_original_stays_as_it_is():
    before = mish.options
    other = mish.with_options(keep="input", execution="whole", name="other")
    assert mish.options is before
    assert repr(other) == "<activation other(x) keep='input' execution='whole'>"
    assert mish.with_options() is mish


def test_options_do_not_change_what_is_computed():
    x = np.linspace(-3, 3, 50)
    for options in ({"keep": "input"}, {"order": 2}, {"execution": "compiled"}, {"name": "m"}):
        assert np.array_equal(mish.with_options(**options)(x), mish(x))


def test_in_place_is_for_pytorch():
    tf = pytest.importorskip("tensorflow")
    f = mish.with_options(inplace=True)
    for x in (np.ones(3), tf.ones(3), tf.Variable(tf.ones(3)), 1.0):
        with pytest.raises(TypeError, match=r"mish: inplace=True is for PyTorch's tensors, got "):
            f(x)


def test_two_orders_are_right_in_tensorflow():
    tf = pytest.importorskip("tensorflow")
    x = tf.constant(np.linspace(-3, 3, 20))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = mish.with_options(order=2)(x)
        slope = inner.gradient(y, x)
    bend = outer.gradient(slope, x)
    np.testing.assert_allclose(slope, mish.derivative(x.numpy()), rtol=1e-12)
    np.testing.assert_allclose(bend, mish.derivative(x.numpy(), order=2), rtol=1e-11, atol=1e-13)
