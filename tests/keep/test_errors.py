"""What a form cannot do is said with what to write instead."""

import pickle

import pytest

from dualad.keep import KeepError, SecondOrderError


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


def test_errors_cross_processes():
    for error in (SecondOrderError("f", 2), KeepError("gelu cannot be kept so")):
        twin = pickle.loads(pickle.dumps(error))
        assert (type(twin), str(twin)) == (type(error), str(error))


def test_a_form_that_does_not_serve_is_a_wrong_value():
    assert issubclass(KeepError, ValueError)
