"""NumPy, PyTorch and TensorFlow agree on every member of the catalogue."""

import numpy as np
import pytest

from dualad import activations, testing
from dualad.testing.points import probe_points

PIECES = (-6.0, -3.0, -1.0, -0.5, 0.5, 1.0, 3.0, 6.0)

MORE = {"swiglu": (1.5,), "geglu": (1.5,), "reglu": (1.5,), "threshold": (0.5, 2.0)}

WHERE = {
    # σ(u) is subnormal left of -9.7, and the slope 20 times as large.
    "gelu_tanh": lambda x: x > -9.7,
    # A sum that cancels: an ulp of x is the measure there, which test_exactness.py applies.
    "tanhshrink": lambda x: abs(x) > 0.9,
    # Powers of x overflow, and the sine of large numbers is the libraries' own matter.
    "pau": lambda x: abs(x) < 1e6,
    "snake": lambda x: abs(x) < 1e4,
}

ULP = {"tanhshrink": 12.0}
"""TensorFlow's tanh is 5 ulp off, and the slope is its square."""


@pytest.mark.parametrize("name", activations.__all__)
def test_frameworks_agree_on_value_and_slope(name):
    x = probe_points(np.float32, kinks=PIECES)
    # TensorFlow takes subnormal numbers for zero, which is a kink of some.
    x = x[np.isfinite(x) & ((x == 0) | (abs(x) >= np.finfo(np.float32).smallest_normal))]
    agreement = testing.check_frameworks_agree(
        getattr(activations, name),
        ("numpy", "torch", "tensorflow"),
        ulp=ULP.get(name, 8.0),
        points=x[WHERE.get(name, np.isfinite)(x)],
        constants=MORE.get(name, ()),
    )
    assert len(agreement.points) > 250
