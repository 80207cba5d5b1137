"""What one definition's activations share, and the bound of a derivative."""

import threading

import numpy as np
import pytest

import dualad as da
from dualad.activations import gelu, mish, silu, tanh
from dualad.numpy_arrays import namespace
from dualad.recording import Recording


def gate(x, beta):
    return x * da.sigmoid(beta * x)


@pytest.mark.parametrize(
    ("options", "shared"),
    [
        ({"keep": "input"}, True),
        ({"order": 2}, True),
        ({"execution": "whole"}, True),
        ({"inplace": True}, True),
        ({"name": "another"}, False),
    ],
    ids=str,
)
def test_activations_that_differ_in_their_options_share_what_was_made(options, shared):
    f = da.activation(gate)
    twin = f.with_options(**options)
    paths = ((), (0,))
    for make in (
        lambda a: a.recording.executable(namespace.name, paths),
        lambda a: a.recording.pull_back(namespace.name, (0, 1)),
        lambda a: a.program(paths),
    ):
        assert (make(f) is make(twin)) is shared
        assert make(f) is make(f)


def test_executables_differ_by_backend_derivative_and_scale():
    r = da.activation(gate).recording
    made = [
        r.executable(namespace.name, ((),)),
        r.executable(namespace.name, ((), (0,))),
        r.executable(namespace.name, ((), (0,)), 4.0),
        r.pull_back(namespace.name, (0,)),
        r.pull_back(namespace.name, (1,)),
    ]
    assert len(set(map(id, made))) == len(made)


def test_a_definition_runs_once_whoever_calls_first():
    runs, together = [], threading.Barrier(6)

    def definition(x):
        runs.append(threading.get_ident())
        return x * da.tanh(x)

    f, found = da.activation(definition), []

    def work():
        together.wait()
        found.append(f.recording.executable(namespace.name, ((), (0,))))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(runs) == 1
    assert len(found) == 6
    assert len(set(map(id, found))) == 1


def test_scaled_derivatives_and_the_value_as_it_is():
    f = da.activation(gate)
    x, beta = np.linspace(-3, 3, 7), np.full(7, 1.5)
    paths = ((), (0,), (1,))
    y, *slopes = f.recording.executable(namespace.name, paths).run([x, beta])
    z, *scaled = f.recording.executable(namespace.name, paths, 4.0).run([x, beta])
    np.testing.assert_array_equal(z, y)
    np.testing.assert_array_equal(scaled, [4.0 * s for s in slopes])


@pytest.mark.parametrize("wrt", [(0,), (1,), (1, 0), (0, 1)], ids=str)
def test_pull_back_gives_the_cotangents_in_the_order_that_was_asked(wrt):
    r = da.activation(gate).recording
    x, beta, cotangent = np.linspace(-3, 3, 7), np.linspace(1, 2, 7), np.linspace(2, -1, 7)
    s = 1.0 / (1.0 + np.exp(-beta * x))
    slopes = (s + x * beta * s * (1.0 - s), x * x * s * (1.0 - s))
    found = r.pull_back(namespace.name, wrt).run([x, beta, cotangent])
    np.testing.assert_allclose(found, [cotangent * slopes[i] for i in wrt], rtol=1e-13)


# The largest slopes, found with mpmath where the second derivative is zero.
LARGEST = {
    tanh: 1.0,
    silu: 1.099839320128867,
    gelu: 1.128904145185155,
    mish: 1.088498161251728,
}


@pytest.mark.parametrize("f", LARGEST, ids=lambda f: f.__name__)
def test_the_bound_is_the_largest_slope(f):
    bound = f.recording.slope_bound([np.zeros(1)])
    assert LARGEST[f] * (1 - 1e-4) <= bound <= LARGEST[f] * (1 + 1e-12)


def test_the_bound_depends_on_the_numbers_and_on_which_argument_is_the_array():
    r = da.activation(lambda x, a: a * da.tanh(x)).recording
    x = np.zeros(3)
    assert r.slope_bound([x, 2.0]) == pytest.approx(2.0)
    assert r.slope_bound([x, -3.0]) == pytest.approx(3.0)
    assert r.slope_bound([5.0, x]) == pytest.approx(np.tanh(5.0))


@pytest.mark.parametrize(
    ("definition", "arguments"),
    [
        (da.exp, ["array"]),
        (da.log, ["array"]),
        (da.sqrt, ["array"]),
        (gate, ["array", "array"]),
    ],
)
def test_no_bound_where_the_slope_is_not_finite_or_several_arguments_are_arrays(
    definition, arguments
):
    f = da.activation(definition if definition is gate else lambda x: definition(x))
    assert f.recording.slope_bound([np.zeros(3) for _ in arguments]) == np.inf


def test_the_bound_is_found_once(monkeypatch):
    made = []
    executable = Recording.executable
    monkeypatch.setattr(Recording, "executable", lambda s, *a: made.append(a) or executable(s, *a))
    f = da.activation(lambda x, a: da.tanh(a * x))
    for _ in range(3):
        assert f.recording.slope_bound([np.zeros(2), 2.0]) == pytest.approx(2.0)
        assert f.recording.slope_bound([np.zeros(5), 3.0]) == pytest.approx(3.0)
    assert len(made) == 2
