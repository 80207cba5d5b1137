"""What is kept: names, forms, and the error where it is not enough."""

import pickle

import pytest

from dualad.keep import Derivative, Derivatives, Input, SecondOrderError, keep_form


def test_names_and_forms_mean_the_same():
    assert keep_form("derivative") == keep_form(Derivative()) == Derivative()
    assert keep_form("input") == keep_form(Input()) == Input()
    assert [str(f) for f in (Derivative(), Derivatives(), Input())] == [
        "derivative",
        "derivative",
        "input",
    ]


def test_two_orders_keep_two_derivatives_or_the_input():
    assert keep_form("derivative", 2) == keep_form(Derivative(), 2) == Derivatives()
    assert keep_form(Derivatives()) == Derivatives()
    assert keep_form("input", 2) == Input()


def test_unknown_forms_are_named():
    with pytest.raises(
        ValueError,
        match=r"^unknown keep='auto': it is one of 'derivative', 'input' or a form of dualad",
    ):
        keep_form("auto")
    for wrong in (None, 1, Derivative):
        with pytest.raises(
            TypeError, match=r"^keep is one of 'derivative', 'input' or a form of dualad\.keep, got"
        ):
            keep_form(wrong)


def test_forms_can_be_keys_and_pickled():
    forms = (Derivative(), Derivatives(), Input())
    assert len({*forms, Derivative()}) == 3
    assert pickle.loads(pickle.dumps(forms)) == forms


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (
            1,
            "f keeps only its first derivative for the backward pass, so it cannot be "
            'differentiated twice; use f.with_options(keep="input"), which keeps the input and '
            "works to any order or f.with_options(order=2), which keeps the second, too",
        ),
        (
            2,
            "f keeps two derivatives for the backward pass, so it cannot be differentiated three "
            'times; use f.with_options(keep="input"), which keeps the input and works to any order',
        ),
    ],
)
def test_the_error_says_what_is_kept_and_what_to_write(kept, message):
    assert str(SecondOrderError("f", kept)) == message
    assert isinstance(SecondOrderError("f"), RuntimeError)
