"""check_frameworks_agree: who differs from whom, and where."""

import numpy as np
import pytest

import dualad as da
from dualad import testing
from dualad.activations import mish

pytest.importorskip("torch")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_activation_is_the_same_in_numpy_and_torch(dtype):
    found = testing.check_frameworks_agree(mish, ("numpy", "torch"), ulp=8, dtype=dtype)
    assert found.worst < 100
    assert "numpy, torch" in str(found)


def test_flushed_subnormals_are_no_disagreement():
    pytest.importorskip("tensorflow")
    testing.check_frameworks_agree(mish, ("numpy", "tensorflow"), ulp=8)


def test_who_differs_is_said():
    def f(x):
        return x * 1.0 if isinstance(x, np.ndarray) else x * 1.0001

    with pytest.raises(AssertionError, match=r"numpy and torch differ: value of f \(float32\)"):
        testing.check_frameworks_agree(f, ("numpy", "torch"), order=0)


@pytest.mark.parametrize(
    ("frameworks", "message"),
    [(("numpy", "fortran"), "got fortran"), (("numpy",), "takes two frameworks")],
)
def test_what_cannot_be_compared(frameworks, message):
    with pytest.raises(ValueError, match=message):
        testing.check_frameworks_agree(da.tanh, frameworks)
