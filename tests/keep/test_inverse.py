"""Whether y tells the derivative: what the catalogue declares is so, and mistakes are found."""

import itertools
import math

import numpy as np
import pytest

import dualad as da
from dualad import activations
from dualad.keep import KeepError, Output
from dualad.keep.choice import choose
from dualad.keep.inverse import PRECISION, UNITS, farthest, rounded

DTYPES = ("float64", "float32", "float16", "bfloat16")
DECLARED = {
    "celu": (0.5, 1.0, 3.0),
    "elu": (0.5, 1.0, 3.0),
    "leaky_relu": (0.0, 0.01, 1.0, 3.0),
    "log_sigmoid": (),
    "relu": (),
    "selu": (),
    "sigmoid": (),
    "softplus": (0.5, 1.0, 20.0),
    "softsign": (),
    "squareplus": (0.25, 4.0),
    "tanh": (),
}


def test_these_are_all_that_declare_it():
    found = [getattr(activations, name) for name in activations.__all__]
    assert {f.__name__ for f in found if f.derivative_from_output is not None} == set(DECLARED)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", DECLARED)
def test_what_the_catalogue_declares_is_accepted(name, dtype):
    f = getattr(activations, name).with_options(keep="output")
    for numbers in [(v,) for v in DECLARED[name]] or [()]:
        assert choose(f, (np.ones(1), *numbers), dtype).form == Output()


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("name", DECLARED)
def test_what_was_accepted_is_as_close_as_rounding(name, dtype, numbers, halves):
    """Every number of float16; y rounded, and nothing else."""
    f, kind = getattr(activations, name), np.dtype(dtype).type
    rest = numbers(f)[1:]
    x = halves[np.isfinite(halves)].astype(np.float64)
    with np.errstate(all="ignore"):
        y = f(x, *rest).astype(kind).astype(np.float64)
        found, want = f.derivative_from_output(y, *rest), f.derivative(x, *rest)
    unit = UNITS * PRECISION[dtype]
    assert (np.abs(found - want) <= unit * (np.abs(want) + np.abs(want).max())).all()


def declared(definition, from_output, name="f"):
    make = da.activation(derivative_from_output=from_output, name=name, keep="output")
    return make(definition)


