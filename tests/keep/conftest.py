"""The catalogue with numbers for all arguments but the first."""

import numpy as np
import pytest

from benchmarks.truths import CONSTANTS, GATES
from dualad import activations

SINGLE = [name for name in activations.__all__ if name not in GATES]


@pytest.fixture(scope="session")
def numbers():
    """``numbers(f)``: its arguments, None for x."""
    return lambda f: (None, *(f.defaults.values() or CONSTANTS.get(f.__name__, ())))


@pytest.fixture(scope="session")
def halves():
    """Every number of float16, with infinities and NaN."""
    return np.arange(2**16, dtype=np.uint16).view(np.float16)


def pytest_generate_tests(metafunc):
    marked = [m.args[0] for m in metafunc.definition.iter_markers("parametrize")]
    if "name" in metafunc.fixturenames and not any("name" in m for m in marked):
        metafunc.parametrize("name", SINGLE)
