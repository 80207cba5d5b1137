"""The forms: names, values, what a file holds of them, and the error of each."""

import copy
import dataclasses
import json
import pickle

import numpy as np
import pytest

from dualad.activations import mish
from dualad.keep import (
    Auto,
    Derivative,
    Derivatives,
    Input,
    Output,
    Quantized,
    Segments,
    described,
    keep_form,
)
from dualad.keep.forms import FORMS
from dualad.options import Options

NAMED = {
    "derivative": Derivative(),
    "input": Input(),
    "output": Output(),
    "segments": Segments(),
    "auto": Auto(),
}
NAMES = "'derivative', 'input', 'output', 'segments', 'auto'"
ALL = [
    *NAMED.values(),
    Derivatives(),
    Derivative("float16"),
    Derivative("bfloat16"),
    *(Quantized(b, r) for b in (8, 4, 3, 2) for r in ("nearest", "stochastic")),
    Auto(0.01),
    Auto(1),
    Auto(alive=()),
    Auto(0.5, ("input", "output")),
]


@pytest.mark.parametrize("name", NAMED)
def test_names_and_forms_mean_the_same(name):
    assert keep_form(name) == keep_form(NAMED[name]) == NAMED[name]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Derivative(), "Derivative()"),
        (Derivative("float16"), "Derivative(dtype='float16')"),
        (Derivatives(), "Derivatives()"),
        (Input(), "Input()"),
        (Output(), "Output()"),
        (Segments(), "Segments()"),
        (Quantized(), "Quantized(bits=8)"),
        (Quantized(3, "stochastic"), "Quantized(bits=3, rounding='stochastic')"),
        (Auto(), "Auto()"),
        (Auto(0.1, ("input",)), "Auto(tolerance=0.1, alive=('input',))"),
    ],
)
def test_forms_show_what_is_not_the_default(form, text):
    assert repr(form) == str(form) == text
    assert eval(text) == form


def test_two_orders_keep_two_derivatives_or_what_gives_any():
    assert keep_form("derivative", 2) == keep_form(Derivative(), 2) == Derivatives()
    assert keep_form(Derivatives()) == keep_form(Derivatives(), 2) == Derivatives()
    for form in (Input(), Output(), Auto(), Auto(0.1)):
        assert keep_form(form, 2) == form


