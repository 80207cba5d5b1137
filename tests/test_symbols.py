"""Symbols: what a recording shares, folds and refuses."""

import math

import numpy as np
import pytest

import dualad as da
from dualad.symbols import DefinitionError, Recorder

array = np.ones(3)


REFUSED = {
    "if": (lambda x: x if x > 0 else 0.0 * x, "branches on a value .* da.where"),
    "and": (lambda x: (x > 0) and x, "branches on a value"),
    "method": (lambda x: x.sum(), r"uses \.sum of an argument; an activation is element-wise"),
    "shape": (lambda x: x * x.shape[0], r"uses \.shape of an argument"),
    "index": (lambda x: x[0], "calls indexing"),
    "len": (lambda x: x / len(x), r"calls len\(\)"),
    "iteration": (lambda x: sum(x), "calls iteration"),
    "np.sum": (lambda x: np.sum(x), r"calls np\.sum\(\)"),
    "np.spacing": (lambda x: np.spacing(x), r"calls np\.spacing\(\.\.\.\)"),
    "math": (lambda x: math.exp(x), r"calls float\(\) .*da\.exp"),
    "closure": (lambda x: x * array, "multiply meets a ndarray that is not an argument"),
    "closure left": (lambda x: array * x, "multiply meets a ndarray that is not an argument"),
    "tuple": (lambda x: (x, x), "returned tuple; an activation returns one element-wise result"),
    "none": (lambda x: None, "returned NoneType"),
    "array": (lambda x: array, "returned ndarray"),
    "namespace": (
        lambda x: da.array_namespace(x).sort(x),
        "calls sort, which is not an element-wise primitive",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_element_wise_is_refused(case):
    definition, message = REFUSED[case]
    f = da.activation(name="f")(definition)
    for _ in range(2):  # the first failure leaves no half-made program behind
        with pytest.raises(DefinitionError, match=f"^f: the definition.*{message}|^f: {message}"):
            f(np.ones(3))


def test_symbols_of_two_recordings_do_not_mix():
    one, other = Recorder("f").input("x"), Recorder("g").input("x")
    with pytest.raises(DefinitionError, match="f: a value of another recording is used"):
        one + other


def test_a_leaked_symbol_is_refused():
    kept = []
    da.activation(lambda x: kept.append(x) or x * 1.5)(np.ones(2))
    with pytest.raises(DefinitionError, match="a value of another recording"):
        da.activation(lambda x: x + kept[0])(np.ones(2))