WRONG = {
    "one in a hundred": (lambda x: da.sigmoid(x), lambda y: y * (1.0 - y) * 1.01),
    "one in a hundred of a sign": (lambda x: da.tanh(x), lambda y: -0.99 * (1.0 - y * y)),
    "of another function": (lambda x: da.tanh(x), lambda y: y * (1.0 - y)),
    "right on one side": (lambda x: da.tanh(x), lambda y: 1.0 - y * da.maximum(y, 0.0)),
    "no number": (lambda x: da.tanh(x), lambda y: da.log(y)),
    "one of two": (lambda x: x * x, lambda y: 2.0 * da.sqrt(y)),
    "not monotonic": (lambda x: x * da.sigmoid(x), lambda y: da.sigmoid(y)),
    "periodic": (lambda x: da.sin(x), lambda y: da.sqrt(1.0 - y * y)),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_in_every_dtype(name, dtype):
    with pytest.raises(KeepError, match=r"^f cannot be kept as Output\(\): y in "):
        choose(declared(*WRONG[name]), (np.ones(1),), dtype)


LOST = {
    "1e-6": (lambda x: 1.0 + 1e-6 * da.tanh(x), lambda y: 1e-6 * (1 - ((y - 1.0) * 1e6) ** 2)),
    "1e-3": (lambda x: 1.0 + 1e-3 * da.tanh(x), lambda y: 1e-3 * (1 - ((y - 1.0) * 1e3) ** 2)),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LOST)
def test_what_rounding_of_y_loses_is_refused(name, dtype):
    f = declared(*LOST[name])
    x = np.linspace(-1, 1, 5)
    # The declaration is right: in double precision it is the derivative to ten digits.
    np.testing.assert_allclose(f.derivative_from_output(f(x)), f.derivative(x), rtol=1e-9)
    with pytest.raises(KeepError, match="times further off than rounding"):
        choose(f, (x,), dtype)


def test_what_only_a_half_type_loses_is_refused_there_alone():
    """y is one of the few subnormal numbers of float16; bfloat16 reaches further down."""
    f = declared(lambda x: 1e-6 * da.tanh(x), lambda y: 1e-6 * (1.0 - (1e6 * y) ** 2))
    for dtype in ("float64", "float32", "bfloat16"):
        assert choose(f, (np.ones(1),), dtype).form == Output()
    with pytest.raises(KeepError, match="y in float16 does not tell the derivative"):
        choose(f, (np.ones(1),), "float16")


@pytest.mark.parametrize("slope", [-0.1, -1.0, -1e-4])
def test_leaky_rectifiers_that_fold_are_refused(slope):
    f = activations.leaky_relu.with_options(keep="output")
    for dtype in DTYPES:
        with pytest.raises(KeepError, match=r"^leaky_relu cannot be kept as Output\(\): y in "):
            choose(f, (np.ones(1), slope), dtype)
    # Another number was another question.
    assert choose(f, (np.ones(1), 0.1), "float32").form == Output()


def test_the_message_says_where_and_by_how_much():
    f = declared(lambda x: x + 0.0, lambda y: da.where(y == 40.0, 2.0, 1.0), name="wrong")
    with pytest.raises(KeepError) as error:
        choose(f, (np.ones(1),), "float32")
    # 2 in place of 1, where 8 units of rounding are allowed of it and as much near zero.
    assert str(error.value) == (
        "wrong cannot be kept as Output(): y in float32 does not tell the derivative: at x = "
        "40 what derivative_from_output makes of it is 5.24e+05 times further off than "
        'rounding; use keep="derivative", or keep="auto", which takes what serves'
    )
    assert f"{1.0 / (8 * 2.0**-23 * 2.0):.3g}" == "5.24e+05"


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        (
            "gelu",
            (np.ones(1),),
            "it is defined without derivative_from_output, its f' by way of y",
        ),
        ("elu", (2.0, np.ones(1)), "its first argument is a number"),
        ("elu", (np.ones(1), np.ones(1)), "several arguments are arrays"),
    ],
)
def test_what_cannot_be_asked_is_refused(name, arguments, reason):
    with pytest.raises(KeepError) as error:
        choose(getattr(activations, name).with_options(keep="output"), arguments, "float32")
    assert str(error.value) == (
        f'{name} cannot be kept as Output(): {reason}; use keep="derivative", or keep="auto", '
        "which takes what serves"
    )


def test_where_and_how_far_by_hand():
    def value(x):
        return 2.0 * x

    def slope(x):
        return np.full(x.shape, 2.0)

    x, off = farthest(value, slope, slope, "float32")
    assert off == 0.0
    # Off by eight units of what is allowed, at one number alone.
    away = 64.0 * 2.0**-23 * 4.0
    x, off = farthest(value, slope, lambda y: 2.0 + away * (y == 80.0), "float32")
    assert (x, off) == (40.0, pytest.approx(8.0))
    x, off = farthest(value, slope, lambda y: np.where(y == 80.0, math.nan, 2.0), "float32")
    assert (x, off) == (40.0, math.inf)


def test_bfloat16_is_rounded_to_nearest_ties_to_even():
    for mantissa, exponent in itertools.product(range(128, 256), (-130, -20, 0, 60)):
        here, above = mantissa * 2.0**exponent, (mantissa + 1) * 2.0**exponent
        middle = 0.5 * (here + above)
        even = here if mantissa % 2 == 0 else above
        x = [here, middle, middle * (1 - 2.0**-20), middle * (1 + 2.0**-20)]
        assert rounded(x, "bfloat16").tolist() == [here, even, here, above]
        assert (rounded(np.negative(x), "bfloat16") == -rounded(x, "bfloat16")).all()