@pytest.mark.parametrize(
    "form", [Segments(), Derivative("float16"), Quantized(8), Quantized(2, "stochastic")], ids=str
)
def test_forms_that_keep_one_derivative_are_no_two(form):
    message = (
        f"order=2 keeps f' and f'' as they are; {form} keeps the first alone: write "
        'keep="derivative", or keep="input" for any order'
    )
    with pytest.raises(ValueError, match=r"^order=2") as error:
        mish.with_options(keep=form, order=2)
    assert str(error.value) == message
    with pytest.raises(ValueError, match=r"^order=2"):
        keep_form(described(form), 2)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Derivative("float32"),
            ValueError,
            "Derivative keeps f' as float16 or bfloat16, got dtype='float32'; without dtype it is "
            "the argument's",
        ),
        (
            lambda: Derivative(np.float16),
            ValueError,
            "Derivative keeps f' as float16 or bfloat16, got dtype=<class 'numpy.float16'>; "
            "without dtype it is the argument's",
        ),
        (
            lambda: Derivatives(3),
            ValueError,
            "Derivatives keeps two of them, order=2, got 3; one is Derivative(), and Input() gives "
            "any order",
        ),
        (lambda: Quantized(5), ValueError, "Quantized keeps 8, 4, 3 or 2 bits, got bits=5"),
        (lambda: Quantized(8.0), ValueError, "Quantized keeps 8, 4, 3 or 2 bits, got bits=8.0"),
        (lambda: Quantized(True), ValueError, "Quantized keeps 8, 4, 3 or 2 bits, got bits=True"),
        (
            lambda: Quantized(rounding="down"),
            ValueError,
            "rounding is 'nearest' or 'stochastic', got 'down'",
        ),
        (lambda: Auto(-0.1), ValueError, "tolerance is a number, 0 or more, got -0.1"),
        (lambda: Auto(float("nan")), ValueError, "tolerance is a number, 0 or more, got nan"),
        (lambda: Auto("8"), ValueError, "tolerance is a number, 0 or more, got '8'"),
        (
            lambda: Auto(alive=("y",)),
            ValueError,
            'neighbours keep "input" or "output", got alive=\'y\'',
        ),
        (
            lambda: keep_form("y"),
            ValueError,
            f"unknown keep='y': it is one of {NAMES} or a form of dualad.keep",
        ),
        (
            lambda: keep_form("quantized"),
            ValueError,
            f"unknown keep='quantized': it is one of {NAMES} or a form of dualad.keep",
        ),
        (
            lambda: keep_form({"form": "y"}),
            ValueError,
            "unknown form 'y' in keep={'form': 'y'}: it is one of 'derivative', 'input', 'output', "
            "'segments', 'quantized', 'auto', 'derivatives'",
        ),
        (
            lambda: keep_form({"bits": 8}),
            ValueError,
            "unknown form None in keep={'bits': 8}: it is one of 'derivative', 'input', 'output', "
            "'segments', 'quantized', 'auto', 'derivatives'",
        ),
        *(
            (
                lambda wrong=wrong: keep_form(wrong),
                TypeError,
                f"keep is one of {NAMES} or a form of dualad.keep, got {wrong!r}",
            )
            for wrong in (None, 1, Derivative, ["input"])
        ),
    ],
)
def test_wrong_values_are_named(make, error, message):
    with pytest.raises(error) as raised:
        make()
    assert str(raised.value) == message


def test_what_means_the_same_is_the_same():
    class Dtype:
        """A framework's dtype."""

        def __str__(self):
            return "framework.float16"

    assert Derivative(Dtype()) == Derivative("float16")
    assert Auto(alive="input") == Auto(alive=["input"]) == Auto(alive=("input",))


def test_forms_are_values():
    assert len({*ALL, *copy.deepcopy(ALL)}) == len(ALL)
    assert pickle.loads(pickle.dumps(ALL)) == ALL
    assert [hash(f) for f in pickle.loads(pickle.dumps(ALL))] == [hash(f) for f in ALL]
    for form in ALL:
        for name in [f.name for f in dataclasses.fields(form)]:
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(form, name, 0)


@pytest.mark.parametrize("form", ALL, ids=str)
def test_a_file_holds_a_form_by_its_name_or_with_what_it_says_beside(form):
    text = json.dumps(described(form))
    assert keep_form(json.loads(text)) == form
    assert keep_form(Options(keep=json.loads(text)).keep) == form
    assert (text in map(json.dumps, NAMED)) == (form in NAMED.values())


def test_what_a_file_holds():
    assert described(Input()) == "input"
    assert described(Quantized(4)) == {"form": "quantized", "bits": 4, "rounding": "nearest"}
    assert described(Derivative("float16")) == {"form": "derivative", "dtype": "float16"}
    assert described(Derivatives()) == {"form": "derivatives", "order": 2}
    assert described(Auto(0.1)) == {"form": "auto", "tolerance": 0.1, "alive": ("output",)}


def test_reading_a_file_leaves_it_as_it_is():
    held = {"form": "auto", "tolerance": 0.1, "alive": ["input"]}
    before = copy.deepcopy(held)
    keep_form(held)
    assert held == before


def test_every_form_has_a_name():
    assert {type(f) for f in ALL} == set(FORMS.values())


def test_activations_with_forms_are_pickled_and_saved():
    for form in ALL:
        f = mish.with_options(keep=form)
        assert f.keep == form
        assert pickle.loads(pickle.dumps(f)).keep == form
        config = json.loads(json.dumps(f.get_config()))
        assert type(f).from_config(config).keep == form
