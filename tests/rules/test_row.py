"""A row on its own: how arguments are matched with its parameters."""

import numpy as np
import pytest

import dualad as da
from dualad.rules import TABLE

clip, sin = TABLE["clip"], TABLE["sin"]
inf = float("inf")


def test_arguments_by_position_and_by_keyword():
    assert clip.bind((1,), {}) == (1, None, None)
    assert clip.bind((1, 2), {}) == (1, 2, None)
    assert clip.bind((1,), {"max": 3}) == (1, None, 3)
    assert clip.bind((1, 2), {"max": 3}) == (1, 2, 3)
    assert clip.bind((1,), {"max": 3, "min": 2}) == (1, 2, 3)
    assert sin.bind((1,), {}) == (1,)


@pytest.mark.parametrize(
    ("row", "arguments", "keywords", "message"),
    [
        (sin, (), {}, r"da\.sin takes 1 argument\(s\), got 0"),
        (sin, (1, 2), {}, r"da\.sin takes 1 argument\(s\), got 2"),
        (clip, (), {}, r"da\.clip takes 1 to 3 argument\(s\), got 0"),
        (clip, (1, 2, 3, 4), {}, r"da\.clip takes 1 to 3 argument\(s\), got 4"),
        (sin, (1,), {"out": 2}, r"da\.sin has no keyword 'out'; by keyword it takes nothing"),
        (clip, (1,), {"low": 2}, r"no keyword 'low'; by keyword it takes only: min, max"),
        (clip, (1,), {"x": 2}, r"no keyword 'x'"),
        (clip, (1, 2), {"min": 2}, r"da\.clip got 'min' by position and by keyword"),
    ],
)
def test_what_does_not_match(row, arguments, keywords, message):
    with pytest.raises(TypeError, match=message):
        row.bind(arguments, keywords)
    with pytest.raises(TypeError, match=message):
        getattr(da, row.name)(*arguments, **keywords)


def test_neutral_numbers_stand_for_what_is_not_given():
    assert clip.filled((1, None, 3)) == (1, -inf, 3)
    assert clip.filled((1, None, None)) == (1, -inf, inf)
    x = np.array([-1.5, 0.0, 2.5])
    np.testing.assert_array_equal(da.clip(*clip.filled((x, None, 1.0))), np.clip(x, None, 1.0))


def test_names():
    assert sin.names == ("x",)
    assert TABLE["add"].names == ("x", "y")
    assert TABLE["atan2"].names == ("y", "x")
    assert TABLE["where"].names == ("condition", "x", "y")
    assert all(len(row.names) == row.arity for row in TABLE.values())
