"""One definition, everywhere: value and gradient agree between frameworks and with mpmath."""

import itertools

import pytest

from benchmarks.agreement import MODES, measure


@pytest.fixture(scope="module")
def errors():
    return measure()


def test_enough_points_are_normal(errors):
    assert len(errors.y["numpy"]) > 31000


@pytest.mark.parametrize("mode", MODES)
def test_within_8_ulp_of_mpmath(mode, errors):
    assert max(errors.worst(mode)) <= 8


@pytest.mark.parametrize("pair", list(itertools.combinations(MODES, 2)), ids=" - ".join)
def test_any_two_modes_agree_within_4_ulp(pair, errors):
    assert max(errors.apart(*pair)) <= 4
