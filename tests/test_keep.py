"""What is kept: names and forms."""

import pytest

from dualad.keep import Derivative, Input, keep_form


def test_names_and_forms_mean_the_same():
    assert keep_form("derivative") == keep_form(Derivative()) == Derivative()
    assert keep_form("input") == keep_form(Input()) == Input()
    assert [str(Derivative()), str(Input())] == ["derivative", "input"]


def test_unknown_forms_are_named():
    with pytest.raises(
        ValueError, match=r"unknown keep='auto': it is one of 'derivative', 'input'"
    ):
        keep_form("auto")
    with pytest.raises(TypeError, match=r"or a form of dualad\.keep, got None"):
        keep_form(None)


def test_forms_can_be_keys():
    from dualad.keep import Derivative, Input

    assert len({Derivative(), Derivative(), Input()}) == 2
