"""The measure itself."""

import mpmath
import numpy as np

from dualad.testing import ulp_error


def test_neighbours_are_one_ulp_apart():
    for dtype in (np.float16, np.float32, np.float64):
        x = np.array([1.0, 3.14159, 1e-3], dtype)
        up = np.nextafter(x, dtype(np.inf))
        want = [mpmath.mpf(float(v)) for v in x]
        assert ulp_error(up, want).tolist() == [1.0, 1.0, 1.0]


def test_truth_may_lie_between_two_numbers():
    with mpmath.workdps(50):
        third = mpmath.mpf(1) / 3
    assert 0 < abs(ulp_error(np.float64([1 / 3]), [third])[0]) < 0.5


def test_non_finite():
    got = np.float32([np.nan, np.inf, np.inf, 1.0])
    want = [np.nan, np.inf, -np.inf, np.nan]
    assert ulp_error(got, want).tolist() == [0.0, 0.0, np.inf, np.inf]


def test_overflow_of_the_dtype_is_the_right_answer():
    assert ulp_error(np.float32([np.inf]), [1e300]).tolist() == [0.0]


def test_scale_of_the_larger_term():
    assert ulp_error(np.float32([2.0**-23]), [0.0], scale=[1.0]).tolist() == [1.0]
