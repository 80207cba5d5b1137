"""The truth about the catalogue, for every test of this folder."""

import pytest

from benchmarks import truths
from benchmarks.truths import CONSTANTS, TRUTHS, looked_at, truth

__all__ = ["CONSTANTS", "TRUTHS", "looked_at", "truth"]


@pytest.fixture
def look():
    """``look(name, dtype)``: the points and the truth there."""
    return lambda name, dtype: (looked_at(name, dtype), *truth(name, dtype))


@pytest.fixture
def errors():
    """``errors(name, x, got, want, size)``: in ulp of the size, but for subnormal factors."""
    return lambda name, *results: abs(truths.errors(name, *results))


@pytest.fixture
def constants():
    """``constants(name)``: arguments without a default."""
    return lambda name: CONSTANTS.get(name, ())


def pytest_generate_tests(metafunc):
    marked = [m.args[0] for m in metafunc.definition.iter_markers("parametrize")]
    if "name" in metafunc.fixturenames and not any("name" in m for m in marked):
        metafunc.parametrize("name", list(TRUTHS))
