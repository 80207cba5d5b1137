"""Activation: calls, options, copies, and the errors of bad input."""

import copy
import pickle
import threading

import numpy as np
import pytest

import dualad as da
from dualad import walk
from dualad.activations import mish


@da.activation
def swish(x, beta=1.0):
    """A documented definition."""
    return x * da.sigmoid(beta * x)


@da.activation(keep="input", name="gate")
def swiglu(gate, up):
    return gate * da.sigmoid(gate) * up


def test_it_is_still_the_documented_function():
    assert swish.__name__ == "swish"
    assert swish.__doc__ == "A documented definition."
    assert repr(swish) == "<activation swish(x, beta=1.0)>"
    assert repr(swiglu) == "<activation gate(gate, up) keep='input'>"


def test_arguments_by_place_name_and_default():
    x = np.array([0.5])
    assert swish(x) == swish(x, 1.0) == swish(x, beta=1.0) == swish(beta=1.0, x=x)
    assert swish(x, beta=2.0) != swish(x)


def test_results_are_arrays_of_the_inputs_kind():
    assert isinstance(mish(0.5), np.float64)
    assert isinstance(mish(np.float32(0.5)), np.float32)
    assert mish(np.array(0.5)).shape == ()
    assert mish([0.5] * np.ones(1)).shape == (1,)
    assert mish(np.array([1, 2])).dtype == np.float64
    assert mish(np.array([True])).dtype == np.float64


def test_linearize_gives_one_derivative_per_input_in_full_shape():
    y, d = mish.linearize(np.ones((2, 3)))
    assert y.shape == d.shape == (2, 3)
    y, (by_gate, by_up) = swiglu.linearize(np.ones((2, 1)), np.ones(3))
    assert y.shape == by_gate.shape == by_up.shape == (2, 3)
    y, (by_x, by_beta) = da.activation(lambda x, b=1.0: x + 2.0 * b).linearize(np.ones(2))
    assert (by_x.tolist(), by_beta.tolist()) == ([1.0, 1.0], [2.0, 2.0])


def test_a_constant_definition_fills_the_shape():
    y, d = da.activation(lambda x: 3.0).linearize(np.ones(2, np.float32))
    assert (y.tolist(), d.tolist(), y.dtype) == ([3.0, 3.0], [0.0, 0.0], np.float32)


@pytest.mark.parametrize("order", range(5))
def test_derivative_of_any_order(order):
    x = np.linspace(-3, 3, 13)
    want = da.derivative(lambda x: x * da.tanh(da.softplus(x)), order)(x)
    np.testing.assert_allclose(mish.derivative(x, order=order), want, rtol=1e-9, atol=1e-13)


def test_on_duals_it_is_one_more_function():
    x = np.linspace(-3, 3, 13)
    np.testing.assert_array_equal(da.derivative(mish)(x), mish.derivative(x))
    assert isinstance(mish(da.Dual(x, 1.0)), da.Dual)
    assert isinstance(swiglu(da.Dual(x, 1.0), x), da.Dual)
    assert isinstance(mish(da.HyperDual(1.0, 1.0, 1.0)), da.HyperDual)


def test_with_options_leaves_the_original():
    kept = mish.with_options(keep="input")
    assert (kept.options.keep, mish.options.keep) == ("input", "derivative")
    assert kept.with_options(execution="whole").options.keep == "input"
    assert kept.with_options(name="other").__name__ == "other"


def test_pickle_and_copies():
    assert pickle.loads(pickle.dumps(mish)) is mish
    assert pickle.loads(pickle.dumps(swish)) is swish
    kept = pickle.loads(pickle.dumps(mish.with_options(keep="input")))
    assert kept.options.keep == "input"
    assert kept.definition is mish.definition
    assert copy.copy(mish) is copy.deepcopy(mish) is mish


BAD = [
    (lambda: mish.with_options(keep="nothing"), ValueError, "unknown keep='nothing'.*'derivative'"),
    (lambda: mish.with_options(keep=3), TypeError, "keep is one of 'derivative', 'input'.*got 3"),
    (lambda: da.activation(keep="f")(lambda x: x), ValueError, "unknown keep='f'"),
    (lambda: mish.with_options(order=3), ValueError, 'order=3: .* keep="input" gives'),
    (lambda: mish.with_options(execution="fast"), ValueError, "unknown execution='fast'.*'blocks'"),
    (lambda: mish.with_options(name=1), TypeError, "name is a string, got 1"),
    (lambda: mish.with_options(keeps=1), TypeError, "unknown option 'keeps': the options are keep"),
    (lambda: mish(), TypeError, "mish misses the argument 'x'"),
    (lambda: mish(1.0, 2.0), TypeError, r"mish takes 1 argument\(s\), got 2"),
    (lambda: mish(1.0, beta=1.0), TypeError, "mish got an unexpected or repeated argument 'beta'"),
    (lambda: swish(1.0, 2.0, beta=1.0), TypeError, "unexpected or repeated argument 'beta'"),
    (lambda: mish([1.0, 2.0]), TypeError, r"got list; write np\.asarray\(\.\.\.\) first"),
    (lambda: mish("1"), TypeError, "expected an array, a dual number or a Python number, got str"),
    (lambda: mish(None), TypeError, "got NoneType"),
    (lambda: mish(np.array([1j])), TypeError, "takes real numbers, got an array of dtype complex"),
    (lambda: mish(np.array(["a"])), TypeError, "takes real numbers, got an array of dtype <U1"),
    (lambda: swiglu(np.ones(2), np.ones(3)), ValueError, "broadcast"),
    (lambda: mish.derivative(1.0, order=-1), ValueError, "0 or more; got -1"),
    (lambda: mish.derivative(1.0, order=1.5), TypeError, "an integer; got 1.5"),
    (lambda: da.activation(3), TypeError, "an activation is made of a function, got 3"),
    (lambda: da.activation(lambda: 1.0), TypeError, "has at least one argument"),
    (lambda: da.activation(lambda *x: x[0]), TypeError, r"\*x is no plain argument"),
    (lambda: da.activation(lambda x, *, k=1: x), TypeError, "is no plain argument"),
    (lambda: da.activation(lambda x, k=None: x), TypeError, "the default of k is a number"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_named_and_changes_nothing(call, error, message):
    x = np.linspace(-1, 1, 5)
    before = mish(x), mish.options, repr(mish)
    with pytest.raises(error, match=message):
        call()
    assert (mish(x) == before[0]).all()
    assert (mish.options, repr(mish)) == before[1:]


def test_each_option_survives_pickle_and_change():
    f = mish.with_options(keep="input", execution="whole", name="other")
    twin = pickle.loads(pickle.dumps(f))
    assert (twin.options, twin.__name__) == (f.options, "other")
    assert f.with_options(execution="blocks").options.keep == "input"


def test_execution_is_obeyed(monkeypatch):
    monkeypatch.setattr(walk.Walk, "run", lambda self: 1 / 0)
    x = np.ones(3)
    mish(x)
    mish.with_options(execution="whole")(np.ones(1 << 18))
    with pytest.raises(ZeroDivisionError):
        mish.with_options(execution="blocks")(x)


def test_a_program_is_recorded_and_compiled_once_by_many_threads():
    calls = []
    f = da.activation(lambda x: calls.append(1) or x * 2.0)
    start = threading.Barrier(8)
    found = []

    def work():
        start.wait()
        found.append(f.recording.executable("numpy", ((), (0,))))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(calls) == 1
    assert len(set(map(id, found))) == 1
