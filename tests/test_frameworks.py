"""One definition, everywhere: every activation in every framework and mode, against mpmath."""

import numpy as np
import pytest

from benchmarks.agreement.errors import ENDS, measure
from benchmarks.agreement.modes import COMPILING, MODES
from benchmarks.truths import TRUTHS
from dualad import activations

PRECISIONS = {"single": np.float32, "double": np.float64}

ULP = 4.0

BEYOND = {
    "geglu": (5.0, "gelu, and one rounding more"),
    "mish": (5.0, "the slope: an exponential's square and five roundings more"),
    "serf": (5.0, "the slope: a Gaussian of a logarithm"),
    "silu": (7.5, "the slope: σ(x) and its tanh share an error; a graph rounds once more"),
    "squareplus": (5.0, "the slope: two roots, a quotient and a sum"),
    "swiglu": (5.5, "silu's slope"),
    "tanh": (4.5, "TensorFlow's own"),
    "tanhexp": (5.0, "an ulp of e^x is two of the slope where tanh is steep"),
    "tanhshrink": (8.5, "the slope is the square of TensorFlow's tanh"),
}
"""The activations that are more than 4 ulp off in some mode, by how much at most, and why."""

COMPILED_ALONE = {
    ("torch.compile", "single"): ["geglu", "mish", "serf", "tanhexp"],
    ("torch.compile", "double"): ["geglu", "tanhexp"],
    ("tensorflow, compiled", "double"): ["gelu", "swiglu", "tanhexp"],
}
"""What is looked at where a compiler takes seconds for each; ``benchmarks agreement`` has all."""


@pytest.fixture(scope="module")
def agreements():
    found = {}
    for precision, dtype in PRECISIONS.items():
        found[precision] = measure(dtype, [mode for mode in MODES if mode not in COMPILING])
        for mode in sorted(COMPILING):
            names = COMPILED_ALONE.get((mode, precision), activations.__all__)
            alone = measure(dtype, [mode], names)
            found[precision].errors.update(alone.errors)
            found[precision].ends.update(alone.ends)
    return found


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", activations.__all__)
def test_value_and_slopes_are_exact_in_every_mode(name, precision, agreements):
    agreement = agreements[precision]
    bound, _ = BEYOND.get(name, (ULP, ""))
    off = {mode: agreement.beyond(name, mode) for mode in agreement.modes(name)}
    assert set(off) >= set(MODES) - COMPILING
    assert {mode: ulp for mode, ulp in off.items() if not ulp <= bound} == {}


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_said_to_be_less_exact_is(name, agreements):
    off = [a.beyond(name, mode) for a in agreements.values() for mode in a.modes(name)]
    assert max(off) > ULP


def test_no_truth_is_missing_and_the_points_are_many(agreements):
    assert set(TRUTHS) == set(activations.__all__)
    for agreement in agreements.values():
        assert agreement.names == list(activations.__all__)
        assert min(len(value) for value, *_ in agreement.errors.values()) > 300


PYTORCHS_OWN = ("silu", "swiglu")
"""PyTorch's own silu is NaN at minus infinity."""


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", activations.__all__)
def test_at_nan_infinities_and_zeros_all_modes_are_numpys(name, precision, agreements):
    agreement = agreements[precision]
    x, eps = np.array(ENDS), np.finfo(agreement.dtype).eps
    for mode in agreement.modes(name):
        value, *slopes = agreement.ends[name, mode]
        assert np.isnan(value[np.isnan(x)]).all(), mode
        # At NaN PyTorch's sign is 0, and the slope of what is made of it a number.
        compared = ~np.isnan(x)
        if mode.startswith("torch") and name in PYTORCHS_OWN:
            compared &= x != -np.inf
        for mine, numpys in zip((value, *slopes), agreement.ends[name, "numpy"], strict=True):
            np.testing.assert_allclose(
                mine[compared], numpys[compared], rtol=4 * eps, atol=0.0, err_msg=mode
            )
